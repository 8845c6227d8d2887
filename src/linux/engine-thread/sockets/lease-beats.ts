/**
 * Beats: frames that prolong the leases of unicast instances (wire/lease-beat.ts) in the turn of each advert that the kernel took. An
 * advert of priority 0 has none.
 */

import { type MacAddress, macBytes } from "../../../base/mac-address.js";
import { beatDeviceOf } from "../../../engine/holding/leases.js";
import type { EngineConfig } from "../../../engine/platform.js";
import { routerKeyOf } from "../../../engine/ports.js";
import { AH_HEADER_LENGTH, PROTOCOL_AH } from "../../../wire/ah.js";
import { Ipv4Offset, ipv4HeaderLength } from "../../../wire/ipv4.js";
import { IPV6_HEADER_LENGTH } from "../../../wire/ipv6.js";
import { leaseBeat } from "../../../wire/lease-beat.js";

/** Byte of the priority in a VRRP header, RFC 9568 §5.1. */
const PRIORITY = 2;

/** A frame and its interface. */
export interface Beat {
  readonly interface: string;
  readonly frame: Uint8Array;
}

interface Source {
  readonly instance: EngineConfig["instances"][number];
  readonly device: string;
  /** Packets of the turn, and those of them that were refused. */
  queued: number;
  failed: number;
  /** The frame for a MAC of the interface. */
  made?: { readonly mac: MacAddress; readonly frame: Uint8Array };
}

/** Collects which instances have sent an advert. */
export class LeaseBeats {
  readonly #macOf: (interfaceName: string) => MacAddress | undefined;
  #config: EngineConfig | undefined;
  /** By the router of the tickets. */
  #sources = new Map<string, Source>();
  readonly #waiting = new Set<Source>();

  /** @param macOf finds the MAC address of an interface; undefined: it is no Ethernet, or not there. */
  constructor(macOf: (interfaceName: string) => MacAddress | undefined) {
    this.#macOf = macOf;
  }

  /** A router's packet is about to be sent. */
  queued(config: EngineConfig, router: string, packet: Uint8Array): void {
    if (config !== this.#config) this.#configure(config);
    const source = this.#sources.get(router);
    if (source === undefined || isFarewell(packet)) return;
    source.queued++;
    this.#waiting.add(source);
  }

  /** A router's packet was refused. */
  failed(router: string): void {
    const source = this.#sources.get(router);
    if (source !== undefined) source.failed++;
  }

  /** The beats for all that was sent since the last call: none for a router of which nothing was. */
  take(): Beat[] {
    if (this.#waiting.size === 0) return [];
    const beats = [...this.#waiting].flatMap((source) =>
      source.failed < source.queued ? (this.#beatOf(source) ?? []) : [],
    );
    for (const source of this.#waiting) {
      source.queued = 0;
      source.failed = 0;
    }
    this.#waiting.clear();
    return beats;
  }

  #configure(config: EngineConfig): void {
    this.#config = config;
    this.#sources = new Map();
    this.#waiting.clear();
    for (const instance of config.instances) {
      const device = beatDeviceOf(instance);
      if (!instance.addressLease || instance.unicastPeers.length === 0 || device === undefined) continue;
      this.#sources.set(routerKeyOf(instance), { instance, device, queued: 0, failed: 0 });
    }
  }

  #beatOf(source: Source): Beat | undefined {
    const { instance, device } = source;
    const mac = this.#macOf(device);
    if (mac === undefined) return undefined;
    if (source.made?.mac !== mac)
      source.made = { mac, frame: leaseBeat(macBytes(mac), instance.family, instance.vrid) };
    return { interface: device, frame: source.made.frame };
  }
}

/** An advert of priority 0. */
function isFarewell(packet: Uint8Array): boolean {
  const isIpv4 = (packet[0] ?? 0) >> 4 === 4;
  const header = isIpv4 ? (ipv4HeaderLength(packet) ?? 0) : IPV6_HEADER_LENGTH;
  const isAh = isIpv4 && packet[Ipv4Offset.protocol] === PROTOCOL_AH;
  return packet[header + (isAh ? AH_HEADER_LENGTH : 0) + PRIORITY] === 0;
}
