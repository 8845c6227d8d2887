/** One ` VRRP Instance = …` of keepalived.data, in the shape of Debian's keepalived 2.2.7; passwords are masked. */

import { type Micros, micros } from "../base/time.js";
import type { TrackEntry } from "../config/config.js";
import type { LoadedInstance } from "../config/loaded-config.js";
import type { RouterReport } from "../engine/snapshot.js";
import { type AddressBase, addressLine, commandText } from "./config-lines.js";
import { type DumpSource, loadedOf } from "./dump-source.js";
import { routeLine, ruleLine } from "./routing-lines.js";
import { timerOf } from "./timer-text.js";
import { dumpTime } from "./wall-clock.js";

/** keepalived's word for a state: it waits for first results in FAULT, in silence. */
export function dumpState(router: RouterReport): "INIT" | "BACKUP" | "MASTER" | "FAULT" {
  const { state, faults } = router;
  return state.name === "INIT" && faults.length > 0 ? "FAULT" : state.name;
}

/** What keepalived would be in if it could. */
export function wantedState(router: RouterReport): "BACKUP" | "MASTER" | "FAULT" {
  const { state } = router;
  if (state.name === "MASTER" || state.name === "FAULT") return state.name;
  return state.name === "INIT" ? router.instance.initialState : "BACKUP";
}

/** The lines below the name, without their indentation of three blanks; members of lists have two more. */
export function instanceLines(router: RouterReport, source: DumpSource): string[] {
  const loaded = loadedOf(router, source.config);
  return [
    ...stateLines(router, source),
    ...networkLines(router, source, loaded),
    ...announcementLines(router),
    ...electionLines(router, loaded),
    ...addressLines(router, loaded),
    ...trackLines(router, source.config),
    ...bfdLines(loaded?.trackBfds ?? []),
    ...notifyLines(source, loaded),
  ];
}

function stateLines(router: RouterReport, { clock, config }: DumpSource): string[] {
  const { instance, state, master, faults, lastTransitionAt } = router;
  const pending = faults.filter(({ fault }) => fault.kind === "scriptPending");
  const deadline = timerOf(router, "masterDown") ?? timerOf(router, "advert");
  const unicast = instance.unicastPeers.length > 0;
  const inVain = !unicast && loadedOf(router, config)?.unicastConfigured === true;
  const follows = state.name === "BACKUP" && master !== undefined && state.heardAt !== undefined;
  return [
    `VRRP Version = ${instance.version}`,
    ...(router.group === undefined ? [] : [`Sync group = ${router.group}`]),
    ...(instance.family === 6 ? ["Using Native IPv6"] : []),
    `State = ${dumpState(router)}`,
    ...(follows ? [`Master router = ${master.address}`, `Master priority = ${master.priority}`] : []),
    ...(follows && instance.version === 3
      ? [`Master advert int = ${(router.masterAdvertInterval / 1_000_000).toFixed(2)} sec`]
      : []),
    isFlagged(instance, loadedOf(router, config)) ? "Flags:" : "Flags: none",
    ...(unicast ? ["  Using unicast"] : []),
    ...(inVain ? ["  Unicast config option specified but using multicast"] : []),
    ...(instance.unicastFaultNoPeer ? ["  If unicast go to fault state if no peers"] : []),
    `Wantstate = ${wantedState(router)}`,
    "Number of config faults = 0",
    `Number of interface and track script faults = ${ownFaults(router)}`,
    `Number of track scripts init = ${pending.length}`,
    `Last transition = ${lastTransitionAt === undefined ? NEVER : dumpTime(clock, lastTransitionAt)}`,
    `Read timeout = ${deadline === undefined ? "DISABLED" : dumpTime(clock, deadline)}`,
    `Master down timer = ${masterDownTimer(router)} usecs`,
  ];
}

/** How many things speak against serving, without first results that are to come and without the other members of a sync group. */
export function ownFaults({ faults }: RouterReport): number {
  return faults.filter(({ fault }) => fault.kind !== "scriptPending" && fault.kind !== "syncGroup").length;
}

/** True when one of the settings is there that keepalived keeps as flags, few of which it names. */
function isFlagged(instance: RouterReport["instance"], loaded: LoadedInstance | undefined): boolean {
  return (
    !instance.preempt ||
    instance.vmac !== undefined ||
    instance.sourceAddress !== undefined ||
    instance.skipCheckAdvAddr ||
    instance.dontTrackPrimary ||
    instance.garpExtraInterfaces.all ||
    (loaded !== undefined &&
      (loaded.unicastConfigured ||
        loaded.unicastSourceSaid ||
        loaded.useVmacAddress ||
        loaded.linkbeatPolling ||
        loaded.promoteSecondaries ||
        loaded.trackSourceAddress))
  );
}

/** The first moment of the calendar, for what has not happened. */
const NEVER = "0.000000 (Thu Jan  1 00:00:00.000000 1970)";

function masterDownTimer({ lastCause, masterDownInterval }: RouterReport): Micros {
  // An address owner that took over at once never had another timer.
  return lastCause?.kind === "addressOwner" ? micros(1) : masterDownInterval;
}

function networkLines(
  { instance, source }: RouterReport,
  { snapshot }: DumpSource,
  loaded: LoadedInstance | undefined,
): string[] {
  const own = snapshot.interfaces.find(({ name }) => name === (instance.vmac ?? instance.interface));
  const scoped = instance.family === 6 && own !== undefined ? `, ifindex ${own.index}` : "";
  const configured = instance.sourceAddress === undefined ? "" : " (from configuration)";
  return [
    ...(instance.vmac === undefined
      ? [`Interface = ${instance.interface ?? "(none)"}`]
      : vmacLines(instance, instance.vmac, snapshot, loaded?.useVmacAddress === true)),
    ...(instance.dontTrackPrimary ? ["VRRP interface tracking disabled"] : []),
    ...(instance.skipCheckAdvAddr ? ["Skip checking advert IP addresses"] : []),
    ...(instance.strict ? ["Enforcing strict VRRP compliance"] : []),
    `Using src_ip = ${source ?? instance.sourceAddress ?? "(none)"}${configured}`,
    ...(instance.unicastPeers.length > 0 ? [] : [`Multicast address ${instance.multicastGroup}${scoped}`]),
    ...(loaded?.vrf === undefined ? [] : [`VRF = ${loaded.vrf}`]),
  ];
}

function vmacLines(
  instance: RouterReport["instance"],
  vmac: string,
  snapshot: DumpSource["snapshot"],
  alsoElsewhere: boolean,
): string[] {
  const made = snapshot.interfaces.find(({ name }) => name === vmac);
  const up = made?.up === true;
  const mac = made?.mac;
  const transmit = instance.transmitOnBase ? ", xmit base i/f" : "";
  return [
    `Use VMAC, i/f name ${vmac}, is_up = ${up}, xmit_base = ${instance.transmitOnBase}`,
    ...(mac === undefined || /^00:00:5e:00:0[12]:/.test(mac) ? [] : [`  MAC = ${mac}`]),
    ...(alsoElsewhere ? ["Use VMAC for VIPs on other interfaces"] : []),
    // It cannot be there before the interface below it is.
    made === undefined
      ? `Interface = ${vmac}`
      : `Interface = ${vmac}, vmac on ${baseOf(instance, vmac) ?? instance.interface ?? "(none)"}${transmit}`,
  ];
}

/** The interface below a VMAC of the instance; undefined for an interface that is none. */
export function baseOf({ virtualInterfaces }: RouterReport["instance"], name: string): string | undefined {
  return virtualInterfaces.find((made) => made.name === name)?.base;
}

/** What is below the interface of an address, and whether the address itself asked for a VMAC. */
export function addressBase(
  { instance }: RouterReport,
  loaded: LoadedInstance | undefined,
  name: string,
): AddressBase | undefined {
  const base = baseOf(instance, name);
  if (base === undefined) return undefined;
  return { base, asked: name !== instance.vmac && loaded?.useVmacAddress !== true };
}

function announcementLines({ instance }: RouterReport): string[] {
  const { garp, garpExtraInterfaces, downTimerAdverts, lowerPrioNoAdvert, higherPrioSendAdvert } = instance;
  const whole = (length: Micros) => Math.trunc(length / 1_000_000);
  return [
    `Gratuitous ARP delay = ${whole(garp.masterDelay)}`,
    `Gratuitous ARP repeat = ${garp.masterRepeat}`,
    `Gratuitous ARP refresh = ${whole(garp.masterRefresh)}`,
    `Gratuitous ARP refresh repeat = ${garp.masterRefreshRepeat}`,
    `Gratuitous ARP lower priority delay = ${whole(garp.lowerPrioDelay)}`,
    `Gratuitous ARP lower priority repeat = ${garp.lowerPrioRepeat}`,
    `Down timer adverts = ${downTimerAdverts}`,
    ...(!announcesElsewhere(instance)
      ? []
      : [
          `Gratuitous ARP for each secondary ${garpExtraInterfaces.all ? "i/f" : "VMAC"} = ${whole(garpExtraInterfaces.interval)}`,
          `Next gratuitous ARP for such secondary = ${NEVER}`,
        ]),
    `Send advert after receive lower priority advert = ${!lowerPrioNoAdvert}`,
    `Send advert after receive higher priority advert = ${higherPrioSendAdvert}`,
  ];
}

/** True when an address is on a VMAC that sends no adverts or, with `all`, on any interface but that of the adverts. */
function announcesElsewhere(instance: RouterReport["instance"]): boolean {
  const { garpExtraInterfaces, virtualAddresses, excludedAddresses, virtualInterfaces } = instance;
  if (garpExtraInterfaces.interval < SECOND) return false;
  const own = instance.vmac ?? instance.interface;
  return [...virtualAddresses, ...excludedAddresses].some(
    ({ interface: name }) =>
      name !== own && (garpExtraInterfaces.all || virtualInterfaces.some((made) => made.name === name)),
  );
}

/** µs. */
const SECOND = 1_000_000;

function electionLines(router: RouterReport, loaded: LoadedInstance | undefined): string[] {
  const { instance, priority } = router;
  const { advertInterval, version, authentication, preempt, preemptDelay } = instance;
  const interval =
    version === 2 ? `${advertInterval / 1_000_000} sec` : `${Math.trunc(advertInterval / 1_000)} milli-sec`;
  return [
    `Virtual Router ID = ${instance.vrid}`,
    `Priority = ${instance.priority}`,
    `Effective priority = ${priority}`,
    `Total priority = ${priority}`,
    `Advert interval = ${interval}`,
    ...masterIntervalLines(router),
    `Accept = ${instance.accept ? "enabled" : "disabled"}`,
    `Preempt = ${preempt ? "enabled" : "disabled"}`,
    ...(preemptDelay > 0 ? [`Preempt delay = ${preemptDelay / 1_000_000} secs`] : []),
    `Promote_secondaries = ${loaded?.promoteSecondaries === true ? "enabled" : "disabled"}`,
    ...(version === 2 ? [`Authentication type = ${AUTHENTICATION[authentication.type]}`] : []),
    ...(authentication.type === "PASS" ? [`Password = ${MASK}`] : []),
    ...(instance.kernelReceiveBuffer === undefined
      ? []
      : [`Kernel rx buffer size = ${instance.kernelReceiveBuffer}`]),
    ...(loaded === undefined || loaded.debug === 0 ? [] : [`Debug level = ${loaded.debug}`]),
  ];
}

/** Only where the MASTER that is followed has another interval. */
function masterIntervalLines({ masterAdvertInterval, instance }: RouterReport): string[] {
  if (masterAdvertInterval === instance.advertInterval) return [];
  return [`Master advert interval = ${Math.trunc(masterAdvertInterval / 1_000)} milli-sec`];
}

const AUTHENTICATION = { none: "none", PASS: "SIMPLE_PASSWORD", AH: "IPSEC_AH" } as const;

/** What stands for a password, as in keepalived 2.4. */
export const MASK = "********";

function addressLines(router: RouterReport, loaded: LoadedInstance | undefined): string[] {
  const { instance, present } = router;
  const { virtualAddresses, excludedAddresses, unicastPeers } = instance;
  // Of IPv6 only what is configured is shown.
  const unicastTtl = instance.unicastTtl ?? (instance.family === 4 ? 255 : undefined);
  const text = (line: (typeof virtualAddresses)[number]) =>
    `  ${addressLine(line, present.includes(line.address), addressBase(router, loaded, line.interface))}`;
  const lines = [`Virtual IP (${virtualAddresses.length}):`, ...virtualAddresses.map(text)];
  if (virtualAddresses.length === 0) lines.length = 0;
  if (excludedAddresses.length > 0) lines.push("Virtual IP Excluded :", ...excludedAddresses.map(text));
  if (unicastPeers.length > 0)
    lines.push(
      ...(unicastTtl === undefined ? [] : [`Unicast TTL = ${unicastTtl}`]),
      `Check unicast src : ${loaded?.unicastSourceSaid === true ? "yes" : "no"}`,
      "Unicast Peer :",
      ...unicastPeers.map(
        ({ address, minTtl = 0, maxTtl = 255 }) => `  ${address} min_ttl ${minTtl} max_ttl ${maxTtl}`,
      ),
      `Unicast checksum compatibility = ${CHECKSUM[instance.oldUnicastChecksum]}`,
    );
  lines.push("fd_in -1, fd_out -1");
  const { virtualRoutes = [], virtualRules = [] } = loaded ?? {};
  if (virtualRoutes.length > 0)
    lines.push("Virtual Routes :", ...virtualRoutes.map((route) => `  ${routeLine(route)}`));
  if (virtualRules.length > 0)
    lines.push("Virtual Rules :", ...virtualRules.map((rule) => `  ${ruleLine(rule)}`));
  return lines;
}

const CHECKSUM = { auto: "no", always: "config", never: "never" } as const;

function trackLines({ instance, group: groupName }: RouterReport, config: DumpSource["config"]): string[] {
  const { trackScripts, trackFiles, trackProcesses } = instance;
  const group = config.syncGroups.find(({ name }) => name === groupName);
  // keepalived shows the weight that it says it uses.
  const weightless = group !== undefined && !group.trackingWeight;
  const trackInterfaces = instance.trackInterfaces.map((track) => ({
    ...track,
    weight: weightless ? 0 : track.weight,
  }));
  const lists: readonly [string, readonly TrackEntry[], string][] = [
    ["interfaces", trackInterfaces, ""],
    ["scripts", trackScripts, ""],
    ["files", trackFiles, ","],
    ["processes", trackProcesses, ","],
  ];
  return lists.flatMap(([what, tracks, comma]) => {
    if (tracks.length === 0) return [];
    return [`Tracked ${what} :`, ...tracks.map((track) => `  ${trackText(track, comma)}`)];
  });
}

/** Sessions that keepalived would watch: their states are nothing that Vigil knows. */
export function bfdLines(tracks: readonly TrackEntry[]): string[] {
  if (tracks.length === 0) return [];
  return ["Tracked BFDs :", ...tracks.map((track) => `  ${trackText(track, ":")}`)];
}

/** `chk weight -20 reverse`, with a comma after the name for files and processes. */
export function trackText({ name, weight, reverse }: TrackEntry, comma: string): string {
  return `${name}${comma} weight ${weight}${reverse ? " reverse" : ""}`;
}

function notifyLines({ ids }: DumpSource, loaded: LoadedInstance | undefined): string[] {
  if (loaded === undefined) return [];
  const { notify, smtpAlert, notifyPriorityChanges } = loaded;
  const { deleted } = notify;
  const scripts = [
    ["Backup", notify.backup],
    ["Master", notify.master],
    ["Fault", notify.fault],
    ["Stop", notify.stop],
    ["Deleted", deleted === "no-script" ? undefined : deleted],
    ["Generic", notify.notify],
    ["Master rx lower pri", notify.masterRxLowerPri],
  ] as const;
  return [
    `Using smtp notification = ${smtpAlert ? "yes" : "no"}`,
    `Notify deleted = ${deleted === undefined ? "Fault" : "Deleted"}`,
    ...scripts.flatMap(([what, command]) =>
      command === undefined
        ? []
        : [`${what} state transition script = ${commandText(command)}, uid:gid ${ids(command)}`],
    ),
    `Notify priority changes = ${notifyPriorityChanges}`,
  ];
}
