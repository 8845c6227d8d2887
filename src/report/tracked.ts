/** What an instance tracks, with the last result of each thing and what it does to the instance now. */

import { unreachable } from "../base/assert.js";
import { trackFileEffect } from "../check/track-file.js";
import type { TrackEntry } from "../config/config.js";
import type { ScriptOutcome } from "../engine/events.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import { trackersOf } from "../engine/tracking/assessment.js";
import type { ScriptSnapshot } from "../engine/tracking/scripts.js";
import { trackContribution } from "../vrrp/priority.js";
import { checkEvidence } from "./check-text.js";
import { between, lengthText, type WallClock } from "./wall-clock.js";

/** One tracked thing of one instance. */
export interface Tracked {
  readonly kind: "interface" | "script" | "file" | "process" | "check";
  readonly name: string;
  /** 0: not being well is a FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
  /** null before the first result. */
  readonly ok: boolean | null;
  /** What it adds to the priority now. */
  readonly contribution: number;
  /** It keeps the instance from serving now. */
  readonly blocks: boolean;
  /** The last result in words. */
  readonly evidence: string;
}

/** Everything that an instance and its group track, in the order of the configuration. */
export function trackedBy(router: RouterReport, snapshot: EngineSnapshot, clock: WallClock): Tracked[] {
  const { instance } = router;
  const group = snapshot.config.syncGroups.find(({ name }) => name === router.group);
  return [
    ...trackersOf(instance.trackInterfaces, group?.trackInterfaces).map((track) => {
      const state = snapshot.interfaces.find(({ name }) => name === track.name);
      const evidence = state === undefined ? "does not exist" : state.up ? "link is up" : "link is down";
      return tracked("interface", track, state?.up === true, evidence);
    }),
    ...trackersOf(instance.trackScripts, group?.trackScripts).map((track) => {
      const proof = snapshot.checks.find(
        ({ config, armed, verdict }) => config.name === track.name && armed && verdict.ok === false,
      );
      if (proof !== undefined) return tracked("script", track, false, checkEvidence(proof, clock));
      const script = snapshot.scripts.find(({ config }) => config.name === track.name);
      const evidence = script === undefined ? "not configured" : scriptEvidence(script, clock);
      return tracked("script", track, script?.ok, evidence);
    }),
    ...trackersOf(instance.trackFiles, group?.trackFiles).map((track) => fileTracked(track, snapshot)),
    ...trackersOf(instance.trackProcesses, group?.trackProcesses).map((track) => {
      const process_ = snapshot.trackProcesses.find(({ config }) => config.name === track.name);
      const count = process_?.count ?? 0;
      return tracked(
        "process",
        track,
        process_?.ok,
        `${count} running, ${process_?.config.quorum ?? 1} needed`,
      );
    }),
    ...trackersOf(instance.trackChecks, group?.trackChecks).map((track) => {
      const check = snapshot.checks.find(({ config }) => config.name === track.name);
      const evidence = check === undefined ? "not configured" : checkEvidence(check, clock);
      return tracked("check", track, check?.verdict.ok, evidence);
    }),
  ];
}

function fileTracked(track: TrackEntry, snapshot: EngineSnapshot): Tracked {
  const { name, weight, reverse } = track;
  const number = snapshot.trackFiles.find(({ config }) => config.name === name)?.number ?? 0;
  const effect = trackFileEffect(number, weight, reverse);
  const contribution = effect.fault ? 0 : effect.priority;
  const evidence = `the number in it is ${number}`;
  return {
    kind: "file",
    name,
    weight,
    reverse,
    ok: !effect.fault,
    contribution,
    blocks: effect.fault,
    evidence,
  };
}

function tracked(
  kind: Tracked["kind"],
  { name, weight, reverse }: TrackEntry,
  ok: boolean | undefined,
  evidence: string,
): Tracked {
  const blocks = weight === 0 && (ok === undefined || ok === reverse);
  const contribution = trackContribution(weight, reverse, ok);
  return { kind, name, weight, reverse, ok: ok ?? null, contribution, blocks, evidence };
}

/** The verdict about a script and the last result behind it. */
function scriptEvidence(script: ScriptSnapshot, clock: WallClock): string {
  const { lastOutcome, lastOutcomeAt, lastSaid, ok, against, config, running } = script;
  if (lastOutcome === undefined || lastOutcomeAt === undefined)
    return running ? "first run is under way, no result yet" : "has not run yet";
  const said = lastSaid === "" ? "" : `: ${lastSaid}`;
  const last = `${outcomeText(lastOutcome)} ${lengthText(between(lastOutcomeAt, clock.at))} ago${said}`;
  if (against === 0 || ok === undefined) return last;
  const needed = ok ? `${against} of fall ${config.fall}` : `${against} of rise ${config.rise}`;
  return `${last} (${needed} results against)`;
}

/** How a run ended, in words. */
function outcomeText(outcome: ScriptOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exit status ${outcome.status}`;
    case "signaled":
      return `killed by ${outcome.signal}`;
    case "timedOut":
      return "timed out";
    case "failedToStart":
      return `could not be started (${outcome.error})`;
    default:
      return unreachable(outcome);
  }
}
