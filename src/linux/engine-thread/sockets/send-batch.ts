/** Packets or frames that are collected and then sent in one system call. */

import { formatIpAddress, type IpAddress } from "../../../base/ip-address.js";
import { Ipv4Offset } from "../../../wire/ipv4.js";
import { IPV6_HEADER_LENGTH, Ipv6Offset } from "../../../wire/ipv6.js";
import { type Descriptor, native } from "../../both/native.js";

const {
  ADDRESS_STRIDE,
  AF_INET,
  AF_INET6,
  AF_PACKET,
  BATCH_SIZE,
  COLUMN_HOP_LIMIT,
  COLUMN_INTERFACE,
  COLUMN_LENGTH,
  COLUMN_OFFSET,
  COLUMN_RESULT,
  COLUMN_STRIDE,
  COLUMN_TRAFFIC_CLASS,
  DESTINATION,
} = native.constants;

/** Bytes to begin with; grows with the packets. */
const FIRST_CAPACITY = 16_384;

/** In its column: none is asked for. */
const HOP_LIMIT_OF_SOCKET = -1;
const TRAFFIC_CLASS_OF_SOCKET = -1;

/** What the batch is for: raw sockets of either IP version (IPv4 with IP_HDRINCL), or a packet socket. */
export type SendKind = "ipv4" | "ipv6" | "frame";

const families: Readonly<Record<SendKind, number>> = { ipv4: AF_INET, ipv6: AF_INET6, frame: AF_PACKET };

/** A packet that was not sent. */
export interface SendFailure {
  /** Its place among the packets of the batch, from 0. */
  readonly index: number;
  /** Positive, as in errno(3). */
  readonly errno: number;
  /** Absent for a frame. */
  readonly destination: IpAddress | undefined;
  /** 0 where the socket chooses. */
  readonly interfaceIndex: number;
}

/** Collects what goes out through one socket. */
export class SendBatch {
  readonly #kind: SendKind;
  #data = new Uint8Array(FIRST_CAPACITY);
  readonly #addresses = new Uint8Array(BATCH_SIZE * ADDRESS_STRIDE);
  readonly #columns = new Int32Array(BATCH_SIZE * COLUMN_STRIDE);
  #count = 0;
  #bytes = 0;

  constructor(kind: SendKind) {
    this.#kind = kind;
  }

  /** True when the next packet needs a {@link send} before it. */
  get full(): boolean {
    return this.#count === BATCH_SIZE;
  }

  /** Copies a packet with its IPv4 header, of which the kernel fills in the checksum and what of source and id is 0. */
  addIpv4(packet: Uint8Array): void {
    const address = this.#count * ADDRESS_STRIDE + DESTINATION;
    for (let i = 0; i < 4; i++) this.#addresses[address + i] = packet[Ipv4Offset.destination + i] ?? 0;
    this.#add(packet, 0);
  }

  /**
   * Copies a packet behind its IPv6 header. Of that the kernel makes its own, with the same addresses, hop limit and traffic
   * class; a hop limit of 0 stands for its default.
   * @param interfaceIndex to send from; 0 leaves it to the routes.
   */
  addIpv6(packet: Uint8Array, interfaceIndex: number): void {
    const address = this.#count * ADDRESS_STRIDE;
    for (let i = 0; i < 16; i++) {
      this.#addresses[address + i] = packet[Ipv6Offset.source + i] ?? 0;
      this.#addresses[address + DESTINATION + i] = packet[Ipv6Offset.destination + i] ?? 0;
    }
    const row = this.#count * COLUMN_STRIDE;
    this.#columns[row + COLUMN_INTERFACE] = interfaceIndex;
    const hopLimit = packet[Ipv6Offset.hopLimit] ?? 0;
    this.#columns[row + COLUMN_HOP_LIMIT] = hopLimit === 0 ? HOP_LIMIT_OF_SOCKET : hopLimit;
    this.#columns[row + COLUMN_TRAFFIC_CLASS] = (((packet[0] ?? 0) & 0x0f) << 4) | ((packet[1] ?? 0) >> 4);
    this.#add(packet, IPV6_HEADER_LENGTH);
  }

  /**
   * Copies a packet with its IPv6 header, for a socket of IPPROTO_RAW, which sends both as they are.
   * @param interfaceIndex to send from; 0 leaves it to the routes.
   */
  addWholeIpv6(packet: Uint8Array, interfaceIndex: number): void {
    const address = this.#count * ADDRESS_STRIDE;
    this.#addresses.fill(0, address, address + DESTINATION);
    const destination = packet.subarray(Ipv6Offset.destination, IPV6_HEADER_LENGTH);
    this.#addresses.set(destination, address + DESTINATION);
    const row = this.#count * COLUMN_STRIDE;
    this.#columns[row + COLUMN_INTERFACE] = interfaceIndex;
    this.#columns[row + COLUMN_HOP_LIMIT] = HOP_LIMIT_OF_SOCKET;
    this.#columns[row + COLUMN_TRAFFIC_CLASS] = TRAFFIC_CLASS_OF_SOCKET;
    this.#add(packet, 0);
  }

  /** Copies an Ethernet frame. */
  addFrame(frame: Uint8Array, interfaceIndex: number): void {
    this.#columns[this.#count * COLUMN_STRIDE + COLUMN_INTERFACE] = interfaceIndex;
    this.#add(frame, 0);
  }

  /** Sends everything, and is empty after. @returns what failed, in the order it was added. */
  send(descriptor: Descriptor): readonly SendFailure[] {
    const count = this.#count;
    if (count === 0) return NONE;
    const failed = native.sendBatch(
      descriptor,
      families[this.#kind],
      this.#data,
      this.#addresses,
      this.#columns,
      count,
    );
    this.#empty();
    return failed === 0 ? NONE : this.#failures(count);
  }

  /** Gives everything up for this errno, and is empty after. */
  fail(errno: number): readonly SendFailure[] {
    for (let i = 0; i < this.#count; i++) this.#columns[i * COLUMN_STRIDE + COLUMN_RESULT] = errno;
    return this.#failures(this.#empty());
  }

  /** @returns packets there were. */
  #empty(): number {
    const count = this.#count;
    this.#count = 0;
    this.#bytes = 0;
    return count;
  }

  #failures(count: number): SendFailure[] {
    const failures: SendFailure[] = [];
    for (let i = 0; i < count; i++) {
      const errno = this.#columns[i * COLUMN_STRIDE + COLUMN_RESULT] ?? 0;
      if (errno === 0) continue;
      const interfaceIndex = this.#columns[i * COLUMN_STRIDE + COLUMN_INTERFACE] ?? 0;
      failures.push({ index: i, errno, destination: this.#destination(i), interfaceIndex });
    }
    return failures;
  }

  #destination(index: number): IpAddress | undefined {
    if (this.#kind === "frame") return undefined;
    const start = index * ADDRESS_STRIDE + DESTINATION;
    return formatIpAddress(this.#addresses.subarray(start, start + (this.#kind === "ipv4" ? 4 : 16)));
  }

  #add(packet: Uint8Array, from: number): void {
    if (this.full) throw new RangeError("the batch is full");
    const length = packet.length - from;
    if (length < 0) throw new RangeError("the packet is shorter than its header");
    this.#reserve(length);
    this.#data.set(from === 0 ? packet : packet.subarray(from), this.#bytes);
    const row = this.#count * COLUMN_STRIDE;
    this.#columns[row + COLUMN_OFFSET] = this.#bytes;
    this.#columns[row + COLUMN_LENGTH] = length;
    this.#bytes += length;
    this.#count += 1;
  }

  #reserve(more: number): void {
    if (this.#bytes + more <= this.#data.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#data.length, this.#bytes + more));
    grown.set(this.#data.subarray(0, this.#bytes));
    this.#data = grown;
  }
}

const NONE: readonly SendFailure[] = [];
