/** Every input of an instance's decision, with its evidence: the rows of `vigil explain`. */

import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import { leaseTimes } from "../vrrp/address-lease.js";
import { addressLifetime } from "../vrrp/address-lifetime.js";
import type { HeardSender } from "../vrrp/heard.js";
import type { MasterState } from "../vrrp/states.js";
import { peerInputs } from "./check-text.js";
import { preemptDelayEnd, timerOf } from "./timer-text.js";
import type { Tracked } from "./tracked.js";
import { between, lengthText, localTime, type WallClock } from "./wall-clock.js";

/** One row. */
export interface Input {
  readonly name: string;
  readonly value: string;
  /** Where that is known from; null where the value speaks for itself. */
  readonly evidence: string | null;
}

/** All rows, in the order in which they matter. */
export function inputsOf(
  router: RouterReport,
  snapshot: EngineSnapshot,
  tracked: readonly Tracked[],
  clock: WallClock,
): Input[] {
  return [
    ...interfaceInputs(router, snapshot),
    priorityInput(router, tracked),
    ...tracked.map((track) => trackInput(track)),
    ...peerInputs(router, clock),
    preemptInput(router, clock),
    ...timerInputs(router, clock),
    ...leaseInput(router, clock),
    ...lifetimeInput(router, clock),
    ...router.heard.map((sender) => heardInput(sender, clock)),
    ...nothingHeard(router),
    ...groupInput(router, snapshot),
  ];
}

/** For how long the packet filter lets the addresses speak without another advert. */
function leaseInput({ instance, state }: RouterReport, clock: WallClock): Input[] {
  if (state.name !== "MASTER") return [];
  const name = "lease of addresses";
  if (!instance.addressLease) return [{ name, value: "none", evidence: "off, or the log says why" }];
  const { advertSentAt } = state;
  const evidence =
    advertSentAt === undefined
      ? "no advert was sent"
      : `last advert ${lengthText(between(advertSentAt, clock.at))} ago`;
  return [{ name, value: `${leaseTimes(instance).length} ms`, evidence }];
}

/** What the kernel does when this daemon and its parent are gone. */
function lifetimeInput({ instance, state }: RouterReport, clock: WallClock): Input[] {
  const lifetime = addressLifetime(instance);
  if (state.name !== "MASTER" || lifetime === undefined) return [];
  const renewed = lengthText(between(state.renewedAt, clock.at));
  return [
    { name: "lifetime of addresses", value: `${lifetime.seconds} s`, evidence: `renewed ${renewed} ago` },
  ];
}

function interfaceInputs(router: RouterReport, snapshot: EngineSnapshot): Input[] {
  const { interface: name, sourceAddress, dontTrackPrimary } = router.instance;
  const rows: Input[] = [];
  if (name !== undefined) {
    const state = snapshot.interfaces.find((one) => one.name === name);
    const value = state === undefined ? "does not exist" : state.up ? "up" : "down";
    const evidence = dontTrackPrimary ? "dont_track_primary: its link does not matter" : null;
    rows.push({ name: `interface ${name}`, value, evidence });
  }
  const where =
    sourceAddress === undefined
      ? `the primary address of ${name ?? "?"}`
      : configuredSource(router, snapshot);
  rows.push({ name: "own address", value: router.source ?? "none", evidence: where });
  return rows;
}

/** Where the configured source address is now. */
function configuredSource({ instance }: RouterReport, snapshot: EngineSnapshot): string {
  const { sourceAddress, unicastPeers } = instance;
  const keyword = `${unicastPeers.length > 0 ? "unicast_src_ip" : "mcast_src_ip"} ${sourceAddress}`;
  const homes = snapshot.interfaces
    .filter(({ addresses }) => addresses.some(({ address }) => address === sourceAddress))
    .map(({ name }) => name);
  return homes.length === 0
    ? `${keyword}, which is on no interface`
    : `${keyword}, on ${homes.join(" and ")}`;
}

function priorityInput(router: RouterReport, tracked: readonly Tracked[]): Input {
  const { priority: base } = router.instance;
  const terms = tracked
    .filter(({ contribution }) => contribution !== 0)
    .map(({ name, contribution }) => `${contribution > 0 ? "+" : "−"} ${Math.abs(contribution)} ${name}`);
  const evidence = terms.length === 0 ? null : `${base} configured ${terms.join(" ")}`;
  return { name: "priority", value: String(router.priority), evidence };
}

function trackInput({ kind, name, ok, weight, blocks, contribution, evidence }: Tracked): Input {
  const verdict = ok === null ? "unknown" : ok ? "ok" : "failed";
  const effect = weight === 0 ? (blocks ? "FAULT" : "no FAULT") : `priority ${signed(contribution)}`;
  return { name: `${kind} ${name}`, value: `${verdict}: ${effect}`, evidence };
}

function signed(value: number): string {
  return value < 0 ? `−${-value}` : `+${value}`;
}

function preemptInput(router: RouterReport, clock: WallClock): Input {
  const { preempt, preemptDelay } = router.instance;
  if (!preempt) return { name: "preemption", value: "off", evidence: "nopreempt" };
  const endsAt = preemptDelayEnd(router);
  const running = endsAt !== undefined && clock.at < endsAt;
  const evidence =
    preemptDelay === 0 ? null : `preempt_delay ${lengthText(preemptDelay)}${running ? ", running" : ""}`;
  return { name: "preemption", value: "on", evidence };
}

function timerInputs(router: RouterReport, clock: WallClock): Input[] {
  const { state, instance, priority, masterAdvertInterval, masterDownInterval } = router;
  const timers = router.timers.map(({ name, meaning, dueAt }) => ({
    name: `timer ${name}`,
    value: `in ${lengthText(between(clock.at, dueAt))}`,
    evidence: meaning,
  }));
  if (state.name === "BACKUP") {
    const left = lengthText(between(clock.at, timerOf(router, "masterDown") ?? clock.at));
    const evidence = `${instance.downTimerAdverts} × ${lengthText(masterAdvertInterval)} and the skew of priority ${priority}: ${lengthText(masterDownInterval)}`;
    return [{ name: "takes over", value: `in ${left} of silence`, evidence }, ...timers];
  }
  if (state.name !== "MASTER") return timers;
  const value = `every ${lengthText(instance.advertInterval)}`;
  return [{ name: "adverts", value, evidence: sentText(router, state, clock) }, ...timers];
}

function sentText({ sendFailure }: RouterReport, { advertSentAt }: MasterState, clock: WallClock): string {
  const last =
    advertSentAt === undefined
      ? "none has left since it became MASTER"
      : `the last one was sent ${lengthText(between(advertSentAt, clock.at))} ago`;
  if (sendFailure === undefined) return last;
  const { adverts, error, since } = sendFailure;
  return `${last}; ${adverts} could not be sent since ${localTime(clock, since)} (${error})`;
}

function heardInput(sender: HeardSender, clock: WallClock): Input {
  const { address, advert, accepted, drops, resignedAt } = sender;
  const ago = (at: typeof sender.lastAt) => `${lengthText(between(at, clock.at))} ago`;
  const evidence = [
    ...(resignedAt === undefined ? [] : [`resigned with priority 0 at ${localTime(clock, resignedAt)}`]),
    ...drops.map(
      ({ count, at, detail, reason }) => `${count} dropped (${reason}), the last ${ago(at)}: ${detail}`,
    ),
  ];
  const value =
    advert === undefined
      ? "no advert accepted"
      : `priority ${advert.priority}, ${accepted} adverts accepted, the last ${ago(advert.at)}`;
  return { name: `heard ${address}`, value, evidence: evidence.join("; ") || null };
}

function nothingHeard(router: RouterReport): Input[] {
  const known = new Set(router.heard.map(({ address }) => address));
  const silent = router.instance.unicastPeers.filter(({ address }) => !known.has(address));
  const rows = silent.map(({ address }) => {
    const isLocal = router.localPeers.includes(address);
    return {
      name: isLocal ? `peer ${address}` : `heard ${address}`,
      value: isLocal ? "this host itself: left out" : "nothing, ever",
      evidence: "unicast_peer",
    };
  });
  if (rows.length > 0 || known.size > 0) return rows;
  return [{ name: "heard", value: "nobody, ever", evidence: null }];
}

function groupInput(router: RouterReport, snapshot: EngineSnapshot): Input[] {
  const group = snapshot.groups.find(({ name }) => name === router.group);
  if (group === undefined) return [];
  const others = snapshot.routers
    .filter(({ instance }) => instance !== router.instance && group.members.includes(instance.name))
    .map(({ instance, state }) => `${instance.name} ${state.name}`);
  return [{ name: `sync group ${group.name}`, value: group.state, evidence: others.join(", ") || null }];
}
