#include "respawn-delay.h"

/* s */
#define LONGEST 60

/* A child that lived this long is no part of a series any more, ms. */
#define CALM 300000

static int next;
static int64_t last = -CALM - 1;

int respawn_delay(int64_t now) {
  if (now - last > CALM) next = 0;
  last = now;
  int delay = next;
  next = delay == 0 ? 1 : 2 * delay < LONGEST ? 2 * delay : LONGEST;
  return delay;
}
