/** Findings about what is kept in the kernel: what is missing and why, and addresses that are where they should not be. */

import { type Micros, micros, seconds } from "../base/time.js";
import type { MissingItem } from "../engine/holding/ledger.js";
import type { Stray } from "../engine/holding/leftovers.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import type { Finding } from "./findings.js";
import { errnoText, heldItemText } from "./holding-text.js";
import { between, instantAt, lengthText, localTime, type WallClock } from "./wall-clock.js";

/** How long the kernel may take to show an address, before its absence is a finding. */
const SETTLING: Micros = seconds(2);

/** All of one instance; the first instance speaks for the static blocks, which belong to none. */
export function holdingFindings(router: RouterReport, snapshot: EngineSnapshot, clock: WallClock): Finding[] {
  const statics = snapshot.routers[0] === router ? snapshot.missingStatics : [];
  return [
    ...router.missing.map((missing) => aboutMissing(missing, "", clock)),
    ...statics.map((missing) => aboutMissing(missing, "static ", clock)),
    ...notShown(router, clock),
    ...router.strays.map((stray) => aboutStray(stray, router)),
    ...aboutHost(router, snapshot, clock),
  ];
}

const HOST = { interface: "interfaceFailed", filter: "filterMissing", setting: "settingRefused" } as const;

/** Problems of the host's network: those of the instance, and by the first instance those of all. */
function aboutHost(router: RouterReport, snapshot: EngineSnapshot, clock: WallClock): Finding[] {
  const isFirst = snapshot.routers[0] === router;
  return (snapshot.hostProblems ?? [])
    .filter(({ instances }) => (instances.length === 0 ? isFirst : instances.includes(router.instance.name)))
    .map(({ what, text, effect, since }) => ({
      code: HOST[what],
      severity: "warning",
      summary: effect,
      text: `${effect}: ${text} (since ${localTime(clock, instantAt(clock, since))})`,
      advice: "remove the cause: it is tried again every few seconds",
    }));
}

const MISSING = { address: "addressMissing", route: "routeMissing", rule: "ruleMissing" } as const;

function aboutMissing({ item, trouble }: MissingItem, kind: string, clock: WallClock): Finding {
  const what = `${kind}${heldItemText(item)}`;
  const since = `since ${localTime(clock, trouble.since)}`;
  const left = lengthText(micros(Math.max(0, between(clock.at, trouble.retryAt))));
  const base = { code: MISSING[item.kind], severity: "warning", summary: `${what} is missing` } as const;
  switch (trouble.kind) {
    case "refused":
      return {
        ...base,
        text: `${what} is missing ${since}: the kernel refuses it: ${errnoText(trouble.error)} (${trouble.attempts} attempts, the next one in ${left})`,
        advice: "remove the cause: it is added by itself then",
      };
    case "takenAway":
      return {
        ...base,
        text: `${what} is missing: others remove it again and again ${since} (the next attempt in ${left})`,
        advice:
          "find the program that removes it: NetworkManager, systemd-networkd, a script, another VRRP daemon",
      };
    case "waits":
      return {
        ...base,
        text: `${what} is missing ${since}: its interface is missing or down`,
        advice: "it is added by itself when the interface is up",
      };
    case "stays":
      return {
        code: "addressStays",
        severity: "warning",
        summary: `${what} cannot be removed`,
        text: `${what} is still there ${since}: the kernel refuses to remove it: ${errnoText(trouble.error)}`,
        advice: `remove it by hand; the next attempt is in ${left}`,
      };
  }
}

/** Addresses that were neither refused nor lost, and are not shown. */
function notShown(router: RouterReport, clock: WallClock): Finding[] {
  if (router.state.name !== "MASTER") return [];
  if (between(router.lastTransitionAt ?? clock.at, clock.at) < SETTLING) return [];
  const explained = new Set(
    router.missing.flatMap(({ item }) => (item.kind === "address" ? item.address.address : [])),
  );
  const wanted = [...router.instance.virtualAddresses, ...router.instance.excludedAddresses];
  return wanted
    .filter(({ address }) => !router.present.includes(address) && !explained.has(address))
    .map(({ address, interface: name }) => ({
      code: "addressMissing",
      severity: "warning",
      summary: `${address} is missing`,
      text: `MASTER, but the kernel does not show ${address} on ${name}`,
      advice: "it is asked for again within seconds",
    }));
}

function aboutStray({ line, interface: name, only }: Stray, router: RouterReport): Finding {
  const { address } = line;
  const state = router.state.name;
  const own = name === line.interface;
  // A real server of a load balancer has the address there on purpose, and answers no ARP for it.
  const onPurpose = name === "lo";
  return {
    code: "addressStray",
    severity: onPurpose ? "note" : "warning",
    summary: `${address} is on ${name} although this node is ${state}`,
    text: `${address} is on ${name} although this node is ${state}: if another node is MASTER, there are two holders`,
    advice: only
      ? `it is ${name}'s only address of its family, and so not removed: give ${name} another one, or set priority 255 if this host owns ${address}`
      : own
        ? `put there by others; it is removed once when a MASTER is heard. By hand: ip address delete ${address}/${line.prefixLength} dev ${name}`
        : onPurpose
          ? "right for a real server of a load balancer with arp_ignore 1; else remove it there"
          : `Vigil does not touch it there. By hand: ip address delete ${address} dev ${name}`,
  };
}
