/** What is known of a `vrrp_check`, and of the nodes that could take over when it fails, in words. */

import type { IpAddress } from "../base/ip-address.js";
import { evidenceOf } from "../check/check-result.js";
import { type Candidate, HELLO_FRESH } from "../engine/fitness/peer-fitness.js";
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
export function candidateInputs(router: RouterReport, clock: WallClock): Input[] {
  const { candidacy } = router;
  if (candidacy === undefined) return [];
  const { fit, kept, settledAt, candidates } = candidacy;
  const reasons = [
    ...(kept ? ["kept although a check fails, because nobody fit is known"] : []),
    ...(settledAt !== undefined && settledAt > clock.at
      ? [`took over a moment ago: keeps the addresses for ${lengthText(between(clock.at, settledAt))}`]
      : []),
  ];
  return [
    {
      name: "fit to serve",
      value: fit ? "yes" : "no",
      evidence: reasons.join("; ") || "what the other nodes are told",
    },
    ...candidates.map((candidate) => ({
      name: `candidate ${candidate.address}`,
      value: fitnessText(candidate, clock),
      evidence: `said so ${lengthText(between(candidate.at, clock.at))} ago`,
    })),
    ...strangers(router, clock).map((address) => ({
      name: `candidate ${address}`,
      value: "may be fit",
      evidence: "never said hello: judged as a keepalived is",
    })),
  ];
}

function fitnessText({ fit, at }: Candidate, clock: WallClock): string {
  if (!fit) return "not fit";
  return clock.at - at < HELLO_FRESH ? "fit" : "not fit: silent";
}

function strangers(router: RouterReport, clock: WallClock): IpAddress[] {
  const known = new Set(router.candidacy?.candidates.map(({ address }) => address));
  const heard = router.heard.filter((sender) => !isSilent(sender, clock.at)).map(({ address }) => address);
  const peers = router.instance.unicastPeers
    .map(({ address }) => address)
    .filter((address) => !router.localPeers.includes(address));
  return [...new Set([...peers, ...heard])].filter((address) => !known.has(address));
}
