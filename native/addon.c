/* The exports, and what lives and dies with an environment. */
#include "addon.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/version.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "error.h"

/* Newer than the C library's headers of some distributions; from linux/in6.h, the same on every architecture. */
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

struct environment *environment_of(napi_env env) {
  void *data = NULL;
  if (napi_get_instance_data(env, &data) != napi_ok || data == NULL) {
    napi_fatal_error("vigil_native", NAPI_AUTO_LENGTH, "no instance data", NAPI_AUTO_LENGTH);
  }
  return data;
}

napi_value own_descriptor(napi_env env, int descriptor, const char *syscall) {
  struct environment *environment = environment_of(env);
  if (environment->descriptor_count == environment->descriptor_capacity) {
    size_t capacity = environment->descriptor_capacity == 0 ? 16 : 2 * environment->descriptor_capacity;
    int *grown = realloc(environment->descriptors, capacity * sizeof *grown);
    if (grown == NULL) {
      close(descriptor);
      return throw_errno(env, ENOMEM, syscall);
    }
    environment->descriptors = grown;
    environment->descriptor_capacity = capacity;
  }
  environment->descriptors[environment->descriptor_count++] = descriptor;
  return int_value(env, descriptor);
}

bool disown_descriptor(struct environment *environment, int descriptor) {
  for (size_t i = 0; i < environment->descriptor_count; i++) {
    if (environment->descriptors[i] != descriptor) continue;
    environment->descriptors[i] = environment->descriptors[--environment->descriptor_count];
    return true;
  }
  return false;
}

napi_value undefined_value(napi_env env) {
  napi_value value = NULL;
  napi_get_undefined(env, &value);
  return value;
}

napi_value int_value(napi_env env, int32_t number) {
  napi_value value = NULL;
  napi_create_int32(env, number, &value);
  return value;
}

bool export_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value = NULL;
  return napi_create_double(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, name, value) == napi_ok;
}

/* Runs after every poller is closed: cleanup hooks run in the reverse order of their registration. */
static void close_environment(void *data) {
  struct environment *environment = data;
  for (size_t i = 0; i < environment->descriptor_count; i++) close(environment->descriptors[i]);
  environment->descriptor_count = 0;
}

static void free_environment(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct environment *environment = data;
  free(environment->descriptors);
  free(environment->batch);
  free(environment);
}

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
    {"openSocket", open_socket},
    {"close", close_descriptor},
    {"bind", bind_socket},
    {"bindToDevice", bind_to_device},
    {"setOption", set_option},
    {"setOptionBytes", set_option_bytes},
    {"getOption", get_option},
    {"attachFilter", attach_filter},
    {"interfaceIndex", interface_index},
    {"receiveBatch", receive_batch},
    {"sendBatch", send_batch},
    {"startPoll", start_poll},
    {"resumePoll", resume_poll},
    {"stopPoll", stop_poll},
    {"openTimer", open_timer},
    {"setTimer", set_timer},
    {"readTimer", read_timer},
    {"monotonicNow", monotonic_now},
    {"openInotify", open_inotify},
    {"addWatch", add_watch},
    {"interfaceFlags", interface_flags},
    {"ethtoolLink", ethtool_link},
    {"miiStatus", mii_status},
    {"setThreadName", set_thread_name},
    {"setAffinity", set_affinity},
    {"threadId", thread_id},
    {"setScheduler", set_scheduler},
    {"getScheduler", get_scheduler},
    {"enterNamespace", enter_namespace},
    {"catchSignals", catch_signals},
    {"readSignal", read_signal},
    {"makeFifo", make_fifo},
    {"openPipe", open_pipe},
    {"earlySignal", early_signal},
    {"connect", connect_socket},
    {"writeNow", write_now},
    {"openSocketPair", open_socket_pair},
    {"adoptDescriptor", adopt_descriptor},
    {"sendDescriptors", send_descriptors},
    {"memoryFile", memory_file},
    {"allowCoreDumps", allow_core_dumps},
};

#define NUMBER(name) {#name, name}

/* Socket options have other numbers on other architectures, so JavaScript has them from here. */
static const struct {
  const char *name;
  int number;
} numbers[] = {
    NUMBER(AF_UNIX),
    NUMBER(AF_INET),
    NUMBER(AF_INET6),
    NUMBER(AF_PACKET),
    NUMBER(SOCK_RAW),
    NUMBER(SOCK_DGRAM),
    NUMBER(SOL_SOCKET),
    NUMBER(SO_PRIORITY),
    NUMBER(SO_REUSEADDR),
    NUMBER(SO_RCVBUF),
    NUMBER(SO_RCVBUFFORCE),
    NUMBER(SO_SNDBUF),
    NUMBER(SO_SNDBUFFORCE),
    NUMBER(SO_TIMESTAMPNS),
    NUMBER(IPPROTO_IP),
    NUMBER(IPPROTO_IPV6),
    NUMBER(IP_HDRINCL),
    NUMBER(IP_ADD_MEMBERSHIP),
    NUMBER(IP_MULTICAST_ALL),
    NUMBER(IP_RECVTTL),
    NUMBER(IPV6_V6ONLY),
    NUMBER(IP_MULTICAST_IF),
    NUMBER(IP_MULTICAST_LOOP),
    NUMBER(IPV6_JOIN_GROUP),
    NUMBER(IPV6_MULTICAST_ALL),
    NUMBER(IPV6_MULTICAST_HOPS),
    NUMBER(IPV6_MULTICAST_IF),
    NUMBER(IPV6_MULTICAST_LOOP),
    NUMBER(IPV6_RECVHOPLIMIT),
    NUMBER(IPV6_RECVPKTINFO),
    NUMBER(IPV6_RECVTCLASS),
    NUMBER(IN_CLOSE_WRITE),
    NUMBER(IN_MOVED_FROM),
    NUMBER(IN_MOVED_TO),
    NUMBER(IN_DELETE),
    NUMBER(IN_Q_OVERFLOW),
    NUMBER(IN_IGNORED),
    NUMBER(IN_ISDIR),
    NUMBER(IN_ONLYDIR),
    NUMBER(UV_READABLE),
    NUMBER(SCHED_OTHER),
    NUMBER(SCHED_RR),
    NUMBER(SCHED_RESET_ON_FORK),
    NUMBER(CLONE_NEWNET),
    NUMBER(LINUX_VERSION_CODE),
};

static bool export_all(napi_env env, napi_value exports) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function = NULL;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function) !=
            napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok) {
      return false;
    }
  }
  napi_value constants = NULL;
  if (napi_create_object(env, &constants) != napi_ok) return false;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    if (!export_number(env, constants, numbers[i].name, numbers[i].number)) return false;
  }
  return export_batch_layout(env, constants) &&
         napi_set_named_property(env, exports, "constants", constants) == napi_ok;
}

NAPI_MODULE_INIT() {
  struct environment *environment = calloc(1, sizeof *environment);
  if (environment != NULL) environment->batch = create_batch();
  if (environment == NULL || environment->batch == NULL) {
    free(environment);
    return throw_errno(env, ENOMEM, "malloc");
  }
  if (napi_set_instance_data(env, environment, free_environment, NULL) != napi_ok) {
    free_environment(env, environment, NULL);
    napi_throw_error(env, NULL, "vigil_native: the environment takes no instance data");
    return NULL;
  }
  if (napi_add_env_cleanup_hook(env, close_environment, environment) != napi_ok || !export_all(env, exports)) {
    napi_throw_error(env, NULL, "vigil_native: the exports could not be made");
    return NULL;
  }
  return exports;
}
