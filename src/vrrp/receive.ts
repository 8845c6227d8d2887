/**
 * The receive ladder: the checks of RFC 9568 §7.1 and RFC 3768 §7.1 in keepalived's order, which is fixed. The first one that
 * fails names the {@link DropReason}; a packet that passes is an advertisement.
 */

import { addressBytes, formatIpAddress, type IpAddress, isMulticast } from "../base/ip-address.js";
import { centisecondsToMicros, type Micros, seconds } from "../base/time.js";
import { isVrrpAhHeader, PROTOCOL_AH, parseAhHeader, verifyAhIcv } from "../wire/ah.js";
import { equalBytes, readU32 } from "../wire/bytes.js";
import type { DropReason } from "../wire/drop-reason.js";
import { Ipv4Offset } from "../wire/ipv4.js";
import { type IpPacket, pduOffsetOf } from "../wire/packet.js";
import {
  AuthType,
  carriesAddresses,
  parseVrrpHeader,
  TYPE_ADVERTISEMENT,
  VRRP_AUTH_LENGTH,
  type VrrpHeader,
  VrrpOffset,
  vrrpChecksum,
  vrrpLength,
} from "../wire/vrrp.js";
import { authenticationData } from "./authentication.js";
import type { UnicastPeer, VirtualRouterConfig } from "./config.js";
import { PRIORITY_OWNER } from "./timers.js";

/** TTL and hop limit of a packet that was never forwarded, RFC 9568 §5.1.1.3. */
const LINK_LOCAL_TTL = 255;

/** Ethernet pads to 60 bytes with its header: what an IP packet shorter than this may have behind it. */
const ETHERNET_PAYLOAD_MIN = 46;

/** An advertisement that passed all checks. */
export interface ReceivedAdvertisement {
  readonly from: IpAddress;
  readonly priority: number;
  /** The sender's interval. */
  readonly advertInterval: Micros;
  /** False when its address list is not ours: counted and reported, but it is a sign of life all the same. */
  readonly addressesMatch: boolean;
  /** Its address list. */
  addresses(): IpAddress[];
  /** AH only. */
  readonly ahSequence: number | undefined;
}

/** How a packet fared. */
export type ReceiveVerdict =
  | { readonly kind: "accepted"; readonly advertisement: ReceivedAdvertisement }
  | {
      readonly kind: "dropped";
      readonly reason: DropReason;
      readonly from: IpAddress;
      readonly detail: string;
    };

/** What the ladder must know of the router at this moment. */
export interface ReceiveContext {
  /** Effective priority. */
  readonly priority: number;
  readonly source: IpAddress | undefined;
  /** The highest AH sequence number heard from this packet's sender. */
  readonly ahHeard: number;
}

/** The ladder of one virtual router. */
export class Receiver {
  #config: VirtualRouterConfig;
  #authData: Uint8Array;
  #addresses: Uint8Array;
  #peers: ReadonlyMap<IpAddress, UnicastPeer>;

  constructor(config: VirtualRouterConfig) {
    this.#config = config;
    this.#authData = new Uint8Array(VRRP_AUTH_LENGTH);
    this.#addresses = new Uint8Array(0);
    this.#peers = new Map();
    this.reconfigure(config);
  }

  /** Takes over changed settings. */
  reconfigure(config: VirtualRouterConfig): void {
    const { authentication, virtualAddresses, family } = config;
    const size = family === 4 ? 4 : 16;
    this.#config = config;
    this.#authData = authenticationData(authentication.type === "none" ? "" : authentication.password);
    this.#addresses = new Uint8Array(virtualAddresses.length * size);
    for (const [i, line] of virtualAddresses.entries())
      this.#addresses.set(addressBytes(line.address), i * size);
    this.#peers = new Map(config.unicastPeers.map((peer) => [peer.address, peer]));
  }

  /** Judges one packet. Total: any bytes give a verdict. */
  receive(packet: IpPacket, context: ReceiveContext): ReceiveVerdict {
    const { bytes, family, end } = packet;
    const drop = (reason: DropReason, detail: string): ReceiveVerdict => ({
      kind: "dropped",
      reason,
      from: packet.source,
      detail,
    });
    if (family !== this.#config.family) return drop("ipHeader", `wrong IP version from ${packet.source}`);
    const hasAh = packet.protocol === PROTOCOL_AH;
    if (hasAh !== (this.#config.authentication.type === "AH")) {
      const what = hasAh ? "Received AH header but auth type not AH" : "No AH header but auth type is AH";
      return drop("ahPresence", `${what} from ${packet.source}`);
    }
    const offset = pduOffsetOf(packet);
    if (offset === undefined) return drop("length", `vrrp packet from ${packet.source} too short`);
    if (hasAh && !isVrrpAhHeader(parseAhHeader(bytes, packet.payloadOffset)))
      return drop("ahHeader", `IPSEC-AH : not an AH header for VRRP from ${packet.source}`);
    const header = parseVrrpHeader(bytes, offset);
    const length = vrrpLength(header.version, family, header.count);
    if (offset + length !== end || !isPadding(end, bytes.length)) {
      const what = end < offset + length ? "short" : "long";
      const expected = `length ${end} and expect ${offset + length}`;
      return drop("length", `vrrp packet from ${packet.source} too ${what}, ${expected}`);
    }
    if (packet.source === context.source)
      return drop(
        "ownPacket",
        `WARNING - advert received from remote host with our IP address ${packet.source}`,
      );
    return (
      this.#checkTtl(packet, drop) ??
      this.#checkVersion(packet, header, drop) ??
      this.#checkAuthentication(packet, header, offset, context, drop) ??
      this.#checkContents(packet, header, offset, length, context, drop) ?? {
        kind: "accepted",
        advertisement: this.#advertisement(packet, header, offset),
      }
    );
  }

  #checkTtl(packet: IpPacket, drop: Drop): ReceiveVerdict | undefined {
    const peer = this.#peers.get(packet.source);
    const unicast = this.#peers.size > 0;
    const least = unicast ? (peer?.minTtl ?? 0) : LINK_LOCAL_TTL;
    const most = unicast ? (peer?.maxTtl ?? LINK_LOCAL_TTL) : LINK_LOCAL_TTL;
    if (packet.hopLimit >= least && packet.hopLimit <= most) return undefined;
    const expected = least === most ? `${least}` : `${least}..${most}`;
    return drop(
      "ttl",
      `invalid TTL/HL from ${packet.source}. Received ${packet.hopLimit} and expect ${expected}`,
    );
  }

  #checkVersion(packet: IpPacket, header: VrrpHeader, drop: Drop): ReceiveVerdict | undefined {
    if (header.version === this.#config.version) return undefined;
    const { version } = this.#config;
    return drop(
      "version",
      `wrong VRRP version from ${packet.source}. Received ${header.version} and expect ${version}`,
    );
  }

  #checkAuthentication(
    packet: IpPacket,
    header: VrrpHeader,
    offset: number,
    context: ReceiveContext,
    drop: Drop,
  ): ReceiveVerdict | undefined {
    if (this.#config.version !== 2) return undefined;
    const { source: from, bytes } = packet;
    const { type } = this.#config.authentication;
    const expected = type === "none" ? AuthType.none : type === "PASS" ? AuthType.pass : AuthType.ah;
    if (header.authType > AuthType.ah)
      return drop("authType", `Invalid auth type from ${from}: ${header.authType}`);
    if (header.authType !== expected)
      return drop(
        "authTypeMismatch",
        `received a ${header.authType} auth from ${from}, expecting ${expected}!`,
      );
    if (type === "PASS") {
      const at = offset + vrrpLength(2, packet.family, header.count) - VRRP_AUTH_LENGTH;
      if (!equalBytes(bytes, at, this.#authData, 0, VRRP_AUTH_LENGTH))
        return drop("authPassword", `received an invalid passwd from ${from}!`);
    }
    if (type === "AH") {
      const unicast = this.#peers.size > 0;
      const location = { bytes, offset: packet.payloadOffset, end: packet.end, unicast };
      if (!verifyAhIcv(location, this.#authData))
        return drop(
          "ahIcv",
          `IPSEC-AH : invalid IPSEC HMAC-MD5 value from ${from}. Due to fields mutation or bad password !`,
        );
      const ah = parseAhHeader(bytes, packet.payloadOffset);
      if (ah.spi !== readU32(bytes, Ipv4Offset.source))
        return drop("ahSpi", `IPSEC-AH : invalid IPSEC SPI value from ${from}`);
      if (ah.sequence <= context.ahHeard) {
        const local = `Packet dropped. Local(${context.ahHeard})`;
        return drop(
          "ahReplay",
          `IPSEC-AH : sequence number ${ah.sequence} from ${from} already processed. ${local}`,
        );
      }
    }
    const ours = this.#config.advertInterval;
    if (seconds(header.advertIntervalSeconds) === ours) return undefined;
    const theirs = header.advertIntervalSeconds;
    const mine = Math.trunc(ours / 1_000_000);
    return drop(
      "advertInterval",
      `advertisement interval mismatch with ${from} mine=${mine} sec rcv'd=${theirs} sec`,
    );
  }

  #checkContents(
    packet: IpPacket,
    header: VrrpHeader,
    offset: number,
    length: number,
    context: ReceiveContext,
    drop: Drop,
  ): ReceiveVerdict | undefined {
    const { source: from, bytes, family } = packet;
    if (header.type !== TYPE_ADVERTISEMENT)
      return drop(
        "type",
        `Invalid packet type from ${from}. ${header.type} and expect ${TYPE_ADVERTISEMENT}`,
      );
    const { version, v3ChecksumAsV2, checkUnicastSource, ownerIgnoreAdverts } = this.#config;
    const lenient = version === 3 && family === 4 && v3ChecksumAsV2;
    if (!lenient && vrrpChecksum({ bytes, family, offset, length }, version, false) !== 0)
      return drop("checksum", `Invalid VRRPv${version} checksum from ${from}`);
    const unicast = this.#peers.size > 0;
    if (isMulticast(packet.destination) === unicast) {
      const [expected, received] = unicast ? ["unicast", "multicast"] : ["multicast", "unicast"];
      return drop("castMode", `Expected ${expected} packet but received ${received} packet from ${from}`);
    }
    const ranged =
      unicast &&
      [...this.#peers.values()].some((peer) => peer.minTtl !== undefined || peer.maxTtl !== undefined);
    if ((checkUnicastSource || ranged) && unicast && !this.#peers.has(from))
      return drop("unknownPeer", `unicast source address ${from} not a unicast peer`);
    if (ownerIgnoreAdverts && context.priority === PRIORITY_OWNER)
      return drop("ownerIgnores", `Dropping packet(s) from ${from} since we are address owner`);
    return undefined;
  }

  #advertisement(packet: IpPacket, header: VrrpHeader, offset: number): ReceivedAdvertisement {
    const { bytes, family } = packet;
    const size = family === 4 ? 4 : 16;
    const start = offset + VrrpOffset.addresses;
    const { count } = header;
    return {
      from: packet.source,
      priority: header.priority,
      advertInterval:
        header.version === 3
          ? centisecondsToMicros(header.maxAdvertInterval)
          : seconds(header.advertIntervalSeconds),
      addressesMatch:
        count * size === this.#addresses.length &&
        carriesAddresses(bytes, start, count, this.#addresses, size),
      addresses: () =>
        Array.from({ length: count }, (_, i) =>
          formatIpAddress(bytes.subarray(start + i * size, start + (i + 1) * size)),
        ),
      ahSequence:
        packet.protocol === PROTOCOL_AH ? parseAhHeader(bytes, packet.payloadOffset).sequence : undefined,
    };
  }
}

type Drop = (reason: DropReason, detail: string) => ReceiveVerdict;

/** True when nothing, or no more than Ethernet padding, lies behind the packet. */
function isPadding(end: number, received: number): boolean {
  return received === end || (end < ETHERNET_PAYLOAD_MIN && received <= ETHERNET_PAYLOAD_MIN);
}
