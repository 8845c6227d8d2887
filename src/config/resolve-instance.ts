/** One vrrp_instance: its defaults, and the combinations that keepalived changes or refuses. */

import type { Family } from "../base/ip-address.js";
import { hostPrefixLength, ipAddress, isLinkLocal } from "../base/ip-address.js";
import { type Micros, micros } from "../base/time.js";
import type { AddressDraft, ConfigDraft, InstanceDraft, SyncGroupDraft } from "./draft.js";
import type { LoadedInstance } from "./loaded-config.js";
import { resolveAdvertInterval, resolveAnnouncements } from "./resolve-announcements.js";
import { resolveAuthentication, resolveHmac } from "./resolve-authentication.js";
import { noteGroupAtRisk, noteOwnAddresses } from "./resolve-host-state.js";
import { InstanceFindings } from "./resolve-instance-findings.js";
import { trackEntries } from "./resolve-trackers.js";
import { resolveVmac, VirtualInterfaces } from "./resolve-virtual-interfaces.js";

/** Addresses that fit the count field of an advert. */
const MAX_ADDRESSES = 255;

/** keepalived's default MTU, for counting what fits into a packet. */
const DEFAULT_MTU = 1_500;

/** What later steps need to know of an instance. */
export interface InstanceBasics {
  readonly draft: InstanceDraft;
  readonly strict: boolean;
  readonly family: Family;
  readonly version: 2 | 3;
  readonly priority: number;
}

/** The instance, or undefined after a refusal. */
export function resolveInstance(draft: InstanceDraft, root: ConfigDraft): LoadedInstance | undefined {
  const findings = new InstanceFindings(draft, root);
  if (draft.vrid === undefined) {
    findings.refuse("the virtual router id must be set", ["vrrp_instance"], "virtual_router_id 1..255");
    return undefined;
  }
  if (draft.interface === undefined && !draft.unicastConfigured) {
    findings.refuse("Unknown interface!", ["interface"], "interface NAME");
    return undefined;
  }
  const strict = draft.strict ?? root.global.strict;
  const basics = resolveBasics(draft, root, findings, strict);
  let state = resolveState(basics, findings);
  const authentication = resolveAuthentication(basics, state, findings);
  state = authentication.state;
  const authHmac = resolveHmac(basics, authentication.authentication, findings);
  const unicast = resolveUnicast(basics, root, findings);
  noteOwnAddresses(draft, root.world, findings);
  noteGroupAtRisk(draft, root, findings);
  const addresses = resolveAddresses(basics, root, findings, authentication.authentication.type === "AH");
  checkAddresses(basics, unicast, findings);
  const preemption = resolvePreemption(basics, state, findings);
  const tracking = resolveTracking(basics, root, findings);
  const notLookedAt = [...draft.notLookedAt, ...bfdsInVain(tracking.trackBfds), ...groupBfds(draft, root)];
  return {
    name: draft.name,
    version: basics.version,
    family: basics.family,
    interface: draft.interface,
    vrid: draft.vrid,
    priority: basics.priority,
    initialState: state,
    advertInterval: resolveAdvertInterval(basics, findings),
    sourceAddress: draft.sourceAddress,
    multicastGroup: resolveMulticast(basics, root, unicast, findings),
    unicastPeers: [...draft.peers.values()],
    unicastTtl: draft.unicastTtl,
    checkUnicastSource: draft.checkUnicastSource || root.global.checkUnicastSource,
    authentication: authHmac === undefined ? authentication.authentication : { type: "none" },
    ...preemption,
    ...addresses,
    ...resolveAnnouncements(basics, root, findings),
    skipCheckAdvAddr: draft.skipCheckAdvAddr,
    addressLifetimes: root.global.addressLifetimes,
    addressLease: root.global.addressLease,
    ownerIgnoreAdverts: resolveOwner(basics, root, findings),
    v3ChecksumAsV2: draft.v3ChecksumAsV2,
    strict,
    dontTrackPrimary: draft.dontTrackPrimary,
    ...(notLookedAt.length > 0 ? { notLookedAt } : {}),
    unicastFaultNoPeer: draft.unicastFaultNoPeer,
    ...tracking,
    notify: {
      ...Object.fromEntries(draft.notify),
      ...(draft.deleted === undefined ? {} : { deleted: draft.deleted }),
    },
    accept: resolveAccept(basics, findings),
    trackSourceAddress: draft.trackSourceAddress && draft.sourceAddress !== undefined,
    virtualRoutes: draft.routes,
    virtualRules: draft.rules,
    ...resolveVmac(basics, findings),
    smtpAlert: draft.smtpAlert ?? root.global.smtpAlertVrrp ?? root.global.smtpAlert ?? false,
    notifyPriorityChanges:
      draft.notifyPriorityChanges ??
      groupOf(draft, root)?.notifyPriorityChanges ??
      root.global.notifyPriorityChanges,
    authHmac,
    vrf: draft.vrf,
    kernelReceiveBuffer: draft.kernelReceiveBuffer,
    oldUnicastChecksum: draft.oldUnicastChecksum,
    unicastConfigured: draft.unicastConfigured,
    linkbeatPolling: draft.linkbeatPolling,
    unicastSourceSaid: draft.checkUnicastSource,
    useVmacAddress: draft.vmacForOtherAddresses,
    debug: draft.debug,
    syncGroup: draft.syncGroup,
  };
}

/** No BFD session is run. */
function bfdsInVain(entries: readonly { readonly name: string }[]): string[] {
  return entries.map(({ name }) => `track_bfd ${name}: it counts as up, as no BFD session is run`);
}

function groupBfds(draft: InstanceDraft, root: ConfigDraft): string[] {
  const group = groupOf(draft, root);
  return group === undefined ? [] : bfdsInVain([...group.trackers.bfds]);
}

function groupOf(draft: InstanceDraft, root: ConfigDraft): SyncGroupDraft | undefined {
  return draft.syncGroup === undefined ? undefined : root.syncGroups.get(draft.syncGroup);
}

function resolveBasics(
  draft: InstanceDraft,
  root: ConfigDraft,
  findings: InstanceFindings,
  strict: boolean,
): InstanceBasics {
  const family = draft.family ?? 4;
  let version = draft.version ?? (family === 6 ? 3 : root.global.vrrpVersion);
  if (family === 6 && version === 2 && strict) {
    findings.complain("cannot use IPv6 with VRRP version 2; setting version 3", ["version"]);
    version = 3;
  }
  const priority = draft.priority ?? (draft.state === "MASTER" ? 255 : 100);
  return { draft, strict, family, version, priority };
}

function resolveState(
  { draft, strict, priority }: InstanceBasics,
  findings: InstanceFindings,
): "MASTER" | "BACKUP" {
  const owner = priority === 255 ? "MASTER" : "BACKUP";
  if (draft.state === undefined) return owner;
  if (!strict || draft.state === owner) return draft.state;
  findings.complain("State MASTER must match being address owner", ["state", "priority"]);
  return owner;
}

function resolveUnicast(
  { draft, strict, family }: InstanceBasics,
  root: ConfigDraft,
  findings: InstanceFindings,
): boolean {
  const unicast = draft.unicastConfigured && draft.peers.size > 0;
  if (draft.unicastConfigured && !unicast) {
    const places = ["unicast_src_ip", "unicast_peer", "check_unicast_src", "old_unicast_checksum"];
    if (draft.unicastFaultNoPeer) {
      findings.note("Cannot use unicast without any peers - going to fault state", places);
    } else {
      findings.complain(
        "A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration.",
        places,
        "add unicast_peer, or remove the unicast keywords",
      );
    }
  }
  if (
    strict &&
    unicast &&
    draft.interface !== undefined &&
    root.world?.isMulticast?.(draft.interface) === true
  ) {
    findings.refuse("Unicast peers are not supported in strict mode", ["unicast_peer"]);
  }
  if (draft.interface === undefined) {
    if (draft.sourceAddress === undefined) {
      findings.refuse(
        "Unicast instances must have unicast_src_ip or interface",
        ["unicast_peer"],
        undefined,
        ":",
      );
    } else if (family === 6 && isLinkLocal(draft.sourceAddress)) {
      findings.refuse("Non link-local address required if interface omitted", ["unicast_src_ip"]);
    }
  }
  if (draft.vrf !== undefined && (draft.interface !== undefined || !unicast)) {
    const what = draft.interface !== undefined ? "out interface" : " unicast";
    findings.complain(`vrf can only be specified with${what} - clearing`, ["vrf"]);
    draft.vrf = undefined;
  }
  return unicast;
}

function resolveMulticast(
  { draft, family }: InstanceBasics,
  root: ConfigDraft,
  unicast: boolean,
  findings: InstanceFindings,
) {
  if (unicast && draft.multicastGroup !== undefined) {
    findings.complain("multicast destination specified with unicast - ignoring", ["mcast_dst_ip"]);
  }
  const global =
    family === 4
      ? (root.global.multicastGroup4 ?? ipAddress("224.0.0.18"))
      : (root.global.multicastGroup6 ?? ipAddress("ff02::12"));
  return unicast ? global : (draft.multicastGroup ?? global);
}

/** VIPs that do not fit a packet become excluded addresses. */
function resolveAddresses(
  basics: InstanceBasics,
  root: ConfigDraft,
  findings: InstanceFindings,
  ah: boolean,
) {
  const { draft, family, version } = basics;
  const header =
    family === 6 ? 14 + 40 + 8 : 14 + 20 + 8 + (version === 2 ? 8 : 0) + (version === 2 && ah ? 24 : 0);
  const fit = Math.min(MAX_ADDRESSES, Math.floor((DEFAULT_MTU - header) / (hostPrefixLength(family) / 8)));
  const count = draft.addresses.length;
  if (count > fit) {
    findings.complain(
      `Number of VIPs (${count}) exceeds maximum/space available in packet (max ${fit} addresses) - excess moved to eVIPs`,
      ["virtual_ipaddress"],
      "put what need not be in adverts into virtual_ipaddress_excluded",
    );
  }
  const places = new VirtualInterfaces(basics, root);
  const place = (address: AddressDraft) => places.place(address);
  return {
    virtualAddresses: draft.addresses.slice(0, fit).map(place),
    excludedAddresses: [...draft.excluded, ...draft.addresses.slice(fit)].map(place),
    vmac: places.main?.name,
    virtualInterfaces: places.all,
  };
}

function checkAddresses(
  { draft, strict, family, version }: InstanceBasics,
  unicast: boolean,
  findings: InstanceFindings,
): void {
  const first = draft.addresses[0];
  if (family === 6 && !unicast && first !== undefined && !isLinkLocal(first.address)) {
    const word = strict ? "must" : "should";
    const message = `the first IPv6 VIP address ${word} be link local`;
    if (strict) findings.complain(message, ["virtual_ipaddress"]);
    else findings.note(message, ["virtual_ipaddress"]);
  }
  if (draft.noVirtualAddress && strict) {
    findings.complain("no_virtual_ipaddress and strict mode incompatible, clearing no_virtual_ipaddress", [
      "no_virtual_ipaddress",
    ]);
    draft.noVirtualAddress = false;
  }
  if (first !== undefined || draft.noVirtualAddress) return;
  const places = ["virtual_ipaddress"];
  if (version === 3 || strict)
    findings.refuse("No VIP specified; at least one is required", places, "virtual_ipaddress { … }");
  else findings.complain("No VIP specified; at least one is sensible", places, "virtual_ipaddress { … }");
}

function resolvePreemption(
  { draft, strict, priority }: InstanceBasics,
  state: "MASTER" | "BACKUP",
  findings: InstanceFindings,
): {
  preempt: boolean;
  preemptDelay: Micros;
  downTimerAdverts: number;
  timerExpiredBackup: number | undefined;
} {
  let { nopreempt, preemptDelay, downTimerAdverts, timerExpiredBackup } = draft;
  if (priority === 255 && nopreempt) {
    findings.complain("nopreempt is incompatible with priority 255. resetting nopreempt", ["nopreempt"]);
    nopreempt = false;
  }
  if (state === "MASTER" && nopreempt) {
    findings.complain(
      "Warning - nopreempt will not work with initial state MASTER - clearing",
      ["nopreempt"],
      "write state BACKUP on every router",
    );
    nopreempt = false;
  }
  if (state === "MASTER" && preemptDelay > 0) {
    findings.complain(
      "Warning - preempt delay will not work with initial state MASTER - clearing",
      ["preempt_delay"],
      "write state BACKUP on every router",
    );
    preemptDelay = micros(0);
  }
  if (preemptDelay > 0 && (strict || nopreempt)) {
    const reason = strict ? "strict mode" : "nopreempt mode";
    findings.complain(`preempt_delay is incompatible with ${reason} - resetting`, ["preempt_delay"]);
    preemptDelay = micros(0);
  }
  if (strict && downTimerAdverts !== 3) {
    findings.complain("down_timer_adverts is incompatible with strict mode - resetting", [
      "down_timer_adverts",
    ]);
    downTimerAdverts = 3;
  }
  if (!nopreempt && timerExpiredBackup !== undefined) {
    findings.complain(
      "expired_timer_backup requires nopreempt - resetting",
      ["timer_expired_backup"],
      "nopreempt",
    );
    timerExpiredBackup = undefined;
  }
  return { preempt: !nopreempt, preemptDelay, downTimerAdverts, timerExpiredBackup };
}

function resolveAccept(
  { draft, strict, priority, version }: InstanceBasics,
  findings: InstanceFindings,
): boolean {
  const owner = priority === 255;
  if (draft.accept === undefined) return owner || !strict;
  if (draft.accept && !owner && strict && version === 2) {
    findings.complain("warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting", [
      "accept",
    ]);
    return false;
  }
  return draft.accept;
}

function resolveOwner(
  { draft, strict, priority }: InstanceBasics,
  root: ConfigDraft,
  findings: InstanceFindings,
): boolean {
  const owner = priority === 255;
  if (draft.ownerIgnoreAdverts === undefined) return owner && (strict || root.global.ownerIgnoreAdverts);
  if (draft.ownerIgnoreAdverts && !owner) {
    findings.complain("ignoring owner_ignore_adverts since priority is not 255", ["owner_ignore_adverts"]);
    return false;
  }
  if (owner && strict && !draft.ownerIgnoreAdverts) {
    findings.complain("strict_mode with priority 255 requires owner_ignore_adverts", [
      "owner_ignore_adverts",
    ]);
    return true;
  }
  return draft.ownerIgnoreAdverts;
}

function resolveTracking({ draft, priority }: InstanceBasics, root: ConfigDraft, findings: InstanceFindings) {
  const group = groupOf(draft, root);
  const noWeights = group !== undefined && !group.trackingWeight;
  const owner = priority === 255;
  return trackEntries(draft.trackers, (kind, { name, weight }) => {
    const places = [`track_${kind}`];
    if (kind === "interface" && name === draft.interface) {
      findings.complain(
        `Ignoring track_interface ${name} since own interface`,
        places,
        "it is tracked anyway",
      );
      return undefined;
    }
    if (weight === 0 || kind === "process" || !(noWeights || owner)) return weight;
    const reason = noWeights ? "SYNC group" : kind === "interface" ? "address owner" : "address_owner";
    const because = noWeights ? `${draft.name} is in sync group ${group.name}` : "priority 255 is fixed";
    const inVain = (what: string) => draft.notLookedAt.push(`track_${kind} ${name}: ${what}, as ${because}`);
    if (kind === "interface") {
      findings.complain(
        `ignoring ${name} tracked interface ${noWeights ? "weight " : ""}due to ${reason}`,
        places,
        noWeights ? "keepalived says so, but the weight counts in the election, there and here" : undefined,
      );
      // keepalived says so, and adds it all the same.
      if (noWeights) return weight;
      inVain("it is not looked at");
      return undefined;
    }
    if (kind === "file" && weight === 1) {
      findings.complain(
        `ignoring weight from tracked file ${name} due to ${reason}. specify weight 0`,
        places,
      );
      inVain("its weight does not count, a FAULT does");
      return 0;
    }
    inVain("it is not looked at, because it has a weight");
    const weights = kind === "script" ? "weights" : `weight ${weight}`;
    findings.complain(
      `ignoring tracked ${kind} ${name} with ${weights} due to ${reason}`,
      places,
      noWeights ? "track it in the group, or write sync_group_tracking_weight there" : undefined,
    );
    return undefined;
  });
}
