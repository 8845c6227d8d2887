/**
 * What an operator sees of the daemon at one moment: plain JSON, as the control API gives it. `vigil status` and
 * `vigil explain` are renderings of this.
 */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import type { RouterStateName } from "../vrrp/events.js";
import { decisionOf, type RuleCode } from "./decision.js";
import { type Finding, findingsOf } from "./findings.js";
import { type Input, inputsOf } from "./inputs.js";
import { causeText, faultText } from "./log-lines.js";
import { type NodeState, nodeSentence, nodeStateOf } from "./node-state.js";
import { type Tracked, trackedBy } from "./tracked.js";
import { isoTime, localTime, type WallClock } from "./wall-clock.js";

/** Something with a date. */
interface Dated {
  /** ISO 8601, UTC. */
  readonly since: string;
  /** The daemon's local time of day, with the date unless it is today. */
  readonly sinceLocal: string;
}

/** A virtual address. */
export interface AddressStatus {
  /** With prefix length. */
  readonly address: string;
  readonly interface: string;
  /** False for `virtual_ipaddress_excluded`. */
  readonly advertised: boolean;
  /** Held by us, as the kernel shows. */
  readonly present: boolean;
}

/** One `vrrp_instance`. */
export interface InstanceStatus {
  readonly name: string;
  readonly state: RouterStateName;
  readonly transition: (Dated & { readonly cause: string; readonly text: string }) | null;
  readonly rule: { readonly code: RuleCode; readonly text: string };
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly interface: string | null;
  readonly source: string | null;
  readonly priority: { readonly base: number; readonly effective: number };
  readonly master: { readonly address: string; readonly priority: number; readonly self: boolean } | null;
  readonly addresses: readonly AddressStatus[];
  readonly faults: readonly (Dated & { readonly kind: string; readonly text: string })[];
  readonly tracked: readonly Tracked[];
  readonly findings: readonly Finding[];
  readonly group: string | null;
}

/** `GET /v1/status`. */
export interface StatusReport {
  readonly node: { readonly state: NodeState; readonly sentence: string };
  readonly instances: readonly InstanceStatus[];
  readonly groups: readonly {
    readonly name: string;
    readonly state: RouterStateName;
    readonly members: readonly string[];
    /** Members that a reload put into the group while it served, and that are not MASTER yet. */
    readonly joining: readonly string[];
  }[];
  /** Settings of the file that have no effect, one sentence each. */
  readonly withoutEffect: readonly string[];
}

/** One instance of `GET /v1/explain`: its status, every input of the decision, and what would change it. */
export interface Explanation extends InstanceStatus {
  readonly inputs: readonly Input[];
  readonly changes: readonly string[];
}

/** The status of everything, or of one instance; undefined when there is no such instance. */
export function statusReport(
  snapshot: EngineSnapshot,
  clock: WallClock,
  {
    name,
    withoutEffect = [],
  }: { readonly name?: string | undefined; readonly withoutEffect?: readonly string[] } = {},
): StatusReport | undefined {
  const instances = chosen(snapshot, name).map((router) => statusOf(router, snapshot, clock));
  if (name !== undefined && instances.length === 0) return undefined;
  const node = { state: nodeStateOf(instances), sentence: nodeSentence(instances) };
  return { node, instances, groups: snapshot.groups, withoutEffect };
}

/** Explanations of all instances, or of one; undefined when there is no such instance. */
export function explanations(
  snapshot: EngineSnapshot,
  clock: WallClock,
  name?: string,
): Explanation[] | undefined {
  const found = chosen(snapshot, name).map((router) => ({
    ...statusOf(router, snapshot, clock),
    inputs: inputsOf(router, snapshot, trackedBy(router, snapshot, clock), clock),
    changes: decisionOf(router, snapshot, clock).changes,
  }));
  return name !== undefined && found.length === 0 ? undefined : found;
}

function chosen(snapshot: EngineSnapshot, name: string | undefined): readonly RouterReport[] {
  return snapshot.routers.filter(({ instance }) => name === undefined || instance.name === name);
}

function statusOf(router: RouterReport, snapshot: EngineSnapshot, clock: WallClock): InstanceStatus {
  const { instance, state, priority, source, master, lastCause, lastTransitionAt } = router;
  const tracked = trackedBy(router, snapshot, clock);
  const { code, text } = decisionOf(router, snapshot, clock);
  return {
    name: instance.name,
    state: state.name,
    transition:
      lastCause === undefined || lastTransitionAt === undefined
        ? null
        : {
            since: isoTime(clock, lastTransitionAt),
            sinceLocal: localTime(clock, lastTransitionAt),
            cause: lastCause.kind,
            text: causeText(lastCause),
          },
    rule: { code, text },
    vrid: instance.vrid,
    version: instance.version,
    family: instance.family,
    interface: instance.interface ?? null,
    source: source ?? null,
    priority: { base: instance.priority, effective: priority },
    master: masterOf(state.name, master, source),
    addresses: [
      ...instance.virtualAddresses.map((line) => addressStatus(line, true, router)),
      ...instance.excludedAddresses.map((line) => addressStatus(line, false, router)),
    ],
    faults: router.faults.map(({ fault, since }) => ({
      kind: fault.kind,
      text: faultText(fault),
      since: isoTime(clock, since),
      sinceLocal: localTime(clock, since),
    })),
    tracked,
    findings: findingsOf(router, snapshot, tracked, clock),
    group: router.group ?? null,
  };
}

/** Who is MASTER as far as the router knows; nobody is known to it in FAULT and INIT. */
function masterOf(
  state: RouterStateName,
  master: RouterReport["master"],
  source: RouterReport["source"],
): InstanceStatus["master"] {
  if (master === undefined || state === "FAULT" || state === "INIT") return null;
  const self = master.address === source;
  if (self !== (state === "MASTER")) return null;
  return { address: master.address, priority: master.priority, self };
}

function addressStatus(line: InterfaceAddress, advertised: boolean, router: RouterReport): AddressStatus {
  return {
    address: `${line.address}/${line.prefixLength}`,
    interface: line.interface,
    advertised,
    present: router.present.includes(line.address),
  };
}
