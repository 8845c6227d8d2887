/*
 * Takes from a process what it never uses: capabilities, gaining privileges by execve(2), system calls. What cannot be taken, on
 * an old kernel or in a container that forbids it, is reported and harms nothing.
 */
#ifndef VIGIL_CONFINE_H
#define VIGIL_CONFINE_H

#include <stddef.h>

/* What was reached: 0, or the errno of the call that failed. */
struct confinement {
  int capabilities;
  int no_new_privileges;
  int filter;
};

/*
 * Between fork and execve of the Node.js process: it keeps the capabilities of `child_capabilities` in confine.c (as ambient ones,
 * unless it is root), gains none by any program that it starts, and has the system calls of confine-calls.h. Programs that it
 * starts inherit all of this, so scripts of other users are not to be started below it.
 */
void confine_child(struct confinement *reached);

/*
 * For the parent, which starts users' scripts, so that whatever it loses they lose. Nothing is inherited by execve(2) that is not
 * the user's own, and calls are refused that only a program for the kernel or the whole machine has use for. Needs CAP_SYS_ADMIN,
 * as scripts may call sudo(8) and therefore gain privileges.
 */
void confine_parent(struct confinement *reached);

/*
 * In words for the log what was not reached, such as "no system call filter (Operation not permitted)"; empty when all was.
 * Returns the length, as snprintf(3).
 */
int confinement_gaps(const struct confinement *reached, char *text, size_t size);

#endif
