/**
 * Which address an instance sends its adverts from. A configured address counts only while the kernel shows it: an advert from an
 * address that the host does not have reaches no unicast peer, and the kernel refuses it in IPv6.
 */

import { type Family, type IpAddress, isLinkLocal } from "../../base/ip-address.js";
import type { Fault, SourceTrouble } from "../../vrrp/cause.js";
import { allAddresses, type Member } from "../member.js";
import type { Interfaces } from "./interfaces.js";

/** An address to send from, or what is wrong. */
export type SourceVerdict =
  | { readonly address: IpAddress; readonly fault?: undefined }
  | { readonly address?: undefined; readonly fault: Fault | undefined };

/** The configured source address as it was last seen on the interface of its instance. */
interface Home {
  readonly interface: string;
  readonly address: IpAddress;
}

/** The source addresses of all instances. */
export class SourceAddresses {
  readonly #interfaces: Interfaces;
  /** All virtual addresses of all instances but the host's own, as address/length: none of them is a primary address. */
  #virtual: ReadonlySet<string> = new Set();
  readonly #homes = new WeakMap<Member, Home>();

  constructor(interfaces: Interfaces) {
    this.#interfaces = interfaces;
  }

  /** Adopts the virtual addresses of all instances, as address/length. */
  configure(virtual: ReadonlySet<string>): void {
    this.#virtual = virtual;
  }

  /** The source of an instance now. `fault` is undefined where neither an address nor an interface is configured. */
  of(member: Member): SourceVerdict {
    const { sourceAddress, interface: own, family } = member.instance;
    if (sourceAddress !== undefined) return this.#configured(member, sourceAddress);
    if (own === undefined) return { fault: undefined };
    const address = this.primaryOf(own, family);
    if (address !== undefined) return { address };
    // An address owner's would be no virtual one here.
    const only = allAddresses(member.instance).find(
      (line) => line.interface === own && this.#interfaces.holdsExactly(line),
    );
    if (only === undefined) return { fault: { kind: "noAddress", interface: own } };
    return { fault: { kind: "onlyVirtualAddress", interface: own, address: only.address } };
  }

  /** Those of the unicast peers of an instance that are addresses of this host: one file for all nodes lists them all. */
  localPeersOf(member: Member): readonly IpAddress[] {
    return member.instance.unicastPeers
      .map(({ address }) => address)
      .filter((address) => this.#interfaces.find(address) !== undefined);
  }

  /** The address that adverts leave an interface with when none is configured. */
  primaryOf(interfaceName: string, family: Family): IpAddress | undefined {
    return this.#interfaces.primaryAddress(interfaceName, family, this.#virtual);
  }

  #configured(member: Member, address: IpAddress): SourceVerdict {
    const because = this.#troubleWith(member, address);
    if (because === undefined) return { address };
    const { interface: own, unicastPeers } = member.instance;
    const keyword = unicastPeers.length > 0 ? "unicast_src_ip" : "mcast_src_ip";
    const at = own === undefined ? {} : { interface: own };
    return { fault: { kind: "noSourceAddress", address, keyword, because, ...at } };
  }

  #troubleWith(member: Member, address: IpAddress): SourceTrouble | undefined {
    const { interface: own } = member.instance;
    const here = own === undefined ? undefined : this.#interfaces.addressOn(own, address);
    if (own !== undefined && here !== undefined) {
      this.#homes.set(member, { interface: own, address });
      return here.unusable ? (here.duplicate ? "duplicate" : "tentative") : undefined;
    }
    const found = this.#interfaces.find(address);
    if (found === undefined) return "missing";
    if (own !== undefined && isLinkLocal(address)) return "elsewhere";
    // keepalived serves with an address of another interface, so it is accepted at the start. One that leaves is another matter.
    const home = this.#homes.get(member);
    if (home?.interface === own && home?.address === address) return "moved";
    if (!found.present.unusable) return undefined;
    return found.present.duplicate ? "duplicate" : "tentative";
  }
}
