/** Interfaces that Vigil makes on top of others: VMACs (`use_vmac`, a macvlan) and ipvlans (`use_ipvlan`). */

import type { Family } from "./ip-address.js";
import type { MacAddress } from "./mac-address.js";

/** How the instances of an ipvlan's base interface see each other, IPVLAN_F_* of linux/if_link.h. */
export type IpvlanMode = "bridge" | "private" | "vepa";

/** One such interface as the configuration wants it. */
export interface VirtualInterface {
  readonly kind: "macvlan" | "ipvlan";
  /** Its name; one that is taken is changed unless {@link VirtualInterface.named}. */
  readonly name: string;
  /** True when the file names it. */
  readonly named: boolean;
  /** `vmac_prefix` or `vmac_addr_prefix`: other names are made of it. */
  readonly prefix: string;
  /** 1…255 */
  readonly vrid: number;
  /** The instance it is made for. */
  readonly instance: string;
  /** The interface below. */
  readonly base: string;
  /** Of the addresses it is for. */
  readonly family: Family;
  /** Of a macvlan. */
  readonly mac: MacAddress | undefined;
  /** False: IPv6 is switched off on it. */
  readonly ipv6: boolean;
  /** `group`, number of the interface group. */
  readonly group: number;
  readonly mode: IpvlanMode;
}

/** An interface that is there already, as far as it matters for making others. */
export interface PresentLink {
  readonly name: string;
  readonly index: number;
  /** Name of the interface below it in the same namespace. */
  readonly base: string | undefined;
  readonly mac: MacAddress | undefined;
  /** IFLA_INFO_KIND: `macvlan`, `veth`; absent for hardware. */
  readonly kind: string | undefined;
  /** A macvlan in private mode, which is how VMACs are made. */
  readonly privateMacvlan: boolean;
  /** IFF_RUNNING: it is up and has a carrier. */
  readonly running: boolean;
  /** Whether it is the host's way to itself, and whether it takes multicasts: IFF_LOOPBACK, IFF_MULTICAST. */
  readonly loopback: boolean;
  readonly multicast: boolean;
}

/** Names for such an interface in the order of preference, as keepalived tries them: `vrrp.51`, for IPv6 `vrrp6.51`, `vrrp1.51`… */
export function* candidateNames(prefix: string, vrid: number, family: Family): Generator<string> {
  yield `${prefix}.${vrid}`;
  if (family === 6) yield `${prefix}6.${vrid}`;
  for (let n = 1; n < 1_000; n++) {
    if (family === 4 || n !== 6) yield `${prefix}${n}.${vrid}`;
  }
}
