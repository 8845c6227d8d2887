/**
 * Everything a keepalived.conf says: the {@link Config} that the engine runs on, and what the daemon and later trackers
 * need besides. Plain data, defaults resolved.
 */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { IpAddress } from "../base/ip-address.js";
import type { MacAddress } from "../base/mac-address.js";
import type { Micros } from "../base/time.js";
import type {
  Config,
  GlobalDefs,
  NotifyScripts,
  ScriptCommand,
  SyncGroup,
  TrackEntry,
  VrrpInstance,
} from "./config.js";
import type { Route, Rule } from "./routing.js";

/** `global_defs` and the settings at root level. */
export interface LoadedGlobalDefs extends GlobalDefs {
  /** `vrrp_delay_after_boot`: as startupDelay, counted from the system's boot, µs; 0 = none. */
  readonly delayAfterBoot: Micros;
  /** `dynamic_interfaces allow_if_changes`. */
  readonly dynamicInterfacesAllowChanges: boolean;
  /** `default_interface`, for addresses without `dev` that have no instance's interface. */
  readonly defaultInterface: string;
  /** `use_symlink_paths`: symbolic links stay in script paths. */
  readonly useSymlinkPaths: boolean;
  /** `vmac_prefix`: VMAC names are this and the VRID. */
  readonly vmacPrefix: string;
  /** `log_unknown_vrids`. */
  readonly logUnknownVrids: boolean;
  readonly notifyFifos: readonly NotifyFifo[];
  /** `vrrp_notify_priority_changes`. */
  readonly notifyPriorityChanges: boolean;
  /** `fifo_write_vrrp_states_on_reload`. */
  readonly fifoStatesOnReload: boolean;
  readonly startupScript: TimedScript | undefined;
  readonly shutdownScript: TimedScript | undefined;
  readonly mail: MailSettings;
  readonly process: ProcessSettings;
  /**
   * Every other global setting: its arguments as written, under its keyword; of repeated ones the last. Parsed so that
   * the file is understood, not acted upon by the VRRP engine.
   */
  readonly other: Readonly<Record<string, readonly string[]>>;
}

/** `notify_fifo`, `vrrp_notify_fifo`, `lvs_notify_fifo`. */
export interface NotifyFifo {
  readonly scope: "all" | "vrrp" | "lvs";
  readonly path: string;
  readonly user?: string;
  readonly group?: string;
  /** Its reader, started with the path as last argument. */
  readonly script?: ScriptCommand;
}

/** `startup_script`, `shutdown_script`. */
export interface TimedScript {
  readonly command: ScriptCommand;
  /** µs. */
  readonly timeout: Micros;
}

/** Mail on transitions: sent only with a server and recipients. */
export interface MailSettings {
  readonly from: string | undefined;
  readonly to: readonly string[];
  readonly server: { readonly host: string; readonly port: number } | undefined;
  /** µs. */
  readonly connectTimeout: Micros;
  readonly heloName: string | undefined;
  /** `no_email_faults`. */
  readonly noFaults: boolean;
}

/** What concerns the daemon as a process. */
export interface ProcessSettings {
  /** `net_namespace`: run there. */
  readonly netNamespace: string | undefined;
  /** `instance`: suffix of pid files and of the syslog identity. */
  readonly instanceName: string | undefined;
  /** `use_pid_dir`. */
  readonly usePidDirectory: boolean;
  /** `umask`, 0…0o777. */
  readonly umask: number | undefined;
  /** `reload_check_config`: where the check's messages go; undefined: no check. */
  readonly reloadCheckConfig: string | undefined;
  /** `state_dump_file`. */
  readonly stateDumpFile: string | undefined;
  /** `data_use_instance`. */
  readonly dataUseInstance: boolean;
  readonly jsonVersion: 1 | 2;
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
  /** How parameters are compared: not at all, all of them, the first ones, or each as the beginning of one. */
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

/** `track_group NAME`: static items tied to it are there unless all members are in FAULT. */
export interface TrackGroup {
  readonly name: string;
  readonly members: readonly string[];
}

/** A line of `static_ipaddress`. */
export interface StaticAddress extends InterfaceAddress {
  readonly trackGroup?: string;
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

/** `use_vmac` or `use_ipvlan`. */
export interface VirtualInterface {
  readonly kind: "vmac" | "ipvlan";
  /** Interface name; absent: made from the prefix and the VRID. */
  readonly name?: string;
  readonly mac?: MacAddress;
  /** `netlink_notify_msg`. */
  readonly notifyMessage: boolean;
  /** `group`, as written. */
  readonly group?: string;
  /** ipvlan only. */
  readonly address?: IpAddress;
  /** ipvlan only. */
  readonly mode?: "bridge" | "private" | "vepa";
}

/** `auth_hmac`: authenticated VRRPv3 adverts. */
export interface AuthHmac {
  /** Keys by id, 1…255. A value is kept as written: `hex:…`, `file:…` or the key itself. */
  readonly keys: readonly { readonly id: number; readonly value: string }[];
  readonly activeKey: number;
  /** Seconds, 1…300. */
  readonly timeWindow: number;
  readonly antiReplay: "time" | "monotonic";
  readonly mode: "enforce" | "permissive" | "receive-only";
}

/** A block that is understood but not run: IPVS, health checks of real servers, BFD. */
export interface UnusedBlock {
  readonly keyword: string;
  /** Its arguments as written. */
  readonly arguments: readonly string[];
}

/** Notify scripts of an instance; a group has no `notify_deleted`. */
export interface InstanceNotifyScripts extends NotifyScripts {
  /** `notify_deleted`: DELETED is announced instead of FAULT when a reload removes the instance. */
  readonly deleted?: ScriptCommand | "no-script";
}

/** `vrrp_instance NAME` with all that it says. */
export interface LoadedInstance extends VrrpInstance {
  readonly notify: InstanceNotifyScripts;
  readonly trackFiles: readonly TrackEntry[];
  readonly trackProcesses: readonly TrackEntry[];
  readonly trackBfds: readonly TrackEntry[];
  /** `accept`: VIPs answer traffic although the instance is no address owner. */
  readonly accept: boolean;
  /** `track_src_ip`: FAULT while the configured source address is not there. */
  readonly trackSourceAddress: boolean;
  readonly virtualRoutes: readonly Route[];
  readonly virtualRules: readonly Rule[];
  readonly virtualInterface: VirtualInterface | undefined;
  /** `vmac_xmit_base`: adverts leave through the base interface. */
  readonly transmitOnBase: boolean;
  /** `use_vmac_addr`. */
  readonly vmacForOtherAddresses: boolean;
  /** `promote_secondaries`: the sysctl is set on the interface. */
  readonly promoteSecondaries: boolean;
  /** `garp_extra_if`: µs between announcements on further interfaces; 0 = none. */
  readonly garpExtraInterfaces: { readonly interval: Micros; readonly all: boolean };
  readonly smtpAlert: boolean;
  readonly notifyPriorityChanges: boolean;
  /** `timer_expired_backup`: priority of the best other node, 1…254; undefined: off. */
  readonly timerExpiredBackup: number | undefined;
  readonly authHmac: AuthHmac | undefined;
  /** `vrf`. */
  readonly vrf: string | undefined;
  /** `kernel_rx_buf_size`, bytes. */
  readonly kernelReceiveBuffer: number | undefined;
  /** `old_unicast_checksum`. */
  readonly oldUnicastChecksum: "auto" | "always" | "never";
  /** `debug`, 0…4; no effect. */
  readonly debug: number;
  /** Name of the sync group it belongs to. */
  readonly syncGroup: string | undefined;
}

/** `vrrp_sync_group NAME` with all that it says. */
export interface LoadedSyncGroup extends SyncGroup {
  readonly trackFiles: readonly TrackEntry[];
  readonly trackProcesses: readonly TrackEntry[];
  readonly trackBfds: readonly TrackEntry[];
  readonly smtpAlert: boolean;
}

/** A whole configuration as read. */
export interface LoadedConfig extends Config {
  readonly global: LoadedGlobalDefs;
  readonly instances: readonly LoadedInstance[];
  readonly syncGroups: readonly LoadedSyncGroup[];
  readonly trackFiles: readonly TrackFile[];
  readonly trackProcesses: readonly TrackProcess[];
  readonly trackGroups: readonly TrackGroup[];
  readonly staticAddresses: readonly StaticAddress[];
  readonly staticRoutes: readonly Route[];
  readonly staticRules: readonly Rule[];
  readonly garpGroups: readonly GarpGroup[];
  readonly interfaceDelays: readonly InterfaceDelay[];
  readonly linkbeatInterfaces: readonly LinkbeatInterface[];
  readonly unused: readonly UnusedBlock[];
}
