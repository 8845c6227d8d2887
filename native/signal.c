/* Signals that Node.js cannot name, the real-time ones: told through a pipe, so that they arrive on the event loop. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"
#include "early-signals.h"
#include "error.h"

/* Signals belong to the process, so there is one pipe; its writing end stays open, as a late signal may still write to it. */
static volatile sig_atomic_t writing_end = -1;

static void on_signal(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  /* A full pipe means that there is plenty to be told already. */
  if (write(writing_end, &byte, 1) < 0) errno = saved;
  errno = saved;
}

/*
 * catchSignals(numbers) → descriptor that becomes readable when one of them arrives. Once in a process, else EBUSY. The calling
 * thread then takes all signals that the daemon is asked by: a Node.js with --disable-sigusr1 leaves SIGUSR1 blocked.
 */
napi_value catch_signals(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t *numbers;
  size_t count;
  int ends[2];
  if (!read_arguments(env, info, 1, arguments) || !read_ints(env, arguments[0], "numbers", &numbers, &count)) {
    return NULL;
  }
  if (writing_end >= 0) return throw_errno(env, EBUSY, "sigaction");
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return throw_errno(env, errno, "pipe2");
  writing_end = ends[1];
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigfillset(&action.sa_mask);
  for (size_t i = 0; i < count; i++) {
    if (sigaction(numbers[i], &action, NULL) == 0) continue;
    int error = errno;
    close(ends[0]);
    return throw_errno(env, error, "sigaction");
  }
  sigset_t early;
  early_signal_set(&early);
  pthread_sigmask(SIG_UNBLOCK, &early, NULL);
  return own_descriptor(env, ends[0], "pipe2");
}

/* readSignal(descriptor) → number of the next signal that arrived, 0 for none. */
napi_value read_signal(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t descriptor;
  unsigned char byte = 0;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor)) {
    return NULL;
  }
  ssize_t length = read(descriptor, &byte, 1);
  if (length < 0 && errno != EAGAIN && errno != EINTR) return throw_errno(env, errno, "read");
  return int_value(env, length == 1 ? byte : 0);
}

/* earlySignal(signal) → 1 when it arrived while Node.js started and was not asked for yet, else 0. */
napi_value early_signal(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t number;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "signal", &number)) return NULL;
  /* A program that was started without early-signals.c, such as a test, has nothing to tell. */
  int (*arrived)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "vigil_early_signal");
  return int_value(env, arrived == NULL ? 0 : arrived(number));
}
