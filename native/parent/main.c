/*
 * keepalived: the program that users start. It answers what must be instant, becomes Node.js for what needs no daemon, and otherwise is
 * the parent of the Node.js process that is the daemon: it starts it again when it dies, undoes what it held (guard.h), takes its
 * signals, starts its scripts (starter.h), goes into the background, enters a network namespace and is a process 1. protocol.h says
 * how they speak.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "background.h"
#include "child.h"
#include "command-line.h"
#include "environment.h"
#include "find-node.h"
#include "say.h"
#include "supervise.h"
#include "version.h"

/* Blocked, a signal waits for us, even as process 1, for which the kernel drops what has no handler. */
static void block_signals(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
}

/* SIGCHLD: ignored, the kernel would keep the children's status from us. */
static void reset_dispositions(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < _NSIG; number++) (void)sigaction(number, &action, NULL);
}

/* -m: the largest core file that the hard limit permits, or any where we may raise it. */
static void allow_core_dumps(void) {
  struct rlimit limit, wanted = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  if (setrlimit(RLIMIT_CORE, &wanted) == 0 || getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_CORE, &limit);
}

static int run_daemon(const struct command_line *line, struct call call) {
  char folder[PATH_MAX];
  int first = -1;
  if (line->core_dumps) allow_core_dumps();
  if (!line->foreground) {
    call.folder = getcwd(folder, sizeof folder) == NULL ? "/" : folder;
    first = go_into_background();
    if (first < 0) {
      fprintf(stderr, "vigil: cannot go into the background: %s\n", strerror(errno));
      return 1;
    }
  }
  say_to(line->console, line->facility);
  return supervise(line, call, first);
}

int main(int argc, char **argv) {
  block_signals();
  struct command_line line = read_command_line(argc, argv);
  if (line.action == TELL_VERSION) return tell_version();
  if (line.action == TELL_SIGNAL) return tell_signal(line.signal_name);
  drop_unsafe_variables();
  static struct installation installation;
  if (!find_installation(&installation)) return 1;
  struct call call = {.installation = &installation, .argc = argc, .argv = argv};
  if (line.action == RUN_DAEMON) {
    reset_dispositions();
    return run_daemon(&line, call);
  }
  exec_node(&call);
  fprintf(stderr, "vigil: %s: %s\n", installation.node, strerror(errno));
  return 1;
}
