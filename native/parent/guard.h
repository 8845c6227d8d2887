/* The guardian's duty: what the child's threads have told must be undone, and whether they live. protocol.h, 2. */
#ifndef VIGIL_GUARD_H
#define VIGIL_GUARD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

/* Takes over a channel. False when there are too many: the descriptor is closed. */
bool guard_open(int descriptor);

/* Puts the channels among the descriptors to wait for; returns how many there are. */
size_t guard_watch(struct pollfd watched[GUARD_CHANNELS]);

/* Reads what has come. Ends channels, which undoes what they held. False for a frame that the protocol does not have. */
bool guard_serve(void);

/* The child is dead: what its channels still hold is undone now, the last channel first. */
void guard_child_died(void);

/* ms until the child may have to be judged; -1: no beats are promised. `now` is ms of CLOCK_MONOTONIC. */
int guard_patience(int64_t now);

/* ms for which a promised beat has been missing, once that is too long; else 0. Time in which this process stood still itself does not count. */
int64_t guard_silence(int64_t now);

/* CLOCK_MONOTONIC in ms. */
int64_t now_ms(void);

#endif
