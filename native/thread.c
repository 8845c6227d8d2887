/* What the calling thread, or the process, may ask of the kernel for itself: scheduling, name, namespaces. */
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

/* threadId() → the kernel's number of the calling thread. */
napi_value thread_id(napi_env env, napi_callback_info info) {
  (void)info;
  return int_value(env, (int32_t)syscall(SYS_gettid));
}

/* setScheduler(policy, priority) for the calling thread alone. */
napi_value set_scheduler(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t policy, priority;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "policy", &policy) ||
      !read_int(env, arguments[1], "priority", &priority)) {
    return NULL;
  }
  struct sched_param parameters = {.sched_priority = priority};
  if (sched_setscheduler(0, policy, &parameters) != 0) return throw_errno(env, errno, "sched_setscheduler");
  return undefined_value(env);
}

/* getScheduler() → policy of the calling thread. */
napi_value get_scheduler(napi_env env, napi_callback_info info) {
  (void)info;
  int policy = sched_getscheduler(0);
  return policy < 0 ? throw_errno(env, errno, "sched_getscheduler") : int_value(env, policy);
}

/* setThreadName(name): PR_SET_NAME for the calling thread. */
napi_value set_thread_name(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  char name[16];
  if (!read_arguments(env, info, 1, arguments) || !read_text(env, arguments[0], "name", name, sizeof name)) {
    return NULL;
  }
  return prctl(PR_SET_NAME, name) == 0 ? undefined_value(env) : throw_errno(env, errno, "prctl");
}

/* setAffinity(cpus): the CPUs that the calling thread may run on. */
napi_value set_affinity(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t *cpus;
  size_t count;
  if (!read_arguments(env, info, 1, arguments) || !read_ints(env, arguments[0], "cpus", &cpus, &count)) return NULL;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (size_t i = 0; i < count; i++) {
    if (cpus[i] < 0 || cpus[i] >= CPU_SETSIZE) return throw_range(env, "a CPU must be from 0 to 1023");
    CPU_SET(cpus[i], &set);
  }
  return sched_setaffinity(0, sizeof set, &set) == 0 ? undefined_value(env)
                                                     : throw_errno(env, errno, "sched_setaffinity");
}

/* enterNamespace(descriptor, type): setns for the calling thread. */
napi_value enter_namespace(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor, type;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_int(env, arguments[1], "type", &type)) {
    return NULL;
  }
  return setns(descriptor, type) == 0 ? undefined_value(env) : throw_errno(env, errno, "setns");
}
