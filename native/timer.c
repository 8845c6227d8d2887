/* CLOCK_MONOTONIC in microseconds, and a pollable timer on it. */
#include <errno.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

/* monotonicNow() → whole microseconds. */
napi_value monotonic_now(napi_env env, napi_callback_info info) {
  (void)info;
  struct timespec now;
  napi_value value = NULL;
  clock_gettime(CLOCK_MONOTONIC, &now);
  napi_create_double(env, (double)((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000), &value);
  return value;
}

/* openTimer() → descriptor that becomes readable when the timer expires. */
napi_value open_timer(napi_env env, napi_callback_info info) {
  (void)info;
  int descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return descriptor < 0 ? throw_errno(env, errno, "timerfd_create")
                        : own_descriptor(env, descriptor, "timerfd_create");
}

/* setTimer(descriptor, instant): expires once at that microsecond of monotonicNow(), at once if it is past; 0 disarms. */
napi_value set_timer(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor;
  double instant;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_count(env, arguments[1], "instant", &instant)) {
    return NULL;
  }
  int64_t microseconds = (int64_t)instant;
  struct itimerspec setting = {
      .it_value = {.tv_sec = microseconds / 1000000, .tv_nsec = microseconds % 1000000 * 1000}};
  if (timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &setting, NULL) != 0) {
    return throw_errno(env, errno, "timerfd_settime");
  }
  return undefined_value(env);
}

/* readTimer(descriptor) → expirations since the last read or setting; 0 when there was none. */
napi_value read_timer(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t descriptor;
  uint64_t expirations = 0;
  ssize_t length;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor)) {
    return NULL;
  }
  do {
    length = read(descriptor, &expirations, sizeof expirations);
  } while (length < 0 && errno == EINTR);
  if (length < 0 && errno != EAGAIN) return throw_errno(env, errno, "read");
  return int_value(env, length == sizeof expirations ? (int32_t)expirations : 0);
}
