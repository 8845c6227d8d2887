/** What is known of a `vrrp_check`, and of the nodes that could take over when it fails, in words. */

import type { IpAddress } from "../base/ip-address.js";
import { evidenceOf } from "../check/check-result.js";
import { HELLO_FRESH, type PeerSnapshot } from "../engine/fitness/peer-fitness.js";
import type { RouterReport } from "../engine/snapshot.js";
import type { CheckSnapshot } from "../engine/tracking/checks.js";
import { isSilent } from "./findings.js";
import type { Input } from "./inputs.js";
import { between, lengthText, localTime, type WallClock } from "./wall-clock.js";

/** Failures that are all but forgotten are not worth a word. */
const FORGOTTEN = 0.5;

/** The verdict about a check with what it rests on: `proof: connection refused, since 10:00:01; looked 20 ms ago`. */
export function checkEvidence(check: CheckSnapshot, clock: WallClock): string {
  const { verdict, last, lastAt } = check;
  if (last === undefined || lastAt === undefined) return verdict.because?.text ?? "no result yet";
  return [verdictText(check, clock), ...penaltyText(check, clock), ...lastText(check, lastAt, clock)].join(
    "; ",
  );
}

function verdictText({ verdict, config }: CheckSnapshot, clock: WallClock): string {
  const { ok, because, against, since } = verdict;
  if (ok === undefined) return `no verdict yet, ${against} of fall ${config.fall} failures`;
  const what = ok ? "well" : because === undefined ? "failed" : `${because.evidence}: ${because.text}`;
  const needed = ok
    ? `, ${against} of fall ${config.fall} failures`
    : `, ${against} of rise ${config.rise} successes`;
  return `${what}, since ${localTime(clock, since)}${against === 0 ? "" : needed}`;
}

function penaltyText({ failures, unsteadyUntil }: CheckSnapshot, clock: WallClock): string[] {
  const often = failures < FORGOTTEN ? [] : [`flap penalty ${failures.toFixed(1)}`];
  if (unsteadyUntil === undefined || unsteadyUntil <= clock.at) return often;
  const left = lengthText(between(clock.at, unsteadyUntil));
  return [...often, `well again, but not believed for another ${left}`];
}

function lastText(
  { verdict, last, armed, config }: CheckSnapshot,
  lastAt: NonNullable<CheckSnapshot["lastAt"]>,
  clock: WallClock,
): string[] {
  const ago = `${lengthText(between(lastAt, clock.at))} ago`;
  const decided = last?.ok === verdict.ok && (last?.ok === true || last?.text === verdict.because?.text);
  const found =
    last === undefined || decided
      ? ""
      : last.ok
        ? ": it succeeded"
        : `: ${evidenceOf(last.failure)}: ${last.text}`;
  const unarmed = config.refinesScript && !armed ? ["not counted for the script of its name yet"] : [];
  return [`looked ${ago}${found}`, ...unarmed];
}

/** Rows of `vigil explain`: this node's own word, and every other node that could take over. */
export function peerInputs(router: RouterReport, clock: WallClock): Input[] {
  const { fitness } = router;
  if (fitness === undefined) return [];
  const { own, keptUntil, settledAt, peers } = fitness;
  const reasons = [
    ...own.reasons,
    ...(keptUntil !== undefined
      ? [
          `the addresses are kept, because nobody fit is known, for ${lengthText(between(clock.at, keptUntil))} more at most`,
        ]
      : []),
    ...(settledAt !== undefined && settledAt > clock.at
      ? [`took over a moment ago: keeps the addresses for ${lengthText(between(clock.at, settledAt))}`]
      : []),
  ];
  return [
    {
      name: "fit to serve",
      value: own.fit ? "yes" : "no",
      evidence: reasons.join("; ") || "what the other nodes are told",
    },
    ...peers.map((peer) => ({
      name: `candidate ${peer.address}`,
      value: fitnessText(peer, clock),
      evidence: peerEvidence(peer, clock),
    })),
    ...strangers(router, clock).map((address) => ({
      name: `candidate ${address}`,
      value: "may be fit",
      evidence: "never said hello: judged as a keepalived is",
    })),
  ];
}

function fitnessText({ fit, at, trusted }: PeerSnapshot, clock: WallClock): string {
  if (!trusted) return fit ? "says fit, not believed" : "says not fit, not believed";
  if (!fit) return "not fit";
  return clock.at - at < HELLO_FRESH ? "fit" : "not fit: silent";
}

function peerEvidence({ at, trust, trusted, report }: PeerSnapshot, clock: WallClock): string {
  const said = `said so ${lengthText(between(at, clock.at))} ago`;
  const how = trusted ? [] : [trust === "hearsay" ? "hearsay: judged as a keepalived is" : trust];
  if (report === undefined) return [said, ...how].join("; ");
  const { state, priority, version, reasons } = report;
  return [said, ...how, `${state}, priority ${priority}`, ...reasons, `Vigil ${version}`].join("; ");
}

function strangers(router: RouterReport, clock: WallClock): IpAddress[] {
  const known = new Set(router.fitness?.peers.map(({ address }) => address));
  const heard = router.heard.filter((sender) => !isSilent(sender, clock.at)).map(({ address }) => address);
  const peers = router.instance.unicastPeers.map(({ address }) => address);
  const own = new Set([router.source, ...router.localPeers]);
  return [...new Set([...peers, ...heard])].filter((address) => !own.has(address) && !known.has(address));
}
