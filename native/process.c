/* Becoming another program, and how to die. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"
#include "early-signals.h"
#include "error.h"

/* Longest argument or variable that the kernel takes, and its NUL. */
#define TEXT_SIZE (32 * 4096)

static void free_texts(char **texts) {
  for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) free(texts[i]);
  free(texts);
}

/* An array of strings as execve wants it; NULL with an exception pending. */
static char **read_texts(napi_env env, napi_value array, const char *name) {
  uint32_t count = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok) {
    napi_throw_type_error(env, NULL, name);
    return NULL;
  }
  char **texts = calloc((size_t)count + 1, sizeof *texts);
  for (uint32_t i = 0; texts != NULL && i < count; i++) {
    napi_value element = NULL;
    texts[i] = malloc(TEXT_SIZE);
    if (texts[i] == NULL || napi_get_element(env, array, i, &element) != napi_ok ||
        !read_text(env, element, name, texts[i], TEXT_SIZE)) {
      free_texts(texts);
      return NULL;
    }
  }
  return texts;
}

static int keep_open(const int32_t *descriptors, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int flags = fcntl(descriptors[i], F_GETFD);
    if (flags >= 0 && fcntl(descriptors[i], F_SETFD, flags & ~FD_CLOEXEC) != 0) return errno;
  }
  return 0;
}

/* Signals that the old program has not served arrive in the new one, where early-signals.c unblocks them. */
static void leave_signals(const int32_t *numbers, size_t count) {
  sigset_t early;
  early_signal_set(&early);
  pthread_sigmask(SIG_BLOCK, &early, NULL);
  for (size_t i = 0; i < count; i++) pthread_kill(pthread_self(), numbers[i]);
}

/*
 * replaceProcess(path, argv, environment, keep, signals): execve. The descriptors of `keep` stay open in the new program, which
 * runs in the namespaces of the calling thread and finds `signals` pending. Returns only by throwing.
 */
napi_value replace_process(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  char path[4096];
  int32_t *keep, *signals;
  size_t count, signal_count;
  if (!read_arguments(env, info, 5, arguments) || !read_text(env, arguments[0], "path", path, sizeof path) ||
      !read_ints(env, arguments[3], "keep", &keep, &count) ||
      !read_ints(env, arguments[4], "signals", &signals, &signal_count)) {
    return NULL;
  }
  char **argv = read_texts(env, arguments[1], "argv");
  char **environment = argv == NULL ? NULL : read_texts(env, arguments[2], "environment");
  if (environment == NULL) {
    free_texts(argv);
    return NULL;
  }
  int error = keep_open(keep, count);
  if (error == 0) {
    leave_signals(signals, signal_count);
    execve(path, argv, environment);
    error = errno;
  }
  free_texts(argv);
  free_texts(environment);
  return throw_errno(env, error, "execve");
}

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
