import { describe, expect, it } from "vitest";
import { micros, seconds } from "../../../src/base/time.js";
import type { CheckFailure, CheckResult } from "../../../src/check/check-result.js";
import { type CheckVerdict, firstVerdict, judgeResult } from "../../../src/check/check-verdict.js";

const CONFIG = { rise: 2, fall: 3, initFail: false, proof: true, suspicion: true };
const OK: CheckResult = { ok: true, text: "answered 200" };
const failed = (failure: CheckFailure): CheckResult => ({ ok: false, failure, text: failure });

/** Verdicts after each result, as `ok/against`. */
function verdicts(results: readonly CheckResult[], overrides: Partial<typeof CONFIG> = {}): string[] {
  const config = { ...CONFIG, ...overrides };
  let verdict: CheckVerdict = firstVerdict(config, micros(0));
  return results.map((result, index) => {
    verdict = judgeResult(verdict, result, config, seconds(index + 1));
    return `${verdict.ok}/${verdict.against}`;
  });
}

describe("verdict of a check", () => {
  it("a proof acts at once, a suspicion needs fall in a row", () => {
    expect(verdicts([OK, failed("refused")])).toEqual(["true/0", "false/0"]);
    const slow = failed("timedOut");
    expect(verdicts([OK, slow, slow, OK, slow, slow, slow])).toEqual([
      "true/0",
      "true/1",
      "true/2",
      "true/0",
      "true/1",
      "true/2",
      "false/0",
    ]);
  });

  it("a proof ends a row of suspicions", () => {
    expect(verdicts([OK, failed("timedOut"), failed("refused")]).at(-1)).toBe("false/0");
  });

  it.each([
    "closed",
    "timedOut",
    "status",
    "report",
    "body",
    "certificateExpired",
    "protocol",
    "unreachable",
  ] as const)("%s is a suspicion", (failure) => {
    expect(verdicts([OK, failed(failure)])).toEqual(["true/0", "true/1"]);
  });

  it("rise successes in a row end a failure; another failure begins them anew", () => {
    const refused = failed("refused");
    expect(verdicts([OK, refused, OK, refused, OK, OK])).toEqual([
      "true/0",
      "false/0",
      "false/1",
      "false/0",
      "false/1",
      "true/0",
    ]);
  });

  it("the first success or proof decides alone, suspicions need fall from the start", () => {
    expect(verdicts([OK])).toEqual(["true/0"]);
    expect(verdicts([failed("refused")])).toEqual(["false/0"]);
    const slow = failed("timedOut");
    expect(verdicts([slow, slow, slow])).toEqual(["undefined/1", "undefined/2", "false/0"]);
  });

  it("init_fail: failed until rise successes", () => {
    expect(verdicts([OK, OK], { initFail: true })).toEqual(["false/1", "true/0"]);
  });

  it("proof off: a proof counts like a suspicion; suspicion off: only proofs count", () => {
    const refused = failed("refused");
    expect(verdicts([OK, refused, refused, refused], { proof: false })).toEqual([
      "true/0",
      "true/1",
      "true/2",
      "false/0",
    ]);
    const slow = failed("timedOut");
    expect(verdicts([OK, slow, slow, slow, refused], { suspicion: false })).toEqual([
      "true/0",
      "true/0",
      "true/0",
      "true/0",
      "false/0",
    ]);
  });

  it("keeps the reason that decided, and since when", () => {
    const config = { ...CONFIG, fall: 1 };
    let verdict = judgeResult(firstVerdict(config, micros(0)), OK, config, seconds(1));
    verdict = judgeResult(verdict, failed("status"), config, seconds(2));
    verdict = judgeResult(verdict, failed("refused"), config, seconds(3));
    expect(verdict).toMatchObject({
      ok: false,
      since: seconds(2),
      because: { evidence: "suspicion", text: "status" },
    });
  });
});
