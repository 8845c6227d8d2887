/**
 * Receiving many packets in one system call, into buffers that the ports of a thread share. What an IPv6 raw socket keeps to
 * itself, the IP header, is put back in front of the payload from the ancillary data, so that both families deliver IP packets.
 */

import { type Micros, micros } from "../../../base/time.js";
import { IPV6_HEADER_LENGTH, Ipv6Offset } from "../../../wire/ipv6.js";
import { type Descriptor, native } from "../../both/native.js";

const {
  ADDRESS_STRIDE,
  COLUMN_AGE,
  COLUMN_HOP_LIMIT,
  COLUMN_LENGTH,
  COLUMN_OFFSET,
  COLUMN_STRIDE,
  COLUMN_TRAFFIC_CLASS,
  DESTINATION,
} = native.constants;

/** Packets that one call takes at most. */
export const RECEIVE_BATCH = 64;

/**
 * Takes a copy of an IP packet, and its age: µs since the kernel had it, at most a second. Returns false to have no more of
 * this batch.
 */
export type PacketTaker = (packet: Uint8Array, age: Micros) => boolean;

/** Room for the largest valid advertisement, 8 + 255 × 16 bytes, behind an IPv6 header; the rest of a larger one is cut off. */
const SLOT_BYTES = 4608;

// All packets are copied out before the first is delivered: what receives it may receive again, from another port.
const data = new Uint8Array(RECEIVE_BATCH * SLOT_BYTES);
const addresses = new Uint8Array(RECEIVE_BATCH * ADDRESS_STRIDE);
const columns = new Int32Array(RECEIVE_BATCH * COLUMN_STRIDE);

/**
 * Takes what waits on an IPv4 raw socket, at most {@link RECEIVE_BATCH} packets.
 * @returns packets taken, or the negative errno; with {@link RECEIVE_BATCH} there may be more.
 */
export function receiveIpv4(descriptor: Descriptor, received: PacketTaker): number {
  const count = native.receiveBatch(descriptor, data, SLOT_BYTES, 0, addresses, columns);
  const packets: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const offset = i * SLOT_BYTES;
    packets.push(data.slice(offset, offset + (columns[i * COLUMN_STRIDE + COLUMN_LENGTH] ?? 0)));
  }
  deliver(packets, received);
  return count;
}

/**
 * As {@link receiveIpv4}, on an IPv6 raw socket with IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT and IPV6_RECVTCLASS. Extension headers
 * are gone and the flow label is 0; an unknown hop limit would be 0.
 * @param nextHeader the protocol of the socket.
 */
export function receiveIpv6(descriptor: Descriptor, nextHeader: number, received: PacketTaker): number {
  const count = native.receiveBatch(descriptor, data, SLOT_BYTES, IPV6_HEADER_LENGTH, addresses, columns);
  const packets: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const start = (columns[i * COLUMN_STRIDE + COLUMN_OFFSET] ?? 0) - IPV6_HEADER_LENGTH;
    const payloadLength = columns[i * COLUMN_STRIDE + COLUMN_LENGTH] ?? 0;
    writeReceivedHeader(start, i, payloadLength, nextHeader);
    packets.push(data.slice(start, start + IPV6_HEADER_LENGTH + payloadLength));
  }
  deliver(packets, received);
  return count;
}

function deliver(packets: readonly Uint8Array[], received: PacketTaker): void {
  // Taking one may receive again, over these columns.
  const ages = packets.map((_, i) => micros(columns[i * COLUMN_STRIDE + COLUMN_AGE] ?? 0));
  packets.every((packet, i) => received(packet, ages[i] ?? micros(0)));
}

/** Throws away what has been queued on a socket that takes nothing new. */
export function discardWaiting(descriptor: Descriptor): void {
  while (native.receiveBatch(descriptor, data, SLOT_BYTES, 0, addresses, columns) > 0);
}

function writeReceivedHeader(start: number, packet: number, payloadLength: number, nextHeader: number): void {
  const trafficClass = Math.max(0, columns[packet * COLUMN_STRIDE + COLUMN_TRAFFIC_CLASS] ?? 0);
  const hopLimit = Math.max(0, columns[packet * COLUMN_STRIDE + COLUMN_HOP_LIMIT] ?? 0);
  data[start] = 0x60 | (trafficClass >> 4);
  data[start + 1] = (trafficClass << 4) & 0xff;
  data[start + 2] = 0;
  data[start + 3] = 0;
  data[start + Ipv6Offset.payloadLength] = payloadLength >> 8;
  data[start + Ipv6Offset.payloadLength + 1] = payloadLength & 0xff;
  data[start + Ipv6Offset.nextHeader] = nextHeader;
  data[start + Ipv6Offset.hopLimit] = hopLimit;
  const source = packet * ADDRESS_STRIDE;
  for (let i = 0; i < 16; i++) {
    data[start + Ipv6Offset.source + i] = addresses[source + i] ?? 0;
    data[start + Ipv6Offset.destination + i] = addresses[source + DESTINATION + i] ?? 0;
  }
}
