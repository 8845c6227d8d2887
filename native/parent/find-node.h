/* Where Vigil and its Node.js are. */
#ifndef VIGIL_FIND_NODE_H
#define VIGIL_FIND_NODE_H

#include <limits.h>
#include <stdbool.h>

struct installation {
  char node[PATH_MAX];  /* the interpreter */
  char entry[PATH_MAX]; /* the program that it runs */
  char early[PATH_MAX]; /* to be preloaded: early-signals.c */
  bool can_disable_signal; /* --disable-sigusr1 is known to be an option of it */
};

/*
 * Finds them: Vigil beside this program; Node.js as the runtime of the package, VIGIL_NODE, that of node_modules, or `node` on PATH,
 * whose version is asked. False after a line on standard error.
 */
bool find_installation(struct installation *found);

#endif
