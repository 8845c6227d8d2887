/**
 * The receive ladder: the checks of RFC 9568 §7.1 and RFC 3768 §7.1 in keepalived's order, which is fixed. The first one that
 * fails names the {@link DropReason}; a packet that passes is an advertisement.
 */

import { addressBytes, formatIpAddress, type IpAddress, isMulticast } from "../base/ip-address.js";
import { centisecondsToMicros, type Micros, seconds } from "../base/time.js";
import { isVrrpAhHeader, PROTOCOL_AH, parseAhHeader, verifyAhIcv } from "../wire/ah.js";
import { equalBytes, readU32 } from "../wire/bytes.js";
import type { DropReason } from "../wire/drop-reason.js";
import { isHandoverMarked } from "../wire/handover-mark.js";
import { HMAC_TRAILER_LENGTH } from "../wire/hmac-trailer.js";
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
import { advertisedAddresses } from "./advertised-addresses.js";
import { authenticationDataOf } from "./authentication.js";
import type { UnicastPeer, VirtualRouterConfig } from "./config.js";
import type { HmacAuthentication } from "./hmac.js";
import { PRIORITY_OWNER, PRIORITY_STOP } from "./timers.js";

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
  /** `auth_hmac` only: seconds that the sender's clock is behind ours, when that is worth a warning. */
  readonly clockSkew: number | undefined;
  /** Of priority 0, and its sender holds the addresses until it hears a successor. */
  readonly handover: boolean;
  /** VRRPv3 unicast whose checksum was made for the multicast group, see {@link VirtualRouterConfig.oldUnicastChecksum}. */
  readonly oldChecksum: boolean;
}

/** How a packet fared. */
export type ReceiveVerdict =
  | { readonly kind: "accepted"; readonly advertisement: ReceivedAdvertisement }
  | {
      readonly kind: "dropped";
      readonly reason: DropReason;
      readonly from: IpAddress;
      readonly detail: string;
      /** Nothing was wrong with the advert itself: keepalived counts it as received, though it does not listen to its sender. */
      readonly wellFormed: boolean;
    };

/** What the ladder must know of the router at this moment. */
export interface ReceiveContext {
  /** Effective priority. */
  readonly priority: number;
  readonly source: IpAddress | undefined;
  /** The highest AH sequence number heard from this packet's sender. */
  readonly ahHeard: number;
  /** UTC, µs since 1970. */
  readonly wall: Micros;
}

/** The ladder of one virtual router. */
export class Receiver {
  #config: VirtualRouterConfig;
  #authData: Uint8Array;
  #addresses: Uint8Array;
  #group: Uint8Array;
  #peers: ReadonlyMap<IpAddress, UnicastPeer>;
  #checksSender = false;
  readonly #hmac: HmacAuthentication;

  constructor(config: VirtualRouterConfig, hmac: HmacAuthentication) {
    this.#config = config;
    this.#hmac = hmac;
    this.#group = new Uint8Array(4);
    this.#authData = new Uint8Array(VRRP_AUTH_LENGTH);
    this.#addresses = new Uint8Array(0);
    this.#peers = new Map();
    this.reconfigure(config);
  }

  /** Takes over changed settings. */
  reconfigure(config: VirtualRouterConfig): void {
    this.#config = config;
    this.#authData = authenticationDataOf(config);
    this.#addresses = advertisedAddresses(config);
    this.#group = addressBytes(config.multicastGroup);
    this.#peers = new Map(config.unicastPeers.map((peer) => [peer.address, peer]));
    // A range of TTLs for one peer means nothing when any other sender is listened to.
    const isRanged = ({ minTtl, maxTtl }: UnicastPeer) => minTtl !== undefined || maxTtl !== undefined;
    this.#checksSender = config.checkUnicastSource || config.unicastPeers.some(isRanged);
  }

  /** Judges one packet. Total: any bytes give a verdict. */
  receive(packet: IpPacket, context: ReceiveContext): ReceiveVerdict {
    const { bytes, family, end } = packet;
    const drop = (reason: DropReason, detail: string): Dropped => ({
      kind: "dropped",
      reason,
      from: packet.source,
      detail,
      wellFormed: false,
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
    const signed = this.#hmac.isOn && offset + length + HMAC_TRAILER_LENGTH === end;
    const expectedEnd = offset + length + (signed ? HMAC_TRAILER_LENGTH : 0);
    if (expectedEnd !== end || !isPadding(end, bytes.length)) {
      const what = end < expectedEnd ? "short" : "long";
      const expected = `length ${end} and expect ${expectedEnd}`;
      return drop("length", `vrrp packet from ${packet.source} too ${what}, ${expected}`);
    }
    if (packet.source === context.source)
      return drop(
        "ownPacket",
        `WARNING - advert received from remote host with our IP address ${packet.source}`,
      );
    const refused = this.#checkTtl(packet, drop) ?? this.#checkVersion(packet, header, drop);
    if (refused !== undefined) return refused;
    const hmac = this.#checkHmac(packet, offset, signed ? offset + length : undefined, context, drop);
    if (hmac.kind === "dropped") return hmac;
    const checksum = this.#checksumOf(packet, header, offset, length);
    return (
      this.#checkAuthentication(packet, header, offset, context, drop) ??
      this.#checkContents(packet, header, checksum, context, drop) ??
      this.#checkSender(packet) ?? {
        kind: "accepted",
        advertisement: {
          ...this.#advertisement(packet, header, offset),
          clockSkew: hmac.clockSkew,
          oldChecksum: checksum === "old",
        },
      }
    );
  }

  /** Unicast may cross routers: there only a peer's own range counts, see {@link #checkSender}. */
  #checkTtl(packet: IpPacket, drop: Drop): Dropped | undefined {
    if (this.#peers.size > 0 || packet.hopLimit === LINK_LOCAL_TTL) return undefined;
    const { source, hopLimit } = packet;
    return drop("ttl", `invalid TTL/HL from ${source}. Received ${hopLimit} and expect ${LINK_LOCAL_TTL}`);
  }

  #checkHmac(
    packet: IpPacket,
    pdu: number,
    trailer: number | undefined,
    { wall }: ReceiveContext,
    drop: Drop,
  ): Dropped | { readonly kind: "passed"; readonly clockSkew: number | undefined } {
    const { bytes, family, source } = packet;
    const unicast = this.#peers.size > 0;
    // What a sender said last is remembered for peers only.
    if (trailer !== undefined && unicast && !this.#peers.has(source))
      return drop("unknownPeer", `unicast source address ${source} not a unicast peer`);
    const verdict = this.#hmac.check({ bytes, family, source, pdu, trailer, unicast }, wall);
    if (verdict.kind === "refused") return drop(verdict.reason, verdict.detail);
    return { kind: "passed", clockSkew: verdict.clockSkew };
  }

  #checkVersion(packet: IpPacket, header: VrrpHeader, drop: Drop): Dropped | undefined {
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
  ): Dropped | undefined {
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
    checksum: "right" | "old" | "wrong",
    context: ReceiveContext,
    drop: Drop,
  ): Dropped | undefined {
    const { source: from } = packet;
    if (header.type !== TYPE_ADVERTISEMENT)
      return drop(
        "type",
        `Invalid packet type from ${from}. ${header.type} and expect ${TYPE_ADVERTISEMENT}`,
      );
    const { version, ownerIgnoreAdverts } = this.#config;
    if (checksum === "wrong") return drop("checksum", `Invalid VRRPv${version} checksum from ${from}`);
    const unicast = this.#peers.size > 0;
    if (isMulticast(packet.destination) === unicast) {
      const [expected, received] = unicast ? ["unicast", "multicast"] : ["multicast", "unicast"];
      return drop("castMode", `Expected ${expected} packet but received ${received} packet from ${from}`);
    }
    if (ownerIgnoreAdverts && context.priority === PRIORITY_OWNER)
      return drop("ownerIgnores", `Dropping packet(s) from ${from} since we are address owner`);
    return undefined;
  }

  #checksumOf(
    packet: IpPacket,
    header: VrrpHeader,
    offset: number,
    length: number,
  ): "right" | "old" | "wrong" {
    const { bytes, family, end } = packet;
    const { version, v3ChecksumAsV2, oldUnicastChecksum } = this.#config;
    // IPv6's covers what is behind the PDU too.
    const pdu = { bytes, family, offset, length: family === 6 ? end - offset : length };
    if (version === 3 && family === 4 && v3ChecksumAsV2) return "right";
    if (vrrpChecksum(pdu, header.version, false) === 0) return "right";
    const mayBeOld = version === 3 && family === 4 && this.#peers.size > 0 && oldUnicastChecksum !== "never";
    return mayBeOld && vrrpChecksum(pdu, 3, false, this.#group) === 0 ? "old" : "wrong";
  }

  /** Whether we listen to this sender; the advert itself was in order. */
  #checkSender(packet: IpPacket): Dropped | undefined {
    const { source: from, hopLimit } = packet;
    if (this.#peers.size === 0) return undefined;
    const drop = (reason: DropReason, detail: string): Dropped => ({
      kind: "dropped",
      reason,
      from,
      detail,
      wellFormed: true,
    });
    const peer = this.#peers.get(from);
    if (peer === undefined) {
      if (!this.#checksSender) return undefined;
      return drop("unknownPeer", `unicast source address ${from} not a unicast peer`);
    }
    const { minTtl = 0, maxTtl = LINK_LOCAL_TTL } = peer;
    if (hopLimit >= minTtl && hopLimit <= maxTtl) return undefined;
    return drop("ttl", `TTL/HL ${hopLimit} from ${from} not in range [${minTtl}, ${maxTtl}]`);
  }

  #advertisement(
    packet: IpPacket,
    header: VrrpHeader,
    offset: number,
  ): Omit<ReceivedAdvertisement, "clockSkew" | "oldChecksum"> {
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
      handover: header.priority === PRIORITY_STOP && isHandoverMarked(packet, offset),
    };
  }
}

type Dropped = Extract<ReceiveVerdict, { kind: "dropped" }>;
type Drop = (reason: DropReason, detail: string) => Dropped;

/** True when nothing, or no more than Ethernet padding, lies behind the packet. */
function isPadding(end: number, received: number): boolean {
  return received === end || (end < ETHERNET_PAYLOAD_MIN && received <= ETHERNET_PAYLOAD_MIN);
}
