/** What happens in the demo, and what must come of it. */

import { setTimeout as sleep } from "node:timers/promises";
import type { DemoLan } from "./lan.js";
import type { DemoMaster } from "./node.js";
import type { WorkerRecord } from "./outage.js";
import type { View } from "./view.js";

/** One row of the table at the end. */
export interface StepResult {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** Longest time in which the worker got no answer, ms. */
  readonly outage: number;
  /** What the protocol and the check allow, in words. */
  readonly allowed: string;
  /** Undefined: all as it should. */
  readonly failure: string | undefined;
}

/** Everything a step may touch. */
export interface Stage {
  readonly lan: DemoLan;
  readonly masters: readonly DemoMaster[];
  readonly worker: WorkerRecord;
  readonly view: View;
}

/** How long a step may take before it has failed, ms. */
const LIMIT = 20_000;

/** How long the worker must be served without a failure before a step is over, ms. */
const CALM = 1_500;

interface Step {
  readonly title: string;
  readonly allowed: string;
  /** Whether the VIP must move away from its holder, or stay. */
  readonly moves: boolean;
  /** A dead daemon cannot remove its address: what it leaves behind is expected until it runs again. */
  readonly mayLeaveVip?: boolean;
  readonly act: (holder: DemoMaster) => void;
  /** Puts right again what `act` broke, before the next step. */
  readonly repair?: (former: DemoMaster) => void;
}

/** Detection: two failing checks a second apart (the first up to a second after the death); then the skew, 156/256 s. */
const SCRIPT = "2 s check + 0.6 s skew";
/** Master_Down_Interval at priority 100: 3 x 1 s + 156/256 s. */
const SILENCE = "3.6 s master down";

function plan(lan: DemoLan): Step[] {
  return [
    {
      title: "the holder's apiserver is killed",
      allowed: SCRIPT,
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
      allowed: SILENCE,
      moves: true,
      mayLeaveVip: true,
      act: (holder) => holder.signalDaemon("SIGKILL"),
      repair: (former) => former.startDaemon(),
    },
    {
      title: "the holder's daemon is stopped (SIGTERM)",
      allowed: "0.6 s skew",
      moves: true,
      act: (holder) => holder.signalDaemon("SIGTERM"),
      repair: (former) => former.startDaemon(),
    },
    {
      title: "the holder reloads its configuration (SIGHUP)",
      allowed: "none",
      moves: false,
      act: (holder) => holder.signalDaemon("SIGHUP"),
    },
  ];
}

/** Waits for the first election, then plays all steps; each ends with a whole LAN. */
export async function playSteps(stage: Stage): Promise<StepResult[]> {
  const results: StepResult[] = [];
  stage.view.step("three masters elect a holder");
  const began = Date.now();
  const elected = await settled(stage, began, undefined, false);
  if (typeof elected === "string") return [row("election", "-", "-", 0, "", elected)];
  for (const step of plan(stage.lan)) {
    const [holder] = holders(stage);
    if (holder === undefined)
      return [...results, row(step.title, "-", "-", 0, step.allowed, "nobody holds the VIP")];
    stage.view.step(`${step.title}: ${holder.name}`);
    const start = Date.now();
    step.act(holder);
    const after = await settled(stage, start, step.moves ? holder : undefined, step.mayLeaveVip === true);
    const outage = stage.worker.longestGap(start);
    const to = typeof after === "string" ? "-" : after.name;
    let failure = typeof after === "string" ? after : undefined;
    if (failure === undefined && !step.moves && to !== holder.name) failure = `the VIP moved to ${to}`;
    if (failure === undefined && step.repair !== undefined) {
      stage.view.step(`${holder.name} comes back; nopreempt: the VIP stays on ${to}`);
      const repaired = Date.now();
      step.repair(holder);
      await sleep(4_500);
      const end = await settled(stage, repaired + 4_000, undefined, false);
      if (typeof end === "string") failure = `after the repair: ${end}`;
      else if (end.name !== to) failure = `after the repair the VIP moved to ${end.name}`;
      else if (stage.worker.longestGap(repaired) > 1_000) failure = "the repair disturbed the worker";
    }
    results.push(row(step.title, holder.name, to, outage, step.allowed, failure));
    stage.view.note(
      `   ${failure === undefined ? "ok" : `FAILED: ${failure}`}: worker without answer for ${outage} ms`,
    );
    if (failure !== undefined) break;
  }
  return results;
}

/**
 * Waits until exactly one master holds the VIP (not `not`, whose left-over may be overlooked) and the worker has been served for
 * a while; returns the holder, or what is wrong when the limit is over.
 */
async function settled(
  stage: Stage,
  since: number,
  not: DemoMaster | undefined,
  overlookLeftOver: boolean,
): Promise<DemoMaster | string> {
  for (;;) {
    const now = holders(stage).filter((master) => !(overlookLeftOver && master === not));
    const [holder] = now;
    const calmSince = Date.now() - CALM;
    const moved = holder !== undefined && holder !== not;
    if (now.length === 1 && moved && calmSince > since && stage.worker.fineSince(calmSince)) return holder;
    if (Date.now() - since > LIMIT) {
      const names = now.map((master) => master.name).join(" and ") || "nobody";
      return `after ${LIMIT / 1000} s the VIP is held by ${names}, worker served: ${stage.worker.fineSince(calmSince)}`;
    }
    await sleep(50);
  }
}

function holders({ lan, masters }: Stage): DemoMaster[] {
  return masters.filter((master) => lan.holds(master.number));
}

function row(
  title: string,
  from: string,
  to: string,
  outage: number,
  allowed: string,
  failure: string | undefined,
): StepResult {
  return { title, from, to, outage, allowed, failure };
}
