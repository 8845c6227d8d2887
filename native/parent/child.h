/* The Node.js process below the parent: how it is started, and what it is told at its start. */
#ifndef VIGIL_CHILD_H
#define VIGIL_CHILD_H

#include <sys/types.h>

#include "find-node.h"

/* How Node.js is called. */
struct call {
  const struct installation *installation;
  int argc;
  char *const *argv;
  /* Directory that relative paths of the command line belong to, when it is not the working directory; else NULL. */
  const char *folder;
  /* Network namespace that the parent has entered; NULL: none. */
  const char *network_namespace;
};

/* Becomes Node.js, without a parent. Returns only with errno. */
void exec_node(const struct call *call);

/* Starts it with these channels (protocol.h, 1 and 3), which the parent keeps open. -1 with errno. */
pid_t start_child(const struct call *call, int control, int starter);

#endif
