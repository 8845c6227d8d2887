/** What the packet filter of the host must do for virtual routers. */

import type { IpAddress } from "./ip-address.js";

/** `nftables` and its companions in global_defs. */
export interface FirewallSettings {
  /** `nftables`: name of the table, in both families. */
  readonly table: string;
  /** `nftables_priority`: where the chains stand among others, see nft(8). */
  readonly priority: number;
  /** `nftables_counters`: rules count packets. */
  readonly counters: boolean;
  /** True when the file names a firewall: keepalived tells when it must choose one by itself. */
  readonly configured: boolean;
}

/** Addresses that answer nothing but ARP and neighbour discovery, and VMACs whose group reports leave by the interface below. */
export interface FirewallRules {
  /** `no_accept`, `strict_mode`: each with its interface, which matters for link-local ones. */
  readonly silent: readonly { readonly address: IpAddress; readonly interface: string }[];
  /** VMACs of either family. */
  readonly vmacs: readonly {
    readonly name: string;
    readonly base: string;
    readonly ipv4: boolean;
    readonly ipv6: boolean;
  }[];
}
