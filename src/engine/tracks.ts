/** What the tracked things of one instance mean for it: reasons for FAULT, and its effective priority. */

import type { SyncGroup, TrackEntry, VrrpInstance } from "../config/config.js";
import type { Fault } from "../vrrp/cause.js";
import { effectivePriority, trackContribution } from "../vrrp/priority.js";
import type { Interfaces } from "./interfaces.js";
import type { Scripts } from "./scripts.js";

/** The world as the tracks see it. */
export interface TrackedWorld {
  readonly interfaces: Interfaces;
  readonly scripts: Scripts;
}

/** Everything that speaks against the instance serving, its group's other members aside; empty when all is well. */
export function faultsOf(
  instance: VrrpInstance,
  group: SyncGroup | undefined,
  hasSource: boolean,
  world: TrackedWorld,
): Fault[] {
  const faults: Fault[] = [];
  const { interface: own } = instance;
  if (own !== undefined) {
    const state = world.interfaces.get(own);
    if (state === undefined) faults.push({ kind: "interfaceMissing", interface: own });
    else if (!state.up && !instance.dontTrackPrimary) faults.push({ kind: "interfaceDown", interface: own });
    else if (!hasSource) faults.push({ kind: "noAddress", interface: own });
  }
  if (instance.unicastFaultNoPeer && instance.unicastPeers.length === 0)
    faults.push({ kind: "noUnicastPeer" });
  for (const track of [...instance.trackInterfaces, ...(group?.trackInterfaces ?? [])]) {
    if (track.weight === 0 && world.interfaces.isUp(track.name) === track.reverse)
      faults.push({ kind: "trackedInterfaceDown", interface: track.name });
  }
  for (const track of [...instance.trackScripts, ...(group?.trackScripts ?? [])]) {
    if (track.weight !== 0) continue;
    const ok = world.scripts.ok(track.name);
    if (ok === undefined) {
      if (world.scripts.isPending(track.name)) faults.push({ kind: "scriptPending", script: track.name });
    } else if (ok === track.reverse) faults.push({ kind: "scriptFailed", script: track.name });
  }
  return faults;
}

/** Base priority and the weights of everything tracked, clamped. */
export function priorityOf(
  instance: VrrpInstance,
  group: SyncGroup | undefined,
  world: TrackedWorld,
): number {
  const of = (track: TrackEntry, ok: boolean | undefined) =>
    trackContribution(track.weight, track.reverse, ok);
  const interfaces = [...instance.trackInterfaces, ...(group?.trackInterfaces ?? [])];
  const scripts = [...instance.trackScripts, ...(group?.trackScripts ?? [])];
  return effectivePriority(instance.priority, [
    ...interfaces.map((track) => of(track, world.interfaces.isUp(track.name))),
    ...scripts.map((track) => of(track, world.scripts.ok(track.name))),
  ]);
}
