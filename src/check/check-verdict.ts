/** From the results of probes to a verdict: proofs act at once, suspicions need `fall` in a row, successes `rise`. */

import type { Micros } from "../base/time.js";
import { type CheckResult, type Evidence, evidenceOf } from "./check-result.js";

/** The settings of a check that concern its verdict. */
export interface CheckVerdictConfig {
  readonly rise: number;
  readonly fall: number;
  readonly initFail: boolean;
  /** False: a proof counts like a suspicion. */
  readonly proof: boolean;
  /** False: only proofs count. */
  readonly suspicion: boolean;
}

/** A verdict with its reason. */
export interface CheckVerdict {
  /** Undefined before the first result. */
  readonly ok: boolean | undefined;
  /** Results in a row that speak against it. */
  readonly against: number;
  /** Since when it stands. */
  readonly since: Micros;
  /** Why it is false. */
  readonly because: { readonly evidence: Evidence; readonly text: string } | undefined;
  /** It was true once: what a check has never seen alive it cannot see die. */
  readonly wasOk: boolean;
}

/** Before any result; with `init_fail` it is false until the check has succeeded `rise` times. */
export function firstVerdict(config: CheckVerdictConfig, now: Micros): CheckVerdict {
  const because = { evidence: "suspicion", text: "not yet seen alive (init_fail)" } as const;
  return config.initFail
    ? { ok: false, against: 0, since: now, because, wasOk: false }
    : { ok: undefined, against: 0, since: now, because: undefined, wasOk: false };
}

/** The verdict after one more result. The first success or proof decides alone; suspicions are as slow at the start as later. */
export function judgeResult(
  verdict: CheckVerdict,
  result: CheckResult,
  config: CheckVerdictConfig,
  now: Micros,
): CheckVerdict {
  if (result.ok) {
    if (verdict.ok === true) return verdict.against === 0 ? verdict : { ...verdict, against: 0 };
    const against = verdict.against + 1;
    if (verdict.ok === false && against < config.rise) return { ...verdict, against };
    return { ok: true, against: 0, since: now, because: undefined, wasOk: true };
  }
  const evidence = config.proof ? evidenceOf(result.failure) : "suspicion";
  if (evidence === "suspicion" && !config.suspicion) return verdict;
  // The reason stays the one that decided: it is what a fault is named by.
  if (verdict.ok === false) return { ...verdict, against: 0 };
  const against = verdict.against + 1;
  const decides = evidence === "proof" || against >= config.fall;
  if (!decides) return { ...verdict, against };
  return { ...verdict, ok: false, against: 0, since: now, because: { evidence, text: result.text } };
}
