/* What the parent itself has to know of keepalived's command line. Everything else of it is the child's. */
#ifndef VIGIL_COMMAND_LINE_H
#define VIGIL_COMMAND_LINE_H

#include <stdbool.h>

enum action {
  RUN_DAEMON,
  /* Options that need no daemon, mistakes, -t, -h: Node.js alone does what they say. */
  RUN_NODE_ONLY,
  TELL_VERSION,
  TELL_SIGNAL,
};

struct command_line {
  enum action action;
  bool foreground;      /* -n */
  bool respawn;         /* without -R */
  bool console;         /* -l with -n */
  int facility;         /* -S, shifted as in syslog(3); -1 with -G */
  bool core_dumps;      /* -m, -M */
  bool ignore_interrupt;
  const char *network_namespace; /* -s; NULL: none */
  const char *signal_name;       /* of TELL_SIGNAL */
};

/* Reads it as getopt_long(3) does; leaves `argv` as it is. */
struct command_line read_command_line(int argc, char *const *argv);

#endif
