#include "ledger.h"

#include <string.h>

_Static_assert(sizeof(struct hold) == HOLD_OVERHEAD, "the protocol says how much a hold counts");

/* Bytes that a hold takes, a multiple of its alignment. */
static size_t span_of(size_t length) {
  return (sizeof(struct hold) + length + HOLD_OVERHEAD - 1) / HOLD_OVERHEAD * HOLD_OVERHEAD;
}

static struct hold *hold_at(const struct ledger *ledger, size_t offset) {
  return (struct hold *)(void *)(ledger->bytes + offset);
}

void ledger_clear(struct ledger *ledger) {
  ledger->used = 0;
  memset(ledger->offsets, 0, sizeof ledger->offsets);
}

/* Moves the holds together, in their order. */
static void compact(struct ledger *ledger) {
  size_t to = 0;
  for (size_t from = 0; from < ledger->used;) {
    struct hold *hold = hold_at(ledger, from);
    size_t span = span_of(hold->length);
    if (hold->type != 0) {
      ledger->offsets[hold->slot] = (uint32_t)to + 1;
      memmove(ledger->bytes + to, ledger->bytes + from, span);
      to += span;
    }
    from += span;
  }
  ledger->used = to;
}

bool ledger_release(struct ledger *ledger, uint32_t slot) {
  if (slot >= GUARD_SLOTS) return false;
  uint32_t offset = ledger->offsets[slot];
  if (offset == 0) return true;
  hold_at(ledger, offset - 1)->type = 0;
  ledger->offsets[slot] = 0;
  return true;
}

bool ledger_hold(struct ledger *ledger, uint32_t slot, uint8_t type, const unsigned char *bytes, size_t length) {
  if (length > GUARD_MOST || !ledger_release(ledger, slot)) return false;
  size_t span = span_of(length);
  if (span > GUARD_BYTES - ledger->used) compact(ledger);
  if (span > GUARD_BYTES - ledger->used) return false;
  struct hold *hold = hold_at(ledger, ledger->used);
  *hold = (struct hold){.slot = slot, .length = (uint16_t)length, .type = type};
  memcpy(hold + 1, bytes, length);
  ledger->offsets[slot] = (uint32_t)ledger->used + 1;
  ledger->used += span;
  return true;
}

void ledger_each(const struct ledger *ledger, void (*call)(const struct hold *hold, const unsigned char *bytes)) {
  for (size_t offset = 0; offset < ledger->used;) {
    const struct hold *hold = hold_at(ledger, offset);
    if (hold->type != 0) call(hold, (const unsigned char *)(hold + 1));
    offset += span_of(hold->length);
  }
}

/* The slots' table is not needed any more: it becomes the list of offsets in their order. */
void ledger_each_backwards(struct ledger *ledger, void (*call)(const struct hold *hold, const unsigned char *bytes)) {
  compact(ledger);
  size_t count = 0;
  for (size_t offset = 0; offset < ledger->used && count < GUARD_SLOTS;) {
    ledger->offsets[count++] = (uint32_t)offset;
    offset += span_of(hold_at(ledger, offset)->length);
  }
  while (count-- > 0) {
    const struct hold *hold = hold_at(ledger, ledger->offsets[count]);
    call(hold, (const unsigned char *)(hold + 1));
  }
}
