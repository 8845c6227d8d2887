#include "undo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "say.h"

#define SYSCTL_FOLDER "/proc/sys/net/"
#define SYSCTL_VALUE_MOST 16
#define TABLE_NAME_MOST 64

/* VRRP, RFC 9568, and the authentication header that may stand before it, RFC 2338. */
#define PROTOCOL_VRRP 112
#define PROTOCOL_AH 51

/* Of an Ethernet frame. */
#define PACKET_MOST 1500

static bool may_request(const unsigned char *bytes, size_t length) {
  struct nlmsghdr header;
  if (length < sizeof header) return false;
  memcpy(&header, bytes, sizeof header);
  return header.nlmsg_len == length && (header.nlmsg_type == RTM_DELADDR || header.nlmsg_type == RTM_DELROUTE ||
                                        header.nlmsg_type == RTM_DELRULE);
}

/* VALUE NUL PATH, the path without its NUL. */
static bool may_restore(const unsigned char *bytes, size_t length) {
  const unsigned char *end = memchr(bytes, 0, length < SYSCTL_VALUE_MOST ? length : SYSCTL_VALUE_MOST);
  if (end == NULL) return false;
  const char *path = (const char *)end + 1;
  size_t rest = length - (size_t)(path - (const char *)bytes);
  size_t folder = sizeof SYSCTL_FOLDER - 1;
  return rest > folder && rest < 256 && memchr(path, 0, rest) == NULL && memcmp(path, SYSCTL_FOLDER, folder) == 0 &&
         memmem(path, rest, "/..", 3) == NULL;
}

static bool may_send(const unsigned char *bytes, size_t length) {
  if (length < 4 + 20 || length > 4 + PACKET_MOST) return false;
  const unsigned char *packet = bytes + 4;
  unsigned version = packet[0] >> 4;
  if (version == 6) return length >= 4 + 40 && packet[6] == PROTOCOL_VRRP;
  return version == 4 && (packet[9] == PROTOCOL_VRRP || packet[9] == PROTOCOL_AH);
}

bool may_hold(uint8_t type, const unsigned char *bytes, size_t length) {
  switch (type) {
    case FRAME_REQUEST: return may_request(bytes, length);
    case FRAME_LINK: return length == 4;
    case FRAME_SYSCTL: return may_restore(bytes, length);
    case FRAME_TABLE: return length > 0 && length <= TABLE_NAME_MOST && memchr(bytes, 0, length) == NULL;
    case FRAME_PACKET: return may_send(bytes, length);
    default: return false;
  }
}

static int netlink_socket(int protocol) {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
}

/* One descriptor for all requests of one undoing. */
static int route_socket = -1;

/* What is gone already is what we want: addresses, interfaces, routes, rules. */
static bool is_gone(int error) {
  return error == EADDRNOTAVAIL || error == ENODEV || error == ESRCH || error == ENOENT;
}

/* 0 or an errno. Writes to the message. */
static int send_request(unsigned char *bytes, size_t length) {
  struct nlmsghdr header;
  memcpy(&header, bytes, sizeof header);
  header.nlmsg_len = (unsigned)length;
  header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  memcpy(bytes, &header, sizeof header);
  if (route_socket < 0) route_socket = netlink_socket(NETLINK_ROUTE);
  if (route_socket < 0 || send(route_socket, bytes, length, 0) < 0) return errno;
  union {
    struct {
      struct nlmsghdr header;
      struct nlmsgerr error;
    } message;
    char bytes[4096];
  } answer;
  ssize_t received = recv(route_socket, &answer, sizeof answer, 0);
  if (received < 0) return errno;
  return answer.message.header.nlmsg_type == NLMSG_ERROR ? -answer.message.error.error : 0;
}

static void make_request(const unsigned char *bytes, size_t length) {
  static unsigned char copy[GUARD_MOST];
  memcpy(copy, bytes, length);
  int error = send_request(copy, length);
  if (error != 0 && !is_gone(error)) say("cannot undo what was held: %s", strerror(error));
}

static void delete_link(uint32_t index) {
  struct {
    struct nlmsghdr header;
    struct ifinfomsg message;
  } request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_type = RTM_DELLINK;
  request.message.ifi_index = (int)index;
  int error = send_request((unsigned char *)&request, NLMSG_LENGTH(sizeof request.message));
  if (error != 0 && !is_gone(error)) say("cannot remove an interface: %s", strerror(error));
}

static void restore_sysctl(const unsigned char *bytes, size_t length) {
  char path[256];
  size_t value = strlen((const char *)bytes);
  size_t rest = length - value - 1;
  memcpy(path, bytes + value + 1, rest);
  path[rest] = '\0';
  int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  /* An interface that is gone has no settings. */
  if (descriptor < 0) return;
  if (write(descriptor, bytes, value) < 0) say("cannot restore %s: %s", path, strerror(errno));
  close(descriptor);
}

static size_t put_header(char *buffer, size_t at, int type, unsigned char family, int resource) {
  struct nlmsghdr header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg)), .nlmsg_flags = NLM_F_REQUEST};
  header.nlmsg_type = (unsigned short)type;
  struct nfgenmsg message = {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons((unsigned short)resource)};
  memcpy(buffer + at, &header, sizeof header);
  memcpy(buffer + at + NLMSG_HDRLEN, &message, sizeof message);
  return at + header.nlmsg_len;
}

/* A transaction of its own for each family: one that has no such table must not keep the other. */
static void delete_table(unsigned char family, const unsigned char *name, size_t length) {
  char batch[256];
  memset(batch, 0, sizeof batch);
  size_t at = put_header(batch, 0, NFNL_MSG_BATCH_BEGIN, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  size_t start = at;
  at = put_header(batch, at, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_DELTABLE, family, 0);
  /* The name ends with a NUL, which the memory has already. */
  struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(length + 1), .rta_type = NFTA_TABLE_NAME};
  memcpy(batch + at, &attribute, sizeof attribute);
  memcpy(batch + at + RTA_LENGTH(0), name, length);
  at += RTA_SPACE(length + 1);
  unsigned total = (unsigned)(at - start);
  memcpy(batch + start, &total, sizeof total);
  at = put_header(batch, at, NFNL_MSG_BATCH_END, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  int descriptor = netlink_socket(NETLINK_NETFILTER);
  if (descriptor < 0 || send(descriptor, batch, at, 0) < 0) say("cannot remove a table: %s", strerror(errno));
  if (descriptor >= 0) close(descriptor);
}

static void undo(const struct hold *hold, const unsigned char *bytes) {
  uint32_t index;
  switch (hold->type) {
    case FRAME_REQUEST: make_request(bytes, hold->length); break;
    case FRAME_LINK:
      memcpy(&index, bytes, sizeof index);
      delete_link(index);
      break;
    case FRAME_SYSCTL: restore_sysctl(bytes, hold->length); break;
    case FRAME_TABLE:
      delete_table(AF_INET, bytes, hold->length);
      delete_table(AF_INET6, bytes, hold->length);
      delete_table(NFPROTO_NETDEV, bytes, hold->length);
      break;
    default: break;
  }
}

/* The destination is that of the packet's own header. */
static void send_packet(const struct hold *hold, const unsigned char *bytes) {
  if (hold->type != FRAME_PACKET) return;
  uint32_t index;
  memcpy(&index, bytes, sizeof index);
  const unsigned char *packet = bytes + 4;
  size_t length = hold->length - 4u;
  bool is_ipv6 = packet[0] >> 4 == 6;
  struct sockaddr_in inet = {.sin_family = AF_INET};
  struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_scope_id = index};
  memcpy(&inet.sin_addr, packet + 16, sizeof inet.sin_addr);
  if (is_ipv6) memcpy(&inet6.sin6_addr, packet + 24, sizeof inet6.sin6_addr);
  const struct sockaddr *to = is_ipv6 ? (struct sockaddr *)&inet6 : (struct sockaddr *)&inet;
  /* IPPROTO_RAW: packets with their own headers, nothing is received. */
  int descriptor = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
  char name[IF_NAMESIZE];
  if (descriptor >= 0 && index != 0 && if_indextoname(index, name) != NULL) {
    setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name));
  }
  if (descriptor < 0 || sendto(descriptor, packet, length, 0, to, is_ipv6 ? sizeof inet6 : sizeof inet) < 0) {
    say("cannot say goodbye: %s", strerror(errno));
  }
  if (descriptor >= 0) close(descriptor);
}

void undo_all(struct ledger *ledger) {
  ledger_each_backwards(ledger, undo);
  /* Only now: a peer that hears it may take over at once. */
  ledger_each(ledger, send_packet);
  if (route_socket >= 0) close(route_socket);
  route_socket = -1;
  ledger_clear(ledger);
}
