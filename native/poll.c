/* Readiness of descriptors, on the event loop of the environment that asks. */
#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

struct poller {
  uv_poll_t handle;
  napi_env env;
  struct environment *environment;
  struct poller *next;
  int32_t descriptor;
  int32_t events;
  uint32_t id;
  napi_ref callback;
  napi_ref resource;
  napi_async_context context;
  /* Kept until the loop has let go of the handle: the environment waits for that before it ends. */
  napi_async_cleanup_hook_handle cleanup;
};

static struct poller *find_poller(struct environment *environment, uint32_t id) {
  struct poller *poller = environment->pollers;
  while (poller != NULL && poller->id != id) poller = poller->next;
  return poller;
}

bool is_watched(const struct environment *environment, int descriptor) {
  const struct poller *poller = environment->pollers;
  while (poller != NULL && poller->descriptor != descriptor) poller = poller->next;
  return poller != NULL;
}

/* Not earlier than this, since a callback may stop its own poller. What could not be made is NULL. */
static void on_closed(uv_handle_t *handle) {
  struct poller *poller = handle->data;
  napi_handle_scope scope = NULL;
  napi_open_handle_scope(poller->env, &scope);
  if (poller->callback != NULL) napi_delete_reference(poller->env, poller->callback);
  if (poller->context != NULL) napi_async_destroy(poller->env, poller->context);
  if (poller->resource != NULL) napi_delete_reference(poller->env, poller->resource);
  if (scope != NULL) napi_close_handle_scope(poller->env, scope);
  /* Last: the environment may end with it. */
  if (poller->cleanup != NULL) napi_remove_async_cleanup_hook(poller->cleanup);
  free(poller);
}

/* Stops at once; the memory goes when the loop has let go. No JavaScript runs for it any more. */
static void close_poller(struct poller *poller) {
  struct poller **link = &poller->environment->pollers;
  while (*link != NULL && *link != poller) link = &(*link)->next;
  if (*link != NULL) *link = poller->next;
  uv_close((uv_handle_t *)&poller->handle, on_closed);
}

static void on_environment_end(napi_async_cleanup_hook_handle cleanup, void *data) {
  (void)cleanup;
  struct poller *poller = data;
  if (!uv_is_closing((uv_handle_t *)&poller->handle)) close_poller(poller);
}

/* An exception of the callback is an uncaught one, as from any callback of Node.js. */
static void report_exception(napi_env env) {
  bool pending = false;
  napi_value exception = NULL;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
}

static void on_ready(uv_poll_t *handle, int status, int events) {
  struct poller *poller = handle->data;
  napi_env env = poller->env;
  napi_handle_scope scope = NULL;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback = NULL;
  napi_value receiver = NULL;
  napi_value arguments[2];
  if (napi_get_reference_value(env, poller->callback, &callback) == napi_ok &&
      napi_get_reference_value(env, poller->resource, &receiver) == napi_ok &&
      napi_create_int32(env, status, &arguments[0]) == napi_ok &&
      napi_create_int32(env, events, &arguments[1]) == napi_ok &&
      napi_make_callback(env, poller->context, receiver, callback, 2, arguments, NULL) != napi_ok) {
    report_exception(env);
  }
  napi_close_handle_scope(env, scope);
}

/* Makes what the callback runs in; false with an exception pending, or with the environment ending. */
static bool prepare_callback(napi_env env, struct poller *poller, napi_value callback) {
  napi_value resource = NULL;
  napi_value name = NULL;
  return napi_create_object(env, &resource) == napi_ok &&
         napi_create_string_utf8(env, "vigil.poll", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_reference(env, callback, 1, &poller->callback) == napi_ok &&
         napi_create_reference(env, resource, 1, &poller->resource) == napi_ok &&
         napi_async_init(env, resource, name, &poller->context) == napi_ok &&
         napi_add_async_cleanup_hook(env, on_environment_end, poller, &poller->cleanup) == napi_ok;
}

/*
 * startPoll(descriptor, events, callback) → poller. callback(status, events): status is 0, or negative after an error on
 * the descriptor, which also pauses the poller until resumePoll. An active poller keeps the event loop alive.
 */
napi_value start_poll(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int32_t descriptor, events;
  uv_loop_t *loop = NULL;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_int(env, arguments[1], "events", &events) || !require_function(env, arguments[2], "callback")) {
    return NULL;
  }
  /* libuv aborts on a negative descriptor. */
  if (descriptor < 0) return throw_range(env, "descriptor must not be negative");
  if (events == 0 || (events & ~(UV_READABLE | UV_WRITABLE)) != 0) {
    return throw_range(env, "events must be UV_READABLE, UV_WRITABLE or both");
  }
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_errno(env, ENOTSUP, "uv_poll_init");
  struct poller *poller = calloc(1, sizeof *poller);
  if (poller == NULL) return throw_errno(env, ENOMEM, "uv_poll_init");
  int error = uv_poll_init(loop, &poller->handle, descriptor);
  if (error != 0) {
    free(poller);
    return throw_errno(env, -error, "uv_poll_init");
  }
  struct environment *environment = environment_of(env);
  poller->handle.data = poller;
  poller->env = env;
  poller->environment = environment;
  poller->descriptor = descriptor;
  poller->events = events;
  poller->id = ++environment->last_poller_id;
  poller->next = environment->pollers;
  environment->pollers = poller;
  if (!prepare_callback(env, poller, arguments[2])) {
    close_poller(poller);
    return throw_errno(env, ENOMEM, "uv_poll_init");
  }
  error = uv_poll_start(&poller->handle, events, on_ready);
  if (error != 0) {
    close_poller(poller);
    return throw_errno(env, -error, "uv_poll_start");
  }
  return int_value(env, (int32_t)poller->id);
}

static bool read_poller(napi_env env, napi_callback_info info, struct poller **poller) {
  napi_value arguments[1];
  int32_t id;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "poller", &id)) return false;
  *poller = find_poller(environment_of(env), (uint32_t)id);
  if (*poller == NULL) throw_range(env, "there is no such poller");
  return *poller != NULL;
}

/* resumePoll(poller) after a status that was negative. */
napi_value resume_poll(napi_env env, napi_callback_info info) {
  struct poller *poller;
  if (!read_poller(env, info, &poller)) return NULL;
  int error = uv_poll_start(&poller->handle, poller->events, on_ready);
  return error == 0 ? undefined_value(env) : throw_errno(env, -error, "uv_poll_start");
}

/* stopPoll(poller), for good; the descriptor may be closed right after. */
napi_value stop_poll(napi_env env, napi_callback_info info) {
  struct poller *poller;
  if (!read_poller(env, info, &poller)) return NULL;
  close_poller(poller);
  return undefined_value(env);
}
