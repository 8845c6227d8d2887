/* The life of the parent: the child, the starter, signals, the end. */
#ifndef VIGIL_SUPERVISE_H
#define VIGIL_SUPERVISE_H

#include <stdbool.h>

#include "child.h"
#include "command-line.h"

/* Runs the daemon; returns the exit status. All signals are blocked. `first` as in background.h; -1 in the foreground. */
int supervise(const struct command_line *line, struct call call, int first);

#endif
