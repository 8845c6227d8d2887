#include "guard.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ledger.h"
#include "undo.h"

/* Below it a machine that is merely busy would be taken for one that stands still, ms. */
#define LEAST_LIMIT 1000

/* The shortest limit is looked at so often. */
#define LOOKS_PER_LIMIT 4

struct frame_header {
  uint16_t length;
  uint8_t type;
  uint8_t zero;
  uint32_t slot;
};

static struct channel {
  int descriptor; /* -1: free */
  size_t filled;
  uint32_t limit; /* ms; 0: no beats are promised */
  int64_t beat_at;
  unsigned char buffer[64 * 1024];
  struct ledger ledger;
} channels[GUARD_CHANNELS];

/* In the order in which they were opened. */
static struct channel *open_channels[GUARD_CHANNELS];
static size_t count;

/* When we last looked at the beats. */
static int64_t looked_at;

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool guard_open(int descriptor) {
  if (count == GUARD_CHANNELS) {
    close(descriptor);
    return false;
  }
  struct channel *channel = channels;
  for (size_t i = 0; i < count; i++) {
    if (open_channels[i] != channel) continue;
    channel++;
    i = (size_t)-1;
  }
  channel->descriptor = descriptor;
  channel->filled = 0;
  channel->limit = 0;
  ledger_clear(&channel->ledger);
  open_channels[count++] = channel;
  return true;
}

size_t guard_watch(struct pollfd watched[GUARD_CHANNELS]) {
  for (size_t i = 0; i < count; i++) watched[i] = (struct pollfd){.fd = open_channels[i]->descriptor, .events = POLLIN};
  return count;
}

static void forget_channel(size_t index) {
  close(open_channels[index]->descriptor);
  count--;
  memmove(&open_channels[index], &open_channels[index + 1], (count - index) * sizeof *open_channels);
}

static bool beat(struct channel *channel, const unsigned char *body, size_t length) {
  if (length != sizeof channel->limit) return false;
  memcpy(&channel->limit, body, sizeof channel->limit);
  if (channel->limit != 0 && channel->limit < LEAST_LIMIT) channel->limit = LEAST_LIMIT;
  channel->beat_at = now_ms();
  return true;
}

static bool obey(struct channel *channel, const struct frame_header *header, const unsigned char *body) {
  switch (header->type) {
    case FRAME_RELEASE: return ledger_release(&channel->ledger, header->slot);
    case FRAME_GOODBYE:
      ledger_clear(&channel->ledger);
      channel->limit = 0;
      return true;
    case FRAME_BEAT: return beat(channel, body, header->length);
    default:
      return may_hold(header->type, body, header->length) &&
             ledger_hold(&channel->ledger, header->slot, header->type, body, header->length);
  }
}

/* Obeys all whole frames in the buffer; what is left of the last one stays in it. */
static bool obey_frames(struct channel *channel) {
  size_t at = 0;
  struct frame_header header;
  while (channel->filled - at >= sizeof header) {
    memcpy(&header, channel->buffer + at, sizeof header);
    if (header.length > GUARD_MOST || header.zero != 0) return false;
    if (channel->filled - at < sizeof header + header.length) break;
    if (!obey(channel, &header, channel->buffer + at + sizeof header)) return false;
    at += sizeof header + header.length;
  }
  channel->filled -= at;
  memmove(channel->buffer, channel->buffer + at, channel->filled);
  return true;
}

enum reading { READ_ALL, READ_END, READ_NONSENSE };

static enum reading read_channel(struct channel *channel) {
  for (;;) {
    ssize_t length = recv(channel->descriptor, channel->buffer + channel->filled,
                          sizeof channel->buffer - channel->filled, MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return READ_ALL;
    if (length <= 0) return READ_END;
    channel->filled += (size_t)length;
    if (!obey_frames(channel)) return READ_NONSENSE;
  }
}

bool guard_serve(void) {
  bool sane = true;
  for (size_t i = count; i-- > 0;) {
    struct channel *channel = open_channels[i];
    enum reading reading = read_channel(channel);
    if (reading == READ_ALL) continue;
    if (reading == READ_NONSENSE) sane = false;
    undo_all(&channel->ledger);
    forget_channel(i);
  }
  return sane;
}

void guard_child_died(void) {
  (void)guard_serve();
  for (size_t i = count; i-- > 0;) {
    undo_all(&open_channels[i]->ledger);
    forget_channel(i);
  }
}

static int64_t look_interval(void) {
  int64_t shortest = 0;
  for (size_t i = 0; i < count; i++) {
    int64_t limit = open_channels[i]->limit;
    if (limit != 0 && (shortest == 0 || limit < shortest)) shortest = limit;
  }
  return shortest / LOOKS_PER_LIMIT;
}

int guard_patience(int64_t now) {
  int64_t interval = look_interval();
  if (interval == 0) return -1;
  int64_t left = looked_at + interval - now;
  return left < 0 ? 0 : left < interval ? (int)left : (int)interval;
}

int64_t guard_silence(int64_t now) {
  int64_t interval = look_interval();
  int64_t since = now - looked_at;
  if (interval == 0 || since < interval) return 0;
  looked_at = now;
  int64_t longest = 0;
  for (size_t i = 0; i < count; i++) {
    struct channel *channel = open_channels[i];
    if (channel->limit == 0) continue;
    /* We were late ourselves: the machine stood still, or was suspended. */
    if (since > 2 * interval && channel->beat_at < now) channel->beat_at = now;
    int64_t silence = now - channel->beat_at;
    if (silence > channel->limit && silence > longest) longest = silence;
  }
  return longest;
}
