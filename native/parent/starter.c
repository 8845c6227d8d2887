#include "starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "environment.h"
#include "protocol.h"
#include "start-program.h"

/* Programs that run at the same time. */
#define RUNS_MOST 4096

/* `HOW` of the protocol. */
enum { HOW_EXITED = 0, HOW_SIGNALED = 1, HOW_NOT_STARTED = 2 };

static struct run {
  uint32_t number;
  pid_t pid;
  /* From which the errno of a failed exec is read; -1 once it is clear that it succeeded. */
  int failure;
  /* That errno; 0: none so far. */
  int error;
  /* It was signalled: what is left of its group when it ends is killed. */
  bool killed;
  /* A child from before the last 'R' tells nothing any more. */
  bool forgotten;
} runs[RUNS_MOST];
static size_t count;

static int socket_of_child;

static void tell_end(uint32_t number, uint8_t how, int32_t value) {
  unsigned char message[10] = {'E'};
  memcpy(message + 1, &number, 4);
  message[5] = how;
  memcpy(message + 6, &value, 4);
  /* The child reads, or is gone. */
  while (send(socket_of_child, message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

static void start(uint32_t number, const struct program *program) {
  if (count == RUNS_MOST) {
    tell_end(number, HOW_NOT_STARTED, EAGAIN);
    return;
  }
  int failure;
  pid_t pid = start_program(program, &failure);
  if (pid < 0) tell_end(number, HOW_NOT_STARTED, errno);
  else runs[count++] = (struct run){.number = number, .pid = pid, .failure = failure};
}

/* Reads the words into `words`, which has room for `most` and a NULL; 0 when they are not as the protocol says. */
static size_t read_words(char *text, size_t length, char **words, size_t most) {
  size_t found = 0;
  if (length == 0 || text[length - 1] != '\0') return 0;
  for (char *word = text; word < text + length; word += strlen(word) + 1) {
    if (found == most) return 0;
    words[found++] = word;
  }
  words[found] = NULL;
  return found;
}

#define START_HEADER 16

static void take_start(unsigned char *message, size_t length, const int *descriptors, size_t descriptor_count) {
  static char *words[STARTER_MOST / 2 + 1];
  uint32_t number;
  struct program program = {.argv = words};
  if (length <= START_HEADER) return;
  memcpy(&number, message + 1, 4);
  memcpy(&program.uid, message + 5, 4);
  memcpy(&program.gid, message + 9, 4);
  memcpy(&program.umask, message + 13, 2);
  unsigned stdio = message[15];
  size_t used = 0;
  for (int i = 0; i < 3; i++) {
    bool given = (stdio >> i & 1) != 0;
    if (given && used == descriptor_count) return tell_end(number, HOW_NOT_STARTED, EBADF);
    program.stdio[i] = given ? descriptors[used++] : -1;
  }
  char *text = (char *)message + START_HEADER;
  if (read_words(text, length - START_HEADER, words, STARTER_MOST / 2) == 0) {
    return tell_end(number, HOW_NOT_STARTED, EINVAL);
  }
  start(number, &program);
}

static void signal_group(pid_t group, int number) {
  /* ESRCH: the whole group has ended by itself. */
  (void)kill(-group, number);
}

static void take_kill(const unsigned char *message, size_t length) {
  uint32_t number;
  if (length != 6) return;
  memcpy(&number, message + 1, 4);
  for (size_t i = 0; i < count; i++) {
    if (runs[i].number != number || runs[i].forgotten) continue;
    runs[i].killed = true;
    signal_group(runs[i].pid, message[5]);
  }
}

static void forget_all(void) {
  for (size_t i = 0; i < count; i++) runs[i].forgotten = true;
  while (send(socket_of_child, "R", 1, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

/* Takes one message with its descriptors; false at the end of the socket. */
static bool take_message(void) {
  static unsigned char message[STARTER_MOST];
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(3 * sizeof(int))];
  } control;
  struct iovec part = {message, sizeof message};
  struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(socket_of_child, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  if (length == 0) return false;
  /* CMSG_SPACE rounds up: the kernel puts in as many as fit, which may be one more than we asked room for. */
  int descriptors[sizeof control.bytes / sizeof(int)];
  size_t received = 0;
  struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
  if (header != NULL && header->cmsg_type == SCM_RIGHTS && header->cmsg_level == SOL_SOCKET) {
    received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors, CMSG_DATA(header), received * sizeof(int));
  }
  bool whole = (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  if (whole && message[0] == 'S') take_start(message, (size_t)length, descriptors, received);
  else if (whole && message[0] == 'K') take_kill(message, (size_t)length);
  else if (whole && message[0] == 'R') forget_all();
  for (size_t i = 0; i < received; i++) close(descriptors[i]);
  return true;
}

/* The errno that a failed start has left; 0: it was started, or it is not known yet. */
static int failure_of(struct run *run) {
  int error = 0;
  if (run->failure < 0) return 0;
  ssize_t length = read(run->failure, &error, sizeof error);
  if (length < 0 && errno == EAGAIN) return 0;
  if (length == sizeof error) return error;
  close(run->failure);
  run->failure = -1;
  return 0;
}

/* Most runs are known to have started long before they end: their descriptor is not needed any more. */
static void settle_starts(void) {
  for (size_t i = 0; i < count; i++) {
    if (runs[i].error == 0) runs[i].error = failure_of(&runs[i]);
  }
}

static void end_run(struct run *run, int status) {
  int error = run->error != 0 ? run->error : failure_of(run);
  if (run->failure >= 0) close(run->failure);
  /* Children that ignored the signal. The group's number belongs to nobody else as long as one of them lives. */
  if (run->killed) signal_group(run->pid, SIGKILL);
  if (run->forgotten) return;
  if (error != 0) tell_end(run->number, HOW_NOT_STARTED, error);
  else if (WIFSIGNALED(status)) tell_end(run->number, HOW_SIGNALED, WTERMSIG(status));
  else tell_end(run->number, HOW_EXITED, WEXITSTATUS(status));
}

static void reap(void) {
  int status;
  pid_t ended;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    for (size_t i = 0; i < count; i++) {
      if (runs[i].pid != ended) continue;
      end_run(&runs[i], status);
      runs[i] = runs[--count];
      break;
    }
  }
}

_Noreturn void serve_starts(int channel) {
  socket_of_child = channel;
  drop_own_variables();
  prctl(PR_SET_NAME, "vigil-starter");
  /* Signals for the daemon's whole group or unit are not for it: it ends with its socket. */
  sigset_t all, child;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  struct pollfd watched[] = {{.fd = channel, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
  for (;;) {
    if (poll(watched, 2, -1) < 0 && errno != EINTR) _exit(1);
    struct signalfd_siginfo ignored;
    while (read(signals, &ignored, sizeof ignored) > 0) {}
    reap();
    settle_starts();
    if ((watched[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !take_message()) _exit(0);
  }
}
