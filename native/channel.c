/* Channels to other processes of ours: pairs of UNIX sockets, and descriptors that travel over them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

/* Descriptors in one message at most. */
#define MOST_DESCRIPTORS 8

/* openSocketPair(seqpacket) → [descriptor, descriptor]: of SOCK_SEQPACKET or SOCK_STREAM, close-on-exec and non-blocking. */
napi_value open_socket_pair(napi_env env, napi_callback_info info) {
  napi_value arguments[1], pair;
  int32_t seqpacket;
  int ends[2];
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "seqpacket", &seqpacket)) return NULL;
  int type = (seqpacket != 0 ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (socketpair(AF_UNIX, type, 0, ends) != 0) return throw_errno(env, errno, "socketpair");
  if (napi_create_array_with_length(env, 2, &pair) != napi_ok) return NULL;
  for (uint32_t i = 0; i < 2; i++) {
    napi_value end = own_descriptor(env, ends[i], "socketpair");
    if (end == NULL) {
      if (i == 0) close(ends[1]);
      return NULL;
    }
    if (napi_set_element(env, pair, i, end) != napi_ok) return NULL;
  }
  return pair;
}

/* adoptDescriptor(number) → the descriptor, as one of this environment: close-on-exec and non-blocking, closed with it. */
napi_value adopt_descriptor(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t number;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], "number", &number)) return NULL;
  int flags = fcntl(number, F_GETFL);
  if (flags < 0 || fcntl(number, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(number, F_SETFD, FD_CLOEXEC) != 0) {
    return throw_errno(env, errno, "fcntl");
  }
  return own_descriptor(env, number, "fcntl");
}

/*
 * sendDescriptors(socket, bytes, descriptors) → bytes that were taken, or the negative errno: -EAGAIN when it would have to wait. The
 * receiver gets copies of the descriptors.
 */
napi_value send_descriptors(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int32_t descriptor, *descriptors;
  uint8_t *bytes;
  size_t length, count;
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
  } control;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], "socket", &descriptor) ||
      !read_bytes(env, arguments[1], "bytes", &bytes, &length) ||
      !read_ints(env, arguments[2], "descriptors", &descriptors, &count)) {
    return NULL;
  }
  if (count > MOST_DESCRIPTORS) return throw_range(env, "at most 8 descriptors");
  struct iovec part = {bytes, length};
  struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof(int));
    packet.msg_control = &control;
    packet.msg_controllen = CMSG_SPACE(count * sizeof(int));
  }
  ssize_t sent = sendmsg(descriptor, &packet, MSG_DONTWAIT | MSG_NOSIGNAL);
  return int_value(env, sent < 0 ? -errno : (int32_t)sent);
}

/* memoryFile(bytes) → descriptor of a file that is in no folder, at its beginning: memfd_create(2). */
napi_value memory_file(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  uint8_t *bytes;
  size_t length;
  if (!read_arguments(env, info, 1, arguments) || !read_bytes(env, arguments[0], "bytes", &bytes, &length)) return NULL;
  int descriptor = memfd_create("vigil", MFD_CLOEXEC);
  if (descriptor < 0) return throw_errno(env, errno, "memfd_create");
  for (size_t written = 0; written < length;) {
    ssize_t taken = pwrite(descriptor, bytes + written, length - written, (off_t)written);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) {
      int error = errno;
      close(descriptor);
      return throw_errno(env, error, "write");
    }
    written += (size_t)taken;
  }
  return own_descriptor(env, descriptor, "memfd_create");
}
