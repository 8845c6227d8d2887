/* Pipes, with and without a name, which node:fs cannot make. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* openPipe() → [reading end, writing end]: pipe2(2). Only the reading end does not block, as the other one is a program's. */
napi_value open_pipe(napi_env env, napi_callback_info info) {
  int ends[2];
  napi_value pair;
  (void)info;
  if (pipe2(ends, O_CLOEXEC) != 0) return throw_errno(env, errno, "pipe2");
  (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
  if (napi_create_array_with_length(env, 2, &pair) != napi_ok) return NULL;
  for (uint32_t i = 0; i < 2; i++) {
    napi_value end = own_descriptor(env, ends[i], "pipe2");
    if (end == NULL) {
      if (i == 0) close(ends[1]);
      return NULL;
    }
    if (napi_set_element(env, pair, i, end) != napi_ok) return NULL;
  }
  return pair;
}
