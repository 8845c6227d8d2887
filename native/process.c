/* How the process may die. */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "addon.h"
#include "error.h"

/* allowCoreDumps(): the largest that the hard limit permits, also after a change of user. */
napi_value allow_core_dumps(napi_env env, napi_callback_info info) {
  (void)info;
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return throw_errno(env, errno, "getrlimit");
  struct rlimit wanted = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  if (setrlimit(RLIMIT_CORE, &wanted) != 0) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_CORE, &limit) != 0) return throw_errno(env, errno, "setrlimit");
  }
  return prctl(PR_SET_DUMPABLE, 1UL) == 0 ? undefined_value(env) : throw_errno(env, errno, "prctl");
}
