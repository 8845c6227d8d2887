/* How long to wait before a child that died is started again: at once, then longer and longer. */
#ifndef VIGIL_RESPAWN_DELAY_H
#define VIGIL_RESPAWN_DELAY_H

#include <stdint.h>

/* Seconds to wait after a death at `now` (ms, monotonic): 0, 1, 2, 4 ... 60; from the beginning after five quiet minutes. */
int respawn_delay(int64_t now);

#endif
