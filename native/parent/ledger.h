/* What one guardian channel holds, in memory of a fixed size, in the order in which it was told. */
#ifndef VIGIL_LEDGER_H
#define VIGIL_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

/* One hold; its bytes follow it in the ledger's memory. */
struct hold {
  uint32_t slot;
  uint16_t length;
  uint8_t type; /* enum frame_type; 0: released */
  uint8_t unused;
  uint64_t unused_too; /* HOLD_OVERHEAD bytes in all */
};

struct ledger {
  size_t used;
  /* Of the hold in a slot, plus one; 0 for none. */
  uint32_t offsets[GUARD_SLOTS];
  _Alignas(16) unsigned char bytes[GUARD_BYTES];
};

/* Forgets everything. */
void ledger_clear(struct ledger *ledger);

/* Replaces what is in the slot. False when the slot, the length or the memory is at its limit. */
bool ledger_hold(struct ledger *ledger, uint32_t slot, uint8_t type, const unsigned char *bytes, size_t length);

/* Forgets what is in the slot, if anything. False when there is no such slot. */
bool ledger_release(struct ledger *ledger, uint32_t slot);

/* Calls back for each hold, the first one first. */
void ledger_each(const struct ledger *ledger, void (*call)(const struct hold *hold, const unsigned char *bytes));

/* The same, the last one first. */
void ledger_each_backwards(struct ledger *ledger, void (*call)(const struct hold *hold, const unsigned char *bytes));

#endif
