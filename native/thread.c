/* What the calling thread, or the process, may ask of the kernel for itself: scheduling, memory, namespaces. */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
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

/* lockMemory(flags): mlockall for the process. */
napi_value lock_memory(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t flags;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "flags", &flags)) return NULL;
  return mlockall(flags) == 0 ? undefined_value(env) : throw_errno(env, errno, "mlockall");
}

/* unlockMemory(): munlockall for the process. */
napi_value unlock_memory(napi_env env, napi_callback_info info) {
  (void)info;
  return munlockall() == 0 ? undefined_value(env) : throw_errno(env, errno, "munlockall");
}

/* lockBytes(bytes): mlock of the pages under a buffer, for as long as it is mapped. */
napi_value lock_bytes(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  uint8_t *bytes;
  size_t length;
  if (!read_arguments(env, info, 1, arguments) || !read_bytes(env, arguments[0], "bytes", &bytes, &length)) {
    return NULL;
  }
  return mlock(bytes, length) == 0 ? undefined_value(env) : throw_errno(env, errno, "mlock");
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

/* setParentDeathSignal(signal): sent to this process when the thread that made it ends; 0 for none. */
napi_value set_parent_death_signal(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t signal;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "signal", &signal)) return NULL;
  return prctl(PR_SET_PDEATHSIG, (unsigned long)signal) == 0 ? undefined_value(env)
                                                              : throw_errno(env, errno, "prctl");
}
