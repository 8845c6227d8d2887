/**
 * The signature of a hello between Vigil nodes: HMAC-SHA256 (RFC 2104) under a key that is derived from a secret of the instance. The
 * derivation names its purpose, so that the key is of no use for VRRP, and a digest of VRRP is none for a hello.
 */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeUtf8 } from "../base/utf8.js";
import { equalBytes } from "./bytes.js";

/** Named in every derivation; another number for another format. */
const PURPOSE = "Vigil peer hello 1";

/** Bytes of the digest. */
const DIGEST_LENGTH = 32;

/** A key that signs hellos. */
export interface HelloKey {
  /** Tells several keys apart, 0…255; no secret. */
  readonly id: number;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/** The key for hellos that belongs to a secret. @param kind what the secret is, such as `auth_pass`: equal texts of two kinds give two keys. */
export function deriveHelloKey(kind: string, secret: Uint8Array): Uint8Array {
  return hmac(sha256, secret, encodeUtf8(`${PURPOSE} ${kind}`));
}

/** `unsigned` with its digest behind it. */
export function signHello(unsigned: Uint8Array, key: Uint8Array): Uint8Array {
  const signed = new Uint8Array(unsigned.length + DIGEST_LENGTH);
  signed.set(unsigned);
  signed.set(hmac(sha256, key, unsigned), unsigned.length);
  return signed;
}

/** Verifies the digest that begins at `digestAt`, in constant time. */
export function verifyHello(bytes: Uint8Array, digestAt: number, key: Uint8Array): boolean {
  if (bytes.length !== digestAt + DIGEST_LENGTH) return false;
  return equalBytes(hmac(sha256, key, bytes.subarray(0, digestAt)), 0, bytes, digestAt, DIGEST_LENGTH);
}

/** The first 8 bytes of SHA-256 of a text, as 16 hexadecimal digits: tells texts apart, and keeps no secret that can be guessed. */
export function shortDigest(text: string): string {
  return Array.from(sha256(encodeUtf8(text)).subarray(0, 8), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
