/** Counting processes by the kernel's events, in the machine's own network namespace: nothing of the network is touched. */

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CountChange } from "../../src/check/process-table.js";
import type { EngineConfig } from "../../src/engine/platform.js";
import { ProcessWatch } from "../../src/linux/main-thread/tracking/process-watch.js";
import { waitFor } from "../support/lab/wait-for.js";

type TrackProcess = EngineConfig["trackProcesses"][number];

/** Unique, so that no other program of the machine counts; at most 15 characters. */
const NAME = `vgl-p-${process.pid}`;

let directory: string;
let program: string;
let watch: ProcessWatch;
let changes: CountChange[];
let notices: string[];
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vigil-process-"));
  program = join(directory, NAME);
  // A copy of a real program: a script would count as its interpreter when asked for its command line.
  copyFileSync("/bin/sleep", program);
  chmodSync(program, 0o755);
  changes = [];
  notices = [];
  watch = new ProcessWatch({
    changed: (change) => changes.push(change),
    notice: (text) => notices.push(text),
  });
});

afterEach(async () => {
  watch.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

const start = (...args: string[]): ChildProcess => {
  const child = spawn(program, args, { stdio: "ignore" });
  children.push(child);
  return child;
};

/** Resolves when a child runs its program. */
const running = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.once("spawn", resolve));

const tracked = (overrides: Partial<TrackProcess> = {}) =>
  ({
    name: "P",
    command: [NAME],
    parameterMatch: "none",
    fullCommand: false,
    weight: 0,
    reverse: false,
    quorum: 1,
    quorumMax: undefined,
    forkDelay: 0,
    terminateDelay: 0,
    ...overrides,
  }) as TrackProcess;

const latest = (name = "P") => changes.filter(({ process }) => process === name).at(-1);

function counts(name: string, count: number): Promise<true> {
  return waitFor(() => latest(name)?.count === count, {
    what: `${count} of ${name}`,
    evidence: () => JSON.stringify([changes, notices]),
  });
}

describe("processes by the kernel's events", () => {
  test("those that run, those that start, those that end", async () => {
    await running(start("1000"));
    watch.configure([tracked()]);
    await counts("P", 1);
    const second = start("1000");
    await counts("P", 2);
    expect(latest()?.change).toBe("renamed");
    second.kill("SIGKILL");
    await counts("P", 1);
    expect(latest()?.change).toBe("ended");
    expect(notices).toEqual([]);
  });

  test("parameters decide, each tracker by itself", async () => {
    watch.configure([
      tracked({ name: "any", command: [program], fullCommand: true }),
      tracked({ name: "exact", command: [program, "1000"], parameterMatch: "exact" }),
      tracked({ name: "partial", command: [program, "1000"], parameterMatch: "partial" }),
      tracked({ name: "initial", command: [program, "10"], parameterMatch: "initial" }),
    ]);
    start("1000");
    await counts("any", 1);
    start("1000", "1");
    await counts("any", 2);
    start("1001");
    await counts("any", 3);
    const last = ["exact", "partial", "initial"].map((name) => latest(name)?.count);
    expect(last).toEqual([1, 2, 3]);
  });

  test("another configuration counts anew; after the end nothing is told", async () => {
    await running(start("1000"));
    watch.configure([tracked()]);
    await counts("P", 1);
    watch.configure([tracked({ name: "Q" })]);
    expect(latest("Q")).toEqual({ process: "Q", count: 1, change: "renamed" });
    watch.close();
    const before = changes.length;
    const other = start("1000");
    await running(other);
    other.kill("SIGKILL");
    await new Promise((resolve) => other.once("exit", resolve));
    expect(changes).toHaveLength(before);
  });
});
