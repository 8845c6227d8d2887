/**
 * Everything a keepalived.conf says: the {@link Config} that the engine runs on, and what the daemon and later trackers
 * need besides. Plain data, defaults resolved.
 */

import type { IpAddress } from "../base/ip-address.js";
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

/** `global_defs` and the settings at root level. */
export interface LoadedGlobalDefs extends GlobalDefs {
  /** `dynamic_interfaces allow_if_changes`. */
  readonly dynamicInterfacesAllowChanges: boolean;
  /** `default_interface`, for addresses without `dev` that have no instance's interface. */
  readonly defaultInterface: string;
  /** `use_symlink_paths`: symbolic links stay in script paths. */
  readonly useSymlinkPaths: boolean;
  /** `vmac_prefix`; undefined: not said. */
  readonly vmacPrefix: string | undefined;
  readonly notifyFifos: readonly NotifyFifo[];
  /** `vrrp_notify_priority_changes`. */
  readonly notifyPriorityChanges: boolean;
  /** `fifo_write_vrrp_states_on_reload`. */
  readonly fifoStatesOnReload: boolean;
  readonly startupScript: TimedScript | undefined;
  readonly shutdownScript: TimedScript | undefined;
  readonly mail: MailSettings;
  readonly process: ProcessSettings;
  readonly instanceDefaults: InstanceDefaults;
  /**
   * Every other global setting: its arguments as written, under its keyword; of repeated ones the last. Parsed so that
   * the file is understood, not acted upon by the VRRP engine.
   */
  readonly other: Readonly<Record<string, readonly string[]>>;
}

/** What instances get that do not say otherwise; what it means is already in each {@link VrrpInstance}. */
export interface InstanceDefaults {
  readonly multicastGroup4: IpAddress;
  readonly multicastGroup6: IpAddress;
  readonly garp: VrrpInstance["garp"];
  /** As {@link VrrpInstance.garpExtraInterfaces}. */
  readonly garpExtra: VrrpInstance["garpExtraInterfaces"];
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly downTimerAdverts: number;
  readonly strict: boolean;
  readonly skipCheckAdvAddr: boolean;
  readonly checkUnicastSource: boolean;
  /** `smtp_alert`, `smtp_alert_vrrp`; undefined: not said. */
  readonly smtpAlert: boolean | undefined;
  readonly smtpAlertVrrp: boolean | undefined;
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
  readonly trackBfds: readonly TrackEntry[];
  readonly smtpAlert: boolean;
  readonly notifyPriorityChanges: boolean;
  /** Words of unicast were used, with or without peers. */
  readonly unicastConfigured: boolean;
  /** `check_unicast_src` or limits for the TTL of a peer: not only `vrrp_check_unicast_src`. */
  readonly unicastSourceSaid: boolean;
  /** `linkbeat_use_polling` of the instance: its interface is polled. */
  readonly linkbeatPolling: boolean;
  /** `use_vmac_addr`. */
  readonly useVmacAddress: boolean;
  /** `debug`, 0…4; no effect. */
  readonly debug: number;
  /** Name of the sync group it belongs to. */
  readonly syncGroup: string | undefined;
}

/** `vrrp_sync_group NAME` with all that it says. */
export interface LoadedSyncGroup extends SyncGroup {
  readonly trackBfds: readonly TrackEntry[];
  readonly smtpAlert: boolean;
  /** Undefined: not said; members take it over. */
  readonly notifyPriorityChanges: boolean | undefined;
}

/** A whole configuration as read. */
export interface LoadedConfig extends Config {
  readonly global: LoadedGlobalDefs;
  readonly instances: readonly LoadedInstance[];
  readonly syncGroups: readonly LoadedSyncGroup[];
  readonly unused: readonly UnusedBlock[];
}
