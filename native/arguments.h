/* Arguments from JavaScript. Each reader throws a TypeError that names the argument and returns false when it is unfit. */
#ifndef VIGIL_ARGUMENTS_H
#define VIGIL_ARGUMENTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Exactly `count` arguments into `values`. */
bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);

/* A whole number of 32 bits with sign. */
bool read_int(napi_env env, napi_value value, const char *name, int32_t *number);

/* A whole number from 0 to the largest that a double holds exactly. */
bool read_count(napi_env env, napi_value value, const char *name, double *number);

/* A Uint8Array or Buffer; the pointer holds until the call returns to JavaScript. */
bool read_bytes(napi_env env, napi_value value, const char *name, uint8_t **bytes, size_t *length);

/* The bytes of a struct sockaddr, 1 to 128 of them; else a RangeError. */
bool read_address(napi_env env, napi_value value, struct sockaddr_storage *address, socklen_t *length);

/* An Int32Array; `length` counts its numbers. */
bool read_ints(napi_env env, napi_value value, const char *name, int32_t **ints, size_t *length);

/* A string of fewer than `size` bytes, without NUL. */
bool read_text(napi_env env, napi_value value, const char *name, char *text, size_t size);

/* A function. */
bool require_function(napi_env env, napi_value value, const char *name);

/* Throws a RangeError; returns NULL, to be returned to JavaScript. */
napi_value throw_range(napi_env env, const char *message);

#endif
