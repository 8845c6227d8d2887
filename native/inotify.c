/* inotify(7): news about files from their directories. */
#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

/* openInotify() → descriptor that becomes readable when something happened. */
napi_value open_inotify(napi_env env, napi_callback_info info) {
  (void)info;
  int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  return descriptor < 0 ? throw_errno(env, errno, "inotify_init1") : own_descriptor(env, descriptor, "inotify_init1");
}

/* addWatch(descriptor, path, mask) → watch number; the number that there is for a path that is watched already. */
napi_value add_watch(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int32_t descriptor, mask;
  char path[PATH_MAX];
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_text(env, arguments[1], "path", path, sizeof path) || !read_int(env, arguments[2], "mask", &mask)) {
    return NULL;
  }
  int watch = inotify_add_watch(descriptor, path, (uint32_t)mask);
  return watch < 0 ? throw_errno(env, errno, "inotify_add_watch") : int_value(env, watch);
}
