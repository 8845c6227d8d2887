/** What the evidence of an instance says that a person should know: other routers' adverts that do not count, rivals, silence. */

import type { Micros } from "../base/time.js";
import { milliseconds, seconds } from "../base/time.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import type { HeardDrop, HeardSender } from "../vrrp/heard.js";
import type { DropReason } from "../wire/drop-reason.js";
import { holdingFindings } from "./holding-findings.js";
import { aboutSending } from "./send-findings.js";
import type { Tracked } from "./tracked.js";
import { between, lengthText, localTime, type WallClock } from "./wall-clock.js";

/** Which kind of finding; stable, for programs. */
export type FindingCode =
  | DropCode
  | "duplicateVrid"
  | "intervalDiffers"
  | "rivalMaster"
  | "resigned"
  | "fellSilent"
  | "peerNeverHeard"
  | "localPeer"
  | "sourceElsewhere"
  | "joinsGroup"
  | "notLookedAt"
  | "nobodyHeard"
  | "addressMissing"
  | "addressStray"
  | "addressStays"
  | "routeMissing"
  | "ruleMissing"
  | "cannotSend"
  | "advertFlood"
  | "interfaceFailed"
  | "filterMissing"
  | "settingRefused"
  | "scriptNotRun"
  | "trackFailing";

/** What a kind of dropped packet means. */
export type DropCode =
  | "wrongPassword"
  | "clocksDiffer"
  | "wrongAuthType"
  | "replayed"
  | "wrongVersion"
  | "intervalMismatch"
  | "wrongTtl"
  | "malformed"
  | "wrongCast"
  | "unknownPeer"
  | "ownAddress"
  | "ownerIgnores";

/** One finding. */
export interface Finding {
  readonly code: FindingCode;
  /** A warning makes a node degraded; a note does not. */
  readonly severity: "warning" | "note";
  /** A few words that stay true for a while. */
  readonly summary: string;
  /** The whole story, with numbers and ages. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string | null;
}

/** A dropped packet counts as news for this long. */
const RECENT: Micros = seconds(60);

interface DropMeaning {
  readonly code: DropCode;
  readonly words: string;
  readonly advice: string;
  readonly severity: "warning" | "note";
}

const warning = (code: DropCode, words: string, advice: string): DropMeaning => ({
  code,
  words,
  advice,
  severity: "warning",
});
const MALFORMED = warning(
  "malformed",
  "broken packet",
  "something on the LAN sends broken VRRP: look at it with tshark",
);

/** undefined: no news, the instance itself was not listening. */
const MEANING: Readonly<Record<DropReason, DropMeaning | undefined>> = {
  ipHeader: MALFORMED,
  ipLength: MALFORMED,
  ipProtocol: MALFORMED,
  ahPresence: warning(
    "wrongAuthType",
    "other authentication",
    "set the same auth_type on all routers of the VRID",
  ),
  ahHeader: MALFORMED,
  length: MALFORMED,
  unknownVrid: undefined,
  ownPacket: warning(
    "ownAddress",
    "our own address",
    "another host has this node's address: find it and change one of them",
  ),
  ttl: warning(
    "wrongTtl",
    "wrong TTL",
    "adverts must not be routed: the sender is on another network, or spoofed",
  ),
  version: warning(
    "wrongVersion",
    "other VRRP version",
    "set the same vrrp_version on all routers of the VRID",
  ),
  authType: warning(
    "wrongAuthType",
    "other authentication",
    "set the same auth_type on all routers of the VRID",
  ),
  authTypeMismatch: warning(
    "wrongAuthType",
    "other authentication",
    "set the same auth_type on all routers of the VRID",
  ),
  authPassword: warning(
    "wrongPassword",
    "wrong password",
    "set the same auth_pass on all routers of the VRID",
  ),
  ahIcv: warning("wrongPassword", "wrong password", "set the same auth_pass on all routers of the VRID"),
  ahSpi: MALFORMED,
  ahReplay: {
    code: "replayed",
    words: "old AH sequence number",
    advice: "passes by itself unless packets are being replayed",
    severity: "note",
  },
  hmacMissing: warning("wrongAuthType", "no auth_hmac", "set auth_hmac on all routers of the VRID"),
  hmacMalformed: MALFORMED,
  hmacStale: warning("clocksDiffer", "adverts of another time", "set the clocks of all routers by NTP"),
  hmacUnknownKey: warning(
    "wrongPassword",
    "unknown auth_hmac key",
    "give all routers of the VRID the same keys",
  ),
  hmacInvalid: warning("wrongPassword", "wrong auth_hmac key", "give all routers of the VRID the same keys"),
  hmacReplay: {
    code: "replayed",
    words: "adverts heard before",
    advice: "passes by itself unless packets are being replayed",
    severity: "note",
  },
  advertInterval: warning(
    "intervalMismatch",
    "other advert interval",
    "set the same advert_int on all routers of the VRID",
  ),
  type: MALFORMED,
  checksum: warning(
    "malformed",
    "wrong checksum",
    "broken by the network, or v3_checksum_as_v2 is set on one side only",
  ),
  castMode: warning(
    "wrongCast",
    "unicast against multicast",
    "use unicast_peer on all routers of the VRID, or on none",
  ),
  unknownPeer: warning(
    "unknownPeer",
    "not a unicast peer",
    "add the sender to unicast_peer, or give it another VRID",
  ),
  ownerIgnores: {
    code: "ownerIgnores",
    words: "address owner ignores adverts",
    advice: "an address owner was told to ignore adverts",
    severity: "note",
  },
  notRunning: undefined,
};

/** All findings of one instance, warnings first. */
export function findingsOf(
  router: RouterReport,
  snapshot: EngineSnapshot,
  tracked: readonly Tracked[],
  clock: WallClock,
): Finding[] {
  const found = [
    ...router.heard.flatMap((sender) => aboutSender(sender, router, clock)),
    ...aboutFlood(router, clock),
    ...aboutPeers(router),
    ...aboutSending(router, snapshot, clock),
    ...aboutSource(router, snapshot),
    ...aboutGroup(router, snapshot),
    ...inVain(router),
    ...holdingFindings(router, snapshot, clock),
    ...aboutTracked(tracked, snapshot),
  ];
  return [...found.filter(isWarning), ...found.filter((finding) => !isWarning(finding))];
}

/** True for what makes a node degraded. */
export function isWarning(finding: Finding): boolean {
  return finding.severity === "warning";
}

/** Whether a sender's last advert is so old that its next ones must have been missed. */
export function isSilent(sender: HeardSender, now: Micros): boolean {
  const { advert } = sender;
  if (advert === undefined) return true;
  return now - advert.at > 3 * advert.advertInterval + milliseconds(500);
}

function aboutSender(sender: HeardSender, router: RouterReport, clock: WallClock): Finding[] {
  const found = sender.drops.flatMap((drop) => aboutDrop(sender, drop, clock));
  const { address, advert, resignedAt } = sender;
  const silent = isSilent(sender, clock.at);
  if (advert !== undefined && !silent) found.push(...aboutAdvert(sender, router));
  if (resignedAt !== undefined) {
    const text = `${address} resigned with priority 0 at ${localTime(clock, resignedAt)}: it was stopped or drained, or what it serves failed`;
    const summary = `${address} has resigned`;
    found.push({ code: "resigned", severity: "note", summary, text, advice: null });
  } else if (advert !== undefined && silent && clock.at - advert.at < RECENT * 10) {
    const ago = lengthText(between(advert.at, clock.at));
    const last = `its last advert, priority ${advert.priority}, came ${ago} ago`;
    const state = router.state.name;
    // What FAULT and INIT do not read is no silence of the sender.
    if (state === "MASTER")
      found.push({
        code: "fellSilent",
        severity: "note",
        summary: `${address} is not heard any more`,
        text: `${address} is not heard any more: ${last}`,
        advice:
          "it is dead, or its adverts are lost on the way: if it says MASTER too, look for a filter, a VLAN or a switch between the two",
      });
  }
  return found;
}

function aboutDrop(sender: HeardSender, drop: HeardDrop, clock: WallClock): Finding[] {
  const meaning = MEANING[drop.reason];
  if (meaning === undefined || clock.at - drop.at > RECENT) return [];
  const { code, words, advice, severity } = meaning;
  const ago = lengthText(between(drop.at, clock.at));
  const count = drop.count === 1 ? "1 packet" : `${drop.count} packets`;
  const text = `${count} of ${sender.address} dropped, the last ${ago} ago: ${drop.detail}`;
  return [{ code, severity, summary: `packets of ${sender.address} are dropped: ${words}`, text, advice }];
}

function aboutAdvert(sender: HeardSender, router: RouterReport): Finding[] {
  const { address, advert } = sender;
  const { vrid, advertInterval, version } = router.instance;
  const found: Finding[] = [];
  if (advert === undefined) return found;
  if (advert.otherAddresses !== undefined) {
    const theirs = advert.otherAddresses.join(", ") || "no address";
    found.push({
      code: "duplicateVrid",
      severity: "warning",
      summary: `${address} uses virtual router id ${vrid} for other addresses`,
      text: `${address} uses virtual router id ${vrid} too, but for other addresses: ${theirs}`,
      advice:
        "if it is no router of this cluster, give one of the two another virtual_router_id; else make virtual_ipaddress equal",
    });
  }
  if (version === 3 && advert.advertInterval !== advertInterval)
    found.push({
      code: "intervalDiffers",
      severity: "note",
      summary: `${address} has another advert_int`,
      text: `${address} sends every ${lengthText(advert.advertInterval)}, we every ${lengthText(advertInterval)}`,
      advice: "set the same advert_int on all routers of the VRID",
    });
  // One that we took over from said MASTER before we did, and does not any more.
  const isRival = sender.resignedAt === undefined && advert.at > (router.lastTransitionAt ?? 0);
  if (router.state.name === "MASTER" && isRival)
    found.push({
      code: "rivalMaster",
      severity: "warning",
      summary: `${address} says MASTER too`,
      text: `${address} says MASTER too, with priority ${advert.priority} (ours ${router.priority})`,
      advice: "it does not hear our adverts, or does not accept them: look at it there with vigil explain",
    });
  return found;
}

/** As many may be answered together while two routers agree who is MASTER. */
const FLOOD = 20;

function aboutFlood({ counters, withheldAt }: RouterReport, clock: WallClock): Finding[] {
  const { answersWithheld: count } = counters;
  if (withheldAt === undefined || count < FLOOD || clock.at - withheldAt > RECENT) return [];
  const ago = lengthText(between(withheldAt, clock.at));
  return [
    {
      code: "advertFlood",
      severity: "warning",
      summary: "more adverts want an answer than get one",
      text: `${count} adverts of lower priority or priority 0 were answered together with others, the last ${ago} ago`,
      advice:
        "a router of lower priority does not hear our adverts, or a host of the LAN sends them in masses: vigil explain shows who is heard",
    },
  ];
}

function aboutPeers(router: RouterReport): Finding[] {
  const { unicastPeers, interface: name, vrid, multicastGroup } = router.instance;
  const heard = new Set(router.heard.map(({ address }) => address));
  if (unicastPeers.length > 0) {
    const others = unicastPeers.filter(({ address }) => !router.localPeers.includes(address));
    return [
      ...router.localPeers.map((address) => localPeer(address)),
      ...others.filter(({ address }) => !heard.has(address)).map(({ address }) => neverHeard(address)),
    ];
  }
  if (router.state.name !== "MASTER" || heard.size > 0) return [];
  return [
    {
      code: "nobodyHeard",
      severity: "note",
      summary: "nobody else was ever heard",
      text: `nobody else was ever heard with virtual router id ${vrid} on ${name ?? "any interface"}`,
      advice: `right if the others are BACKUP; if one says MASTER too, its adverts to ${multicastGroup}, IP protocol 112, do not arrive: a filter, a VLAN, or a cloned host, as the kernel drops packets from ${router.source ?? "its own address"}`,
    },
  ];
}

function localPeer(address: string): Finding {
  return {
    code: "localPeer",
    severity: "note",
    summary: `unicast_peer ${address} is this node`,
    text: `${address} in unicast_peer is this node's own address, left out`,
    advice: "nothing to do: one file for all nodes is fine",
  };
}

function neverHeard(address: string): Finding {
  return {
    code: "peerNeverHeard",
    severity: "note",
    summary: `${address} was never heard`,
    text: `nothing was ever heard of unicast peer ${address}`,
    advice: "a BACKUP is silent; a MASTER there must reach us: IP protocol 112, not filtered",
  };
}

/** A configured source address that is on another interface than the instance's own. */
function aboutSource(router: RouterReport, snapshot: EngineSnapshot): Finding[] {
  const { sourceAddress, interface: own } = router.instance;
  if (sourceAddress === undefined || own === undefined || router.state.name === "FAULT") return [];
  const homes = snapshot.interfaces
    .filter(({ addresses }) => addresses.some(({ address }) => address === sourceAddress))
    .map(({ name }) => name);
  if (homes.length === 0 || homes.includes(own)) return [];
  const where = homes.join(" and ");
  return [
    {
      code: "sourceElsewhere",
      severity: homes.includes("lo") ? "note" : "warning",
      summary: `source address ${sourceAddress} is on ${where}, not on ${own}`,
      text: `adverts leave ${own} from ${sourceAddress}, which is an address of ${where}`,
      advice: `only what arrives on ${own} is heard: what a peer sends to ${sourceAddress} must come in there; else put the address on ${own}, or change interface`,
    },
  ];
}

/** What the file asks to be looked at, and is not. */
function inVain({ instance }: RouterReport): Finding[] {
  return (instance.notLookedAt ?? []).map((text) => ({
    code: "notLookedAt",
    severity: "warning",
    summary: text,
    text,
    advice: "vigil check FILE says where it is written, and what to write instead",
  }));
}

/** An instance that a reload put into a sync group that serves, and that does not serve itself yet. */
function aboutGroup(router: RouterReport, snapshot: EngineSnapshot): Finding[] {
  const { name } = router.instance;
  const group = snapshot.groups.find(({ joining }) => joining.includes(name));
  if (group === undefined || router.state.name !== "BACKUP") return [];
  const other = router.state.heardAt === undefined ? undefined : router.master?.address;
  const where = other === undefined ? "it listens first" : `${other} is MASTER of it`;
  return [
    {
      code: "joinsGroup",
      severity: other === undefined ? "note" : "warning",
      summary: `${name} has not joined sync group ${group.name} yet`,
      text: `${name} was put into sync group ${group.name}, which serves here, and is not MASTER itself: ${where}`,
      advice:
        other === undefined
          ? null
          : `the group serves on meanwhile, on two nodes; drain ${name} on ${other}, or the whole group here, to have it on one`,
    },
  ];
}

function aboutTracked(tracked: readonly Tracked[], snapshot: EngineSnapshot): Finding[] {
  return tracked.flatMap((track): Finding[] => {
    const { kind, name, weight, reverse, ok, evidence, contribution } = track;
    const script = snapshot.scripts.find(({ config }) => kind === "script" && config.name === name);
    if (script?.lastOutcome?.kind === "failedToStart") {
      const advice = "correct the command, its mode or its user";
      const summary = `script ${name} cannot be run: nothing is being checked`;
      const text = `script ${name} ${evidence}`;
      return [{ code: "scriptNotRun", severity: "warning", summary, text, advice }];
    }
    const best = Math.max(0, reverse ? -weight : weight);
    if (kind === "file" || weight === 0 || ok === null || contribution >= best) return [];
    const effect = contribution < 0 ? `takes ${-contribution} from` : `does not add ${best} to`;
    const text = `${kind} ${name}: ${evidence}; it ${effect} the priority`;
    const summary = `${kind} ${name} ${ok ? "is well, reversed" : "fails"}: it ${effect} the priority`;
    return [{ code: "trackFailing", severity: "warning", summary, text, advice: null }];
  });
}
