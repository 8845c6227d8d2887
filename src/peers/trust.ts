/** How far a hello is believed. What is told by anybody who reaches our socket is shown, and decides nothing. */

import type { IpAddress } from "../base/ip-address.js";
import type { PeerHello } from "../wire/peer-hello.js";

/** TTL and hop limit of a packet that was never forwarded (RFC 5082). */
const NEVER_FORWARDED = 255;

/**
 * - `authenticated`: signed with our key, made after our own start, and newer than all that its sender said before;
 * - `plausible`: the same without a signature, where the instance has no secret: a neighbour on the link said it;
 * - `hearsay`: everything else, hellos of Vigil 0.1 among it. It is shown, never obeyed.
 */
export type Trust = "authenticated" | "plausible" | "hearsay";

/**
 * How a hello vouches for itself:
 * - `signed` with our key; `unsigned`, where we have none;
 * - `missing`, where we have one; `wrong`, with another key; `old`, of Vigil 0.1.
 */
export type Proof = "signed" | "unsigned" | "missing" | "wrong" | "old";

/** A hello as the socket delivered it, its signature looked at. */
export interface HeardHello {
  readonly hello: PeerHello;
  /** The `vrrp_instance` that it is for. */
  readonly instance: string;
  readonly from: IpAddress;
  /** The interface that it came in by; undefined where the socket is bound to none. */
  readonly interface: string | undefined;
  /** TTL or hop limit; -1 for unknown. */
  readonly hopLimit: number;
  readonly proof: Proof;
  /** It sends back our challenge, and is newer than the sender's last one: no recording. */
  readonly fresh: boolean;
  /** Its sender does not know us yet: a hello at once ends that. */
  readonly wantsAnswer: boolean;
}

/** What is known of a sender on this side. */
export interface SenderPlace {
  /** In a subnet of an address on the interface that the hello came in by. */
  readonly onLink: boolean;
  /** A configured `unicast_peer`. */
  readonly listed: boolean;
}

/** How far a hello is believed. */
export function trustOf({ proof, fresh, hopLimit }: HeardHello, { onLink, listed }: SenderPlace): Trust {
  if (!fresh) return "hearsay";
  const neighbour = hopLimit === NEVER_FORWARDED && (onLink || listed);
  // A peer of the list may be some hops away; its key is proof enough.
  if (proof === "signed") return neighbour || listed ? "authenticated" : "hearsay";
  return proof === "unsigned" && neighbour ? "plausible" : "hearsay";
}
