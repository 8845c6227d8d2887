/* Going into the background. */
#ifndef VIGIL_BACKGROUND_H
#define VIGIL_BACKGROUND_H

/*
 * Forks. The first process waits, and ends with what is told to the descriptor that the second one returns with; the second one is
 * in a session of its own, in /, and has /dev/null for its standard input, output and error. -1 with errno.
 */
int go_into_background(void);

/* Lets the first process end with this status. */
void tell_first_process(int descriptor, unsigned char status);

#endif
