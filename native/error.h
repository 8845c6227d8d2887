/* Failed system calls as JavaScript errors. */
#ifndef VIGIL_ERROR_H
#define VIGIL_ERROR_H

#include <node_api.h>

/*
 * Throws as Node.js does: message "EPERM: operation not permitted, socket", with `errno` (negative), `code` and
 * `syscall`. Returns NULL, to be returned to JavaScript.
 */
napi_value throw_errno(napi_env env, int number, const char *syscall);

#endif
