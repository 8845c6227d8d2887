/**
 * The interfaces and addresses of the kernel, rebuilt from its messages. Keeps the kernel's order of addresses, as the first
 * one decides what adverts are sent from, and tells which interfaces a message has really changed.
 */

import { unreachable } from "../../../base/assert.js";
import { type Family, familyOf } from "../../../base/ip-address.js";
import type { MacAddress } from "../../../base/mac-address.js";
import type { InterfaceState } from "../../../engine/platform.js";
import type { AddressRecord, InterfaceMessage, LinkRecord } from "./rtnetlink-messages.js";

/** What a message meant for the table. */
export type TableChange =
  | { readonly kind: "none" }
  /** Something about the interface, other than its addresses, is new. */
  | { readonly kind: "link"; readonly index: number }
  | { readonly kind: "addresses"; readonly index: number }
  | { readonly kind: "renamed"; readonly index: number; readonly from: string }
  | { readonly kind: "removed"; readonly name: string };

interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mac: LinkRecord["mac"];
  readonly mtu: number;
  readonly ipv6Router: boolean;
  readonly port: LinkRecord["port"];
}

const NOTHING: TableChange = { kind: "none" };

/** The table. */
export class InterfaceTable {
  readonly #links = new Map<number, Link>();
  readonly #byName = new Map<string, number>();
  /** By interface index; also of interfaces whose link message has not come yet. */
  readonly #addresses = new Map<number, Record<Family, AddressRecord[]>>();

  /** Index of an interface; undefined when there is none of that name. */
  indexOf(name: string): number | undefined {
    return this.#byName.get(name);
  }

  /** MAC address of an interface; undefined when it has none, or there is no such interface. */
  macOf(name: string): MacAddress | undefined {
    const index = this.indexOf(name);
    return index === undefined ? undefined : this.#links.get(index)?.mac;
  }

  /** One interface; undefined when there is none of that index. */
  state(index: number): InterfaceState | undefined {
    const link = this.#links.get(index);
    if (link === undefined) return undefined;
    const present = this.#addresses.get(index);
    // IPv4 before IPv6, as in a dump.
    const addresses = [...(present?.[4] ?? []), ...(present?.[6] ?? [])].map((record) => ({
      address: record.address,
      prefixLength: record.prefixLength,
      secondary: record.secondary,
      unusable: record.unusable,
      ...(record.duplicate ? { duplicate: true } : {}),
      scope: record.scope,
    }));
    const { name, up, mac, mtu, ipv6Router, port } = link;
    const portOf =
      port === undefined
        ? {}
        : {
            portOf: {
              kind: port.kind,
              name: this.#links.get(port.master)?.name ?? `interface ${port.master}`,
            },
          };
    return { name, index, up, mac, mtu, ...(ipv6Router ? { ipv6Router } : {}), ...portOf, addresses };
  }

  /** All interfaces, in the order in which the kernel told of them. */
  states(): InterfaceState[] {
    return [...this.#links.keys()].flatMap((index) => this.state(index) ?? []);
  }

  /** Takes a message in. */
  apply(message: InterfaceMessage): TableChange {
    switch (message.kind) {
      case "link":
        return this.#setLink(message.link);
      case "ipv6Forwarding":
        return this.#setForwarding(message.index, message.on);
      case "linkGone":
        return this.#removeLink(message.index);
      case "address":
        return this.#setAddress(message.address);
      case "addressGone":
        return this.#removeAddress(message.address);
      default:
        return unreachable(message);
    }
  }

  #setLink(record: LinkRecord): TableChange {
    const before = this.#links.get(record.index);
    const name = record.name ?? before?.name;
    // A message without a name and about nothing known cannot be placed; the link's own message follows.
    if (name === undefined) return NOTHING;
    const link: Link = {
      index: record.index,
      name,
      up: record.up,
      mac: record.mac ?? before?.mac,
      mtu: record.mtu ?? before?.mtu ?? 0,
      ipv6Router: record.ipv6Router ?? before?.ipv6Router ?? false,
      // A message without a name is about one property, and says nothing of the others.
      port: record.name === undefined ? before?.port : record.port,
    };
    this.#links.set(link.index, link);
    if (before !== undefined && before.name !== name) this.#forgetName(before);
    this.#byName.set(name, link.index);
    if (before === undefined) return { kind: "link", index: link.index };
    if (before.name !== name) return { kind: "renamed", index: link.index, from: before.name };
    return isSameLink(before, link) ? NOTHING : { kind: "link", index: link.index };
  }

  #setForwarding(index: number, on: boolean): TableChange {
    const link = this.#links.get(index);
    if (link === undefined || link.ipv6Router === on) return NOTHING;
    this.#links.set(index, { ...link, ipv6Router: on });
    return { kind: "link", index };
  }

  #removeLink(index: number): TableChange {
    const link = this.#links.get(index);
    this.#links.delete(index);
    this.#addresses.delete(index);
    if (link === undefined) return NOTHING;
    this.#forgetName(link);
    return { kind: "removed", name: link.name };
  }

  /** Another interface may have taken the name in between. */
  #forgetName(link: Link): void {
    if (this.#byName.get(link.name) === link.index) this.#byName.delete(link.name);
  }

  #setAddress(record: AddressRecord): TableChange {
    const records = this.#addressesLike(record);
    const position = records.findIndex((present) => isSame(present, record));
    const before = records[position];
    if (before?.secondary === record.secondary) {
      records[position] = record;
      const isSameState = before.unusable === record.unusable && before.duplicate === record.duplicate;
      if (isSameState && before.scope === record.scope) return NOTHING;
    } else {
      // A secondary address that becomes a primary one is moved by the kernel.
      if (before !== undefined) records.splice(position, 1);
      records.splice(insertPosition(records, record), 0, record);
    }
    return this.#addressesChanged(record.index);
  }

  #removeAddress(record: AddressRecord): TableChange {
    const records = this.#addressesLike(record);
    const position = records.findIndex((present) => isSame(present, record));
    if (position < 0) return NOTHING;
    records.splice(position, 1);
    return this.#addressesChanged(record.index);
  }

  /** The addresses of the record's interface and family. */
  #addressesLike(record: AddressRecord): AddressRecord[] {
    let addresses = this.#addresses.get(record.index);
    if (addresses === undefined) {
      addresses = { 4: [], 6: [] };
      this.#addresses.set(record.index, addresses);
    }
    return addresses[familyOf(record.address)];
  }

  #addressesChanged(index: number): TableChange {
    return this.#links.has(index) ? { kind: "addresses", index } : NOTHING;
  }
}

function isSameLink(a: Link, b: Link): boolean {
  const isSamePort = a.port?.master === b.port?.master && a.port?.kind === b.port?.kind;
  return isSamePort && a.up === b.up && a.mac === b.mac && a.mtu === b.mtu && a.ipv6Router === b.ipv6Router;
}

/** What makes an address of an interface the same address for the kernel. */
function isSame(a: AddressRecord, b: AddressRecord): boolean {
  return a.address === b.address && a.prefixLength === b.prefixLength && a.peer === b.peer;
}

/**
 * Where the kernel puts a new address among those of its interface and family. IPv4: behind the last primary address of the
 * same or a narrower scope, secondary ones at the end. IPv6: before the first address of the same or a narrower scope, that
 * is newest first, link-local ones last; one under duplicate address detection is told of only after it, and so later than it
 * stands in the kernel.
 */
function insertPosition(records: readonly AddressRecord[], record: AddressRecord): number {
  if (familyOf(record.address) === 4) {
    if (record.secondary) return records.length;
    return records.findLastIndex((present) => !present.secondary && record.scope <= present.scope) + 1;
  }
  const position = records.findIndex((present) => present.scope >= record.scope);
  return position < 0 ? records.length : position;
}
