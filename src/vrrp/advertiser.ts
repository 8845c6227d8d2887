/** Builds the packets of one virtual router, and holds what runs on from packet to packet: IP identification, AH sequence. */

import type { IpAddress } from "../base/ip-address.js";
import { type Micros, micros } from "../base/time.js";
import { HANDOVER_IDENTIFICATION } from "../wire/handover-mark.js";
import { type PacketAuthentication, type VrrpPacketFields, writeVrrpPacket } from "../wire/packet.js";
import { advertisedAddresses } from "./advertised-addresses.js";
import { authenticationDataOf } from "./authentication.js";
import type { VirtualRouterConfig } from "./config.js";
import type { HmacAuthentication, Signature } from "./hmac.js";
import { PRIORITY_STOP } from "./timers.js";

/** TTL and hop limit that prove a packet never crossed a router, RFC 9568 §5.1.1.3. */
const LINK_LOCAL_TTL = 255;

/** In the header of an IPv6 packet: the kernel's default, `net.ipv6.conf.*.hop_limit`, see engine/platform.ts `sendPacket`. */
const HOP_LIMIT_OF_KERNEL = 0;

/** The highest AH sequence number that keepalived sends before it starts again. */
const AH_SEQUENCE_MAX = 0xfffffffd;

/**
 * How far ahead of the adverts a farewell's AH sequence number is, so that it is new whenever it is sent. It is made anew when they
 * have come half way: a larger lead would use up the numbers in a few dozen crashes.
 */
const FAREWELL_AHEAD = 0x1_0000;

/** Senders remembered; all know the key, so this bounds only a mistake. */
const AH_SENDERS_MAX = 256;

/** One per virtual router; survives a reload, so that peers see no replay. */
export class Advertiser {
  #config: VirtualRouterConfig;
  readonly #hmac: HmacAuthentication;
  #addresses: Uint8Array;
  #authData: Uint8Array;
  #ipId = 0;
  #ahSent = 0;
  /** The AH sequence number at which the farewell that is prepared has to be made anew. */
  #farewellStaleAt: number | undefined;
  #peersUseOldChecksum = false;
  readonly #ahHeard = new Map<IpAddress, number>();
  /** Unicast peers that are addresses of this host. */
  #localPeers: ReadonlySet<IpAddress> = new Set();

  constructor(config: VirtualRouterConfig, hmac: HmacAuthentication) {
    this.#config = config;
    this.#hmac = hmac;
    this.#addresses = advertisedAddresses(config);
    this.#authData = authenticationDataOf(config);
  }

  /** Takes over changed settings; identification and sequence run on. */
  reconfigure(config: VirtualRouterConfig): void {
    this.#config = config;
    this.#addresses = advertisedAddresses(config);
    this.#authData = authenticationDataOf(config);
  }

  /** Sends no adverts to these unicast peers, which are addresses of this host. */
  leaveOut(peers: readonly IpAddress[]): void {
    this.#localPeers = new Set(peers);
  }

  /**
   * The highest AH sequence number heard from a sender: its next advert must be above it. Each sender is a security association of
   * its own (the SPI is its address). keepalived has one counter for all and for itself: two routers that take over at the
   * same moment then send the same numbers, and are deaf to each other for as long as they keep in step.
   */
  ahHeardFrom(sender: IpAddress): number {
    return this.#ahHeard.get(sender) ?? 0;
  }

  /** Records a verified AH sequence number of a peer. */
  heardAhSequence(sender: IpAddress, sequence: number): void {
    // Last heard is last: where there are too many, the one that is silent longest is forgotten.
    this.#ahHeard.delete(sender);
    const [oldest] = this.#ahHeard.keys();
    if (oldest !== undefined && this.#ahHeard.size >= AH_SENDERS_MAX) this.#ahHeard.delete(oldest);
    this.#ahHeard.set(sender, sequence);
    // What we send must be new to a keepalived peer, which compares it with all that it has heard.
    this.#ahSent = Math.max(this.#ahSent, sequence);
  }

  /** The highest AH sequence number of each sender, the sender heard last at the end. */
  get ahSequences(): ReadonlyMap<IpAddress, number> {
    return this.#ahHeard;
  }

  /** Takes back what an earlier run had heard, so that a recording of it is none to us. */
  recallAhSequence(sender: IpAddress, sequence: number): void {
    if (sequence > this.ahHeardFrom(sender)) this.heardAhSequence(sender, sequence);
  }

  /**
   * To be called when a MASTER fell silent and this router takes over. It may be alive where nobody hears it, and count on; a
   * keepalived would then drop our adverts as old ones when it hears us, and begin its own interval anew with each: two MASTERs
   * until our number has passed its. So we begin above what it may have used.
   */
  overtakeAhSequence(): void {
    if (this.#ahHeard.size === 0) return;
    const { downTimerAdverts, unicastPeers } = this.#config;
    // While we listened; one more that began before, and the goodbye, which is sent twice.
    const adverts = (downTimerAdverts + 3) * Math.max(1, unicastPeers.length);
    this.#ahSent = Math.min(AH_SEQUENCE_MAX, this.#ahSent + adverts);
  }

  /** Records the kind of checksum that a unicast peer's advert had; true when ours change to the old kind. */
  heardChecksum(old: boolean): boolean {
    const before = this.#peersUseOldChecksum;
    this.#peersUseOldChecksum = old;
    return old && !before && this.#config.oldUnicastChecksum === "auto";
  }

  get #oldChecksum(): boolean {
    const { oldUnicastChecksum, unicastPeers, version, family } = this.#config;
    if (version !== 3 || family !== 4 || unicastPeers.length === 0 || oldUnicastChecksum === "never")
      return false;
    return oldUnicastChecksum === "always" || this.#peersUseOldChecksum;
  }

  /**
   * One complete IP packet per destination: the multicast group, or each unicast peer.
   * @param wall UTC, µs since 1970.
   * @param handover marked as an advert of a MASTER that waits for its successor.
   */
  packets(priority: number, source: IpAddress, wall: Micros, handover: boolean): Uint8Array[] {
    const { unicastPeers, multicastGroup } = this.#config;
    this.#ipId = (this.#ipId % 0xffff) + 1;
    if (this.#ipId === HANDOVER_IDENTIFICATION) this.#ipId++;
    // All copies of an advert have one sequence of HMAC; of AH each has its own.
    const signature = this.#hmac.sign(wall);
    const packet = (destination: IpAddress, ttl: number) =>
      this.#packet({ priority, source, destination, ttl, handover }, signature);
    if (unicastPeers.length === 0) return [packet(multicastGroup, LINK_LOCAL_TTL)];
    const ttl = this.#config.unicastTtl ?? (this.#config.family === 4 ? LINK_LOCAL_TTL : HOP_LIMIT_OF_KERNEL);
    return unicastPeers
      .filter(({ address }) => !this.#localPeers.has(address))
      .map(({ address }) => packet(address, ttl));
  }

  /**
   * Marked adverts of priority 0, to be sent by somebody else when we are dead. None with `auth_hmac`, whose adverts are signed for
   * the moment in which they are sent.
   */
  farewell(source: IpAddress): Uint8Array[] {
    if (this.#config.authHmac !== undefined) return [];
    const sequence = this.#ahSent;
    this.#farewellStaleAt =
      this.#config.authentication.type === "AH" ? sequence + FAREWELL_AHEAD / 2 : undefined;
    this.#ahSent = Math.min(AH_SEQUENCE_MAX - 1, sequence + FAREWELL_AHEAD);
    const packets = this.packets(PRIORITY_STOP, source, micros(0), true);
    this.#ahSent = sequence;
    return packets;
  }

  /** True when the adverts come near the prepared farewell. */
  get farewellIsStale(): boolean {
    return this.#farewellStaleAt !== undefined && this.#ahSent >= this.#farewellStaleAt;
  }

  #packet(
    fields: Pick<VrrpPacketFields, "priority" | "source" | "destination" | "ttl" | "handover">,
    signature: Signature | undefined,
  ): Uint8Array {
    const { family, version, vrid, advertInterval, v3ChecksumAsV2, multicastGroup } = this.#config;
    return writeVrrpPacket({
      family,
      version,
      vrid,
      advertInterval,
      addresses: this.#addresses,
      ...fields,
      ipId: this.#ipId,
      auth: signature === undefined ? this.#authentication() : { type: "HMAC", ...signature },
      v3ChecksumAsV2,
      checksumDestination: this.#oldChecksum ? multicastGroup : undefined,
    });
  }

  #authentication(): PacketAuthentication {
    switch (this.#config.authentication.type) {
      case "none":
        return { type: "none" };
      case "PASS":
        return { type: "PASS", password: this.#authData };
      case "AH":
        this.#ahSent = this.#ahSent >= AH_SEQUENCE_MAX ? 1 : this.#ahSent + 1;
        return { type: "AH", key: this.#authData, sequence: this.#ahSent };
    }
  }
}
