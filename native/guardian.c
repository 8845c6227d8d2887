/*
 * The guardian: a small process beside the daemon that holds what must be undone when the daemon dies, however it dies. It reads
 * lines from its standard input:
 *
 *   + INDEX FAMILY PREFIX ADDRESS   this address is held (FAMILY 4 or 6)
 *   - INDEX FAMILY PREFIX ADDRESS   it is not any more
 *   .                               the daemon leaves in good order
 *
 * When the input ends without the last one, it removes every address that is held (RTM_DELADDR) and exits with 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct held {
  unsigned index;
  unsigned char family; /* AF_INET or AF_INET6 */
  unsigned char prefix;
  unsigned char address[16];
};

static struct held *all;
static size_t count;
static size_t capacity;

static size_t address_length(const struct held *held) { return held->family == AF_INET ? 4 : 16; }

static bool same(const struct held *a, const struct held *b) {
  return a->index == b->index && a->family == b->family && a->prefix == b->prefix &&
         memcmp(a->address, b->address, address_length(a)) == 0;
}

static bool parse(const char *line, struct held *held) {
  char text[INET6_ADDRSTRLEN];
  unsigned family, prefix;
  memset(held, 0, sizeof *held);
  if (sscanf(line + 1, " %u %u %u %45s", &held->index, &family, &prefix, text) != 4) return false;
  held->family = family == 4 ? AF_INET : AF_INET6;
  held->prefix = (unsigned char)prefix;
  return inet_pton(held->family, text, held->address) == 1;
}

static void forget(const struct held *gone) {
  for (size_t i = 0; i < count; i++) {
    if (!same(&all[i], gone)) continue;
    memmove(&all[i], &all[i + 1], (--count - i) * sizeof *all);
    return;
  }
}

static bool remember(const struct held *held) {
  forget(held);
  if (count == capacity) {
    size_t more = capacity == 0 ? 64 : 2 * capacity;
    struct held *grown = realloc(all, more * sizeof *all);
    if (grown == NULL) return false;
    all = grown;
    capacity = more;
  }
  all[count++] = *held;
  return true;
}

/* One request for one address; 0 or an errno. */
static int delete_address(int descriptor, const struct held *held, unsigned sequence) {
  struct {
    struct nlmsghdr header;
    struct ifaddrmsg message;
    char attributes[64];
  } request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.message);
  request.header.nlmsg_type = RTM_DELADDR;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.header.nlmsg_seq = sequence;
  request.message.ifa_family = held->family;
  request.message.ifa_prefixlen = held->prefix;
  request.message.ifa_index = held->index;
  struct rtattr *attribute = (struct rtattr *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));
  attribute->rta_type = IFA_LOCAL;
  attribute->rta_len = (unsigned short)RTA_LENGTH(address_length(held));
  memcpy(RTA_DATA(attribute), held->address, address_length(held));
  request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  if (send(descriptor, &request, request.header.nlmsg_len, 0) < 0) return errno;
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char rest[256];
  } answer;
  if (recv(descriptor, &answer, sizeof answer, 0) < 0) return errno;
  return answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : 0;
}

static void remove_all(void) {
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) {
    perror("vigil_guardian: netlink socket");
    return;
  }
  for (size_t i = 0; i < count; i++) {
    int error = delete_address(descriptor, &all[i], (unsigned)i + 1);
    /* An address or interface that is gone already is what we want. */
    if (error != 0 && error != EADDRNOTAVAIL && error != ENODEV) {
      fprintf(stderr, "vigil_guardian: cannot remove an address: %s\n", strerror(error));
    }
  }
  close(descriptor);
}

int main(void) {
  /* It must outlive what ends the daemon; its own end is the end of its input. */
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  char line[128];
  while (fgets(line, sizeof line, stdin) != NULL) {
    struct held held;
    if (line[0] == '.') return 0;
    if ((line[0] != '+' && line[0] != '-') || !parse(line, &held)) {
      fprintf(stderr, "vigil_guardian: cannot read: %s", line);
    } else if (line[0] == '-') {
      forget(&held);
    } else if (!remember(&held)) {
      fprintf(stderr, "vigil_guardian: out of memory\n");
    }
  }
  remove_all();
  return 1;
}
