/** An address to be held on an interface, with everything RTM_NEWADDR can say about it. */

import type { IpAddress } from "./ip-address.js";

/** IFA_F_* flags of linux/if_addr.h that keepalived.conf can set. */
export const AddressFlag = {
  nodad: 0x02,
  home: 0x10,
  manageTempAddress: 0x100,
  noPrefixRoute: 0x200,
  autojoin: 0x400,
} as const;

/** One line of a `virtual_ipaddress` block, defaults filled in. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  /** Bits; 32 or 128 when the file gives none. */
  readonly prefixLength: number;
  /** `dev`; the instance's interface when the file gives none. */
  readonly interface: string;
  /** `brd`, already computed for `+` and `-`. None by default, as keepalived. */
  readonly broadcast?: IpAddress;
  /** RT_SCOPE_* of linux/rtnetlink.h: 0 global, 200 site, 253 link, 254 host. IPv4 only. */
  readonly scope: number;
  /** Interface alias such as `eth0:vip`, at most 15 characters. IPv4 only. */
  readonly label?: string;
  /** Point-to-point peer. */
  readonly peer?: IpAddress;
  /** Seconds, `forever`, or 0 for a deprecated address; keepalived's default is 0 for an IPv6 /128. */
  readonly preferredLifetime?: number | "forever";
  /** Union of {@link AddressFlag} values. */
  readonly flags: number;
  /** Losing the address to somebody else does not make a MASTER step down. */
  readonly noTrack: boolean;
}
