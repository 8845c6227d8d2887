import { describe, expect, it } from "vitest";
import { type Micros, micros, milliseconds } from "../../../src/base/time.js";
import { CheckSchedule } from "../../../src/check/check-schedule.js";

const CONFIG = { interval: milliseconds(100), timeout: milliseconds(250) };

/** Orders until `end`, as `TIME kind run`; `answer`: ms that a probe takes, undefined for one that hangs. */
function play(end: number, answer: (run: number) => number | undefined, config = CONFIG): string[] {
  const schedule = new CheckSchedule(config, micros(0));
  const said: string[] = [];
  let now = micros(0);
  const answers: { at: Micros; run: number }[] = [];
  for (;;) {
    const next = answers[0];
    const deadline = micros(Math.max(now, schedule.nextDeadline()));
    const at = next !== undefined && next.at <= deadline ? next.at : deadline;
    if (at > milliseconds(end)) return said;
    now = at;
    if (next !== undefined && at === next.at) {
      answers.shift();
      if (!schedule.finished(next.run)) said.push(`${at / 1000} late ${next.run}`);
      continue;
    }
    for (const order of schedule.handleTimeout(at)) {
      said.push(`${at / 1000} ${order.kind} ${order.run}`);
      const takes = order.kind === "start" ? answer(order.run) : undefined;
      if (takes !== undefined) answers.push({ at: micros(at + takes * 1000), run: order.run });
    }
    answers.sort((a, b) => a.at - b.at);
  }
}

describe("schedule of a check", () => {
  it("starts at once and keeps the beat", () => {
    expect(play(250, () => 30)).toEqual(["0 start 1", "100 start 2", "200 start 3"]);
  });

  it("never starts a second probe while one is under way", () => {
    expect(play(450, (run) => (run === 1 ? 230 : 10))).toEqual([
      "0 start 1",
      "230 start 2",
      "300 start 3",
      "400 start 4",
    ]);
  });

  it("a probe that hangs is over at its timeout, and the next one starts", () => {
    expect(play(520, (run) => (run === 1 ? undefined : 10))).toEqual([
      "0 start 1",
      "250 timedOut 1",
      "250 start 2",
      "300 start 3",
      "400 start 4",
      "500 start 5",
    ]);
  });

  it("what comes after the timeout is not counted", () => {
    expect(play(299, (run) => (run === 1 ? 260 : 10))).toContain("260 late 1");
  });

  it("a closed connection is looked after at once", () => {
    const schedule = new CheckSchedule(CONFIG, micros(0));
    schedule.handleTimeout(micros(0));
    schedule.finished(1);
    schedule.disturbed(milliseconds(40));
    expect(schedule.nextDeadline()).toBe(milliseconds(40));
    expect(schedule.handleTimeout(milliseconds(40))).toEqual([{ kind: "start", run: 2 }]);
  });

  it("a server that closes every connection does not keep us busy", () => {
    const schedule = new CheckSchedule(CONFIG, micros(0));
    let now = micros(0);
    let starts = 0;
    while (now < 2_000_000) {
      for (const { run } of schedule.handleTimeout(now)) {
        starts++;
        schedule.finished(run);
        schedule.disturbed(now);
      }
      now = schedule.nextDeadline();
    }
    // One for each interval and a few more before the pauses have grown.
    expect(starts).toBeGreaterThanOrEqual(20);
    expect(starts).toBeLessThan(45);
  });
});
