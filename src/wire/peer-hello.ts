/**
 * The hello by which Vigil nodes tell each other about one virtual router: one UDP datagram, see docs/checks.md. keepalived and FRR
 * do not listen to it.
 *
 * It begins as Vigil 0.1's whole hello: `VIGL`, 1, flags, VRID, family, first virtual address. Old nodes read that and stop there, so
 * one datagram serves both. Behind it stand fields of type (1 byte), length (1 byte) and value; a reader skips types that it does
 * not know. The last field is the signature; it covers every byte before its digest.
 */

import { addressBytes, type Family, formatIpAddress, type IpAddress } from "../base/ip-address.js";
import { type Micros, micros } from "../base/time.js";
import { readU32, writeU32 } from "./bytes.js";
import { type HelloKey, signHello } from "./peer-signature.js";

/** UDP port. A hello is sent to the VRRP group of the instance, or to its unicast peers. */
export const HELLO_PORT = 7112;

/** A longer datagram is no hello, bytes: it must fit into one frame. */
export const HELLO_BYTES_MAX = 1_200;

/** Reasons in a hello at most, and bytes of each; the rest is left out. */
export const MOST_REASONS = 4;
const REASON_BYTES = 80;

/** Bytes of the version and of the cause of a transition. */
const WORD_BYTES = 32;

/** Bytes of a boot id, a challenge and a digest. */
const ID_BYTES = 8;

/** Challenges that a hello sends back at most. */
export const MOST_ECHOES = 64;

const MAGIC = [0x56, 0x49, 0x47, 0x4c] as const;
const VERSION = 1;
const FIT = 0x01;
const ASKS = 0x02;
const HEADER = 8;

const STATES = ["INIT", "BACKUP", "MASTER", "FAULT"] as const;

/** Types of fields. A number is never used again for something else. */
const Field = {
  source: 1,
  boot: 2,
  counter: 3,
  challenge: 4,
  echoes: 5,
  state: 6,
  reason: 7,
  digest: 8,
  version: 9,
  transition: 10,
  signature: 255,
} as const;

/** Bytes of the signature's value: key id and HMAC-SHA256. */
const SIGNATURE_BYTES = 33;

/** What a node says about one of its virtual routers. */
export interface PeerHello {
  readonly family: Family;
  readonly vrid: number;
  /** Its first virtual address, as VRIDs are known on one link only. */
  readonly address: IpAddress;
  /** It could take the addresses: no fault, and its checks are well and steady. */
  readonly fit: boolean;
  /** It is about to give the addresses up: a peer that is fit shall look once more, and answer. */
  readonly asks: boolean;
  /** Undefined in a hello of Vigil 0.1. */
  readonly report: PeerReport | undefined;
}

/** What a hello says beyond fit or not; shown, and decided by only in words. */
export interface PeerReport {
  readonly state: (typeof STATES)[number];
  /** Effective priority, 0…255. */
  readonly priority: number;
  /** Why it is not fit: printable ASCII, at most {@link MOST_REASONS}. */
  readonly reasons: readonly string[];
  /** Of the settings that must be equal on all nodes, 16 hexadecimal digits. */
  readonly digest: string;
  /** Of Vigil. */
  readonly version: string;
  /** How long ago its state changed last, µs, and why; undefined before the first change. */
  readonly transition: { readonly age: Micros; readonly cause: string } | undefined;
}

/** What makes one hello newer than another, and proves that it answers to us; see peers/freshness.ts. Ids are 16 hexadecimal digits. */
export interface HelloStamp {
  /** The address that the hello was sent from. */
  readonly source: IpAddress;
  /** Made anew whenever the daemon starts. */
  readonly boot: string;
  /** Grows with every hello of one boot, 1…2^32 − 1. */
  readonly counter: number;
  /** What the receiver is to send back. */
  readonly challenge: string;
  /** The challenges that were received from the others. */
  readonly echoes: readonly string[];
}

/** A datagram as it stands, not judged. */
export interface HelloDatagram {
  readonly hello: PeerHello;
  /** Undefined in a hello of Vigil 0.1. */
  readonly stamp: HelloStamp | undefined;
  /** Undefined when it is not signed. */
  readonly signature: HelloSignature | undefined;
}

/** Where the signature of a datagram lies. */
export interface HelloSignature {
  /** The id of the key that signed, 0…255. */
  readonly keyId: number;
  /** The digest begins here and covers all bytes before it. */
  readonly digestAt: number;
}

/** The datagram, signed when there is a key. */
export function encodePeerHello(hello: PeerHello, stamp: HelloStamp, key: HelloKey | undefined): Uint8Array {
  const { family, vrid, address, fit, asks, report } = hello;
  const flags = (fit ? FIT : 0) | (asks ? ASKS : 0);
  const bytes: number[] = [...MAGIC, VERSION, flags, vrid, family, ...addressBytes(address)];
  const put = (type: number, value: ArrayLike<number>) =>
    bytes.push(type, value.length, ...Array.from(value));
  put(Field.source, addressBytes(stamp.source));
  put(Field.boot, bytesOfHex(stamp.boot));
  put(Field.counter, u32(stamp.counter));
  put(Field.challenge, bytesOfHex(stamp.challenge));
  const echoes = stamp.echoes.slice(0, MOST_ECHOES);
  // A value has 255 bytes at most.
  for (let i = 0; i < echoes.length; i += 31) put(Field.echoes, echoes.slice(i, i + 31).flatMap(bytesOfHex));
  if (report !== undefined) {
    put(Field.state, [STATES.indexOf(report.state), report.priority]);
    for (const reason of report.reasons.slice(0, MOST_REASONS))
      put(Field.reason, ascii(reason, REASON_BYTES));
    put(Field.digest, bytesOfHex(report.digest));
    put(Field.version, ascii(report.version, WORD_BYTES));
    const { transition } = report;
    if (transition !== undefined) {
      const age = Math.min(0xffff_ffff, Math.max(0, Math.floor(transition.age / 1_000)));
      put(Field.transition, [...u32(age), ...ascii(transition.cause, WORD_BYTES)]);
    }
  }
  if (key === undefined) return Uint8Array.from(bytes);
  bytes.push(Field.signature, SIGNATURE_BYTES, key.id);
  return signHello(Uint8Array.from(bytes), key.bytes);
}

/** The fields of a datagram; undefined for anything that is no hello. Total: any bytes give an answer. */
export function parsePeerHello(bytes: Uint8Array): HelloDatagram | undefined {
  const [flags = 0, vrid = 0, family = 0] = bytes.subarray(5);
  const length = family === 4 ? 4 : 16;
  const wrong = MAGIC.some((byte, index) => bytes[index] !== byte) || bytes[4] !== VERSION;
  if (wrong || vrid === 0 || (family !== 4 && family !== 6)) return undefined;
  const end = HEADER + length;
  if (bytes.length < end || bytes.length > HELLO_BYTES_MAX) return undefined;
  const address = formatIpAddress(bytes.subarray(HEADER, end));
  const fields = readFields(bytes, end, family);
  if (fields === undefined) return undefined;
  const { stamp, report, signature } = fields;
  const hello: PeerHello = {
    family,
    vrid,
    address,
    fit: (flags & FIT) !== 0,
    asks: (flags & ASKS) !== 0,
    report,
  };
  return { hello, stamp, signature };
}

interface Fields {
  readonly stamp: HelloStamp | undefined;
  readonly report: PeerReport | undefined;
  readonly signature: HelloSignature | undefined;
}

/** The fields from `start` on; undefined when they are cut off, or one has a length that it must not have. */
function readFields(bytes: Uint8Array, start: number, family: Family): Fields | undefined {
  const values = new Map<number, Uint8Array>();
  const reasons: string[] = [];
  const echoes: string[] = [];
  let signature: HelloSignature | undefined;
  for (let at = start; at < bytes.length; ) {
    const type = bytes[at] ?? 0;
    const length = bytes[at + 1] ?? 0;
    const value = bytes.subarray(at + 2, at + 2 + length);
    // Nothing stands behind the signature: it would not be covered.
    if (at + 2 > bytes.length || value.length !== length || signature !== undefined) return undefined;
    if (type === Field.reason) {
      if (reasons.length < MOST_REASONS) reasons.push(textOf(value, REASON_BYTES));
    } else if (type === Field.echoes) {
      for (let i = 0; i + ID_BYTES <= length && echoes.length < MOST_ECHOES; i += ID_BYTES)
        echoes.push(hexOf(value.subarray(i, i + ID_BYTES)));
    } else if (type === Field.signature) {
      if (length !== SIGNATURE_BYTES) return undefined;
      signature = { keyId: value[0] ?? 0, digestAt: at + 3 };
    } else if (!values.has(type)) values.set(type, value);
    at += 2 + length;
  }
  return { stamp: stampOf(values, echoes, family), report: reportOf(values, reasons), signature };
}

function stampOf(
  values: ReadonlyMap<number, Uint8Array>,
  echoes: readonly string[],
  family: Family,
): HelloStamp | undefined {
  const source = values.get(Field.source);
  const boot = idIn(values, Field.boot);
  const challenge = idIn(values, Field.challenge);
  const counter = values.get(Field.counter);
  if (source?.length !== (family === 4 ? 4 : 16) || counter?.length !== 4) return undefined;
  if (boot === undefined || challenge === undefined) return undefined;
  return { source: formatIpAddress(source), boot, counter: readU32(counter, 0), challenge, echoes };
}

function reportOf(
  values: ReadonlyMap<number, Uint8Array>,
  reasons: readonly string[],
): PeerReport | undefined {
  const [number = -1, priority = 0] = values.get(Field.state) ?? [];
  const state = STATES[number];
  if (state === undefined) return undefined;
  const transition = values.get(Field.transition);
  return {
    state,
    priority,
    reasons,
    digest: idIn(values, Field.digest) ?? "",
    version: textOf(values.get(Field.version) ?? new Uint8Array(), WORD_BYTES),
    transition:
      transition === undefined || transition.length < 4
        ? undefined
        : {
            age: micros(readU32(transition, 0) * 1_000),
            cause: textOf(transition.subarray(4), WORD_BYTES),
          },
  };
}

function idIn(values: ReadonlyMap<number, Uint8Array>, type: number): string | undefined {
  const value = values.get(type);
  return value?.length === ID_BYTES ? hexOf(value) : undefined;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

/** What is not printable ASCII becomes `?`: the text is for logs and terminals. */
function ascii(text: string, most: number): number[] {
  return Array.from(text.slice(0, most), (character) => {
    const code = character.charCodeAt(0);
    return code >= 0x20 && code < 0x7f ? code : 0x3f;
  });
}

function textOf(bytes: Uint8Array, most: number): string {
  return String.fromCharCode(...ascii(String.fromCharCode(...bytes.subarray(0, most)), most));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOfHex(hex: string): number[] {
  return Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
