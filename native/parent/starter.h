/* Starts scripts for the child, each with what its user has and nothing else. protocol.h, 3. */
#ifndef VIGIL_STARTER_H
#define VIGIL_STARTER_H

/* Serves one socket until it is closed; then ends the process, which has no other purpose. Scripts that run then go on. */
_Noreturn void serve_starts(int channel);

#endif
