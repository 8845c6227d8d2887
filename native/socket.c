/* Sockets and their options. */
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

/* openSocket(domain, type, protocol) → descriptor, close-on-exec and non-blocking. */
napi_value open_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int32_t domain, type, protocol;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], "domain", &domain) ||
      !read_int(env, arguments[1], "type", &type) || !read_int(env, arguments[2], "protocol", &protocol)) {
    return NULL;
  }
  int descriptor = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  return descriptor < 0 ? throw_errno(env, errno, "socket") : own_descriptor(env, descriptor, "socket");
}

/* close(descriptor). Only what this environment opened (else EBADF) and no longer watches (else EBUSY). */
napi_value close_descriptor(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t descriptor;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor)) {
    return NULL;
  }
  struct environment *environment = environment_of(env);
  /* A descriptor that the loop still watches would, once its number is used again, be taken for the new one. */
  if (is_watched(environment, descriptor)) return throw_errno(env, EBUSY, "close");
  if (!disown_descriptor(environment, descriptor)) return throw_errno(env, EBADF, "close");
  /* Linux releases the descriptor even when close(2) is interrupted: it must not be called again. */
  if (close(descriptor) != 0 && errno != EINTR) return throw_errno(env, errno, "close");
  return undefined_value(env);
}

/* bind(descriptor, address), address being the bytes of a struct sockaddr. */
napi_value bind_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor;
  struct sockaddr_storage address;
  socklen_t length;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_address(env, arguments[1], &address, &length)) {
    return NULL;
  }
  if (bind(descriptor, (const struct sockaddr *)&address, length) != 0) {
    return throw_errno(env, errno, "bind");
  }
  return undefined_value(env);
}

/* bindToDevice(descriptor, name): SO_BINDTODEVICE; "" undoes it. */
napi_value bind_to_device(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor;
  char name[IFNAMSIZ];
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_text(env, arguments[1], "name", name, sizeof name)) {
    return NULL;
  }
  if (setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) != 0) {
    return throw_errno(env, errno, "setsockopt");
  }
  return undefined_value(env);
}

/* setOption(descriptor, level, option, value) for options that are an int. */
napi_value set_option(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int32_t descriptor, level, option, value;
  if (!read_arguments(env, info, 4, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_int(env, arguments[1], "level", &level) || !read_int(env, arguments[2], "option", &option) ||
      !read_int(env, arguments[3], "value", &value)) {
    return NULL;
  }
  int number = value;
  if (setsockopt(descriptor, level, option, &number, sizeof number) != 0) {
    return throw_errno(env, errno, "setsockopt");
  }
  return undefined_value(env);
}

/* setOptionBytes(descriptor, level, option, value) for options that are a structure. */
napi_value set_option_bytes(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int32_t descriptor, level, option;
  uint8_t *value;
  size_t length;
  if (!read_arguments(env, info, 4, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_int(env, arguments[1], "level", &level) || !read_int(env, arguments[2], "option", &option) ||
      !read_bytes(env, arguments[3], "value", &value, &length)) {
    return NULL;
  }
  if (level == SOL_SOCKET && (option == SO_ATTACH_FILTER || option == SO_ATTACH_REUSEPORT_CBPF)) {
    /* Their structure holds a pointer, which bytes of JavaScript cannot vouch for. */
    return throw_range(env, "filters go through attachFilter");
  }
  if (length > 4096) return throw_range(env, "value must have at most 4096 bytes");
  if (setsockopt(descriptor, level, option, value, (socklen_t)length) != 0) {
    return throw_errno(env, errno, "setsockopt");
  }
  return undefined_value(env);
}

/* getOption(descriptor, level, option) → number, for options that are an int. */
napi_value get_option(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int32_t descriptor, level, option;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_int(env, arguments[1], "level", &level) || !read_int(env, arguments[2], "option", &option)) {
    return NULL;
  }
  int number = 0;
  socklen_t length = sizeof number;
  if (getsockopt(descriptor, level, option, &number, &length) != 0) return throw_errno(env, errno, "getsockopt");
  return int_value(env, number);
}

/* attachFilter(descriptor, program), program being an array of struct sock_filter; replaces the one before at once. */
napi_value attach_filter(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int32_t descriptor;
  uint8_t *bytes;
  size_t length;
  struct sock_filter instructions[BPF_MAXINSNS];
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_bytes(env, arguments[1], "program", &bytes, &length)) {
    return NULL;
  }
  if (length == 0 || length % sizeof *instructions != 0 || length > sizeof instructions) {
    return throw_range(env, "program must have 1 to 4096 instructions of 8 bytes");
  }
  memcpy(instructions, bytes, length);
  struct sock_fprog program = {.len = (unsigned short)(length / sizeof *instructions), .filter = instructions};
  if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return throw_errno(env, errno, "setsockopt");
  }
  return undefined_value(env);
}

/* interfaceIndex(name) → index in the calling thread's network namespace; ENODEV when there is none. */
napi_value interface_index(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  char name[IFNAMSIZ];
  if (!read_arguments(env, info, 1, arguments) || !read_text(env, arguments[0], "name", name, sizeof name)) {
    return NULL;
  }
  unsigned index = if_nametoindex(name);
  return index == 0 ? throw_errno(env, errno, "if_nametoindex") : int_value(env, (int32_t)index);
}
