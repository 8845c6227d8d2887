/* What one JavaScript environment (the main thread or a worker) owns; nothing is shared between environments. */
#ifndef VIGIL_ADDON_H
#define VIGIL_ADDON_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct poller;

/* Instance data of the addon. */
struct environment {
  /* Open descriptors; closed with the environment, so that a terminated worker leaks none. */
  int *descriptors;
  size_t descriptor_count;
  size_t descriptor_capacity;
  struct poller *pollers;
  uint32_t last_poller_id;
  struct batch *batch;
};

/* The environment's own data; never NULL once the addon is loaded. */
struct environment *environment_of(napi_env env);

/* Takes ownership of a fresh descriptor and returns it to JavaScript. Closes it and throws when memory is out. */
napi_value own_descriptor(napi_env env, int descriptor, const char *syscall);

/* Forgets a descriptor; false when this environment does not own it. */
bool disown_descriptor(struct environment *environment, int descriptor);

/* True while a poller of this environment watches the descriptor. */
bool is_watched(const struct environment *environment, int descriptor);

napi_value undefined_value(napi_env env);
napi_value int_value(napi_env env, int32_t number);

/* Functions of JavaScript; each is described where it is defined. */
napi_value open_socket(napi_env env, napi_callback_info info);
napi_value close_descriptor(napi_env env, napi_callback_info info);
napi_value bind_socket(napi_env env, napi_callback_info info);
napi_value bind_to_device(napi_env env, napi_callback_info info);
napi_value set_option(napi_env env, napi_callback_info info);
napi_value set_option_bytes(napi_env env, napi_callback_info info);
napi_value get_option(napi_env env, napi_callback_info info);
napi_value attach_filter(napi_env env, napi_callback_info info);
napi_value interface_index(napi_env env, napi_callback_info info);
napi_value receive_batch(napi_env env, napi_callback_info info);
napi_value send_batch(napi_env env, napi_callback_info info);
napi_value start_poll(napi_env env, napi_callback_info info);
napi_value resume_poll(napi_env env, napi_callback_info info);
napi_value stop_poll(napi_env env, napi_callback_info info);
napi_value open_timer(napi_env env, napi_callback_info info);
napi_value set_timer(napi_env env, napi_callback_info info);
napi_value read_timer(napi_env env, napi_callback_info info);
napi_value monotonic_now(napi_env env, napi_callback_info info);
napi_value open_inotify(napi_env env, napi_callback_info info);
napi_value add_watch(napi_env env, napi_callback_info info);
napi_value interface_flags(napi_env env, napi_callback_info info);
napi_value ethtool_link(napi_env env, napi_callback_info info);
napi_value mii_status(napi_env env, napi_callback_info info);
napi_value set_thread_name(napi_env env, napi_callback_info info);
napi_value set_affinity(napi_env env, napi_callback_info info);
napi_value thread_id(napi_env env, napi_callback_info info);
napi_value set_scheduler(napi_env env, napi_callback_info info);
napi_value get_scheduler(napi_env env, napi_callback_info info);
napi_value enter_namespace(napi_env env, napi_callback_info info);
napi_value catch_signals(napi_env env, napi_callback_info info);
napi_value read_signal(napi_env env, napi_callback_info info);
napi_value make_fifo(napi_env env, napi_callback_info info);
napi_value open_pipe(napi_env env, napi_callback_info info);
napi_value early_signal(napi_env env, napi_callback_info info);
napi_value connect_socket(napi_env env, napi_callback_info info);
napi_value write_now(napi_env env, napi_callback_info info);
napi_value open_socket_pair(napi_env env, napi_callback_info info);
napi_value adopt_descriptor(napi_env env, napi_callback_info info);
napi_value send_descriptors(napi_env env, napi_callback_info info);
napi_value memory_file(napi_env env, napi_callback_info info);
napi_value allow_core_dumps(napi_env env, napi_callback_info info);

/* Allocates the arrays of receive_batch and send_batch; NULL when memory is out. */
struct batch *create_batch(void);
/* Adds the numbers that batches are made of to an object. */
bool export_batch_layout(napi_env env, napi_value constants);
bool export_number(napi_env env, napi_value object, const char *name, double number);

#endif
