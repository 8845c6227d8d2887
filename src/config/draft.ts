/** What the keyword tables fill while a configuration is read; resolve.ts turns it into a {@link LoadedConfig}. */

import type { Family, IpAddress } from "../base/ip-address.js";
import type { MacAddress } from "../base/mac-address.js";
import type { Route, Rule } from "../base/routing.js";
import { type Micros, micros, seconds } from "../base/time.js";
import type { CheckDraft } from "./check-draft.js";
import type {
  GarpGroup,
  InterfaceDelay,
  LinkbeatInterface,
  ScriptCommand,
  TrackFile,
  TrackGroup,
  TrackProcess,
} from "./config.js";
import type { NotifyFifo, UnusedBlock } from "./loaded-config.js";
import type { ServerGroupDraft, VirtualServerDraft } from "./lvs-draft.js";
import { NamedList } from "./named-list.js";
import type { Place, Reporter } from "./reporter.js";
import type { World } from "./world.js";

/** A draft that remembers where each of its keywords was last written. */
export class PlacedDraft {
  /** Where the block starts. */
  place: Place | undefined;
  readonly #places = new Map<string, Place>();

  /** Records a keyword. */
  remember(keyword: string, place: Place): void {
    this.#places.set(keyword, place);
  }

  /** Where a keyword was written, else where the block starts. */
  placeOf(...keywords: readonly string[]): Place | undefined {
    for (const keyword of keywords) {
      const place = this.#places.get(keyword);
      if (place !== undefined) return place;
    }
    return this.place;
  }
}

/** keepalived's defaults for announcements. */
export const GARP_DEFAULTS = { delay: seconds(5), repeat: 5, refresh: micros(0), refreshRepeat: 1 } as const;

/** `global_defs` as far as it was read. */
export class GlobalDraft extends PlacedDraft {
  routerId: string | undefined;
  enableScriptSecurity = false;
  useSymlinkPaths = false;
  scriptUser: { user: string; group?: string } | undefined;
  /** Whether the default user of scripts could be set; undefined until one is needed. */
  defaultUser: "set" | "failed" | undefined;
  vrrpVersion: 2 | 3 = 2;
  strict = false;
  skipCheckAdvAddr = false;
  checkUnicastSource = false;
  multicastGroup4: IpAddress | undefined;
  multicastGroup6: IpAddress | undefined;
  garpDelay: Micros = GARP_DEFAULTS.delay;
  garpRepeat: number = GARP_DEFAULTS.repeat;
  garpRefresh: Micros = GARP_DEFAULTS.refresh;
  garpRefreshRepeat: number = GARP_DEFAULTS.refreshRepeat;
  garpLowerPrioDelay: Micros | undefined;
  garpLowerPrioRepeat: number | undefined;
  garpInterval: Micros = micros(0);
  gnaInterval: Micros = micros(0);
  garpExtra: { interval: Micros; all: boolean } = { interval: micros(0), all: false };
  lowerPrioNoAdvert = false;
  higherPrioSendAdvert = false;
  ownerIgnoreAdverts = false;
  downTimerAdverts = 3;
  startupDelay: Micros = micros(0);
  delayAfterBoot: Micros = micros(0);
  resetConnections = true;
  addressLifetimes = false;
  addressLease = true;
  peerKey: string | undefined;
  v3ChecksumAsV2 = false;
  dynamicInterfaces = false;
  dynamicInterfacesAllowChanges = false;
  defaultInterface = "eth0";
  vmacPrefix: string | undefined;
  logUnknownVrids = false;
  notifyPriorityChanges = false;
  fifoStatesOnReload = false;
  readonly fifos = new Map<
    NotifyFifo["scope"],
    { path?: string; user?: string; group?: string; script?: ScriptCommand }
  >();
  startupScript: ScriptCommand | undefined;
  startupTimeout: Micros = seconds(10);
  shutdownScript: ScriptCommand | undefined;
  shutdownTimeout: Micros = seconds(10);
  smtpAlert: boolean | undefined;
  smtpAlertVrrp: boolean | undefined;
  mailFrom: string | undefined;
  mailTo: string[] = [];
  mailServer: { host: string; port: number } | undefined;
  mailTimeout: Micros = seconds(30);
  mailHelo: string | undefined;
  mailNoFaults = false;
  netNamespace: string | undefined;
  instanceName: string | undefined;
  usePidDirectory = false;
  umask: number | undefined;
  reloadCheckConfig: string | undefined;
  stateDumpFile: string | undefined;
  dataUseInstance = false;
  jsonVersion: 1 | 2 = 1;
  readonly other = new Map<string, readonly string[]>();
}

/** A `vrrp_script` as far as it was read. */
export class ScriptDraft extends PlacedDraft {
  readonly name: string;
  argv: readonly string[] | undefined;
  user: { user: string; group?: string } | undefined;
  interval: Micros = seconds(1);
  timeout: Micros | undefined;
  weight = 0;
  reverse = false;
  rise = 1;
  fall = 1;
  initFail = false;
  /** Its user could not be set. */
  broken = false;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** A tracker line as read. */
export interface TrackDraft {
  readonly name: string;
  weight: number;
  readonly reverse: boolean;
  readonly place: Place;
}

/** The trackers of an instance or group. */
export class TrackerDrafts {
  readonly interfaces = new NamedList<TrackDraft>();
  readonly scripts = new NamedList<TrackDraft>();
  readonly checks = new NamedList<TrackDraft>();
  readonly files = new NamedList<TrackDraft>();
  readonly processes = new NamedList<TrackDraft>();
  readonly bfds = new NamedList<TrackDraft>();
}

/** The events a notify script can be for. */
export type NotifyEvent = "master" | "backup" | "fault" | "stop" | "notify" | "masterRxLowerPri";

/** An address line as read: without an interface until the instance's is known. */
export interface AddressDraft {
  readonly text: string;
  readonly address: IpAddress;
  prefixLength: number;
  interface: string | undefined;
  broadcast?: IpAddress;
  scope: number;
  label?: string;
  peer?: IpAddress;
  preferredLifetime?: number | "forever";
  flags: number;
  noTrack: boolean;
  useVmac: boolean;
  trackGroup?: string;
  readonly place: Place;
}

/** `auth_hmac` as far as it was read. */
export class HmacDraft extends PlacedDraft {
  /** The bytes as hexadecimal digits; none for a file that nobody could read. */
  readonly keys: { id: number; hex: string }[] = [];
  activeKey = 0;
  timeWindow: number | undefined;
  antiReplay: "time" | "monotonic" = "time";
  mode: "enforce" | "permissive" | "receive-only" = "enforce";
}

/** A `vrrp_instance` as far as it was read. Global values are copied when its block starts, as keepalived does. */
export class InstanceDraft extends PlacedDraft {
  readonly name: string;
  readonly root: ConfigDraft;
  family: Family | undefined;
  version: 2 | 3 | undefined;
  state: "MASTER" | "BACKUP" | undefined;
  interface: string | undefined;
  vrid: number | undefined;
  priority: number | undefined;
  advertInterval: Micros | undefined;
  authType: "PASS" | "AH" | undefined;
  authPass: string | undefined;
  readonly addresses: AddressDraft[] = [];
  /** What it tracks in vain, one phrase each. */
  readonly notLookedAt: string[] = [];
  readonly excluded: AddressDraft[] = [];
  /** Addresses of both lists, with and without their interface, for finding duplicates. */
  readonly addressKeys = new Set<string>();
  noVirtualAddress = false;
  readonly routes: Route[] = [];
  readonly rules: Rule[] = [];
  sourceAddress: IpAddress | undefined;
  multicastGroup: IpAddress | undefined;
  /** A keyword for unicast was seen. */
  unicastConfigured = false;
  readonly peers = new Map<IpAddress, { address: IpAddress; minTtl?: number; maxTtl?: number }>();
  unicastTtl: number | undefined;
  unicastFaultNoPeer = false;
  /** `check_unicast_src`, or limits for the TTL of a peer. */
  checkUnicastSource = false;
  oldUnicastChecksum: "auto" | "always" | "never" = "auto";
  trackSourceAddress = false;
  nopreempt = false;
  preemptDelay: Micros = micros(0);
  readonly trackers = new TrackerDrafts();
  dontTrackPrimary = false;
  readonly notify = new Map<NotifyEvent, ScriptCommand>();
  deleted: ScriptCommand | "no-script" | undefined;
  notifyPriorityChanges: boolean | undefined;
  smtpAlert: boolean | undefined;
  garpDelay: Micros;
  garpRepeat: number;
  garpRefresh: Micros;
  garpRefreshRepeat: number;
  garpLowerPrioDelay: Micros | undefined;
  garpLowerPrioRepeat: number | undefined;
  garpExtra: { interval: Micros; all: boolean } | undefined;
  lowerPrioNoAdvert: boolean | undefined;
  higherPrioSendAdvert: boolean | undefined;
  ownerIgnoreAdverts: boolean | undefined;
  downTimerAdverts: number;
  timerExpiredBackup: number | undefined;
  skipCheckAdvAddr: boolean;
  strict: boolean | undefined;
  accept: boolean | undefined;
  v3ChecksumAsV2: boolean;
  promoteSecondaries = false;
  /** `linkbeat_use_polling` of the instance. */
  linkbeatPolling = false;
  /** `macOfVrid`: the last octet of the MAC is to be the VRID. */
  vmac:
    | { name?: string; mac?: MacAddress; macOfVrid?: boolean; notifyMessage: boolean; group?: string }
    | undefined;
  ipvlan:
    | { name?: string; address?: IpAddress; mode?: "bridge" | "private" | "vepa"; group?: string }
    | undefined;
  transmitOnBase = false;
  vmacForOtherAddresses = false;
  vrf: string | undefined;
  kernelReceiveBuffer: number | undefined;
  debug = 0;
  hmac: HmacDraft | undefined;
  /** Set by the group that it is a member of. */
  syncGroup: string | undefined;

  constructor(name: string, root: ConfigDraft) {
    super();
    this.name = name;
    this.root = root;
    const { global } = root;
    this.garpDelay = global.garpDelay;
    this.garpRepeat = global.garpRepeat;
    this.garpRefresh = global.garpRefresh;
    this.garpRefreshRepeat = global.garpRefreshRepeat;
    this.downTimerAdverts = global.downTimerAdverts;
    this.skipCheckAdvAddr = global.skipCheckAdvAddr;
    this.v3ChecksumAsV2 = global.v3ChecksumAsV2;
  }

  /** The VRRP version's family of its addresses is fixed by the first address of any kind; false when it is another. */
  acceptsFamily(family: Family): boolean {
    this.family ??= family;
    return this.family === family;
  }
}

/** A `vrrp_sync_group` as far as it was read. */
export class SyncGroupDraft extends PlacedDraft {
  readonly name: string;
  readonly root: ConfigDraft;
  members: { name: string; place: Place }[] | undefined;
  readonly trackers = new TrackerDrafts();
  trackingWeight = false;
  readonly notify = new Map<NotifyEvent, ScriptCommand>();
  smtpAlert: boolean | undefined;
  notifyPriorityChanges: boolean | undefined;

  constructor(name: string, root: ConfigDraft) {
    super();
    this.name = name;
    this.root = root;
  }
}

/** A whole configuration as far as it was read. */
export class ConfigDraft {
  readonly global: GlobalDraft;
  readonly scripts = new NamedList<ScriptDraft>();
  readonly checks = new NamedList<CheckDraft>();
  readonly instances = new NamedList<InstanceDraft>();
  readonly syncGroups = new NamedList<SyncGroupDraft>();
  readonly trackFiles = new NamedList<TrackFile>();
  readonly trackProcesses = new NamedList<TrackProcess>();
  /** Names of `bfd_instance` blocks with their default weights. */
  readonly bfds = new NamedList<{ name: string; weight: number; reverse: boolean }>();
  /** Addresses of both ends of BFD sessions. */
  readonly bfdEnds = new Set<string>();
  readonly trackGroups = new NamedList<TrackGroup>();
  /** Names of VMACs and ipvlans with the instance that uses them. */
  readonly virtualInterfaces = new Map<string, string>();
  readonly staticAddresses: AddressDraft[] = [];
  readonly staticRoutes: Route[] = [];
  readonly staticRules: Rule[] = [];
  readonly garpGroups: GarpGroup[] = [];
  /** Interfaces that are in a garp_group. */
  readonly garpInterfaces = new Set<string>();
  readonly interfaceDelays: InterfaceDelay[] = [];
  readonly linkbeatInterfaces: LinkbeatInterface[] = [];
  readonly unused: (UnusedBlock & { readonly place: Place })[] = [];
  readonly virtualServers: VirtualServerDraft[] = [];
  readonly virtualServerGroups: ServerGroupDraft[] = [];
  /** Scripts of checks and of virtual servers, with their users. */
  readonly checkScripts: ScriptCommand[] = [];
  /** Keywords of the SSL block that were written. */
  readonly tlsGiven = new Set<string>();
  /** Rules without a preference count down from here, IPv4 and IPv6 apart. */
  readonly nextPreference = { 4: 16_384, 6: 16_384 };
  /** An interface that does not exist was named: keepalived does not run then, unless interfaces are dynamic. */
  missingInterface = false;
  /** Nothing more is said about the configuration as a whole. */
  vrrpGivenUp = false;
  readonly world: World | undefined;
  readonly reporter: Reporter;

  constructor(world: World | undefined, reporter: Reporter, global = new GlobalDraft()) {
    this.world = world;
    this.reporter = reporter;
    this.global = global;
  }

  /** Takes over what the process of the checkers has read: its services, but not what all processes read. */
  takeServices(checkers: ConfigDraft): void {
    this.virtualServers.push(...checkers.virtualServers);
    this.virtualServerGroups.push(...checkers.virtualServerGroups);
    this.checkScripts.push(...checkers.checkScripts);
    this.unused.unshift(...checkers.unused.filter(({ keyword }) => keyword !== "bfd_instance"));
  }

  /**
   * True when scripts without a user of their own have one: `script_user`, `keepalived_script`, or without script security
   * the daemon's user. keepalived looks it up when the first such script is read; `complain` then gets its complaint.
   */
  hasDefaultUser(complain: (message: string) => void): boolean {
    const { global } = this;
    if (global.defaultUser === undefined) {
      const user = "keepalived_script";
      const missing = global.enableScriptSecurity && this.world?.userExists?.(user, undefined) === false;
      if (missing) complain(`Unable to set default user ${user} for script`);
      global.defaultUser = missing ? "failed" : "set";
    }
    return global.defaultUser === "set";
  }

  /** True when the interface may be used: it exists, may appear later, or nothing is known about the machine. */
  knowsInterface(name: string): boolean {
    if (this.world === undefined || this.global.dynamicInterfaces || this.world.interfaceExists(name))
      return true;
    this.missingInterface = true;
    return false;
  }
}
