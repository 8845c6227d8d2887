/*
 * The guardian: a small process beside the daemon that holds what must be undone when the daemon dies, however it dies. It reads
 * lines from its standard input:
 *
 *   + request HEX            this rtnetlink request, a whole message, undoes something that is held: an address, a route, a rule
 *   + link INDEX             this interface was made
 *   + sysctl VALUE PATH      the file had this value before
 *   + table NAME             nftables of this name, ip and ip6, were made
 *   + packet INDEX HEX       this IP packet says goodbye, out of the interface of that index; 0: of any
 *   - request HEX, and so on that is undone already
 *   .                        the daemon leaves in good order
 *
 * When the input ends without the last one, it undoes everything, the last one first, then says goodbye, and exits with 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is to be undone: "link 7", as it was told. */
static char **all;
static size_t count;
static size_t capacity;

static void forget(const char *line) {
  for (size_t i = count; i-- > 0;) {
    if (strcmp(all[i], line) != 0) continue;
    free(all[i]);
    memmove(&all[i], &all[i + 1], (--count - i) * sizeof *all);
    return;
  }
}

static bool remember(const char *line) {
  forget(line);
  if (count == capacity) {
    size_t more = capacity == 0 ? 16 : 2 * capacity;
    char **grown = realloc(all, more * sizeof *all);
    if (grown == NULL) return false;
    all = grown;
    capacity = more;
  }
  all[count] = strdup(line);
  return all[count] != NULL && ++count > 0;
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/* One descriptor for all requests. */
static int route_socket(void) {
  static int descriptor = -1;
  if (descriptor < 0) descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  return descriptor;
}

/* What is gone already is what we want: addresses, interfaces, routes, rules. */
static bool is_gone(int error) {
  return error == EADDRNOTAVAIL || error == ENODEV || error == ESRCH || error == ENOENT;
}

/* 0 or an errno. */
static int send_request(unsigned char *bytes, size_t length) {
  struct nlmsghdr *header = (struct nlmsghdr *)bytes;
  header->nlmsg_len = (unsigned)length;
  header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  int descriptor = route_socket();
  if (descriptor < 0 || send(descriptor, bytes, length, 0) < 0) return errno;
  union {
    struct {
      struct nlmsghdr header;
      struct nlmsgerr error;
    } message;
    char bytes[4096];
  } answer;
  if (recv(descriptor, &answer, sizeof answer, 0) < 0) return errno;
  return answer.message.header.nlmsg_type == NLMSG_ERROR ? -answer.message.error.error : 0;
}

/* The bytes, to be freed; NULL when there are fewer than `least`. */
static unsigned char *read_hex(const char *digits, size_t least, size_t *length) {
  *length = strlen(digits) / 2;
  unsigned char *bytes = *length < least ? NULL : malloc(*length);
  if (bytes == NULL) return NULL;
  for (size_t i = 0; i < *length; i++) bytes[i] = (unsigned char)(digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]));
  return bytes;
}

static void make_request(const char *digits) {
  size_t length;
  unsigned char *bytes = read_hex(digits, sizeof(struct nlmsghdr), &length);
  if (bytes == NULL) return;
  int error = send_request(bytes, length);
  if (error != 0 && !is_gone(error)) fprintf(stderr, "vigil_guardian: cannot undo what was held: %s\n", strerror(error));
  free(bytes);
}

/* The destination is that of the packet's own header. */
static void send_packet(unsigned index, const char *digits) {
  size_t length;
  unsigned char *bytes = read_hex(digits, 20, &length);
  if (bytes == NULL) return;
  bool is_ipv6 = bytes[0] >> 4 == 6 && length >= 40;
  struct sockaddr_in inet = {.sin_family = AF_INET};
  struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_scope_id = index};
  memcpy(&inet.sin_addr, bytes + 16, sizeof inet.sin_addr);
  if (is_ipv6) memcpy(&inet6.sin6_addr, bytes + 24, sizeof inet6.sin6_addr);
  const struct sockaddr *to = is_ipv6 ? (struct sockaddr *)&inet6 : (struct sockaddr *)&inet;
  /* IPPROTO_RAW: packets with their own headers, nothing is received. */
  int descriptor = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
  char name[IF_NAMESIZE];
  if (descriptor >= 0 && index != 0 && if_indextoname(index, name) != NULL) {
    setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name));
  }
  if (descriptor < 0 || sendto(descriptor, bytes, length, 0, to, is_ipv6 ? sizeof inet6 : sizeof inet) < 0) {
    perror("vigil_guardian: cannot say goodbye");
  }
  if (descriptor >= 0) close(descriptor);
  free(bytes);
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

static void undo_all(void) {
  for (size_t i = count; i-- > 0;) {
    const char *line = all[i];
    char value[16], text[256];
    unsigned index;
    if (strncmp(line, "request ", 8) == 0) {
      make_request(line + 8);
    } else if (sscanf(line, "link %u", &index) == 1) {
      delete_link(index);
    } else if (sscanf(line, "sysctl %15s %255s", value, text) == 2) {
      restore_sysctl(value, text);
    } else if (sscanf(line, "table %255s", text) == 1) {
      delete_table(AF_INET, text);
      delete_table(AF_INET6, text);
    }
  }
}

/* Only now: who hears it may take over at once. */
static void say_goodbye(void) {
  for (size_t i = 0; i < count; i++) {
    unsigned index;
    int start = 0;
    if (sscanf(all[i], "packet %u %n", &index, &start) == 1 && start > 0) send_packet(index, all[i] + start);
  }
}

static void take(char *line) {
  char *text = line + 2;
  text[strcspn(text, "\n")] = '\0';
  if (line[0] == '-') forget(text);
  else if (!remember(text)) fprintf(stderr, "vigil_guardian: out of memory\n");
}

int main(void) {
  /* It must outlive what ends the daemon; its own end is the end of its input. */
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) >= 0) {
    /* Cut off by the daemon's death: half a request would undo something else, and what it is for was not begun. */
    if (strchr(line, '\n') == NULL) break;
    if (line[0] == '.') return 0;
    if ((line[0] == '+' || line[0] == '-') && line[1] == ' ') take(line);
    else fprintf(stderr, "vigil_guardian: cannot read: %s", line);
  }
  undo_all();
  say_goodbye();
  return 1;
}
