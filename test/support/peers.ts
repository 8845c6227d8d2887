/** Two ends of the hello between nodes, and the reader of Vigil 0.1, kept as it was. */

import { formatIpAddress, type IpAddress, ipAddress } from "../../src/base/ip-address.js";
import { type Micros, micros } from "../../src/base/time.js";
import { HelloExchange, type HelloInstance, type ReceivedDatagram } from "../../src/peers/exchange.js";
import { type HelloKeys, helloKeysOf } from "../../src/peers/secret.js";
import type { HeardHello } from "../../src/peers/trust.js";
import type { PeerHello } from "../../src/wire/peer-hello.js";

/** What Vigil 0.1 read of a datagram: a copy of its code, so that the test does not change with ours. */
export function readHelloOfVigil01(bytes: Uint8Array): object | undefined {
  const [flags = 0, vrid = 0, family = 0] = bytes.subarray(5);
  const length = family === 4 ? 4 : 16;
  const wrong = [0x56, 0x49, 0x47, 0x4c].some((byte, index) => bytes[index] !== byte) || bytes[4] !== 1;
  if (wrong || vrid === 0 || (family !== 4 && family !== 6) || bytes.length < 8 + length) return undefined;
  const address = formatIpAddress(bytes.subarray(8, 8 + length));
  return { family, vrid, address, fit: (flags & 1) !== 0, asks: (flags & 2) !== 0 };
}

/** Keys from `auth_pass` of type AH. */
export function keysOf(password: string): HelloKeys | undefined {
  return helloKeysOf({ authentication: { type: "AH", password }, authHmac: undefined }, undefined);
}

const ADDRESS = ipAddress("10.0.0.100");

/** What a node says that is fit. */
export const FIT: PeerHello = {
  family: 4,
  vrid: 51,
  address: ADDRESS,
  fit: true,
  asks: false,
  report: undefined,
};

let ids = 0;

/** One node. */
export class PeerNode {
  readonly address: IpAddress;
  readonly #keys: HelloKeys | undefined;
  exchange: HelloExchange;
  now: Micros = micros(0);

  constructor(address: string, keys: HelloKeys | undefined) {
    this.address = ipAddress(address);
    this.#keys = keys;
    this.exchange = this.#start();
  }

  /** Starts it again: nothing is remembered. */
  restart(): void {
    this.exchange = this.#start();
  }

  /** The datagram of its next hello. */
  says(hello: PeerHello = FIT): Uint8Array {
    const bytes = this.exchange.outgoing("VI_1", this.address, hello, this.now);
    if (bytes === undefined) throw new Error("not configured");
    return bytes;
  }

  /** What it makes of a datagram; undefined when nothing. */
  hears(bytes: Uint8Array, from: IpAddress, more: Partial<ReceivedDatagram> = {}): HeardHello | undefined {
    this.now = micros(this.now + 10_000);
    return this.exchange.incoming({ bytes, from, hopLimit: 255, interface: "eth0", ...more }, this.now)[0];
  }

  #start(): HelloExchange {
    const exchange = new HelloExchange(() => (++ids).toString(16).padStart(16, "0"));
    const instance: HelloInstance = { name: "VI_1", family: 4, vrid: 51, address: ADDRESS, keys: this.#keys };
    exchange.configure([instance]);
    return exchange;
  }
}

/** Lets two nodes say hello to each other until both know that the other lives now. */
export function acquaint(a: PeerNode, b: PeerNode): void {
  for (let i = 0; i < 3; i++) {
    b.hears(a.says(), a.address);
    a.hears(b.says(), b.address);
  }
}
