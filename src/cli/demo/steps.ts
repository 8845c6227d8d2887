/** What happens in the demo, and what must come of it. */

import { setTimeout as sleep } from "node:timers/promises";
import type { DemoLan } from "./lan.js";
import { type DemoMaster, PROGRAM_IS_VIGIL } from "./node.js";
import type { WorkerRecord } from "./outage.js";
import type { View } from "./view.js";
import type { VipWatch } from "./vip-watch.js";

/** One row of the table at the end. */
export interface StepResult {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** Longest time in which the worker got no answer, ms. */
  readonly outage: number;
  readonly allowed: Allowance;
  /** How long after the event the VIP was gone from the kernel of its holder, ms; undefined: it stayed until the repair. */
  readonly letGoAfter: number | undefined;
  /** For how long two masters had the VIP, until all was whole again, ms. */
  readonly twoHolders: number;
  /** Undefined: all as it should. */
  readonly failure: string | undefined;
}

/** The outage that the protocol and the check allow. */
export interface Allowance {
  readonly ms: number;
  /** Where it comes from. */
  readonly formula: string;
}

/** Everything a step may touch. */
export interface Stage {
  readonly lan: DemoLan;
  readonly vips: VipWatch;
  readonly masters: readonly DemoMaster[];
  readonly worker: WorkerRecord;
  readonly view: View;
}

/** How long a step may take before it has failed, ms. */
const LIMIT = 20_000;

/** How long the worker must be served without a failure before a step is over, ms. */
const CALM = 1_500;

/** What the worker may wait beyond the formula for connections, polls and a laden machine, ms. */
export const MARGIN = 1_000;

/** How long a master that comes back is watched: longer than Master_Down_Interval, after which it might seize the VIP, ms. */
const WATCHED = 4_500;

/** Master_Down_Interval at priority 100. */
const SILENCE: Allowance = { ms: 3_609, formula: "3 adverts x 1 s + skew" };
/** Between Vigil nodes, see docs/handover.md; else Skew_Time at priority 100. */
const GOODBYE: Allowance = PROGRAM_IS_VIGIL ? { ms: 43, formula: "handover" } : { ms: 609, formula: "skew" };
/** Vigil sees the connection close and is refused another one. The script fails twice, a second apart, up to a second after the death. */
const DEATH: Allowance = PROGRAM_IS_VIGIL ? GOODBYE : { ms: 2_609, formula: "2 checks x 1 s + skew" };
/** The parent says goodbye for a daemon that died; nobody does for keepalived. */
const CRASH: Allowance = PROGRAM_IS_VIGIL ? GOODBYE : SILENCE;
const NOTHING: Allowance = { ms: 0, formula: "nothing changes" };

interface Step {
  readonly title: string;
  readonly allowed: Allowance;
  /** Whether the VIP must move away from its holder, or stay. */
  readonly moves: boolean;
  /** Whether the holder may keep its VIP until it is repaired. */
  readonly leavesVip?: boolean;
  readonly act: (holder: DemoMaster) => void;
  /** Puts right again what `act` broke, before the next step. */
  readonly repair?: (former: DemoMaster) => void;
}

function plan(lan: DemoLan): Step[] {
  return [
    {
      title: "the holder's apiserver is killed",
      allowed: DEATH,
      moves: true,
      act: (holder) => holder.killApiserver(),
      repair: (former) => former.startApiserver(),
    },
    {
      title: "the holder's cable is pulled",
      allowed: SILENCE,
      moves: true,
      act: (holder) => lan.setCable(holder.number, false),
      repair: (former) => lan.setCable(former.number, true),
    },
    {
      title: "the holder's daemon is killed (kill -9)",
      allowed: CRASH,
      moves: true,
      // A dead daemon removes nothing. Vigil's parent process does, and starts it again; keepalived leaves the VIP until the next start.
      leavesVip: !PROGRAM_IS_VIGIL,
      act: (holder) => holder.killDaemon(),
      ...(PROGRAM_IS_VIGIL ? {} : { repair: (former) => former.startDaemon() }),
    },
    {
      title: "the holder's daemon is stopped (SIGTERM)",
      allowed: GOODBYE,
      moves: true,
      act: (holder) => holder.stopDaemon(),
      repair: (former) => former.startDaemon(),
    },
    {
      title: "the holder reloads its configuration (SIGHUP)",
      allowed: NOTHING,
      moves: false,
      act: (holder) => holder.reloadDaemon(),
    },
  ];
}

/** Waits for the first election, then plays all steps until one fails; each ends with a whole LAN. */
export async function playSteps(stage: Stage): Promise<StepResult[]> {
  const { lan, masters, view } = stage;
  const results: StepResult[] = [];
  view.step("three masters elect a holder");
  let holder = await settled(stage, Date.now(), { not: undefined, overlook: false });
  if (typeof holder === "string") throw new Error(`election: ${holder}`);
  view.note(`         ok: ${holder.name} holds the VIP`);
  for (const step of plan(lan)) {
    const result = await play(stage, step, holder);
    results.push(result);
    const { failure, outage, twoHolders } = result;
    const verdict = failure === undefined ? "ok" : `FAILED: ${failure}`;
    view.note(
      `         ${verdict}: worker without answer for ${outage} ms, two holders for ${twoHolders} ms`,
    );
    const next = masters.find((master) => master.name === result.to);
    if (failure !== undefined || next === undefined) break;
    holder = next;
  }
  return results;
}

async function play(stage: Stage, step: Step, holder: DemoMaster): Promise<StepResult> {
  const { worker, vips, view } = stage;
  view.step(`${step.title}: ${holder.name}`);
  const start = Date.now();
  step.act(holder);
  const not = step.moves ? holder : undefined;
  const next = await settled(stage, start, { not, overlook: step.leavesVip === true });
  const outage = worker.longestGap(start);
  const letGoAfter = vips.letGoAfter(holder.number, start);
  const to = typeof next === "string" ? "-" : next.name;
  let failure: string | undefined;
  if (typeof next === "string") failure = next;
  else if (!step.moves && next !== holder) failure = `the VIP moved to ${to}`;
  else if (outage > step.allowed.ms + MARGIN) failure = `the worker waited for ${outage} ms`;
  else if (step.repair !== undefined) failure = await repair(stage, step.repair, holder, next);
  const died = stage.masters.find((master) => master.died !== undefined);
  if (died !== undefined) failure ??= `the daemon of ${died.name} died: ${died.died}`;
  const twoHolders = vips.twoHolders(start);
  const { title, allowed } = step;
  return { title, from: holder.name, to, outage, allowed, letGoAfter, twoHolders, failure };
}

/** Repairs `former`; the VIP must stay on `holder` and the worker must not notice. Returns what went wrong. */
async function repair(
  stage: Stage,
  mend: (former: DemoMaster) => void,
  former: DemoMaster,
  holder: DemoMaster,
): Promise<string | undefined> {
  stage.view.step(`${former.name} comes back; nopreempt: the VIP stays on ${holder.name}`);
  const start = Date.now();
  mend(former);
  await sleep(WATCHED);
  const end = await settled(stage, start + WATCHED - CALM, { not: undefined, overlook: false });
  if (typeof end === "string") return `after the repair: ${end}`;
  if (end !== holder) return `after the repair the VIP moved to ${end.name}`;
  const gap = stage.worker.longestGap(start);
  return gap > MARGIN ? `after the repair the worker waited for ${gap} ms` : undefined;
}

/**
 * Waits until exactly one master holds the VIP, not `not`, and the worker has been served for a while; returns the holder, or
 * what is wrong when the limit is over. What `not` still holds counts unless `overlook` says otherwise.
 */
async function settled(
  { lan, masters, worker }: Stage,
  since: number,
  { not, overlook }: { readonly not: DemoMaster | undefined; readonly overlook: boolean },
): Promise<DemoMaster | string> {
  for (;;) {
    const holders = masters
      .filter((master) => lan.holds(master.number))
      .filter((master) => !(overlook && master === not));
    const [holder] = holders;
    const calmSince = Date.now() - CALM;
    const served = calmSince >= since && worker.fineSince(calmSince);
    if (holders.length === 1 && holder !== undefined && holder !== not && served) return holder;
    if (Date.now() - since > LIMIT) {
      const names = holders.map((master) => master.name).join(" and ") || "nobody";
      return `after ${LIMIT / 1000} s the VIP is held by ${names}, the worker is ${served ? "" : "not "}served`;
    }
    await sleep(100);
  }
}
