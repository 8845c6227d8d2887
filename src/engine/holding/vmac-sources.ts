/**
 * Link-local addresses on IPv6 VMACs: adverts leave a VMAC with the address of the interface below, and the kernel sends only from
 * addresses that the sending interface has itself.
 */

import { AddressFlag, type InterfaceAddress } from "../../base/interface-address.js";
import { type IpAddress, isLinkLocal } from "../../base/ip-address.js";
import type { Member } from "../member.js";
import type { Platform } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";

/** Prefix length of link-local addresses, RFC 4291 §2.5.6. */
const LINK_LOCAL_PREFIX = 64;

/** What was copied to a VMAC; another index is another interface of that name. */
interface Copy {
  readonly index: number;
  readonly line: InterfaceAddress;
}

/** Copies them as interfaces and addresses come. */
export class VmacSources {
  readonly #platform: Platform;
  readonly #interfaces: Interfaces;
  readonly #copies = new Map<string, Copy>();

  constructor(platform: Platform, interfaces: Interfaces) {
    this.#platform = platform;
    this.#interfaces = interfaces;
  }

  /**
   * Sees to it that the VMACs of a member have the address.
   * @param primary the address of an interface that adverts would be sent from.
   */
  update(member: Member, primary: (interfaceName: string) => IpAddress | undefined): void {
    const { vmac: main, transmitOnBase, virtualInterfaces } = member.instance;
    for (const { kind, family, name, base } of virtualInterfaces) {
      if (kind !== "macvlan" || family !== 6 || (name === main && transmitOnBase)) continue;
      const source = name === main ? member.source : primary(base);
      if (source !== undefined && isLinkLocal(source)) this.#copy(name, source);
    }
  }

  #copy(name: string, source: IpAddress): void {
    const index = this.#interfaces.get(name)?.index;
    if (index === undefined) return;
    const before = this.#copies.get(name);
    const known = before?.index === index;
    if (known && before.line.address === source) return;
    // Deprecated, so that the kernel does not choose it for other traffic.
    const line: InterfaceAddress = {
      address: source,
      prefixLength: LINK_LOCAL_PREFIX,
      interface: name,
      scope: 0,
      flags: AddressFlag.nodad,
      preferredLifetime: 0,
      noTrack: true,
    };
    this.#copies.set(name, { index, line });
    if (known) this.#platform.removeAddresses([before.line]);
    this.#platform.addAddresses([line], "exclusive");
  }
}
