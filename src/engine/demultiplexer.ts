/** Finds the virtual routers that a packet is for, by port and VRID. */

import { isMulticast } from "../base/ip-address.js";
import { type IpPacket, parseIpPacket, vridOf } from "../wire/packet.js";
import type { Member } from "./member.js";

/** A packet and who gets it. */
export interface Found {
  readonly packet: IpPacket;
  readonly members: readonly Member[];
}

/** One table for all ports. */
export class Demultiplexer {
  /** port id → VRID → members. */
  #table = new Map<string, Map<number, Member[]>>();
  /** Packets for VRIDs that no instance on the port has. */
  unknownVrids = 0;
  /** Packets that could not be read as far as their VRID. */
  unreadable = 0;

  /** Rebuilds the table. */
  configure(members: readonly Member[]): void {
    this.#table = new Map();
    for (const member of members) {
      const port = this.#table.get(member.portId) ?? new Map<number, Member[]>();
      this.#table.set(member.portId, port);
      const same = port.get(member.instance.vrid) ?? [];
      same.push(member);
      port.set(member.instance.vrid, same);
    }
  }

  /** Who gets the packet; the VRID when nobody has it, undefined when it cannot be read. */
  find(port: string, bytes: Uint8Array): Found | number | undefined {
    const packet = parseIpPacket(bytes);
    const vrid = typeof packet === "string" ? undefined : vridOf(packet);
    if (typeof packet === "string" || vrid === undefined) {
      this.unreadable++;
      return undefined;
    }
    const members = this.#table.get(port)?.get(vrid);
    if (members === undefined) {
      this.unknownVrids++;
      return vrid;
    }
    if (members.length === 1) return { packet, members };
    return { packet, members: bySender(members, packet) };
  }
}

/** Several unicast instances may share a VRID when their peers differ: the sender tells which one is meant. */
function bySender(members: readonly Member[], packet: IpPacket): readonly Member[] {
  const known = members.filter((member) =>
    member.instance.unicastPeers.some((peer) => peer.address === packet.source),
  );
  return known.length > 0 || isMulticast(packet.destination) ? known : members;
}
