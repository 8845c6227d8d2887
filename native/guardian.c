/*
 * The guardian: a small process beside the daemon that holds what must be undone when the daemon dies, however it dies. It reads
 * lines from its standard input:
 *
 *   + INDEX FAMILY PREFIX ADDRESS   this address is held (FAMILY 4 or 6)
 *   - INDEX FAMILY PREFIX ADDRESS   it is not any more
 *   + link INDEX                    this interface was made
 *   + sysctl VALUE PATH             the file had this value before
 *   + table NAME                    nftables of this name, ip and ip6, were made
 *   - link INDEX, and so on         that is undone already
 *   .                               the daemon leaves in good order
 *
 * When the input ends without the last one, it removes every address that is held (RTM_DELADDR), undoes the rest, the last one
 * first, and exits with 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
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

/* What else is to be undone: "link 7", as it was told. */
static char **others;
static size_t other_count;
static size_t other_capacity;

static void forget_other(const char *line) {
  for (size_t i = 0; i < other_count; i++) {
    if (strcmp(others[i], line) != 0) continue;
    free(others[i]);
    memmove(&others[i], &others[i + 1], (--other_count - i) * sizeof *others);
    return;
  }
}

static bool remember_other(const char *line) {
  forget_other(line);
  if (other_count == other_capacity) {
    size_t more = other_capacity == 0 ? 16 : 2 * other_capacity;
    char **grown = realloc(others, more * sizeof *others);
    if (grown == NULL) return false;
    others = grown;
    other_capacity = more;
  }
  others[other_count] = strdup(line);
  return others[other_count] != NULL && ++other_count > 0;
}

static void delete_link(unsigned index) {
  struct {
    struct nlmsghdr header;
    struct ifinfomsg message;
  } request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.message);
  request.header.nlmsg_type = RTM_DELLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.message.ifi_index = (int)index;
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0 || send(descriptor, &request, request.header.nlmsg_len, 0) < 0) {
    perror("vigil_guardian: cannot remove an interface");
  }
  if (descriptor >= 0) close(descriptor);
}

static void restore_sysctl(const char *value, const char *path) {
  int descriptor = open(path, O_WRONLY | O_CLOEXEC);
  /* An interface that is gone has no settings. */
  if (descriptor < 0) return;
  if (write(descriptor, value, strlen(value)) < 0) perror("vigil_guardian: cannot restore a setting");
  close(descriptor);
}

static size_t put_header(char *buffer, size_t at, int type, int flags, unsigned char family, int resource) {
  struct nlmsghdr header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg))};
  header.nlmsg_type = (unsigned short)type;
  header.nlmsg_flags = (unsigned short)flags;
  struct nfgenmsg message = {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons((unsigned short)resource)};
  memcpy(buffer + at, &header, sizeof header);
  memcpy(buffer + at + NLMSG_HDRLEN, &message, sizeof message);
  return at + header.nlmsg_len;
}

/* A transaction of its own for each family: one that has no such table must not keep the other. */
static void delete_table(unsigned char family, const char *name) {
  char batch[512];
  memset(batch, 0, sizeof batch);
  size_t length = strlen(name) + 1;
  if (length > 256) return;
  size_t at = put_header(batch, 0, NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  size_t start = at;
  at = put_header(batch, at, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_DELTABLE, NLM_F_REQUEST, family, 0);
  struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(length), .rta_type = NFTA_TABLE_NAME};
  memcpy(batch + at, &attribute, sizeof attribute);
  memcpy(batch + at + RTA_LENGTH(0), name, length);
  at += RTA_SPACE(length);
  unsigned total = (unsigned)(at - start);
  memcpy(batch + start, &total, sizeof total);
  at = put_header(batch, at, NFNL_MSG_BATCH_END, NLM_F_REQUEST, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (descriptor < 0 || send(descriptor, batch, at, 0) < 0) perror("vigil_guardian: cannot remove a table");
  if (descriptor >= 0) close(descriptor);
}

static void undo_others(void) {
  while (other_count > 0) {
    const char *line = others[--other_count];
    char value[16], text[256];
    unsigned index;
    if (sscanf(line, "link %u", &index) == 1) {
      delete_link(index);
    } else if (sscanf(line, "sysctl %15s %255s", value, text) == 2) {
      restore_sysctl(value, text);
    } else if (sscanf(line, "table %255s", text) == 1) {
      delete_table(AF_INET, text);
      delete_table(AF_INET6, text);
    }
  }
}

/* True when the line, without its sign, is of this kind. */
static bool take_other(char *line) {
  char *text = line + 2;
  if (line[1] != ' ' || *text < 'a' || *text > 'z') return false;
  text[strcspn(text, "\n")] = '\0';
  if (line[0] == '-') forget_other(text);
  else if (!remember_other(text)) fprintf(stderr, "vigil_guardian: out of memory\n");
  return true;
}

static void remove_all(void) {
  if (count == 0) return;
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
  char line[512];
  while (fgets(line, sizeof line, stdin) != NULL) {
    struct held held;
    if (line[0] == '.') return 0;
    if ((line[0] == '+' || line[0] == '-') && take_other(line)) continue;
    if ((line[0] != '+' && line[0] != '-') || !parse(line, &held)) {
      fprintf(stderr, "vigil_guardian: cannot read: %s", line);
    } else if (line[0] == '-') {
      forget(&held);
    } else if (!remember(&held)) {
      fprintf(stderr, "vigil_guardian: out of memory\n");
    }
  }
  remove_all();
  undo_others();
  return 1;
}
