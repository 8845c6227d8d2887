/**
 * What Vigil nodes tell each other about themselves, in one UDP datagram: `VIGL`, version 1, flags, VRID, family, and the first
 * virtual address of the router that it is about. keepalived and FRR do not listen to it.
 */

import { addressBytes, type Family, formatIpAddress, type IpAddress } from "../base/ip-address.js";

/** UDP port. Sent to the VRRP group of the instance, or to its unicast peers. */
export const HELLO_PORT = 7112;

const MAGIC = [0x56, 0x49, 0x47, 0x4c] as const;
const VERSION = 1;
const FIT = 0x01;
const ASKS = 0x02;
const HEADER = 8;

/** The fields; see `CandidateHello` in engine/platform.ts. */
export interface CandidateHelloFields {
  readonly family: Family;
  readonly vrid: number;
  readonly address: IpAddress;
  readonly fit: boolean;
  readonly asks: boolean;
}

/** The datagram. */
export function encodeCandidateHello({ family, vrid, address, fit, asks }: CandidateHelloFields): Uint8Array {
  const flags = (fit ? FIT : 0) | (asks ? ASKS : 0);
  return Uint8Array.from([...MAGIC, VERSION, flags, vrid, family, ...addressBytes(address)]);
}

/** The fields of a datagram; undefined for anything else. Later versions may append. */
export function parseCandidateHello(bytes: Uint8Array): CandidateHelloFields | undefined {
  const [flags = 0, vrid = 0, family = 0] = bytes.subarray(5);
  const length = family === 4 ? 4 : 16;
  const wrong = MAGIC.some((byte, index) => bytes[index] !== byte) || bytes[4] !== VERSION;
  if (wrong || vrid === 0 || (family !== 4 && family !== 6) || bytes.length < HEADER + length)
    return undefined;
  const address = formatIpAddress(bytes.subarray(HEADER, HEADER + length));
  return { family, vrid, address, fit: (flags & FIT) !== 0, asks: (flags & ASKS) !== 0 };
}
