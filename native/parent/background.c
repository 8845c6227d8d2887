#include "background.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* A start that ended without a word. */
#define UNTOLD 1

/* TERM and INT end it, as they would end any command; other signals are for the daemon. */
_Noreturn static void wait_for_second(int descriptor) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigprocmask(SIG_UNBLOCK, &ending, NULL);
  unsigned char status = UNTOLD;
  while (read(descriptor, &status, 1) < 0 && errno == EINTR) {}
  if (status != 0) fprintf(stderr, "keepalived did not start (status %d): the log says why\n", status);
  _exit(status);
}

int go_into_background(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid > 0) {
    close(ends[1]);
    wait_for_second(ends[0]);
  }
  close(ends[0]);
  setsid();
  if (chdir("/") != 0) return -1;
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return -1;
  for (int i = 0; i < 3; i++) dup2(null, i);
  close(null);
  return ends[1];
}

void tell_first_process(int descriptor, unsigned char status) {
  (void)!write(descriptor, &status, 1);
  close(descriptor);
}
