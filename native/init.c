/*
 * Process 1 of a container that has nothing else: starts a program, hands on every signal to it, waits for orphans, which nobody
 * else would, and ends as the program ended.
 *
 *   vigil_init PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "early-signals.h"

/* Waits for all that have ended; returns the program's status once it is among them, else -1. */
static int reap(pid_t program) {
  int result = -1;
  int status;
  pid_t ended;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended == program) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return result;
}

int main(int argc, char **argv) {
  sigset_t all, before;
  if (argc < 2) {
    fprintf(stderr, "usage: vigil_init PROGRAM [ARGUMENT...]\n");
    return 1;
  }
  /* A signal that is blocked waits for us even as process 1, for which the kernel drops what has no handler. */
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t program = fork();
  if (program < 0) {
    perror("vigil_init: fork");
    return 1;
  }
  if (program == 0) {
    sigset_t early;
    early_signal_set(&early);
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigprocmask(SIG_BLOCK, &early, NULL);
    execvp(argv[1], argv + 1);
    fprintf(stderr, "vigil_init: %s: %s\n", argv[1], strerror(errno));
    _exit(127);
  }
  for (;;) {
    int number = sigwaitinfo(&all, NULL);
    if (number == SIGCHLD) {
      int status = reap(program);
      if (status >= 0) return status;
    } else if (number > 0) {
      kill(program, number);
    }
  }
}
