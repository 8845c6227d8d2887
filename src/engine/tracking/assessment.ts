/**
 * What the tracked things of one instance mean for it: reasons for FAULT, and its effective priority. A kind of thing is one
 * function here that gives an {@link Effect} for each tracker of that kind.
 */

import { trackFileEffect } from "../../check/track-file.js";
import type { SyncGroup, TrackEntry, VrrpInstance } from "../../config/config.js";
import type { Fault } from "../../vrrp/cause.js";
import { effectivePriority, trackContribution } from "../../vrrp/priority.js";
import type { Trackers } from "./trackers.js";

/** More than any priority. */
const LOWEST = 255;

/** What one tracked thing does to the instance that tracks it. */
interface Effect {
  readonly fault?: Fault | undefined;
  /** Added to the priority. */
  readonly priority: number;
}

/** What the tracked things together do to an instance. */
export interface Assessment {
  /** Everything that speaks against serving, the group's other members aside; empty when all is well. */
  readonly faults: readonly Fault[];
  /** Effective priority, 1…255. */
  readonly priority: number;
  /** A check is well again, but not for long enough to be believed. */
  readonly unsteady: boolean;
}

/** How a MASTER is to be judged whose checks fail. */
export interface Judgement {
  readonly isMaster: boolean;
  /** Failing checks under damping do not count: nobody better is known. */
  readonly keep: boolean;
}

/** Judges an instance. `sourceFault`: why there is no address to send adverts from. */
export function assess(
  instance: VrrpInstance,
  group: SyncGroup | undefined,
  sourceFault: Fault | undefined,
  world: Trackers,
  judgement: Judgement,
): Assessment {
  const { unsteady } = standing(instance, group, world);
  // Everybody else first: one that flaps serves when nobody else does. What it has, it keeps.
  const last = unsteady && !judgement.isMaster;
  const effects = [
    ...interfaceEffects(instance, group, world),
    ...scriptEffects(instance, group, world, judgement.keep),
    ...checkEffects(instance, group, world, judgement.keep),
    ...(last ? [{ priority: -LOWEST }] : []),
    ...fileEffects(instance, group, world),
    ...processEffects(instance, group, world),
  ];
  const tracked = effects.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  return {
    faults: [...ownFaults(instance, sourceFault, world), ...tracked, ...world.drains.faultsOf(instance.name)],
    priority: effectivePriority(
      instance.priority,
      effects.map(({ priority }) => priority),
    ),
    unsteady,
  };
}

function ownFaults(instance: VrrpInstance, sourceFault: Fault | undefined, world: Trackers): Fault[] {
  const faults: Fault[] = [];
  const link = linkFault(instance, world);
  if (link !== undefined) faults.push(link);
  // Without its link there is no source address either, which would be no news.
  else if (sourceFault !== undefined) faults.push(sourceFault);
  for (const { name } of instance.virtualInterfaces) {
    if (world.interfaces.get(name) === undefined) faults.push({ kind: "interfaceMissing", interface: name });
    else if (!world.interfaces.isUp(name) && !instance.dontTrackPrimary)
      faults.push({ kind: "interfaceDown", interface: name });
  }
  if (instance.unicastFaultNoPeer && instance.unicastPeers.length === 0)
    faults.push({ kind: "noUnicastPeer" });
  return faults;
}

/** What is wrong with the interface of an instance itself. */
function linkFault({ interface: own, dontTrackPrimary }: VrrpInstance, world: Trackers): Fault | undefined {
  if (own === undefined) return undefined;
  if (world.interfaces.get(own) === undefined) return { kind: "interfaceMissing", interface: own };
  if (!world.interfaces.isUp(own) && !dontTrackPrimary) return { kind: "interfaceDown", interface: own };
  const master = world.interfaces.masterOf(own);
  if (master === undefined) return undefined;
  return { kind: "interfaceEnslaved", interface: own, master: master.name, type: master.kind };
}

function interfaceEffects(instance: VrrpInstance, group: SyncGroup | undefined, world: Trackers) {
  return trackersOf(instance.trackInterfaces, group?.trackInterfaces).map((track) =>
    binary(track, world.interfaces.isUp(track.name), {
      kind: "trackedInterfaceDown",
      interface: track.name,
    }),
  );
}

function scriptEffects(
  instance: VrrpInstance,
  group: SyncGroup | undefined,
  world: Trackers,
  keep: boolean,
): Effect[] {
  return trackersOf(instance.trackScripts, group?.trackScripts).map((track) => {
    const { name } = track;
    const proof = keep && world.checks.isDamped(name) ? undefined : world.checks.proofAgainst(name);
    if (proof !== undefined)
      return binary(track, false, { kind: "checkFailed", check: name, because: proof.text });
    const ok = world.scripts.ok(name);
    if (ok !== undefined) return binary(track, ok, { kind: "scriptFailed", script: name });
    const waits = track.weight === 0 && world.scripts.isPending(name);
    return { fault: waits ? { kind: "scriptPending", script: name } : undefined, priority: 0 };
  });
}

/** How the checks of an instance stand, whatever they weigh. `unsteady`: well again, but not for long enough to be believed. */
export function standing(
  instance: VrrpInstance,
  group: SyncGroup | undefined,
  world: Trackers,
): { readonly names: readonly string[]; readonly failing: boolean; readonly unsteady: boolean } {
  const { checks } = world;
  const tracked = trackersOf(instance.trackChecks, group?.trackChecks);
  const refined = trackersOf(instance.trackScripts, group?.trackScripts);
  const names = [...tracked, ...refined].map(({ name }) => name);
  const failing =
    tracked.some(({ name, reverse }) => checks.verdict(name)?.ok === reverse) ||
    refined.some(({ name, reverse }) => !reverse && checks.proofAgainst(name) !== undefined);
  return { names, failing, unsteady: names.some((name) => checks.isUnsteady(name)) };
}

function checkEffects(
  instance: VrrpInstance,
  group: SyncGroup | undefined,
  world: Trackers,
  keep: boolean,
): Effect[] {
  return trackersOf(instance.trackChecks, group?.trackChecks).map((track) => {
    const { name } = track;
    const verdict = world.checks.verdict(name);
    if (verdict?.ok !== undefined) {
      const because = verdict.because?.text ?? "it succeeds";
      const counts = keep && world.checks.isDamped(name) ? !track.reverse : verdict.ok;
      return binary(track, counts, { kind: "checkFailed", check: name, because });
    }
    const waits = track.weight === 0 && world.checks.isPending(name);
    return { fault: waits ? { kind: "scriptPending", script: name } : undefined, priority: 0 };
  });
}

function fileEffects(instance: VrrpInstance, group: SyncGroup | undefined, world: Trackers): Effect[] {
  return trackersOf(instance.trackFiles, group?.trackFiles).map((track) => {
    const effect = trackFileEffect(world.files.number(track.name), track.weight, track.reverse);
    return effect.fault ? { fault: { kind: "fileFault", file: track.name }, priority: 0 } : effectOf(effect);
  });
}

function effectOf({ priority }: { readonly priority: number }): Effect {
  return { priority };
}

function processEffects(instance: VrrpInstance, group: SyncGroup | undefined, world: Trackers) {
  return trackersOf(instance.trackProcesses, group?.trackProcesses).map((track) =>
    binary(track, world.processes.ok(track.name), { kind: "noProcessQuorum", process: track.name }),
  );
}

/** The effect of a thing that is well or not. */
function binary(track: TrackEntry, ok: boolean, fault: Fault): Effect {
  const { weight, reverse } = track;
  if (weight !== 0) return { priority: trackContribution(weight, reverse, ok) };
  return { fault: ok === reverse ? fault : undefined, priority: 0 };
}

/**
 * Trackers of an instance and of its group; of a thing that both track, keepalived takes the group's weight, unless the
 * instance has none.
 */
export function trackersOf(
  own: readonly TrackEntry[],
  group: readonly TrackEntry[] = [],
): readonly TrackEntry[] {
  if (group.length === 0) return own;
  const ours = new Map(own.map((track) => [track.name, track]));
  for (const track of group) {
    const known = ours.get(track.name);
    if (known === undefined || known.weight !== 0) ours.set(track.name, track);
  }
  return [...ours.values()];
}
