#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../confine.h"
#include "../early-signals.h"

/* Descriptors of the child; what is above is closed. */
#define CONTROL 3
#define STARTER 4

/*
 * SIGUSR1, which monitoring sends for a dump, would open Node's debugger on a local port, to every user of the host, until the daemon has
 * its own handler. No interface has this address (RFC 5737), and so no debugger can listen there.
 */
#define CLOSED_DEBUGGER "--inspect-port=192.0.2.1:65535", "--inspect-publish-uid=stderr"

/*
 * MiB of each half of the young generation, in both threads. With V8's own choice it grows to 16, and to copy what lives in it takes
 * the engine's thread several ms at a time; of 2 it takes less than one, and the process is smaller.
 */
#define SMALL_YOUNG_GENERATION "--max-semi-space-size=2"

static const char *const node_options[] = {CLOSED_DEBUGGER, SMALL_YOUNG_GENERATION};

/* argv of Node.js: argv[0] as it was typed, then its options, the program, the words of the command line. */
static char **words_of(const struct call *call) {
  size_t options = sizeof node_options / sizeof *node_options;
  char **words = calloc((size_t)call->argc + options + 4, sizeof *words);
  if (words == NULL) return NULL;
  size_t count = 0;
  words[count++] = call->argc > 0 ? call->argv[0] : (char *)"keepalived";
  for (size_t i = 0; i < options; i++) words[count++] = (char *)node_options[i];
  if (call->installation->can_disable_signal) words[count++] = (char *)"--disable-sigusr1";
  words[count++] = (char *)call->installation->entry;
  for (int i = 1; i < call->argc; i++) words[count++] = call->argv[i];
  return words;
}

static void set_variable(const char *name, const char *value) {
  if (value == NULL) unsetenv(name);
  else setenv(name, value, 1);
}

static void prepare_environment(const struct call *call, const char *channels) {
  set_variable("VIGIL_ARGV0", call->argc > 0 ? call->argv[0] : NULL);
  set_variable("VIGIL_CHANNELS", channels);
  set_variable("VIGIL_FOLDER", call->folder);
  set_variable("VIGIL_NAMESPACE", call->network_namespace);
  set_variable("LD_PRELOAD", call->installation->early);
}

/* Those that the daemon is asked by stay blocked, until early-signals.c takes them. */
static void set_signals(void) {
  sigset_t early;
  early_signal_set(&early);
  sigprocmask(SIG_SETMASK, &early, NULL);
}

void exec_node(const struct call *call) {
  prepare_environment(call, NULL);
  char **words = words_of(call);
  if (words == NULL) return;
  set_signals();
  execv(call->installation->node, words);
}

static void exec_child(const struct call *call, int control, int starter) {
  /* Above both places, so that neither is overwritten before it is moved. */
  int from[] = {fcntl(control, F_DUPFD, 16), fcntl(starter, F_DUPFD, 16)};
  dup2(from[0], CONTROL);
  dup2(from[1], STARTER);
  (void)syscall(SYS_close_range, STARTER + 1, ~0u, 0);
  prepare_environment(call, "3,4");
  char gaps[256];
  struct confinement reached;
  confine_child(&reached);
  set_variable("VIGIL_UNCONFINED", confinement_gaps(&reached, gaps, sizeof gaps) > 0 ? gaps : NULL);
  char **words = words_of(call);
  if (words == NULL) return;
  set_signals();
  execv(call->installation->node, words);
}

pid_t start_child(const struct call *call, int control, int starter) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  exec_child(call, control, starter);
  fprintf(stderr, "vigil: %s: %s\n", call->installation->node, strerror(errno));
  _exit(1);
}
