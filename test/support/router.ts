/** A virtual router under test, with what a peer on its LAN would send. */

import { ipAddress } from "../../src/base/ip-address.js";
import { type Micros, micros, seconds } from "../../src/base/time.js";
import { simConfig } from "../../src/sim/scenario.js";
import type { RouterAction } from "../../src/vrrp/actions.js";
import type { VirtualRouterConfig } from "../../src/vrrp/config.js";
import type { RouterInput } from "../../src/vrrp/inputs.js";
import { VirtualRouter } from "../../src/vrrp/virtual-router.js";
import {
  type IpPacket,
  parseIpPacket,
  type VrrpPacketFields,
  writeVrrpPacket,
} from "../../src/wire/packet.js";

/** The address of the router under test. */
export const OURS = ipAddress("10.0.0.2");
/** A peer with a lower address. */
export const LOWER_PEER = ipAddress("10.0.0.1");
/** A peer with a higher address. */
export const HIGHER_PEER = ipAddress("10.0.0.3");

/** A configuration: v2, 1 s, priority 100, one address, unless said otherwise. */
export function aConfig(overrides: Partial<VirtualRouterConfig> = {}): VirtualRouterConfig {
  const [instance] = simConfig({ version: 2 }).instances;
  if (instance === undefined) throw new Error("no instance");
  return { ...instance, ...overrides };
}

/** An advertisement as a peer would send it. */
export function anAdvertisement(overrides: Partial<VrrpPacketFields> = {}): IpPacket {
  const bytes = writeVrrpPacket({
    family: 4,
    version: 2,
    vrid: 51,
    priority: 100,
    advertInterval: seconds(1),
    addresses: Uint8Array.of(10, 0, 0, 100),
    source: LOWER_PEER,
    destination: ipAddress("224.0.0.18"),
    ttl: 255,
    ipId: 1,
    auth: { type: "none" },
    v3ChecksumAsV2: false,
    ...overrides,
  });
  const packet = parseIpPacket(bytes);
  if (typeof packet === "string") throw new Error(`not a packet: ${packet}`);
  return packet;
}

/** A router with its own clock. */
export class RouterUnderTest {
  readonly router: VirtualRouter;
  now: Micros = micros(0);

  constructor(overrides: Partial<VirtualRouterConfig> = {}, inGroup = false) {
    this.router = new VirtualRouter(aConfig(overrides), inGroup);
    this.router.handle({ kind: "SourceAddressChanged", source: OURS }, this.now);
  }

  /** Starts it and clears its throat. */
  start(): readonly string[] {
    return summary(this.router.handle({ kind: "Started", notBefore: this.now }, this.now));
  }

  /** Feeds any input now. */
  input(input: RouterInput): readonly string[] {
    return summary(this.router.handle(input, this.now));
  }

  /** Feeds an advertisement now. */
  hear(overrides: Partial<VrrpPacketFields> = {}): readonly string[] {
    return summary(
      this.router.handle({ kind: "PacketReceived", packet: anAdvertisement(overrides) }, this.now),
    );
  }

  /** Lets time pass, serving deadlines as they come. */
  wait(length: number): readonly string[] {
    const end = micros(this.now + length);
    const seen: string[] = [];
    for (;;) {
      const deadline = this.router.nextDeadline();
      if (deadline === undefined || deadline > end) break;
      this.now = micros(Math.max(deadline, this.now));
      seen.push(...summary(this.router.handleTimeout(this.now)));
    }
    this.now = end;
    return seen;
  }

  /** MASTER, by waiting. */
  becomeMaster(): void {
    this.start();
    this.wait(10_000_000);
    if (this.state !== "MASTER") throw new Error(`is ${this.state}`);
  }

  /** The name of the state. */
  get state(): string {
    return this.router.stateName;
  }
}

/** Actions as short words, in order: `send 100`, `MASTER masterDownExpired`, `add`, `announce 5`. Detail events are left out. */
export function summary(actions: readonly RouterAction[]): string[] {
  return actions.flatMap((action) => {
    switch (action.kind) {
      case "SendPacket": {
        const packet = parseIpPacket(action.packet);
        if (typeof packet === "string") return [`send ${packet}`];
        const pdu = packet.payloadOffset + (packet.protocol === 51 ? 24 : 0);
        return [`send ${packet.bytes[pdu + 2]}`];
      }
      case "AddAddresses":
        return ["add"];
      case "SetFarewell":
        return [];
      case "RenewAddresses":
        return [];
      case "RemoveAddresses":
        return ["remove"];
      case "Announce":
        return [`announce ${action.copies}`];
      case "Emit":
        if (action.event.kind === "StateChanged") return [`${action.event.to} ${action.event.cause.kind}`];
        return action.event.kind === "PacketDropped" ? [`dropped ${action.event.reason}`] : [];
      default:
        return [action.kind];
    }
  });
}
