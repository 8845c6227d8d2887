/** The UDP socket that receives hellos of one family on one interface, with the TTL or hop limit of each. */

import { type Family, formatIpAddress, type IpAddress, ipAddress } from "../../../base/ip-address.js";
import type { ReceivedDatagram } from "../../../peers/exchange.js";
import { HELLO_BYTES_MAX, HELLO_PORT } from "../../../wire/peer-hello.js";
import { type Descriptor, native } from "../../both/native.js";
import { Readiness } from "../../both/readiness.js";
import { attemptSyscall } from "../../both/syscall-error.js";
import { ipv4Membership, ipv6Membership, socketAddress } from "../../engine-thread/sockets/socket-address.js";

const { constants } = native;
const { ADDRESS_STRIDE, COLUMN_HOP_LIMIT, COLUMN_LENGTH, COLUMN_STRIDE } = constants;

/** Datagrams that one system call takes. The rest of the event loop has its turn before the next call. */
const BATCH = 16;

/** One byte more than a hello may have, so that a longer one is seen to be longer. */
const SLOT_BYTES = HELLO_BYTES_MAX + 1;

const data = new Uint8Array(BATCH * SLOT_BYTES);
const addresses = new Uint8Array(BATCH * ADDRESS_STRIDE);
const columns = new Int32Array(BATCH * COLUMN_STRIDE);

/** Open until {@link close}. */
export class HelloSocket {
  /** Index of the interface that it is bound to; 0 for none. */
  readonly interfaceIndex: number;
  readonly #family: Family;
  readonly #interface: string | undefined;
  readonly #descriptor: Descriptor;
  readonly #readiness: Readiness;
  readonly #joined = new Set<IpAddress>();

  /**
   * @param name the interface that it is bound to: what comes in by another one is not received. Undefined: by any.
   * @throws {SyscallError} when a step fails; nothing stays open then.
   */
  constructor(family: Family, name: string | undefined, received: (datagram: ReceivedDatagram) => void) {
    this.#family = family;
    this.#interface = name;
    this.interfaceIndex = indexOf(name);
    const { AF_INET, AF_INET6, SOCK_DGRAM } = constants;
    this.#descriptor = attemptSyscall("socket", "hello", () =>
      native.openSocket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0),
    );
    try {
      this.#configure();
      this.#readiness = new Readiness(this.#descriptor, () => this.#receive(received));
    } catch (error) {
      native.close(this.#descriptor);
      throw error;
    }
  }

  /** Joins a group on its interface; once is enough. @throws {SyscallError} */
  join(group: IpAddress): void {
    if (this.#joined.has(group)) return;
    attemptSyscall("setsockopt ADD_MEMBERSHIP", group, () => {
      if (this.#family === 4)
        native.setOptionBytes(
          this.#descriptor,
          constants.IPPROTO_IP,
          constants.IP_ADD_MEMBERSHIP,
          ipv4Membership(group, this.interfaceIndex),
        );
      else
        native.setOptionBytes(
          this.#descriptor,
          constants.IPPROTO_IPV6,
          constants.IPV6_JOIN_GROUP,
          ipv6Membership(group, this.interfaceIndex),
        );
    });
    this.#joined.add(group);
  }

  /** True when its interface went and came back with another index: it hears nothing any more. */
  get isStale(): boolean {
    return this.#interface !== undefined && indexOf(this.#interface) !== this.interfaceIndex;
  }

  /** Closes the socket. */
  close(): void {
    this.#readiness.close();
    native.close(this.#descriptor);
  }

  #configure(): void {
    const device = this.#interface;
    if (device !== undefined)
      attemptSyscall("setsockopt SO_BINDTODEVICE", device, () =>
        native.bindToDevice(this.#descriptor, device),
      );
    this.#option("SOL_SOCKET", "SO_REUSEADDR", 1);
    if (this.#family === 4) {
      this.#option("IPPROTO_IP", "IP_MULTICAST_ALL", 0);
      this.#option("IPPROTO_IP", "IP_RECVTTL", 1);
    } else {
      this.#option("IPPROTO_IPV6", "IPV6_V6ONLY", 1);
      this.#option("IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", 1);
    }
    const any = ipAddress(this.#family === 4 ? "0.0.0.0" : "::");
    attemptSyscall("bind", `UDP port ${HELLO_PORT}`, () =>
      native.bind(this.#descriptor, socketAddress(any, 0, HELLO_PORT)),
    );
  }

  #option(
    level: "SOL_SOCKET" | "IPPROTO_IP" | "IPPROTO_IPV6",
    option: "SO_REUSEADDR" | "IP_MULTICAST_ALL" | "IP_RECVTTL" | "IPV6_V6ONLY" | "IPV6_RECVHOPLIMIT",
    value: number,
  ): void {
    attemptSyscall(`setsockopt ${option}`, `UDP port ${HELLO_PORT}`, () =>
      native.setOption(this.#descriptor, constants[level], constants[option], value),
    );
  }

  /** An error of the socket comes by itself again; nothing depends on a hello. */
  #receive(received: (datagram: ReceivedDatagram) => void): void {
    const count = native.receiveBatch(this.#descriptor, data, SLOT_BYTES, 0, addresses, columns);
    for (let i = 0; i < count; i++) {
      const start = i * SLOT_BYTES;
      const length = columns[i * COLUMN_STRIDE + COLUMN_LENGTH] ?? 0;
      const source = addresses.subarray(
        i * ADDRESS_STRIDE,
        i * ADDRESS_STRIDE + (this.#family === 4 ? 4 : 16),
      );
      received({
        bytes: data.slice(start, start + length),
        from: formatIpAddress(source),
        hopLimit: columns[i * COLUMN_STRIDE + COLUMN_HOP_LIMIT] ?? -1,
        interface: this.#interface,
      });
    }
  }
}

function indexOf(name: string | undefined): number {
  return name === undefined ? 0 : native.interfaceIndex(name);
}
