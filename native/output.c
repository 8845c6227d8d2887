/* Writing that never waits: log lines and messages to a service manager. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

/* connect(descriptor, address), address being the bytes of a struct sockaddr. */
napi_value connect_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor;
  struct sockaddr_storage address;
  socklen_t length;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_address(env, arguments[1], &address, &length)) {
    return NULL;
  }
  if (connect(descriptor, (const struct sockaddr *)&address, length) != 0) {
    return throw_errno(env, errno, "connect");
  }
  return undefined_value(env);
}

static bool is_writable(int descriptor) {
  struct pollfd wanted = {.fd = descriptor, .events = POLLOUT};
  return poll(&wanted, 1, 0) == 1 && (wanted.revents & (POLLOUT | POLLERR | POLLNVAL)) != 0;
}

/* A pipe that polls as writable takes PIPE_BUF bytes at once; a descriptor that we share must not be made non-blocking. */
static ssize_t write_without_waiting(int descriptor, const uint8_t *bytes, size_t length) {
  ssize_t sent = send(descriptor, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return sent;
  if (!is_writable(descriptor)) {
    errno = EAGAIN;
    return -1;
  }
  return write(descriptor, bytes, length < PIPE_BUF ? length : PIPE_BUF);
}

/* writeNow(descriptor, bytes) → bytes that were taken, or the negative errno: -EAGAIN when it would have to wait. */
napi_value write_now(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor;
  uint8_t *bytes;
  size_t length;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_bytes(env, arguments[1], "bytes", &bytes, &length)) {
    return NULL;
  }
  ssize_t written = write_without_waiting(descriptor, bytes, length);
  return int_value(env, written < 0 ? -errno : (int32_t)written);
}
