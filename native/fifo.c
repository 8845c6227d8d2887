/* Named pipes, which node:fs cannot make. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

/* makeFifo(path, mode): mkfifo(3); the process's umask applies. */
napi_value make_fifo(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char path[PATH_MAX];
  int32_t mode;
  if (!read_arguments(env, info, 2, arguments) || !read_text(env, arguments[0], "path", path, sizeof path) ||
      !read_int(env, arguments[1], "mode", &mode)) {
    return NULL;
  }
  return mkfifo(path, (mode_t)mode) == 0 ? undefined_value(env) : throw_errno(env, errno, "mkfifo");
}
