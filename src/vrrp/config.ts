/** What one virtual router must know. Field names are keepalived.conf's where it has one. */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { Family, IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";

/** VRRPv2 authentication (RFC 2338 §5.3.6; RFC 3768 reserves it, keepalived keeps it). */
export type Authentication =
  | { readonly type: "none" }
  /** `auth_type PASS`: the password travels in clear, zero-padded to 8 bytes. */
  | { readonly type: "PASS"; readonly password: string }
  /** `auth_type AH`: HMAC-MD5-96 keyed with the password zero-padded to 8 bytes. */
  | { readonly type: "AH"; readonly password: string };

/** `auth_hmac`: adverts with a trailer that proves who sent them, and when. */
export interface AuthHmac {
  /** Keys by id, 1…255; 32 to 64 bytes each, as hexadecimal digits. All of them verify. */
  readonly keys: readonly { readonly id: number; readonly hex: string }[];
  /** The id of the key that signs. */
  readonly activeKey: number;
  /** Seconds that a sender's clock may be from ours, 1…300; with `anti_replay time` only. */
  readonly timeWindow: number;
  /** `time`: adverts must be near our clock; `monotonic`: only later than the sender's last one. */
  readonly antiReplay: "time" | "monotonic";
  /** `receive-only` sends no trailer; it and `permissive` accept adverts without one. */
  readonly mode: "enforce" | "permissive" | "receive-only";
}

/** A line of `unicast_peer`. */
export interface UnicastPeer {
  readonly address: IpAddress;
  /** Lowest accepted TTL or hop limit, 0…255; absent: not checked. */
  readonly minTtl?: number;
  /** Highest accepted TTL or hop limit, 0…255; absent: not checked. */
  readonly maxTtl?: number;
}

/** Gratuitous ARP and unsolicited NA bursts. */
export interface GarpSettings {
  /** `garp_master_delay`: µs from becoming MASTER to the second burst; 0 = no second burst. */
  readonly masterDelay: Micros;
  /** `garp_master_repeat`: announcements of each address in a burst, ≥ 1. */
  readonly masterRepeat: number;
  /** `garp_master_refresh`: µs between bursts while MASTER; 0 = never. */
  readonly masterRefresh: Micros;
  /** `garp_master_refresh_repeat`: announcements of each address in a refresh, ≥ 1. */
  readonly masterRefreshRepeat: number;
  /** `garp_lower_prio_delay`: µs to the second burst after an advert of lower priority. */
  readonly lowerPrioDelay: Micros;
  /** `garp_lower_prio_repeat`: announcements after an advert of lower priority; 0 = none. */
  readonly lowerPrioRepeat: number;
}

/** A virtual router: one `vrrp_instance` with all defaults resolved. */
export interface VirtualRouterConfig {
  readonly name: string;
  /** VRRP version. */
  readonly version: 2 | 3;
  readonly family: Family;
  /** Where adverts are sent and received; absent for unicast without an interface. */
  readonly interface: string | undefined;
  /** `virtual_router_id`, 1…255. */
  readonly vrid: number;
  /** `priority`, 1…255; 255 is the address owner. */
  readonly priority: number;
  /** `state MASTER`: wants to start as MASTER. Acts only together with priority 255, as in keepalived. */
  readonly initialState: "MASTER" | "BACKUP";
  /** `advert_int`: RFC 9568 Advertisement_Interval. */
  readonly advertInterval: Micros;
  /** `unicast_src_ip`/`mcast_src_ip`; absent: the interface's primary address. */
  readonly sourceAddress: IpAddress | undefined;
  /** `mcast_dst_ip` or the global group: 224.0.0.18 or ff02::12. */
  readonly multicastGroup: IpAddress;
  /** Unicast iff not empty. */
  readonly unicastPeers: readonly UnicastPeer[];
  /** `unicast_ttl`, 0…255; absent: 255 in IPv4, and in IPv6 what the kernel has for other packets. */
  readonly unicastTtl: number | undefined;
  /** `check_unicast_src`: adverts only from configured peers. */
  readonly checkUnicastSource: boolean;
  readonly authentication: Authentication;
  readonly authHmac: AuthHmac | undefined;
  /** False for `nopreempt`. */
  readonly preempt: boolean;
  /** `preempt_delay`: µs to wait before preempting a MASTER of lower priority. */
  readonly preemptDelay: Micros;
  /** `down_timer_adverts`: missed adverts before takeover, 3 in the RFC. */
  readonly downTimerAdverts: number;
  /** `timer_expired_backup`: the highest priority of the other nodes, 1…254; undefined: not given. */
  readonly timerExpiredBackup: number | undefined;
  /** `virtual_ipaddress`: carried in adverts, in this order. */
  readonly virtualAddresses: readonly InterfaceAddress[];
  /** `virtual_ipaddress_excluded`: held by the MASTER, not carried in adverts. */
  readonly excludedAddresses: readonly InterfaceAddress[];
  /** `vrrp_address_lifetimes`: in the kernel they have a lifetime that is renewed, see address-lifetime.ts. */
  readonly addressLifetimes: boolean;
  readonly garp: GarpSettings;
  /** `lower_prio_no_advert`: no advert in reply to one of lower priority. */
  readonly lowerPrioNoAdvert: boolean;
  /** `higher_prio_send_advert`: a last advert before yielding to a higher priority. */
  readonly higherPrioSendAdvert: boolean;
  /** `skip_check_adv_addr`: address list checked only when the master changes. */
  readonly skipCheckAdvAddr: boolean;
  /** `owner_ignore_adverts`: priority 255 drops all adverts. */
  readonly ownerIgnoreAdverts: boolean;
  /** `v3_checksum_as_v2`: VRRPv3 IPv4 checksum without the pseudo-header. */
  readonly v3ChecksumAsV2: boolean;
  /**
   * `old_unicast_checksum`: VRRPv3 IPv4 unicast with the multicast group in the checksum's pseudo-header, as old keepalived has
   * it. `auto`: both are accepted, and we send what we heard last.
   */
  readonly oldUnicastChecksum: "auto" | "always" | "never";
  /** `vrf`: device that the sockets of unicast without an interface are bound to. */
  readonly vrf: string | undefined;
  /** `kernel_rx_buf_size`, bytes; absent: as much as a second of everything needs. */
  readonly kernelReceiveBuffer: number | undefined;
}
