/*
 * Many packets in one system call. Packets lie in one buffer of the caller, addresses in a second and numbers in a third,
 * so that a call allocates nothing. Packet i has
 *   addresses[32 i … 32 i + 15]       source address (IPv4 in the first four bytes)
 *   addresses[32 i + 16 … 32 i + 31]  destination address
 *   columns[8 i + COLUMN_…]           the numbers named below
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "addon.h"
#include "arguments.h"
#include "error.h"

enum {
  BATCH_SIZE = 256,
  ADDRESS_STRIDE = 32,
  DESTINATION = 16,
  COLUMN_STRIDE = 8,
};

enum {
  COLUMN_OFFSET = 0,        /* of the packet in the data, bytes */
  COLUMN_LENGTH = 1,        /* of the packet, bytes */
  COLUMN_INTERFACE = 2,     /* index; 0 for unknown or any */
  COLUMN_HOP_LIMIT = 3,     /* or TTL; -1 for unknown or the socket's own */
  COLUMN_TRAFFIC_CLASS = 4, /* -1 for unknown or the socket's own */
  COLUMN_RESULT = 5,        /* sent: 0 or errno; received: MSG_TRUNC and such */
  COLUMN_AGE = 6,           /* received: microseconds since the kernel had it, at most a second; 0 for unknown */
};

/* struct in_pktinfo is the smaller of the two that carry an address and an interface. */
#define CONTROL_SIZE \
  (CMSG_SPACE(sizeof(struct in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct timespec)))

union name {
  struct sockaddr any;
  struct sockaddr_in inet;
  struct sockaddr_in6 inet6;
  struct sockaddr_ll packet;
};

union control {
  char bytes[CONTROL_SIZE];
  struct cmsghdr alignment;
};

struct batch {
  struct mmsghdr messages[BATCH_SIZE];
  struct iovec vectors[BATCH_SIZE];
  union name names[BATCH_SIZE];
  union control controls[BATCH_SIZE];
};

struct batch *create_batch(void) {
  struct batch *batch = calloc(1, sizeof *batch);
  if (batch == NULL) return NULL;
  for (size_t i = 0; i < BATCH_SIZE; i++) {
    batch->messages[i].msg_hdr.msg_name = &batch->names[i];
    batch->messages[i].msg_hdr.msg_iov = &batch->vectors[i];
    batch->messages[i].msg_hdr.msg_iovlen = 1;
    batch->messages[i].msg_hdr.msg_control = &batch->controls[i];
  }
  return batch;
}

bool export_batch_layout(napi_env env, napi_value constants) {
  return export_number(env, constants, "BATCH_SIZE", BATCH_SIZE) &&
         export_number(env, constants, "ADDRESS_STRIDE", ADDRESS_STRIDE) &&
         export_number(env, constants, "DESTINATION", DESTINATION) &&
         export_number(env, constants, "COLUMN_STRIDE", COLUMN_STRIDE) &&
         export_number(env, constants, "COLUMN_OFFSET", COLUMN_OFFSET) &&
         export_number(env, constants, "COLUMN_LENGTH", COLUMN_LENGTH) &&
         export_number(env, constants, "COLUMN_INTERFACE", COLUMN_INTERFACE) &&
         export_number(env, constants, "COLUMN_HOP_LIMIT", COLUMN_HOP_LIMIT) &&
         export_number(env, constants, "COLUMN_TRAFFIC_CLASS", COLUMN_TRAFFIC_CLASS) &&
         export_number(env, constants, "COLUMN_RESULT", COLUMN_RESULT) &&
         export_number(env, constants, "COLUMN_AGE", COLUMN_AGE);
}

/* SO_TIMESTAMPNS stamps with the wall clock: across a step of it the age is a guess, so it is kept within a second. */
static int32_t age_since(const struct timespec *stamp) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t age = (int64_t)(now.tv_sec - stamp->tv_sec) * 1000000 + (now.tv_nsec - stamp->tv_nsec) / 1000;
  return age < 0 || age > 1000000 ? 0 : (int32_t)age;
}

static void read_control(struct msghdr *header, uint8_t *addresses, int32_t *columns) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
    if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo packet_info;
      memcpy(&packet_info, CMSG_DATA(part), sizeof packet_info);
      memcpy(addresses + DESTINATION, &packet_info.ipi6_addr, sizeof packet_info.ipi6_addr);
      columns[COLUMN_INTERFACE] = (int32_t)packet_info.ipi6_ifindex;
    } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT) {
      memcpy(&columns[COLUMN_HOP_LIMIT], CMSG_DATA(part), sizeof(int));
    } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_TCLASS) {
      memcpy(&columns[COLUMN_TRAFFIC_CLASS], CMSG_DATA(part), sizeof(int));
    } else if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo packet_info;
      memcpy(&packet_info, CMSG_DATA(part), sizeof packet_info);
      memcpy(addresses + DESTINATION, &packet_info.ipi_addr, sizeof packet_info.ipi_addr);
      columns[COLUMN_INTERFACE] = packet_info.ipi_ifindex;
    } else if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL) {
      memcpy(&columns[COLUMN_HOP_LIMIT], CMSG_DATA(part), sizeof(int));
    } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec stamp;
      memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
      columns[COLUMN_AGE] = age_since(&stamp);
    }
  }
}

static void read_name(const union name *name, uint8_t *addresses) {
  if (name->any.sa_family == AF_INET) {
    memcpy(addresses, &name->inet.sin_addr, sizeof name->inet.sin_addr);
  } else if (name->any.sa_family == AF_INET6) {
    memcpy(addresses, &name->inet6.sin6_addr, sizeof name->inet6.sin6_addr);
  }
}

/*
 * receiveBatch(descriptor, data, slot, headroom, addresses, columns) → packets received, 0 when none waits, or -errno.
 * Packet i begins `headroom` bytes into slot i of `slot` bytes; as many are taken as all three buffers have room for.
 */
napi_value receive_batch(napi_env env, napi_callback_info info) {
  napi_value arguments[6];
  int32_t descriptor, slot, headroom;
  uint8_t *data, *addresses;
  int32_t *columns;
  size_t data_length, addresses_length, columns_length;
  if (!read_arguments(env, info, 6, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_bytes(env, arguments[1], "data", &data, &data_length) ||
      !read_int(env, arguments[2], "slot", &slot) || !read_int(env, arguments[3], "headroom", &headroom) ||
      !read_bytes(env, arguments[4], "addresses", &addresses, &addresses_length) ||
      !read_ints(env, arguments[5], "columns", &columns, &columns_length)) {
    return NULL;
  }
  if (headroom < 0 || slot <= headroom) return throw_range(env, "slot must be larger than headroom");
  size_t count = BATCH_SIZE;
  if (data_length / (size_t)slot < count) count = data_length / (size_t)slot;
  if (addresses_length / ADDRESS_STRIDE < count) count = addresses_length / ADDRESS_STRIDE;
  if (columns_length / COLUMN_STRIDE < count) count = columns_length / COLUMN_STRIDE;
  if (count == 0) return throw_range(env, "the buffers have no room for one packet");

  struct batch *batch = environment_of(env)->batch;
  for (size_t i = 0; i < count; i++) {
    struct msghdr *header = &batch->messages[i].msg_hdr;
    batch->vectors[i].iov_base = data + i * (size_t)slot + (size_t)headroom;
    batch->vectors[i].iov_len = (size_t)(slot - headroom);
    header->msg_namelen = sizeof batch->names[i];
    header->msg_control = &batch->controls[i];
    header->msg_controllen = sizeof batch->controls[i];
    header->msg_flags = 0;
    batch->names[i].any.sa_family = AF_UNSPEC;
  }
  int received;
  do {
    received = recvmmsg(descriptor, batch->messages, (unsigned)count, MSG_DONTWAIT, NULL);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return int_value(env, errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno);
  for (int i = 0; i < received; i++) {
    struct msghdr *header = &batch->messages[i].msg_hdr;
    uint8_t *packet_addresses = addresses + i * ADDRESS_STRIDE;
    int32_t *packet_columns = columns + i * COLUMN_STRIDE;
    memset(packet_addresses, 0, ADDRESS_STRIDE);
    packet_columns[COLUMN_OFFSET] = i * slot + headroom;
    packet_columns[COLUMN_LENGTH] = (int32_t)batch->messages[i].msg_len;
    packet_columns[COLUMN_INTERFACE] = 0;
    packet_columns[COLUMN_HOP_LIMIT] = -1;
    packet_columns[COLUMN_TRAFFIC_CLASS] = -1;
    packet_columns[COLUMN_RESULT] = header->msg_flags;
    packet_columns[COLUMN_AGE] = 0;
    read_name(&batch->names[i], packet_addresses);
    read_control(header, packet_addresses, packet_columns);
  }
  return int_value(env, received);
}

static struct cmsghdr *append_control(struct msghdr *header, struct cmsghdr *last, int type, const void *data,
                                      size_t length) {
  struct cmsghdr *part = last == NULL ? (struct cmsghdr *)header->msg_control
                                      : (struct cmsghdr *)((char *)last + CMSG_ALIGN(last->cmsg_len));
  part->cmsg_level = IPPROTO_IPV6;
  part->cmsg_type = type;
  part->cmsg_len = CMSG_LEN(length);
  memcpy(CMSG_DATA(part), data, length);
  header->msg_controllen += CMSG_SPACE(length);
  return part;
}

static void write_inet6(struct msghdr *header, union name *name, const uint8_t *addresses, const int32_t *columns) {
  static const struct in6_addr unspecified = IN6ADDR_ANY_INIT;
  name->inet6.sin6_family = AF_INET6;
  memcpy(&name->inet6.sin6_addr, addresses + DESTINATION, sizeof name->inet6.sin6_addr);
  /* The kernel looks at it only where the destination is link-local or multicast. */
  name->inet6.sin6_scope_id = (uint32_t)columns[COLUMN_INTERFACE];
  header->msg_namelen = sizeof name->inet6;
  struct cmsghdr *last = NULL;
  struct in6_pktinfo packet_info = {.ipi6_ifindex = (unsigned)columns[COLUMN_INTERFACE]};
  memcpy(&packet_info.ipi6_addr, addresses, sizeof packet_info.ipi6_addr);
  if (packet_info.ipi6_ifindex != 0 || memcmp(&packet_info.ipi6_addr, &unspecified, sizeof unspecified) != 0) {
    last = append_control(header, last, IPV6_PKTINFO, &packet_info, sizeof packet_info);
  }
  if (columns[COLUMN_HOP_LIMIT] >= 0) {
    last = append_control(header, last, IPV6_HOPLIMIT, &columns[COLUMN_HOP_LIMIT], sizeof(int));
  }
  if (columns[COLUMN_TRAFFIC_CLASS] >= 0) {
    append_control(header, last, IPV6_TCLASS, &columns[COLUMN_TRAFFIC_CLASS], sizeof(int));
  }
}

static void write_packet(struct msghdr *header, union name *name, const uint8_t *frame, size_t length,
                         const int32_t *columns) {
  name->packet.sll_family = AF_PACKET;
  name->packet.sll_ifindex = columns[COLUMN_INTERFACE];
  if (length >= sizeof(struct ether_header)) {
    memcpy(&name->packet.sll_protocol, frame + offsetof(struct ether_header, ether_type), sizeof(uint16_t));
  }
  header->msg_namelen = sizeof name->packet;
}

/* Sends all, going on behind one that fails; the number of failures. */
static int32_t send_all(int descriptor, struct batch *batch, int32_t count, int32_t *columns) {
  int32_t failures = 0;
  int32_t done = 0;
  while (done < count) {
    int sent = sendmmsg(descriptor, batch->messages + done, (unsigned)(count - done), MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    int error = sent < 0 ? errno : sent == 0 ? EIO : 0;
    for (int i = 0; i < sent; i++) columns[(done + i) * COLUMN_STRIDE + COLUMN_RESULT] = 0;
    if (sent > 0) done += sent;
    if (error == 0) continue;
    /* With its send buffer full the socket has room for none of the others either. */
    int32_t failed = error == EAGAIN ? count - done : 1;
    for (int32_t i = 0; i < failed; i++) columns[(done + i) * COLUMN_STRIDE + COLUMN_RESULT] = error;
    failures += failed;
    done += failed;
  }
  return failures;
}

/*
 * sendBatch(descriptor, family, data, addresses, columns, count) → packets that failed, each with its errno in
 * COLUMN_RESULT. AF_INET uses the destination; AF_INET6 all columns and both addresses; AF_PACKET the interface, and takes
 * the protocol from the Ethernet header.
 */
napi_value send_batch(napi_env env, napi_callback_info info) {
  napi_value arguments[6];
  int32_t descriptor, family, count;
  uint8_t *data, *addresses;
  int32_t *columns;
  size_t data_length, addresses_length, columns_length;
  if (!read_arguments(env, info, 6, arguments) || !read_int(env, arguments[0], "descriptor", &descriptor) ||
      !read_int(env, arguments[1], "family", &family) ||
      !read_bytes(env, arguments[2], "data", &data, &data_length) ||
      !read_bytes(env, arguments[3], "addresses", &addresses, &addresses_length) ||
      !read_ints(env, arguments[4], "columns", &columns, &columns_length) ||
      !read_int(env, arguments[5], "count", &count)) {
    return NULL;
  }
  if (family != AF_INET && family != AF_INET6 && family != AF_PACKET) {
    return throw_range(env, "family must be AF_INET, AF_INET6 or AF_PACKET");
  }
  if (count < 0 || count > BATCH_SIZE || (size_t)count > addresses_length / ADDRESS_STRIDE ||
      (size_t)count > columns_length / COLUMN_STRIDE) {
    return throw_range(env, "count is larger than the buffers or the batch");
  }
  struct batch *batch = environment_of(env)->batch;
  for (int32_t i = 0; i < count; i++) {
    struct msghdr *header = &batch->messages[i].msg_hdr;
    union name *name = &batch->names[i];
    const uint8_t *packet_addresses = addresses + i * ADDRESS_STRIDE;
    int32_t *packet_columns = columns + i * COLUMN_STRIDE;
    int32_t offset = packet_columns[COLUMN_OFFSET];
    int32_t length = packet_columns[COLUMN_LENGTH];
    if (offset < 0 || length < 0 || (size_t)offset + (size_t)length > data_length) {
      return throw_range(env, "a packet lies outside the data");
    }
    batch->vectors[i].iov_base = data + offset;
    batch->vectors[i].iov_len = (size_t)length;
    memset(name, 0, sizeof *name);
    header->msg_control = &batch->controls[i];
    header->msg_controllen = 0;
    header->msg_flags = 0;
    if (family == AF_INET) {
      name->inet.sin_family = AF_INET;
      memcpy(&name->inet.sin_addr, packet_addresses + DESTINATION, sizeof name->inet.sin_addr);
      header->msg_namelen = sizeof name->inet;
    } else if (family == AF_INET6) {
      write_inet6(header, name, packet_addresses, packet_columns);
    } else {
      write_packet(header, name, data + offset, (size_t)length, packet_columns);
    }
  }
  return int_value(env, send_all(descriptor, batch, count, columns));
}
