/* The messages of the control channel, protocol.h, 1. */
#ifndef VIGIL_CONTROL_H
#define VIGIL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the child has said about itself. */
struct child_state {
  pid_t pid;
  bool takes_signals;
  bool is_up;
  bool leaves;
  /* It is to be started again, inside of the network namespace that was entered. */
  bool moves;
};

/* Serves all messages that wait; false for one that the protocol does not have. `up` is called when the daemon is up. */
bool serve_control(int control, struct child_state *child, void (*up)(void));

/* Hands on a signal. */
void hand_on_signal(int control, int number);

/* Enters a network namespace of ip-netns(8); 0 or an errno, `stage` as in the protocol. */
int enter_network_namespace(const char *name, uint8_t *stage);

/* The namespace that was entered; NULL: none. */
const char *entered_namespace(void);

#endif
