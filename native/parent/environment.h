/* Variables that are not handed on. */
#ifndef VIGIL_ENVIRONMENT_H
#define VIGIL_ENVIRONMENT_H

/* Removes what a caller's environment could load into a program of root, or open its debugger with. */
void drop_unsafe_variables(void);

/* Removes what is for the daemon alone, and what changes how a shell reads: scripts get the rest. */
void drop_own_variables(void);

#endif
