/* Arguments from JavaScript. */
#include "arguments.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_SAFE_INTEGER 9007199254740991.0

static bool unfit(napi_env env, const char *name, const char *wanted) {
  char message[128];
  snprintf(message, sizeof message, "argument \"%s\" must be %s", name, wanted);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return false;
}

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  char message[64];
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given == count) return true;
  snprintf(message, sizeof message, "%zu arguments wanted, %zu given", count, given);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return false;
}

static bool read_whole(napi_env env, napi_value value, double low, double high, double *number) {
  return napi_get_value_double(env, value, number) == napi_ok && *number >= low && *number <= high &&
         trunc(*number) == *number;
}

bool read_int(napi_env env, napi_value value, const char *name, int32_t *number) {
  double wide = 0;
  if (!read_whole(env, value, INT32_MIN, INT32_MAX, &wide)) {
    return unfit(env, name, "a whole number of 32 bits with sign");
  }
  *number = (int32_t)wide;
  return true;
}

bool read_count(napi_env env, napi_value value, const char *name, double *number) {
  return read_whole(env, value, 0, MAX_SAFE_INTEGER, number) ||
         unfit(env, name, "a whole number, 0 or positive");
}

static bool read_typed_array(napi_env env, napi_value value, napi_typedarray_type wanted, void **data,
                             size_t *length) {
  bool is_typed_array = false;
  napi_typedarray_type type;
  return napi_is_typedarray(env, value, &is_typed_array) == napi_ok && is_typed_array &&
         napi_get_typedarray_info(env, value, &type, length, data, NULL, NULL) == napi_ok && type == wanted;
}

bool read_bytes(napi_env env, napi_value value, const char *name, uint8_t **bytes, size_t *length) {
  void *data = NULL;
  if (!read_typed_array(env, value, napi_uint8_array, &data, length)) {
    return unfit(env, name, "a Uint8Array");
  }
  *bytes = data;
  return true;
}

bool read_address(napi_env env, napi_value value, struct sockaddr_storage *address, socklen_t *length) {
  uint8_t *bytes;
  size_t count;
  if (!read_bytes(env, value, "address", &bytes, &count)) return false;
  if (count == 0 || count > sizeof *address) {
    throw_range(env, "address must have 1 to 128 bytes");
    return false;
  }
  *address = (struct sockaddr_storage){0};
  memcpy(address, bytes, count);
  *length = (socklen_t)count;
  return true;
}

bool read_ints(napi_env env, napi_value value, const char *name, int32_t **ints, size_t *length) {
  void *data = NULL;
  if (!read_typed_array(env, value, napi_int32_array, &data, length)) {
    return unfit(env, name, "an Int32Array");
  }
  *ints = data;
  return true;
}

bool read_text(napi_env env, napi_value value, const char *name, char *text, size_t size) {
  size_t needed = 0;
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &needed) != napi_ok) return unfit(env, name, "a string");
  if (needed >= size) return unfit(env, name, "a shorter string");
  if (napi_get_value_string_utf8(env, value, text, size, &length) != napi_ok || strlen(text) != length) {
    return unfit(env, name, "a string without NUL");
  }
  return true;
}

bool require_function(napi_env env, napi_value value, const char *name) {
  napi_valuetype type;
  return (napi_typeof(env, value, &type) == napi_ok && type == napi_function) || unfit(env, name, "a function");
}

napi_value throw_range(napi_env env, const char *message) {
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", message);
  return NULL;
}
