/* Undoing what a guardian channel held, and saying goodbye for it. */
#ifndef VIGIL_UNDO_H
#define VIGIL_UNDO_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger.h"

/* False for a hold that the parent would not carry out: it is of another kind than the protocol says. */
bool may_hold(uint8_t type, const unsigned char *bytes, size_t length);

/* Undoes everything, the last one first, then sends the packets, and forgets all. */
void undo_all(struct ledger *ledger);

#endif
