/*
 * fuzz-parent INPUTS SEED: what the child may say to the parent and to the starter of scripts, as protocol.h has it and as it has not.
 * Built with sanitizers, whose report is the result; run in a network namespace and a folder of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parent/control.h"
#include "parent/guard.h"
#include "parent/pid-files.h"
#include "parent/protocol.h"
#include "parent/starter.h"

static uint32_t state;
static unsigned tally[4];

/* xorshift32 */
static uint32_t chance(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

static size_t fill(unsigned char *bytes, size_t most) {
  size_t length = chance(10) == 0 ? chance((uint32_t)most + 1) : chance(most < 64 ? (uint32_t)most + 1 : 64);
  for (size_t i = 0; i < length; i++) bytes[i] = (unsigned char)(chance(3) == 0 ? chance(4) : chance(256));
  return length;
}

/* A body that fits its type, or nearly. */
static size_t fill_body(uint8_t type, unsigned char *body) {
  size_t length = fill(body, GUARD_MOST);
  uint32_t word;
  switch (type) {
    case FRAME_REQUEST:
      if (length < 16) length = 16 + chance(40);
      word = (uint32_t)length;
      memcpy(body, &word, 4);
      word = 21 + chance(16);
      memcpy(body + 4, &word, 2);
      return length;
    case FRAME_SYSCTL: return (size_t)snprintf((char *)body, 200, "%u%c/proc/sys/net/ipv4/conf/lo/none%u", chance(9), 0, chance(9));
    case FRAME_PACKET:
      if (length < 24) length = 24 + chance(60);
      memset(body, 0, 4);
      body[4] = chance(2) == 0 ? 0x45 : 0x60;
      body[4 + 9] = 112;
      body[4 + 6] = 112;
      return length;
    case FRAME_LINK:
    case FRAME_BEAT: return chance(4) == 0 ? length : 4;
    default: return length;
  }
}

static void fuzz_guard(void) {
  int ends[2];
  unsigned char frame[8 + GUARD_MOST];
  static const uint8_t types[] = {1, 2, 3, 4, 5, 16, 17, 18};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) abort();
  guard_open(ends[0]);
  for (uint32_t frames = 1 + chance(6); frames > 0; frames--) {
    uint8_t type = chance(20) == 0 ? (uint8_t)chance(256) : types[chance(8)];
    uint16_t length = (uint16_t)fill_body(type, frame + 8);
    uint32_t slot = chance(10) == 0 ? (uint32_t)(GUARD_SLOTS - 1 + chance(3)) : chance(40);
    if (chance(40) == 0) length = (uint16_t)chance(65536);
    memcpy(frame, &length, 2);
    frame[2] = type;
    frame[3] = chance(50) == 0;
    memcpy(frame + 4, &slot, 4);
    size_t whole = 8 + (length > GUARD_MOST ? GUARD_MOST : length);
    (void)!send(ends[1], frame, chance(10) == 0 ? chance((uint32_t)whole + 1) : whole, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (chance(2) == 0) (void)guard_serve();
  }
  (void)guard_patience(now_ms());
  (void)guard_silence(now_ms() + chance(5000));
  if (chance(2) == 0) close(ends[1]);
  if (chance(3) == 0) {
    guard_child_died();
  } else {
    (void)guard_serve();
  }
  if (fcntl(ends[1], F_GETFD) >= 0) close(ends[1]);
  tally[0]++;
}

/* Sends with so many descriptors. */
static bool send_with(int channel, const unsigned char *bytes, size_t length, int descriptors) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(8 * sizeof(int))];
  } control;
  struct iovec part = {(void *)bytes, length};
  struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (descriptors > 0) {
    memset(&control, 0, sizeof control);
    packet.msg_control = &control;
    packet.msg_controllen = CMSG_SPACE((size_t)descriptors * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN((size_t)descriptors * sizeof(int));
    for (int i = 0; i < descriptors; i++) memcpy(CMSG_DATA(header) + (size_t)i * sizeof(int), &null, sizeof null);
  }
  bool sent = sendmsg(channel, &packet, MSG_NOSIGNAL) >= 0;
  close(null);
  return sent;
}

static void up(void) {}

static void fuzz_control(void) {
  int ends[2];
  unsigned char message[CONTROL_MOST + 200];
  struct child_state child = {.pid = getpid()};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) abort();
  for (uint32_t messages = 1 + chance(4); messages > 0; messages--) {
    size_t length = 1 + fill(message + 1, sizeof message - 1);
    message[0] = chance(10) == 0 ? (unsigned char)chance(256) : (unsigned char)"snpgutlyp"[chance(9)];
    if (message[0] == 'p') {
      /* Names in this folder only. */
      for (size_t i = 1; i < length; i++) {
        if (message[i] == '/') message[i] = '_';
      }
      if (chance(2) == 0) length = (size_t)snprintf((char *)message, 64, "pp%u.pid%cc%u.pid", chance(30), 0, chance(30)) + 1;
    }
    (void)send_with(ends[1], message, length, chance(3) == 0 ? (int)chance(5) : 0);
  }
  (void)serve_control(ends[0], &child, up);
  hand_on_signal(ends[0], (int)chance(64));
  remove_pid_files();
  guard_child_died();
  close(ends[0]);
  close(ends[1]);
  tally[1]++;
}

static void fuzz_starter(int starter) {
  static unsigned char message[STARTER_MOST];
  static const char *const programs[] = {"true", "false", "/nonexistent", "/etc/passwd", ""};
  unsigned char drain[64];
  while (recv(starter, drain, sizeof drain, MSG_DONTWAIT) > 0) {}
  size_t length = 1 + fill(message + 1, 256);
  message[0] = chance(10) == 0 ? (unsigned char)chance(256) : (unsigned char)"SSSSSKKR"[chance(8)];
  if (message[0] == 'S') {
    uint32_t number = chance(8), user = chance(3) == 0 ? 0 : 65534;
    memcpy(message + 1, &number, 4);
    memcpy(message + 5, &user, 4);
    memcpy(message + 9, &user, 4);
    message[15] = (unsigned char)chance(chance(4) == 0 ? 256 : 8);
    if (chance(8) != 0) length = 17 + (size_t)snprintf((char *)message + 16, 64, "%s%c%u", programs[chance(5)], 0, chance(99));
  }
  if (message[0] == 'K') {
    uint32_t number = chance(8);
    memcpy(message + 1, &number, 4);
    message[5] = (unsigned char)chance(70);
    if (chance(8) != 0) length = 6;
  }
  if (!send_with(starter, message, length, (int)chance(9))) {
    fprintf(stderr, "the starter is gone\n");
    exit(1);
  }
  tally[2]++;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int ends[2];
  state = (uint32_t)strtoul(argv[2], NULL, 10) * 2654435761u + 1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return 2;
  pid_t starter = fork();
  if (starter == 0) {
    close(ends[1]);
    serve_starts(ends[0]);
  }
  close(ends[0]);
  for (long inputs = strtol(argv[1], NULL, 10); inputs > 0; inputs--) {
    uint32_t kind = chance(100);
    if (kind < 60) fuzz_guard();
    else if (kind < 97) fuzz_control();
    else fuzz_starter(ends[1]);
  }
  close(ends[1]);
  int status = -1;
  if (waitpid(starter, &status, 0) != starter || status != 0) {
    fprintf(stderr, "the starter ended with status %d\n", status);
    return 1;
  }
  printf("{\"guard\":%u,\"control\":%u,\"starter\":%u}\n", tally[0], tally[1], tally[2]);
  return 0;
}
