import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../../src/base/time.js";
import type { CheckFailure } from "../../../src/check/check-result.js";
import type { EngineConfig } from "../../../src/engine/platform.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { aCheck, type Check } from "../../support/checks.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const tracking = (weight = 0, overrides: Partial<Check> = {}): EngineConfig => ({
  ...simConfig({ version: 2, trackChecks: [{ name: "api", weight, reverse: false }] }),
  checks: [aCheck(overrides)],
});

/** nodelet's shape: a slow script, and a check of its name. */
const refined = (weight = 0): EngineConfig => ({
  ...simConfig({ version: 2, trackScripts: [{ name: "api", weight, reverse: false }] }),
  checks: [aCheck({ refinesScript: true })],
  scripts: [
    {
      name: "api",
      command: { argv: ["/bin/true"] },
      interval: seconds(10),
      timeout: seconds(10),
      weight: 0,
      reverse: false,
      rise: 2,
      fall: 6,
      initFail: false,
    },
  ],
});

/** Ends the probe under way. */
function probed(t: EngineUnderTest, failure?: CheckFailure): EngineUnderTest {
  const run = t.checkRuns.at(-1);
  if (run === undefined) throw new Error("no probe");
  const result =
    failure === undefined
      ? { ok: true as const, text: "well" }
      : { ok: false as const, failure, text: failure };
  t.engine.handle({ kind: "CheckFinished", run, result }, t.now);
  return t;
}

function scriptEnded(t: EngineUnderTest, status: number): void {
  const run = t.runs.at(-1);
  if (run === undefined) throw new Error("no run");
  t.engine.handle({ kind: "ScriptFinished", run, result: { kind: "exited", status } }, t.now);
}

/** Lets time pass with probes that all end the same way. */
function live(t: EngineUnderTest, length: number, failure?: CheckFailure): EngineUnderTest {
  const end = t.now + length;
  let answered = t.checkRuns.length;
  while (t.now < end) {
    t.wait(milliseconds(100));
    if (t.checkRuns.length > answered) {
      answered = t.checkRuns.length;
      probed(t, failure);
    }
  }
  return t;
}

describe("an instance that tracks a check", () => {
  it("waits for its first result, then serves", () => {
    const t = new EngineUnderTest(tracking()).start(anInterface("eth0"));
    expect(t.state("VI_1")).toBe("INIT");
    probed(t);
    expect(t.state("VI_1")).toBe("BACKUP");
  });

  it("a proof says goodbye in the same turn, and is a FAULT", () => {
    const t = new EngineUnderTest(tracking()).start(anInterface("eth0"));
    probed(t);
    live(t, seconds(10));
    expect(t.state("VI_1")).toBe("MASTER");
    t.engine.handle({ kind: "CheckDisturbed", check: "api" }, t.now);
    t.take();
    probed(t, "refused");
    expect(t.take(true)).toEqual([
      expect.stringMatching(/^send .* 0$/),
      expect.stringMatching(/^send .* 0$/),
    ]);
    expect(t.wait(milliseconds(100)).take(true)).toEqual(["remove 10.0.0.100", "VI_1 FAULT fault"]);
    expect(t.engine.snapshot().routers[0]?.state).toMatchObject({
      faults: [{ kind: "checkFailed", check: "api", because: "refused" }],
    });
  });

  it("suspicions need fall in a row, also those that are nobody's answer", () => {
    const t = new EngineUnderTest(tracking()).start(anInterface("eth0"));
    probed(t);
    t.wait(seconds(3));
    expect(t.state("VI_1")).toBe("BACKUP");
    expect(t.engine.snapshot().checks[0]?.verdict).toMatchObject({ ok: true, against: 2 });
    t.wait(seconds(1.1));
    expect(t.state("VI_1")).toBe("FAULT");
    live(t, seconds(1));
    expect(t.state("VI_1")).toBe("FAULT");
    live(t, seconds(1));
    expect(t.state("VI_1")).toBe("BACKUP");
  });

  it("a weight changes the priority instead", () => {
    const t = new EngineUnderTest(tracking(-20)).start(anInterface("eth0"));
    probed(t);
    t.wait(seconds(1));
    probed(t, "refused");
    expect(t.state("VI_1")).toBe("BACKUP");
    expect(t.engine.snapshot().routers[0]?.priority).toBe(80);
  });
});

describe("a check with the name of a script", () => {
  const serving = (weight = 0) => {
    const t = new EngineUnderTest(refined(weight)).start(anInterface("eth0"));
    scriptEnded(t, 0);
    probed(t);
    expect(t.state("VI_1")).toBe("BACKUP");
    t.wait(seconds(1));
    return t;
  };

  it("adds proof: FAULT before the script has noticed, until rise successes", () => {
    const t = serving();
    probed(t, "refused");
    expect(t.state("VI_1")).toBe("FAULT");
    live(t, seconds(1));
    expect(t.state("VI_1")).toBe("FAULT");
    live(t, seconds(1));
    expect(t.state("VI_1")).toBe("BACKUP");
  });

  it("changes the priority of a script with a weight", () => {
    const t = serving(-2);
    probed(t, "refused");
    expect(t.engine.snapshot().routers[0]?.priority).toBe(98);
  });

  it("leaves suspicion to the script", () => {
    const t = serving();
    live(t, seconds(9), "timedOut");
    expect(t.state("VI_1")).not.toBe("FAULT");
  });

  it("the script keeps its contract: it fails without the check, and one without the other is not well", () => {
    const t = serving();
    for (let i = 0; i < 6; i++) {
      live(t, seconds(10));
      scriptEnded(t, 1);
    }
    t.wait(milliseconds(100));
    expect(t.state("VI_1")).toBe("FAULT");
  });

  it("proves nothing about a service that it never saw alive", () => {
    const t = new EngineUnderTest(refined()).start(anInterface("eth0"));
    scriptEnded(t, 0);
    probed(t, "refused");
    expect(t.state("VI_1")).toBe("BACKUP");
  });

  it("is not believed when the script goes on to succeed: it looks at the wrong place", () => {
    const t = serving();
    probed(t, "refused");
    expect(t.state("VI_1")).toBe("FAULT");
    live(t, seconds(9), "refused");
    scriptEnded(t, 0);
    expect(t.state("VI_1")).toBe("FAULT");
    live(t, seconds(10), "refused");
    scriptEnded(t, 0);
    expect(t.state("VI_1")).toBe("BACKUP");
    expect(t.events).toContainEqual({ kind: "CheckContradicted", check: "api" });
  });
});

describe("a reload", () => {
  it("keeps the verdict of a check that asks the same, and a new one is no reason for FAULT", () => {
    const t = new EngineUnderTest(tracking()).start(anInterface("eth0"));
    probed(t);
    const more = { ...tracking(), checks: [aCheck({ interval: seconds(2) })] };
    t.engine.handle({ kind: "ReloadRequested", config: more }, t.now);
    expect(t.engine.snapshot().checks[0]?.verdict.ok).toBe(true);
    const other = { ...tracking(), checks: [aCheck({ probe: { kind: "icmp", host: "h" } })] };
    t.engine.handle({ kind: "ReloadRequested", config: other }, t.now);
    expect(t.engine.snapshot().checks[0]?.verdict.ok).toBeUndefined();
    expect(t.state("VI_1")).toBe("BACKUP");
  });
});
