/** Tracked processes: which ones count, and when their number is enough. */

import { describe, expect, it } from "vitest";
import { micros, seconds } from "../../../src/base/time.js";
import { ProcessQuorum, type QuorumLimits } from "../../../src/check/process-quorum.js";
import { matchesProcess, type ProcessPattern, ProcessTable } from "../../../src/check/process-table.js";

const pattern = (overrides: Partial<ProcessPattern> = {}): ProcessPattern => ({
  name: "P",
  command: ["etcd"],
  parameterMatch: "none",
  fullCommand: false,
  ...overrides,
});

const argv = (line: string) => ({
  shortName: line.split(" ")[0]?.split("/").at(-1)?.slice(0, 15),
  commandLine: line.split(" "),
});

describe("which processes count", () => {
  it.each([
    // What is asked for, how, and which command lines are such a process.
    [pattern(), "/usr/bin/etcd --a", true],
    [pattern(), "etcdctl", false],
    [pattern({ fullCommand: true }), "/usr/bin/etcd", false],
    [pattern({ fullCommand: true, command: ["/usr/bin/etcd"] }), "/usr/bin/etcd --a", true],
    [pattern({ parameterMatch: "exact", command: ["etcd", "--a", "1"] }), "etcd --a 1", true],
    [pattern({ parameterMatch: "exact", command: ["etcd", "--a", "1"] }), "etcd --a 1 2", false],
    [pattern({ parameterMatch: "exact", command: ["etcd"] }), "etcd", true],
    [pattern({ parameterMatch: "exact", command: ["etcd"] }), "etcd --a", false],
    [pattern({ parameterMatch: "partial", command: ["etcd", "--a"] }), "etcd --a 1", true],
    [pattern({ parameterMatch: "partial", command: ["etcd", "--a"] }), "etcd --ab", false],
    [pattern({ parameterMatch: "initial", command: ["etcd", "--a"] }), "etcd --ab 1", true],
    [pattern({ parameterMatch: "initial", command: ["etcd", "--a"] }), "etcd", false],
  ])("%j and %s: %s", (asked, line, expected) => {
    expect(matchesProcess(asked, argv(line))).toBe(expected);
  });

  it("a kernel thread is its short name, and nothing else", () => {
    const thread = { shortName: "kthreadd", commandLine: [] };
    expect(matchesProcess(pattern({ command: ["kthreadd"] }), thread)).toBe(true);
    expect(matchesProcess(pattern({ command: ["kthreadd"], fullCommand: true }), thread)).toBe(false);
  });
});

describe("counting", () => {
  const table = () => new ProcessTable([pattern(), pattern({ name: "W", command: ["worker"] })]);

  it("a child counts as its parent until it runs something else", () => {
    const t = table();
    expect(t.identified(10, argv("etcd"))).toEqual([{ process: "P", count: 1, change: "renamed" }]);
    expect(t.forked(10, 11)).toEqual([{ process: "P", count: 2, change: "forked" }]);
    expect(t.identified(11, argv("sh"))).toEqual([{ process: "P", count: 1, change: "renamed" }]);
    expect(t.ended(11)).toEqual([]);
    expect(t.ended(10)).toEqual([{ process: "P", count: 0, change: "ended" }]);
  });

  it("what is told twice counts once, and strangers do not count", () => {
    const t = table();
    t.identified(10, argv("etcd"));
    expect(t.identified(10, argv("etcd"))).toEqual([]);
    expect(t.forked(99, 100)).toEqual([]);
    expect(t.ended(99)).toEqual([]);
  });

  it("a new name moves a process from one tracker to another", () => {
    const t = table();
    t.identified(10, argv("etcd"));
    expect(t.renamed(10, "worker")).toEqual([
      { process: "P", count: 0, change: "renamed" },
      { process: "W", count: 1, change: "renamed" },
    ]);
  });
});

describe("quorum", () => {
  const limits = (overrides: Partial<QuorumLimits> = {}): QuorumLimits => ({
    quorum: 2,
    quorumMax: 3,
    forkDelay: micros(0),
    terminateDelay: micros(0),
    ...overrides,
  });
  const at = seconds;

  it.each([
    [1, false],
    [2, true],
    [3, true],
    [4, false],
  ])("%i of 2 to 3: %s", (count, ok) => {
    expect(new ProcessQuorum(limits(), count).ok).toBe(ok);
  });

  it("an end counts only when it lasts", () => {
    const quorum = new ProcessQuorum(limits({ terminateDelay: seconds(2) }), 2);
    expect(quorum.counted(1, "ended", at(10))).toBe(false);
    expect([quorum.ok, quorum.nextDeadline]).toEqual([true, at(12)]);
    expect(quorum.counted(2, "renamed", at(11))).toBe(false);
    expect(quorum.nextDeadline).toBeUndefined();
    quorum.counted(1, "ended", at(20));
    expect(quorum.handleTimeout(micros(at(22) - 1))).toBe(false);
    expect(quorum.handleTimeout(at(22))).toBe(true);
    expect(quorum.ok).toBe(false);
  });

  it("a gain by a fork waits, a gain by a start does not; too many is a loss", () => {
    const patient = limits({ forkDelay: seconds(2), terminateDelay: seconds(5) });
    const quorum = new ProcessQuorum(patient, 1);
    expect(quorum.counted(2, "renamed", at(1))).toBe(true);
    quorum.counted(1, "renamed", at(2));
    expect(quorum.counted(2, "forked", at(3))).toBe(false);
    expect(quorum.handleTimeout(at(5))).toBe(true);
    quorum.counted(3, "forked", at(6));
    expect(quorum.nextDeadline).toBeUndefined();
    quorum.counted(4, "forked", at(7));
    expect(quorum.handleTimeout(at(9))).toBe(true);
    expect(quorum.ok).toBe(false);
  });

  it("a loss that is made good by a fork is undone at once, without another delay", () => {
    const quorum = new ProcessQuorum(limits({ forkDelay: seconds(2), terminateDelay: seconds(2) }), 2);
    quorum.counted(1, "ended", at(1));
    expect(quorum.counted(2, "forked", at(2))).toBe(false);
    expect([quorum.ok, quorum.nextDeadline]).toEqual([true, undefined]);
  });

  it("a change within a running delay is judged by where it ends", () => {
    const quorum = new ProcessQuorum(limits({ terminateDelay: seconds(2) }), 3);
    quorum.counted(1, "ended", at(1));
    quorum.counted(0, "ended", at(2));
    expect(quorum.nextDeadline).toBe(at(3));
    expect(quorum.handleTimeout(at(3))).toBe(true);
  });

  it("a reload keeps the verdict unless the limits are other ones", () => {
    const quorum = new ProcessQuorum(limits(), 1);
    expect(quorum.reconfigure(limits({ forkDelay: seconds(1) }))).toBe(false);
    expect(quorum.reconfigure(limits({ quorum: 1 }))).toBe(true);
    expect(quorum.ok).toBe(true);
  });
});
