/**
 * The meaning of a keepalived.conf: every default resolved, every reference checked. Plain data: it survives JSON and a
 * message to another thread. `VrrpInstance` has the shape that the vrrp layer asks for, so that nothing is copied.
 */

import type { FirewallSettings } from "../base/firewall.js";
import type { InterfaceAddress } from "../base/interface-address.js";
import type { Family, IpAddress } from "../base/ip-address.js";
import type { Route, Rule } from "../base/routing.js";
import type { Micros } from "../base/time.js";
import type { VirtualInterface } from "../base/virtual-interface.js";

/** A command with its own arguments, as keepalived runs it: no shell. */
export interface ScriptCommand {
  /** argv, at least one element. */
  readonly argv: readonly string[];
  /** User name or number as written; absent: `script_user`, see global_defs. */
  readonly user?: string;
  readonly group?: string;
}

/** The thread that runs VRRP, which keepalived has a process for. Absent: as Vigil does it by itself. */
export interface EngineThreadSettings {
  /** `vrrp_process_name` or `process_names`; at most 15 characters. */
  readonly name: string | undefined;
  /** `vrrp_priority`: nice value, −20…19. */
  readonly niceness: number | undefined;
  /** `vrrp_rt_priority`, 1…99. */
  readonly realTimePriority: number | undefined;
  /** `vrrp_cpu_affinity`: numbers of CPUs; empty: all. */
  readonly cpus: readonly number[];
  /** `vrrp_netlink_monitor_rcv_bufs`, bytes. */
  readonly netlinkMonitorBuffer: number | undefined;
  /** `process_monitor_rcv_bufs`, bytes. */
  readonly processMonitorBuffer: number | undefined;
}

/** `global_defs`. */
export interface GlobalDefs {
  /** Default: the host's name, filled in by the daemon when undefined. */
  readonly routerId: string | undefined;
  readonly enableScriptSecurity: boolean;
  readonly scriptUser: { readonly user: string; readonly group?: string } | undefined;
  /** Default protocol version of IPv4 instances. */
  readonly vrrpVersion: 2 | 3;
  /** `vrrp_garp_interval`: least gap between gratuitous ARPs of one interface, µs. */
  readonly garpInterval: Micros;
  /** `vrrp_gna_interval`: least gap between unsolicited NAs of one interface, µs. */
  readonly gnaInterval: Micros;
  readonly dynamicInterfaces: boolean;
  /** `vrrp_startup_delay`, µs; 0 = none. */
  readonly startupDelay: Micros;
  /** `vrrp_delay_after_boot`: as startupDelay, counted from the system's boot, µs; 0 = none. */
  readonly delayAfterBoot: Micros;
  /** `vrrp_reset_connections`: TCP connections of a virtual address are reset before it is removed. */
  readonly resetConnections: boolean;
  /** `vrrp_peer_key`: signs the hellos of all instances, instead of their own secrets. */
  readonly peerKey: string | undefined;
  /** `log_unknown_vrids`: adverts for VRIDs that no instance has are received, to be told. */
  readonly logUnknownVrids: boolean;
  readonly firewall: FirewallSettings;
  readonly engineThread: EngineThreadSettings;
}

/** `vrrp_script NAME`. */
export interface VrrpScript {
  readonly name: string;
  readonly command: ScriptCommand;
  /** µs between starts. */
  readonly interval: Micros;
  /** µs after which a run is killed and counts as failed; the interval when the file gives none. */
  readonly timeout: Micros;
  /** −253…253; 0 = failure is a FAULT. Default for trackers that give none. */
  readonly weight: number;
  readonly reverse: boolean;
  /** Successes in a row until OK. */
  readonly rise: number;
  /** Failures in a row until failed. */
  readonly fall: number;
  readonly initFail: boolean;
}

/** What a `vrrp_check` does to find out; everything about the answer that it has to have. */
export type CheckProbe =
  | HttpProbe
  /** A TCP connection that is accepted. */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** An echo that is answered. */
  | { readonly kind: "icmp"; readonly host: string }
  /** A plugin: exit status 0 (OK) or 1 (warning). */
  | { readonly kind: "exec"; readonly command: ScriptCommand };

/** `https_get`, `http_get`, `etcd`: a request over a connection that is kept open. */
export interface HttpProbe {
  readonly kind: "http";
  /** Name or address, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** Undefined: plain HTTP. */
  readonly tls: TlsSettings | undefined;
  /** Accepted status codes, both ends included. */
  readonly status: readonly { readonly from: number; readonly to: number }[];
  /** Text that the body must contain. */
  readonly body: string | undefined;
  /** Whose health report it is: etcd's has to say that it is healthy. */
  readonly report: "any" | "etcd";
}

/** Files are PEM; they are read again when they change. */
export interface TlsSettings {
  /** Undefined: the authorities that Node.js knows. */
  readonly ca: string | undefined;
  /** The client's certificate and key. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** The name that the server's certificate must be for; undefined: the host. */
  readonly serverName: string | undefined;
  /** The server's certificate is not verified. */
  readonly insecure: boolean;
}

/** `vrrp_check NAME`. */
export interface VrrpCheck {
  readonly name: string;
  readonly probe: CheckProbe;
  /** µs between starts. */
  readonly interval: Micros;
  /** µs for the whole probe, names and TLS included; the interval when the file gives none. */
  readonly timeout: Micros;
  /** As of a script. */
  readonly weight: number;
  readonly reverse: boolean;
  readonly rise: number;
  readonly fall: number;
  /** Counts as failed until it has succeeded `rise` times. */
  readonly initFail: boolean;
  /** A proof of failure acts at once; false: it counts like a suspicion. */
  readonly proof: boolean;
  /** Timeouts and wrong answers count; false: only proofs do. */
  readonly suspicion: boolean;
  /** The holder may keep the addresses while nobody better is known, and a flapping check costs priority. */
  readonly damping: boolean;
  /** It has the name of a `vrrp_script` and adds proof to what that says. */
  readonly refinesScript: boolean;
}

/** A line of `track_interface`, `track_script` or `track_check`. */
export interface TrackEntry {
  /** Of the interface, script, file or process. */
  readonly name: string;
  /** −254…254; 0 = failure is a FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
}

/** `track_file NAME`. */
export interface TrackFile {
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  /** Multiplies the number in the file; −254…254, default 1; 0 = any non-zero number is a FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
  /** `init_file`: written at start; `overwrite` even when the file is there. */
  readonly init?: { readonly value: number; readonly overwrite: boolean };
}

/** `vrrp_track_process NAME`. */
export interface TrackProcess {
  readonly name: string;
  /** What to look for: the process, then its parameters. */
  readonly command: readonly string[];
  /** How parameters are compared, see check/process-table.ts. */
  readonly parameterMatch: "none" | "exact" | "initial" | "partial";
  readonly fullCommand: boolean;
  readonly weight: number;
  readonly reverse: boolean;
  /** Fewest processes that are enough. */
  readonly quorum: number;
  /** Most processes allowed. */
  readonly quorumMax: number | undefined;
  /** µs that a gain of the quorum must last. */
  readonly forkDelay: Micros;
  /** µs that a loss of the quorum must last. */
  readonly terminateDelay: Micros;
}

/** `garp_group`: least gaps between announcements of a set of interfaces. */
export interface GarpGroup {
  /** µs; 0 = none. */
  readonly garpInterval: Micros;
  /** µs; 0 = none. */
  readonly gnaInterval: Micros;
  readonly interfaces: readonly string[];
}

/** A line of `interface_up_down_delays`. */
export interface InterfaceDelay {
  readonly interface: string;
  /** µs that the interface must be down before it counts as down. */
  readonly down: Micros;
  /** µs that the interface must be up before it counts as up. */
  readonly up: Micros;
}

/** A line of `linkbeat_interfaces`. */
export interface LinkbeatInterface {
  readonly interface: string;
  /** Absent: the first method that works. */
  readonly method?: "MII" | "ETHTOOL" | "IOCTL";
}

/** Which links are polled instead of believed from rtnetlink. */
export interface LinkbeatSettings {
  /** `linkbeat_use_polling`: all interfaces that an instance uses. */
  readonly all: boolean;
  /** `linkbeat_interfaces`. */
  readonly interfaces: readonly LinkbeatInterface[];
}

/** Notify scripts of an instance or group. */
export interface NotifyScripts {
  readonly master?: ScriptCommand;
  readonly backup?: ScriptCommand;
  readonly fault?: ScriptCommand;
  readonly stop?: ScriptCommand;
  readonly notify?: ScriptCommand;
  readonly masterRxLowerPri?: ScriptCommand;
}

/** VRRPv2 authentication; see vrrp/config.ts. The password is at most 8 bytes of UTF-8. */
export type AuthenticationConfig =
  | { readonly type: "none" }
  | { readonly type: "PASS"; readonly password: string }
  | { readonly type: "AH"; readonly password: string };

/** `auth_hmac`; see vrrp/config.ts. Keys are secret. */
export interface AuthHmacConfig {
  /** The bytes of each key as hexadecimal digits. */
  readonly keys: readonly { readonly id: number; readonly hex: string }[];
  readonly activeKey: number;
  readonly timeWindow: number;
  readonly antiReplay: "time" | "monotonic";
  readonly mode: "enforce" | "permissive" | "receive-only";
}

/** What an instance or a sync group tracks. */
export interface TrackLists {
  readonly trackInterfaces: readonly TrackEntry[];
  readonly trackScripts: readonly TrackEntry[];
  readonly trackFiles: readonly TrackEntry[];
  readonly trackProcesses: readonly TrackEntry[];
  readonly trackChecks: readonly TrackEntry[];
}

/** `vrrp_instance NAME`. Fields up to `v3ChecksumAsV2` are explained in vrrp/config.ts. */
export interface VrrpInstance extends TrackLists {
  readonly name: string;
  readonly version: 2 | 3;
  readonly family: Family;
  readonly interface: string | undefined;
  readonly vrid: number;
  readonly priority: number;
  readonly initialState: "MASTER" | "BACKUP";
  readonly advertInterval: Micros;
  readonly sourceAddress: IpAddress | undefined;
  readonly multicastGroup: IpAddress;
  readonly unicastPeers: readonly {
    readonly address: IpAddress;
    readonly minTtl?: number;
    readonly maxTtl?: number;
  }[];
  readonly unicastTtl: number | undefined;
  readonly checkUnicastSource: boolean;
  readonly authentication: AuthenticationConfig;
  readonly authHmac: AuthHmacConfig | undefined;
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
  readonly downTimerAdverts: number;
  readonly timerExpiredBackup: number | undefined;
  readonly virtualAddresses: readonly InterfaceAddress[];
  readonly excludedAddresses: readonly InterfaceAddress[];
  readonly garp: {
    readonly masterDelay: Micros;
    readonly masterRepeat: number;
    readonly masterRefresh: Micros;
    readonly masterRefreshRepeat: number;
    readonly lowerPrioDelay: Micros;
    readonly lowerPrioRepeat: number;
  };
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly skipCheckAdvAddr: boolean;
  /** `vrrp_address_lifetimes`. */
  readonly addressLifetimes: boolean;
  /** `vrrp_address_lease`: the packet filter lets the addresses speak only while adverts leave, see base/lease.ts. */
  readonly addressLease: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly v3ChecksumAsV2: boolean;
  readonly oldUnicastChecksum: "auto" | "always" | "never";
  readonly vrf: string | undefined;
  readonly kernelReceiveBuffer: number | undefined;

  readonly strict: boolean;
  /** `dont_track_primary`: the own interface going down is no FAULT. */
  readonly dontTrackPrimary: boolean;
  /** `track_src_ip`: FAULT while the configured source address is not there. */
  readonly trackSourceAddress: boolean;
  /** What the block or its group asks to be looked at and is not, one phrase each; absent when that is nothing. */
  readonly notLookedAt?: readonly string[];
  /** `unicast_fault_no_peer`: FAULT when unicast words were used without peers. */
  readonly unicastFaultNoPeer: boolean;
  /** Held while MASTER, added in this order after the addresses. */
  readonly virtualRoutes: readonly Route[];
  /** Held while MASTER, added in this order after the routes. */
  readonly virtualRules: readonly Rule[];
  /** `promote_secondaries`: the sysctl is set on the interface. */
  readonly promoteSecondaries: boolean;
  readonly notify: NotifyScripts;
  /** `accept`: addresses answer traffic; without it they answer only ARP and neighbour discovery. */
  readonly accept: boolean;
  /** `use_vmac`, `use_ipvlan`: name of the interface of {@link VrrpInstance.virtualInterfaces} for adverts. */
  readonly vmac: string | undefined;
  /** `vmac_xmit_base`: adverts leave through `interface` although there is a VMAC. */
  readonly transmitOnBase: boolean;
  /** Interfaces to be made for it: that of `use_vmac` or `use_ipvlan`, and those that single addresses want. */
  readonly virtualInterfaces: readonly VirtualInterface[];
  /**
   * `garp_extra_if`: µs between announcements from VMACs that send no adverts, so that switches go on knowing them; 0 = none.
   * `all`: from every interface but that of the adverts.
   */
  readonly garpExtraInterfaces: { readonly interval: Micros; readonly all: boolean };
}

/** `vrrp_sync_group NAME`. */
export interface SyncGroup extends TrackLists {
  readonly name: string;
  /** Instance names, at least one, all existing. */
  readonly members: readonly string[];
  /** `sync_group_tracking_weight`: keep the weights of members' trackers. */
  readonly trackingWeight: boolean;
  readonly notify: NotifyScripts;
}

/** `track_group NAME`: its members are in FAULT while a static item of the group cannot be there. */
export interface TrackGroup {
  readonly name: string;
  /** Names of instances. */
  readonly members: readonly string[];
}

/** A line of `static_ipaddress`. */
export interface StaticAddress extends InterfaceAddress {
  readonly trackGroup?: string;
}

/** A whole configuration. */
export interface Config {
  readonly global: GlobalDefs;
  readonly scripts: readonly VrrpScript[];
  readonly trackFiles: readonly TrackFile[];
  readonly trackProcesses: readonly TrackProcess[];
  readonly garpGroups: readonly GarpGroup[];
  readonly interfaceDelays: readonly InterfaceDelay[];
  readonly linkbeat: LinkbeatSettings;
  readonly checks: readonly VrrpCheck[];
  readonly instances: readonly VrrpInstance[];
  readonly syncGroups: readonly SyncGroup[];
  readonly trackGroups: readonly TrackGroup[];
  readonly staticAddresses: readonly StaticAddress[];
  readonly staticRoutes: readonly Route[];
  readonly staticRules: readonly Rule[];
}
