/**
 * Leases: the packet filter of an interface lets a virtual address speak only as long as the adverts of its virtual router really
 * leave. What is here is plain; the rules are made of it in linux/main-thread/host-network/lease-ruleset.ts.
 */

import type { Family, IpAddress } from "./ip-address.js";

/** The lease of one virtual router: what prolongs it, for how long, and which addresses depend on it. */
export interface Lease {
  /** Name of the instance. */
  readonly instance: string;
  /** Interface that adverts leave through, below a VMAC; undefined for unicast without one. */
  readonly device: string | undefined;
  readonly family: Family;
  /** IP protocol of the adverts: VRRP, AH. */
  readonly protocol: 112 | 51;
  /** 1…255 */
  readonly vrid: number;
  /** Where the adverts are sent to. */
  readonly destinations: readonly IpAddress[];
  /** Interface of the beats that prolong it, too, see wire/lease-beat.ts; undefined for multicast, which has none. */
  readonly beatDevice: string | undefined;
  /** An advert is good for so long, ms. */
  readonly length: number;
  /** An advert of priority 0 is good for so long, ms: the addresses go, and their connections are ended. */
  readonly farewell: number;
  /** The virtual addresses. */
  readonly addresses: readonly LeasedAddress[];
}

/** A virtual address, and the interfaces on which the LAN may ask for it. */
export interface LeasedAddress {
  readonly address: IpAddress;
  /** Those below VMACs; at least one. */
  readonly devices: readonly string[];
}

/** Bytes 0…3 of the payload of a beat, behind which are the family (4 or 6) and the VRID. See wire/lease-beat.ts. */
export const BEAT_MAGIC = 0x5667_696c;

/** EtherType of a beat: IEEE Std 802 Local Experimental. */
export const BEAT_ETHER_TYPE = 0x88b5;
