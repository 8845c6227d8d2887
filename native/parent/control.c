#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guard.h"
#include "pid-files.h"
#include "protocol.h"

#define NETNS_FOLDER "/run/netns/"

static char entered[256];

const char *entered_namespace(void) { return entered[0] == '\0' ? NULL : entered; }

int enter_network_namespace(const char *name, uint8_t *stage) {
  char path[sizeof NETNS_FOLDER + sizeof entered];
  *stage = 0;
  if (name[0] == '\0' || strlen(name) >= sizeof entered || strchr(name, '/') != NULL) return ENOENT;
  snprintf(path, sizeof path, "%s%s", NETNS_FOLDER, name);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  *stage = 1;
  int error = setns(descriptor, CLONE_NEWNET) == 0 ? 0 : errno;
  close(descriptor);
  if (error == 0) strcpy(entered, name);
  return error;
}

static void answer(int control, const void *message, size_t length) {
  while (send(control, message, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR) {}
}

void hand_on_signal(int control, int number) {
  unsigned char message[] = {'s', (unsigned char)number};
  answer(control, message, sizeof message);
}

static void take_namespace(int control, struct child_state *child, const char *name) {
  unsigned char message[6] = {'n'};
  uint8_t stage;
  int32_t error = enter_network_namespace(name, &stage);
  child->moves = error == 0;
  memcpy(message + 1, &error, sizeof error);
  message[5] = stage;
  answer(control, message, sizeof message);
}

/* (KIND PATH NUL)...; `text` ends with a NUL. */
static bool take_pid_files(int control, const struct child_state *child, const char *text, size_t length) {
  unsigned char message[7 + PID_FILES_MOST] = {'p', CLAIM_DONE};
  size_t index = 0;
  for (const char *at = text; at < text + length && message[1] == CLAIM_DONE; at += strlen(at) + 1) {
    if (index == PID_FILES_MOST || (at[0] != 'p' && at[0] != 'c')) return false;
    int32_t value;
    enum claim_note note;
    message[1] = (unsigned char)claim_pid_file(at + 1, at[0] == 'p' ? getpid() : child->pid, &value, &note);
    message[2] = (unsigned char)index;
    memcpy(message + 3, &value, sizeof value);
    message[7 + index++] = (unsigned char)note;
  }
  if (message[1] != CLAIM_DONE) remove_pid_files();
  answer(control, message, 7 + index);
  return true;
}

/* sd_notify(3): a path, or @ and an abstract name. */
static void tell_service_manager(const char *text, size_t length) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof address.sun_path) return;
  strcpy(address.sun_path, path);
  if (path[0] == '@') address.sun_path[0] = '\0';
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + (path[0] == '/'));
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return;
  (void)sendto(descriptor, text, length, MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
  close(descriptor);
}

static bool obey(int control, struct child_state *child, const char *message, size_t length, void (*up)(void)) {
  switch (message[0]) {
    case 's': child->takes_signals = true; return true;
    case 'l': child->leaves = true; return true;
    case 'n': take_namespace(control, child, message + 1); return true;
    case 'p': return take_pid_files(control, child, message + 1, length - 1);
    case 't': return prctl(PR_SET_NAME, message + 1) == 0;
    case 'y': tell_service_manager(message + 1, length - 1); return true;
    case 'u':
      child->is_up = true;
      up();
      return true;
    default: return false;
  }
}

/* The descriptor that came with a message; -1: none. Of several, which no message has, none is left open. */
static int received_descriptor(struct msghdr *packet) {
  struct cmsghdr *header = CMSG_FIRSTHDR(packet);
  int descriptor = -1;
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return -1;
  const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof descriptor;
  for (size_t i = 0; i < count; i++) {
    memcpy(&descriptor, CMSG_DATA(header) + i * sizeof descriptor, sizeof descriptor);
    if (count > 1) close(descriptor);
  }
  return count == 1 ? descriptor : -1;
}

bool serve_control(int control, struct child_state *child, void (*up)(void)) {
  static char message[CONTROL_MOST + 1];
  for (;;) {
    union {
      struct cmsghdr header;
      char bytes[CMSG_SPACE(sizeof(int))];
    } rights;
    struct iovec part = {message, CONTROL_MOST};
    struct msghdr packet = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    ssize_t length = recvmsg(control, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0 && errno == EINTR) continue;
    /* The end is told by SIGCHLD. */
    if (length <= 0) return true;
    int descriptor = received_descriptor(&packet);
    message[length] = '\0';
    bool whole = (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    bool known = message[0] == 'g' ? descriptor >= 0 && guard_open(descriptor)
                                   : obey(control, child, message, (size_t)length, up);
    if (message[0] != 'g' && descriptor >= 0) close(descriptor);
    if (!whole || !known) return false;
  }
}
