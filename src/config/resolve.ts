/** From what was written to what it means: defaults, references between blocks, and what keepalived checks at the end. */

import type { FirewallSettings } from "../base/firewall.js";
import type { LinkbeatInterface, StaticAddress, VrrpScript } from "./config.js";
import type {
  AddressDraft,
  ConfigDraft,
  GlobalDraft,
  InstanceDraft,
  ScriptDraft,
  SyncGroupDraft,
} from "./draft.js";
import type { LoadedConfig, LoadedGlobalDefs, LoadedInstance, LoadedSyncGroup } from "./loaded-config.js";
import { attachChecks } from "./resolve-attached-checks.js";
import { resolveChecks } from "./resolve-checks.js";
import { findVridConflicts } from "./resolve-conflicts.js";
import { resolveDefaults } from "./resolve-defaults.js";
import { resolveEngineThread } from "./resolve-engine-thread.js";
import { finding } from "./resolve-finding.js";
import { resolveInstance } from "./resolve-instance.js";
import { resolveInterfaceDelays } from "./resolve-interface-delays.js";
import { checkVirtualServers } from "./resolve-lvs.js";
import { checkScripts, checkScriptsOfCheckers } from "./resolve-scripts.js";
import { trackEntries } from "./resolve-trackers.js";

/** The configuration of a draft; findings go to the draft's reporter. */
export function resolve(root: ConfigDraft): LoadedConfig {
  checkVirtualServers(root);
  checkScriptsOfCheckers(root);
  if (root.missingInterface) {
    const message = "Non-existent interface specified in configuration";
    finding(
      root,
      "refused",
      "ERR_CONFIG_MISSING_INTERFACE",
      message,
      undefined,
      "or write dynamic_interfaces in global_defs",
    );
    // keepalived looks no further.
    root.vrrpGivenUp = true;
  }
  const usable = checkScripts(root);
  joinSyncGroups(root);
  attachChecks(root);
  const instances = root.instances.items
    .map((draft) => resolveInstance(draft, root))
    .filter((instance) => instance !== undefined);
  findVridConflicts(root, instances);
  const syncGroups = root.syncGroups.items
    .filter((group) => (group.members ?? []).length > 0)
    .map((group) => resolveGroup(group, root));
  const used = trackedScripts(usable, instances, syncGroups);
  for (const script of usable) {
    // keepalived says so when it starts, not in its test, which it does not fail.
    if (used.has(script.name) || root.instances.items.length === 0) continue;
    finding(
      root,
      "note",
      "ERR_CONFIG_UNUSED_SCRIPT",
      `Warning - script ${script.name} is not used`,
      script.place,
    );
  }
  noteUnused(root);
  return {
    global: resolveGlobal(root),
    scripts: usable.filter((script) => used.has(script.name)).map(resolveScript),
    checks: resolveChecks(root, used),
    instances,
    syncGroups,
    trackFiles: root.trackFiles.items,
    trackProcesses: root.trackProcesses.items,
    trackGroups: root.trackGroups.items,
    staticAddresses: root.staticAddresses.map((draft) => resolveStaticAddress(draft, root)),
    staticRoutes: root.staticRoutes,
    staticRules: root.staticRules,
    garpGroups: root.garpGroups,
    interfaceDelays: resolveInterfaceDelays(root, instances),
    linkbeat: {
      all: root.global.other.has("linkbeat_use_polling"),
      interfaces: polledInterfaces(root, instances),
    },
    unused: root.unused.map(({ keyword, arguments: words }) => ({ keyword, arguments: words })),
  };
}

/** Names of the scripts that still matter to anybody. */
function trackedScripts(
  scripts: readonly ScriptDraft[],
  instances: readonly LoadedInstance[],
  groups: readonly LoadedSyncGroup[],
): ReadonlySet<string> {
  const tracked = new Set(
    [...instances, ...groups].flatMap(({ trackScripts }) => trackScripts.map(({ name }) => name)),
  );
  return new Set(scripts.map(({ name }) => name).filter((name) => tracked.has(name)));
}

/** Those of `linkbeat_interfaces`, and those of instances that ask for it themselves. */
function polledInterfaces(root: ConfigDraft, instances: readonly LoadedInstance[]): LinkbeatInterface[] {
  const named = new Set(root.linkbeatInterfaces.map((line) => line.interface));
  const more = instances.flatMap((instance) => (instance.linkbeatPolling ? (instance.interface ?? []) : []));
  return [
    ...root.linkbeatInterfaces,
    ...[...new Set(more)].filter((name) => !named.has(name)).map((name) => ({ interface: name })),
  ];
}

function resolveScript(script: ScriptDraft): VrrpScript {
  return {
    name: script.name,
    command: { argv: script.argv ?? [], ...script.user },
    interval: script.interval,
    timeout: script.timeout ?? script.interval,
    weight: script.weight,
    reverse: script.reverse,
    rise: script.rise,
    fall: script.fall,
    initFail: script.initFail,
  };
}

/** Ties instances to their groups; members that are missing or taken are reported and left out. */
function joinSyncGroups(root: ConfigDraft): void {
  const code = "ERR_CONFIG_SYNC_GROUP";
  for (const group of root.syncGroups) {
    const members: {
      instance: InstanceDraft;
      member: { name: string; place: NonNullable<SyncGroupDraft["place"]> };
    }[] = [];
    for (const member of group.members ?? []) {
      const instance = root.instances.get(member.name);
      if (instance === undefined) {
        const message = `Virtual router ${member.name} specified in sync group ${group.name} doesn't exist - ignoring`;
        finding(root, "complaint", code, message, member.place);
      } else if (instance.syncGroup !== undefined) {
        const message = `Virtual router ${member.name} cannot exist in more than one sync group; ignoring ${group.name}`;
        finding(root, "complaint", code, message, member.place);
      } else {
        instance.syncGroup = group.name;
        members.push({ instance, member });
      }
    }
    group.members = members.map(({ member }) => member);
    if (members.length === 0) {
      const message = `Sync group ${group.name}, no matching virtual router found in group declaration - removing`;
      finding(root, "complaint", code, message, group.place);
      continue;
    }
    if (members.length === 1) {
      const message = `Sync group ${group.name} has only 1 virtual router(s) - this probably isn't what you want`;
      finding(root, "complaint", code, message, group.placeOf("group"));
    }
    const owners = members.filter(({ instance }) => isOwner(instance)).length;
    if (owners > 0 && owners < members.length) {
      const message = `Sync group ${group.name} has some member(s) as address owner and some not as address owner. This won't work.`;
      finding(root, "complaint", code, message, group.placeOf("group"));
    }
  }
}

function isOwner(instance: InstanceDraft): boolean {
  return (instance.priority ?? (instance.state === "MASTER" ? 255 : 100)) === 255;
}

function resolveGroup(group: SyncGroupDraft, root: ConfigDraft): LoadedSyncGroup {
  const members = (group.members ?? []).map((member) => member.name);
  const owner = members.some((member) => {
    const instance = root.instances.get(member);
    return instance !== undefined && isOwner(instance);
  });
  const { global } = root;
  return {
    name: group.name,
    members,
    ...trackEntries(group.trackers, (kind, tracker) => {
      if (!owner || tracker.weight === 0) return tracker.weight;
      const end = kind === "script" || kind === "interface" ? "clearing weight" : "setting weight 0";
      const message = `(${group.name}) Cannot have weighted track ${kind} '${tracker.name}' with member having priority 255 - ${end}`;
      finding(root, "complaint", "ERR_CONFIG_TRACKER", message, tracker.place);
      return 0;
    }),
    trackingWeight: group.trackingWeight,
    notify: Object.fromEntries(group.notify),
    notifyPriorityChanges: group.notifyPriorityChanges,
    smtpAlert: group.smtpAlert ?? global.smtpAlertVrrp ?? global.smtpAlert ?? false,
  };
}

function resolveGlobal({ global }: ConfigDraft): LoadedGlobalDefs {
  return {
    routerId: global.routerId,
    enableScriptSecurity: global.enableScriptSecurity,
    scriptUser: global.scriptUser,
    vrrpVersion: global.vrrpVersion,
    garpInterval: global.garpInterval,
    gnaInterval: global.gnaInterval,
    dynamicInterfaces: global.dynamicInterfaces,
    startupDelay: global.startupDelay,
    firewall: resolveFirewall(global),
    delayAfterBoot: global.delayAfterBoot,
    resetConnections: global.resetConnections,
    peerKey: global.peerKey,
    engineThread: resolveEngineThread(global),
    dynamicInterfacesAllowChanges: global.dynamicInterfacesAllowChanges,
    defaultInterface: global.defaultInterface,
    useSymlinkPaths: global.useSymlinkPaths,
    vmacPrefix: global.vmacPrefix,
    logUnknownVrids: global.logUnknownVrids,
    notifyFifos: [...global.fifos].flatMap(([scope, { path, ...rest }]) =>
      path === undefined ? [] : [{ scope, path, ...rest }],
    ),
    notifyPriorityChanges: global.notifyPriorityChanges,
    fifoStatesOnReload: global.fifoStatesOnReload,
    startupScript: global.startupScript && { command: global.startupScript, timeout: global.startupTimeout },
    shutdownScript: global.shutdownScript && {
      command: global.shutdownScript,
      timeout: global.shutdownTimeout,
    },
    mail: {
      from: global.mailFrom,
      to: global.mailTo,
      server: global.mailServer,
      connectTimeout: global.mailTimeout,
      heloName: global.mailHelo,
      noFaults: global.mailNoFaults,
    },
    process: {
      netNamespace: global.netNamespace,
      instanceName: global.instanceName,
      usePidDirectory: global.usePidDirectory,
      umask: global.umask,
      reloadCheckConfig: global.reloadCheckConfig,
      stateDumpFile: global.stateDumpFile,
      dataUseInstance: global.dataUseInstance,
      jsonVersion: global.jsonVersion,
    },
    instanceDefaults: resolveDefaults(global),
    other: Object.fromEntries(global.other),
  };
}

function resolveFirewall({ other }: GlobalDraft): FirewallSettings {
  const words = [...other.keys()];
  const table = other.get("nftables");
  const priority = other.get("nftables_priority")?.[0];
  // keepalived sets the default priority when it reads `nftables`.
  const reset = table !== undefined && words.indexOf("nftables") > words.indexOf("nftables_priority");
  return {
    table: table?.[0] ?? "keepalived",
    priority: priority === undefined || reset ? -1 : Number(priority),
    counters: other.has("nftables_counters"),
    configured: table !== undefined,
  };
}

function resolveStaticAddress(draft: AddressDraft, root: ConfigDraft): StaticAddress {
  const { text: _text, place: _place, useVmac: _useVmac, trackGroup, ...address } = draft;
  return {
    ...address,
    interface: draft.interface ?? root.global.defaultInterface,
    ...(trackGroup === undefined ? {} : { trackGroup }),
  };
}

/** One note for each kind of block that is not run. */
function noteUnused(root: ConfigDraft): void {
  const noted = new Set<string>();
  for (const { keyword, place } of root.unused) {
    if (noted.has(keyword)) continue;
    noted.add(keyword);
    const message = `${keyword} blocks are read but not run: only VRRP runs here`;
    root.reporter.note("ERR_CONFIG_NOT_RUN", message, place);
  }
}
