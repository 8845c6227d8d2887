/** The rule that makes a virtual router what it is now, and what would change that. */

import { unreachable } from "../base/assert.js";
import type { Micros } from "../base/time.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import type { Fault } from "../vrrp/cause.js";
import type { BackupState } from "../vrrp/states.js";
import { PRIORITY_OWNER } from "../vrrp/timers.js";
import { isSilent } from "./findings.js";
import { faultText } from "./log-lines.js";
import { preemptDelayEnd, timerOf } from "./timer-text.js";
import { between, lengthText, localTime, type WallClock } from "./wall-clock.js";

/** Which rule decides; stable, for programs. */
export type RuleCode =
  | "notStarted"
  | "waitsForFirstResult"
  | "startupDelay"
  | "fault"
  | "followsHigherPriority"
  | "followsEqualPriority"
  | "nopreempt"
  | "preemptDelay"
  | "preempting"
  | "masterResigned"
  | "listening"
  | "heldBackByGroup"
  | "addressOwner"
  | "nobodyOutranks";

/** A rule with what it rests on. */
export interface Decision {
  readonly code: RuleCode;
  /** The end of a sentence that begins with `VI_1 is BACKUP: `. */
  readonly text: string;
  /** What would make it something else. */
  readonly changes: readonly string[];
}

/** Why the router is in the state in which it is. */
export function decisionOf(router: RouterReport, snapshot: EngineSnapshot, clock: WallClock): Decision {
  switch (router.state.name) {
    case "INIT":
      return ofInit(router, snapshot);
    case "FAULT":
      return ofFault(router, clock);
    case "BACKUP":
      return ofBackup(router, router.state, snapshot, clock);
    case "MASTER":
      return ofMaster(router, clock);
    default:
      return unreachable(router.state);
  }
}

function ofInit(router: RouterReport, { checks }: EngineSnapshot): Decision {
  const pending = router.faults.flatMap(({ fault }) =>
    fault.kind === "scriptPending" ? [fault.script] : [],
  );
  if (pending.length === 0)
    return { code: "notStarted", text: "it has not started, or was stopped", changes: [] };
  const isCheck = (name: string) => checks.some(({ config }) => config.name === name);
  const named = pending.map((name) => `${isCheck(name) ? "check" : "script"} ${name}`);
  const scripts = named.join(", ");
  return {
    code: "waitsForFirstResult",
    text: `it waits for the first result of ${scripts}, which has weight 0`,
    changes: [
      `the first success of ${scripts}: it goes on as BACKUP`,
      `the first failure or timeout of ${scripts}: FAULT`,
    ],
  };
}

function ofFault(router: RouterReport, clock: WallClock): Decision {
  const faults = router.faults.map(
    ({ fault, since }) => `${faultText(fault)} (since ${localTime(clock, since)})`,
  );
  return {
    code: "fault",
    text: faults.join("; ") || "a fault that has just passed",
    changes: [
      ...router.faults.map(({ fault }) => remedyOf(fault)),
      "with no fault left it becomes BACKUP and listens first",
    ],
  };
}

/** What ends a fault. */
function remedyOf(fault: Fault): string {
  switch (fault.kind) {
    case "interfaceMissing":
      return `interface ${fault.interface} appears`;
    case "interfaceDown":
    case "trackedInterfaceDown":
      return `the link of ${fault.interface} comes up: cable, switch port, ip link set ${fault.interface} up`;
    case "noAddress":
      return `${fault.interface} gets an address of its own`;
    case "interfaceEnslaved":
      return `${fault.interface} leaves ${fault.master}, or interface is changed to ${fault.master}`;
    case "noSourceAddress":
      return `${fault.address} is usable ${fault.interface === undefined ? "on this host" : `on ${fault.interface}`}, or ${fault.keyword} is changed`;
    case "onlyVirtualAddress":
      return `${fault.interface} gets an address of its own beside ${fault.address}; or priority 255, if this host is the owner of ${fault.address}`;
    case "addressContested":
      return `a pause of growing length ends; find what removes ${fault.address} from ${fault.interface}`;
    case "scriptFailed":
      return `script ${fault.script} succeeds as often as its rise says`;
    case "scriptPending":
      return `script ${fault.script} gives its first result`;
    case "checkFailed":
      return `check ${fault.check} succeeds as often as its rise says`;
    case "syncGroup":
      return `no other member of sync group ${fault.group} is in FAULT`;
    case "drained":
      return "vigil undrain";
    case "cannotSend":
      return "an advert leaves: it sends one of priority 1 now and then to find out";
    case "noUnicastPeer":
      return "unicast_peer gets at least one line";
    default:
      return `this passes: ${faultText(fault)}`;
  }
}

function ofBackup(
  router: RouterReport,
  state: BackupState,
  snapshot: EngineSnapshot,
  clock: WallClock,
): Decision {
  const left = lengthText(between(clock.at, takesOverAt(router, clock)));
  if (snapshot.deafUntil !== undefined && clock.at < snapshot.deafUntil)
    return {
      code: "startupDelay",
      text: `it does not listen yet, because of vrrp_startup_delay (${left} until it may take over)`,
      changes: ["the delay ends"],
    };
  if (state.wantsMaster) return heldBack(router, snapshot);
  if (state.priorityZeroFrom !== undefined)
    return {
      code: "masterResigned",
      text: `${state.priorityZeroFrom} resigned with priority 0; it takes over in ${left}`,
      changes: ["an advert of a router with at least its priority"],
    };
  const { master, priority } = router;
  if (state.heardAt === undefined || master === undefined) return listening(router, left, clock);
  return following(router, master.address, master.priority - priority, clock);
}

function listening(router: RouterReport, left: string, clock: WallClock): Decision {
  const lower = router.heard.find(
    (sender) => sender.advert !== undefined && !isSilent(sender, clock.at) && sender.resignedAt === undefined,
  );
  if (lower?.advert !== undefined && lower.advert.priority < router.priority)
    return {
      code: "preempting",
      text: `the MASTER ${lower.address} has the lower priority ${lower.advert.priority} (ours ${router.priority}); it takes over in ${left}`,
      changes: [`an advert with at least priority ${router.priority}`],
    };
  return {
    code: "listening",
    text: `it listens whether there is a MASTER: no advert that counts was heard yet; it takes over in ${left}`,
    changes: [`an advert with at least priority ${router.priority}: it stays BACKUP`],
  };
}

/** When a BACKUP takes over. */
function takesOverAt(router: RouterReport, clock: WallClock): Micros {
  return timerOf(router, "masterDown") ?? clock.at;
}

function following(router: RouterReport, from: string, above: number, clock: WallClock): Decision {
  const { instance, priority } = router;
  const theirs = priority + above;
  const silence = `${from} is silent for ${lengthText(router.masterDownInterval)}`;
  const leaves = [`${from} resigns (it is stopped or drained)`, silence];
  const ours = `(ours ${priority})`;
  if (above > 0)
    return {
      code: "followsHigherPriority",
      text: `${from} is MASTER with the higher priority ${theirs} ${ours}`,
      changes: [...leaves, instance.preempt ? `a priority above ${theirs} here` : NOT_BY_PRIORITY],
    };
  if (above === 0)
    return {
      code: "followsEqualPriority",
      text: `${from} is MASTER with the same priority ${theirs}; a BACKUP follows an equal`,
      changes: [...leaves, instance.preempt ? `a priority above ${theirs} here` : NOT_BY_PRIORITY],
    };
  if (!instance.preempt)
    return {
      code: "nopreempt",
      text: `nopreempt is set, and ${from} is MASTER, although with the lower priority ${theirs} ${ours}`,
      changes: [...leaves, "nopreempt is removed from the configuration"],
    };
  const delayEnd = preemptDelayEnd(router);
  if (delayEnd !== undefined && clock.at < delayEnd)
    return {
      code: "preemptDelay",
      text: `preempt_delay runs for another ${lengthText(between(clock.at, delayEnd))}; until then it follows ${from} with the lower priority ${theirs} ${ours}`,
      changes: [...leaves, "the delay ends"],
    };
  return {
    code: "preempting",
    text: `the MASTER ${from} has the lower priority ${theirs} ${ours}; it takes over in ${lengthText(between(clock.at, takesOverAt(router, clock)))}`,
    changes: [`an advert with at least priority ${priority}`],
  };
}

const NOT_BY_PRIORITY = "not by a higher priority here: nopreempt is set";

function heldBack(router: RouterReport, snapshot: EngineSnapshot): Decision {
  const group = snapshot.groups.find(({ name }) => name === router.group);
  const others = snapshot.routers.filter(
    (other) => other !== router && group?.members.includes(other.instance.name) === true,
  );
  const holding = others.filter(({ state }) => !(state.name === "BACKUP" && state.wantsMaster));
  const names = holding.map(({ instance, state }) => `${instance.name} (${state.name})`).join(", ");
  return {
    code: "heldBackByGroup",
    text: `it would take over, but sync group ${router.group ?? ""} moves only together, and ${names || "another member"} does not`,
    changes: [`${names || "the other members"} may become MASTER too`],
  };
}

function ofMaster(router: RouterReport, clock: WallClock): Decision {
  const { priority, source, instance, heard } = router;
  const yields = `an advert with a priority above ${priority}, or with the same and an address above ${source ?? "ours"}`;
  const { trackInterfaces, trackScripts, trackChecks, trackFiles, trackProcesses } = instance;
  const blocking = [
    ...trackInterfaces,
    ...trackScripts,
    ...trackChecks,
    ...trackFiles,
    ...trackProcesses,
  ].filter(({ weight }) => weight === 0);
  const link =
    instance.interface === undefined ? [] : [`the link or the address of ${instance.interface} is lost`];
  const faults = blocking.map(({ name, reverse }) => `${name} ${reverse ? "is well" : "fails"}`);
  const changes = [yields, ...link, ...faults, "this daemon is stopped"];
  if (priority === PRIORITY_OWNER)
    return { code: "addressOwner", text: "priority 255 makes it the owner of the addresses", changes };
  const rivals = heard.filter((sender) => !isSilent(sender, clock.at) && sender.resignedAt === undefined);
  const what =
    rivals.length === 0
      ? `no advert of another router counts${lastHeard(heard, clock.at)}`
      : `it outranks ${rivals.map(({ address, advert }) => `${address} with priority ${advert?.priority}`).join(", ")}`;
  const kept = router.fitness?.keptSince !== undefined;
  const why = kept ? "; a check fails, and the addresses are kept because nobody fit is known" : "";
  const better = kept ? ["another node says that it is fit, and takes over"] : [];
  return {
    code: "nobodyOutranks",
    text: `${what} (own priority ${priority})${why}`,
    changes: [...better, ...changes],
  };
}

function lastHeard(heard: RouterReport["heard"], now: Micros): string {
  const times = heard.flatMap(({ advert }) => (advert === undefined ? [] : [advert.at]));
  if (times.length === 0) return ", none was ever accepted";
  return `, the last one came ${lengthText(between(Math.max(...times) as Micros, now))} ago`;
}
