/** Turns single results into a verdict: `rise` successes in a row are OK, `fall` failures in a row are failed. */

/** The counts of a `vrrp_script`; both at least 1. */
export interface RiseFallLimits {
  readonly rise: number;
  readonly fall: number;
}

/** A verdict and the way to the next one; a plain value. */
export interface RiseFall {
  /** Undefined before the first result. */
  readonly ok: boolean | undefined;
  /** Results in a row that speak against the verdict. */
  readonly against: number;
}

/** Before any result. */
export const UNDECIDED: RiseFall = { ok: undefined, against: 0 };

/**
 * The verdict after one more result. keepalived's rule for the first one: it decides alone, one success or one failure,
 * whatever `rise` and `fall` are.
 */
export function judge(verdict: RiseFall, success: boolean, limits: RiseFallLimits): RiseFall {
  if (verdict.ok === undefined) return { ok: success, against: 0 };
  if (verdict.ok === success) return { ok: success, against: 0 };
  const against = verdict.against + 1;
  if (against >= (success ? limits.rise : limits.fall)) return { ok: success, against: 0 };
  return { ok: verdict.ok, against };
}
