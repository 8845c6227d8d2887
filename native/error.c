/* Failed system calls as JavaScript errors. */
#include "error.h"

#include <stdio.h>
#include <uv.h>

napi_value throw_errno(napi_env env, int number, const char *syscall) {
  int error = uv_translate_sys_error(number);
  char name[32];
  char reason[128];
  char message[256];
  uv_err_name_r(error, name, sizeof name);
  uv_strerror_r(error, reason, sizeof reason);
  snprintf(message, sizeof message, "%s: %s, %s", name, reason, syscall);
  napi_value code = NULL;
  napi_value text = NULL;
  napi_value failure = NULL;
  napi_value errno_value = NULL;
  napi_value syscall_value = NULL;
  if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &code) == napi_ok &&
      napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text) == napi_ok &&
      napi_create_error(env, code, text, &failure) == napi_ok &&
      napi_create_int32(env, error, &errno_value) == napi_ok &&
      napi_set_named_property(env, failure, "errno", errno_value) == napi_ok &&
      napi_create_string_utf8(env, syscall, NAPI_AUTO_LENGTH, &syscall_value) == napi_ok &&
      napi_set_named_property(env, failure, "syscall", syscall_value) == napi_ok) {
    napi_throw(env, failure);
  } else {
    napi_throw_error(env, name, message);
  }
  return NULL;
}
