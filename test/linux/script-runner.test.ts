/** Scripts as real processes: how each way to end is told, whom they run as, and that nothing of them stays behind. */

import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ScriptResult, ScriptRun } from "../../src/engine/platform.js";
import { findCredentials } from "../../src/linux/main-thread/scripts/accounts.js";
import { NotifyRunner } from "../../src/linux/main-thread/scripts/notify-runner.js";
import { type OwnedCommand, ScriptRunner } from "../../src/linux/main-thread/scripts/script-runner.js";
import { waitFor } from "../support/lab/wait-for.js";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vgr-scripts-"));
  chmodSync(directory, 0o777);
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function script(name: string, body: string, mode = 0o755): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, mode);
  return path;
}

function output(name: string): string {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The states (`R`, `S`, `Z`…) of the processes of a process group. */
function group(pgid: number): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    let line: string;
    try {
      line = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
      // It ended in between.
      return [];
    }
    const [state = "", , pgrp] = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return Number(pgrp) === pgid ? [state] : [];
  });
}

function written(name: string): Promise<string> {
  return waitFor(() => (output(name).endsWith("\n") ? output(name).trim() : undefined), {
    what: `${name} is written`,
  });
}

class Runs {
  readonly results = new Map<string, ScriptResult>();
  readonly said = new Map<string, string>();
  readonly runner = new ScriptRunner((run, result, said) => {
    const key = `${run.script} ${run.run}`;
    if (this.results.has(key)) throw new Error(`${key} ended twice`);
    this.results.set(key, result);
    this.said.set(run.script, said);
  });

  async configure(commands: Record<string, OwnedCommand>): Promise<void> {
    const scripts = Object.entries(commands).map(([name, command]) => ({ name, command }));
    const change = await this.runner.prepare({ global: { scriptUser: { user: "root" } }, scripts });
    await change.commit();
    await change.finish?.();
  }

  result(run: ScriptRun): Promise<ScriptResult> {
    const key = `${run.script} ${run.run}`;
    return waitFor(() => this.results.get(key), { what: `${key} ends`, every: 10 });
  }

  /** Starts the first run of a script and waits for its end. */
  run(name: string): Promise<ScriptResult> {
    this.runner.start({ script: name, run: 1 });
    return this.result({ script: name, run: 1 });
  }
}

describe("a run", () => {
  it("ends with its exit status, a signal, or not at all where it cannot be started", async () => {
    const runs = new Runs();
    await runs.configure({
      ok: { argv: ["/bin/true"] },
      bad: { argv: [script("bad", "exit 3")] },
      shot: { argv: [script("shot", "kill -KILL $$")] },
      missing: { argv: [join(directory, "missing")] },
      plain: { argv: [script("plain", "exit 0", 0o644)] },
      interpreter: { argv: [join(directory, "interpreter")] },
      searched: { argv: ["false"] },
      nobodyKnows: { argv: ["/bin/true"], user: "vgr-no-such-user" },
      noGroup: { argv: ["/bin/true"], user: "root", group: "vgr-no-such-group" },
    });
    writeFileSync(join(directory, "interpreter"), "#!/nonexistent/sh\n", { mode: 0o755 });
    expect(await runs.run("ok")).toEqual({ kind: "exited", status: 0 });
    expect(await runs.run("bad")).toEqual({ kind: "exited", status: 3 });
    expect(await runs.run("shot")).toEqual({ kind: "signaled", signal: "SIGKILL" });
    expect(await runs.run("searched")).toEqual({ kind: "exited", status: 1 });
    for (const [name, error] of [
      ["missing", /ENOENT/],
      ["plain", /EACCES/],
      ["interpreter", /ENOENT/],
      ["nobodyKnows", /Script user 'vgr-no-such-user' does not exist/],
      ["noGroup", /Script group 'vgr-no-such-group' does not exist/],
      ["unknown", /no script unknown/],
    ] as const) {
      expect(await runs.run(name)).toEqual({ kind: "failedToStart", error: expect.stringMatching(error) });
    }
  });

  it("that writes without end has to wait, and is not read for all of that time", async () => {
    const runs = new Runs();
    const written = join(directory, "written");
    const body = `yes & p=$!; sleep 1; grep wchar /proc/$p/io > ${written}; kill $p`;
    await runs.configure({ endless: { argv: [script("endless", body)], user: "root" } });
    await runs.run("endless");
    const bytes = Number(/\d+/.exec(readFileSync(written, "utf8"))?.[0]);
    // A pipe that is read as fast as possible takes gigabytes.
    expect(bytes).toBeLessThan(40_000_000);
  });

  it("is quoted with its first line, of standard error if there is no other: bounded, printable, never in its way", async () => {
    const runs = new Runs();
    const cases: Record<string, [body: string, said: string]> = {
      silent: ["exit 0", ""],
      plugin: ["echo 'HTTP OK - 200 | time=0.1s'; echo more; exit 1", "HTTP OK - 200"],
      complains: ["printf '\\n  \\n*** Error GET /healthz\\n' >&2; exit 1", "*** Error GET /healthz"],
      both: ["echo err >&2; echo out", "out"],
      coloured: ["printf '\\033[31mdown\\007 Verf\\303\\274gbar\\r\\n'", "?[31mdown? Verfügbar?"],
      endless: ["head -c 3000000 /dev/zero | tr '\\0' x; exit 2", "x".repeat(200)],
      leaves: ["echo left behind; sleep 3 & exit 0", "left behind"],
      opens: ["echo opened >/dev/stdout && echo e >/dev/stderr", "opened"],
    };
    await runs.configure(
      Object.fromEntries(
        Object.entries(cases).map(([name, [body]]) => [
          name,
          { argv: [script(name, body)], user: name === "opens" ? "nobody" : "root" },
        ]),
      ),
    );
    for (const [name, [, said]] of Object.entries(cases)) {
      await runs.run(name);
      expect(runs.said.get(name), name).toBe(said);
    }
    expect(runs.results.get("endless 1")).toEqual({ kind: "exited", status: 2 });
    expect(runs.results.get("opens 1")).toEqual({ kind: "exited", status: 0 });
  });

  it("gets its arguments as they are, /dev/null, and no variable that bends a shell or the loader", async () => {
    const path = script(
      "probe",
      `for a in "$@"; do echo "<$a>"; done > ${directory}/arguments
       readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 > ${directory}/descriptors
       env > ${directory}/environment
       ps -o pid=,pgid= -p $$ > ${directory}/group
       ls /proc/$$/fd | wc -l > ${directory}/open`,
    );
    for (const name of ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "VGR_KEPT"]) process.env[name] = "/vgr";
    const runs = new Runs();
    try {
      await runs.configure({ probe: { argv: [path, "a b", "$HOME", "*", ""] } });
      expect(await runs.run("probe")).toEqual({ kind: "exited", status: 0 });
    } finally {
      for (const name of ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "VGR_KEPT"]) delete process.env[name];
    }
    expect(output("arguments")).toBe("<a b>\n<$HOME>\n<*>\n<>\n");
    expect(output("descriptors").split("\n").slice(0, 1)).toEqual(["/dev/null"]);
    expect(output("environment")).toMatch(/^VGR_KEPT=\/vgr$/m);
    expect(output("environment")).not.toMatch(/^(IFS|LD_PRELOAD|LD_LIBRARY_PATH)=/m);
    const [pid, pgid] = output("group").trim().split(/\s+/);
    expect(pgid).toBe(pid);
  });

  it("runs as the user and group by name or by number, without other groups", async () => {
    const path = script("who", `echo "$(id -u):$(id -g):$(id -G)" > ${directory}/$1`);
    const runs = new Runs();
    await runs.configure({
      byName: { argv: [path, "byName"], user: "nobody" },
      byNumber: { argv: [path, "byNumber"], user: "65534" },
      withGroup: { argv: [path, "withGroup"], user: "nobody", group: "daemon" },
      groupNumber: { argv: [path, "groupNumber"], user: "daemon", group: "65534" },
      numbersOfNobody: { argv: [path, "numbersOfNobody"], user: "43210" },
      inherited: { argv: [path, "inherited"] },
    });
    const expected = {
      byName: "65534:65534:65534\n",
      byNumber: "65534:65534:65534\n",
      withGroup: "65534:1:1\n",
      groupNumber: "1:65534:65534\n",
      numbersOfNobody: "43210:43210:43210\n",
      inherited: "0:0:0\n",
    };
    for (const [name, identity] of Object.entries(expected)) {
      expect(await runs.run(name)).toEqual({ kind: "exited", status: 0 });
      expect(output(name)).toBe(identity);
    }
    await expect(findCredentials({ user: "vgr-no-such-user" })).rejects.toThrow("does not exist");
  });

  it("`</path` tells whether the user may read the file", async () => {
    const secret = join(directory, "secret");
    writeFileSync(secret, "", { mode: 0o600 });
    const runs = new Runs();
    await runs.configure({
      there: { argv: [`<${secret}`] },
      blanks: { argv: [`< \t${secret}`] },
      missing: { argv: [`<${join(directory, "missing")}`] },
      forbidden: { argv: [`<${secret}`], user: "nobody" },
    });
    expect(await runs.run("there")).toEqual({ kind: "exited", status: 0 });
    expect(await runs.run("blanks")).toEqual({ kind: "exited", status: 0 });
    expect(await runs.run("missing")).toMatchObject({ kind: "exited", status: expect.any(Number) });
    expect(runs.results.get("missing 1")).not.toEqual({ kind: "exited", status: 0 });
    expect(await runs.run("forbidden")).not.toEqual({ kind: "exited", status: 0 });
  });

  it("that hangs, with a child that ignores SIGTERM, is ended as a whole group", async () => {
    const path = script(
      "hang",
      `sh -c 'trap "" TERM; echo $$ > ${directory}/child; while :; do sleep 1; done' &
       echo $$ > ${directory}/leader
       wait`,
    );
    const runs = new Runs();
    await runs.configure({ hang: { argv: [path] } });
    const run = { script: "hang", run: 1 };
    runs.runner.start(run);
    const leader = Number(await written("leader"));
    await written("child");
    expect(group(leader).length).toBeGreaterThanOrEqual(2);
    runs.runner.kill(run, "SIGTERM");
    expect(await runs.result(run)).toEqual({ kind: "signaled", signal: "SIGTERM" });
    await waitFor(() => group(leader).length === 0, {
      what: "nothing is left of the group, no zombie either",
    });
  });

  it("that ignores SIGTERM itself is ended by SIGKILL, and other runs go on meanwhile", async () => {
    const path = script("deaf", `trap "" TERM; echo $$ > ${directory}/leader; while :; do sleep 1; done`);
    const runs = new Runs();
    await runs.configure({ deaf: { argv: [path] }, ok: { argv: ["/bin/true"] } });
    const run = { script: "deaf", run: 1 };
    runs.runner.start(run);
    const leader = Number(await written("leader"));
    runs.runner.kill(run, "SIGTERM");
    expect(await runs.run("ok")).toEqual({ kind: "exited", status: 0 });
    expect(runs.results.has("deaf 1")).toBe(false);
    runs.runner.kill(run, "SIGKILL");
    expect(await runs.result(run)).toEqual({ kind: "signaled", signal: "SIGKILL" });
    await waitFor(() => group(leader).length === 0, { what: "nothing is left of the group" });
    // Of a run that has ended there is nothing to kill.
    runs.runner.kill(run, "SIGKILL");
  });

  it("survives a reload, and is ended by the stop of the runner, which tells nobody", async () => {
    const path = script("long", `echo $$ > ${directory}/leader; sleep 600`);
    const runs = new Runs();
    await runs.configure({ long: { argv: [path] } });
    runs.runner.start({ script: "long", run: 7 });
    const leader = Number(await written("leader"));
    await runs.configure({});
    expect(group(leader)).not.toEqual([]);
    runs.runner.stop();
    await waitFor(() => group(leader).length === 0, { what: "nothing is left of the group" });
    expect(runs.results.size).toBe(0);
  });
});

describe("notifications", () => {
  let said: string[];
  let notify: NotifyRunner;

  beforeEach(() => {
    said = [];
    notify = new NotifyRunner((text) => said.push(text), { patience: 300, waiting: 5 });
  });

  it("of one instance run one after the other, with the arguments behind the command's own", async () => {
    const path = script("notify", `sleep 0.0$4; echo "$*" >> ${directory}/log; echo end >> ${directory}/log`);
    for (const [state, delay] of [
      ["BACKUP", "9"],
      ["MASTER", "1"],
      ["FAULT", "0"],
    ] as const) {
      notify.run("VI_1", { argv: [path, "own"], user: "root" }, ["VI_1", state, delay]);
    }
    expect(await notify.drain(20_000)).toBe(true);
    expect(output("log")).toBe("own VI_1 BACKUP 9\nend\nown VI_1 MASTER 1\nend\nown VI_1 FAULT 0\nend\n");
    expect(said).toEqual([]);
  });

  it("of different instances do not wait for each other", async () => {
    const waits = script(
      "waits",
      `until [ -e ${directory}/go ]; do sleep 0.02; done; echo done > ${directory}/one`,
    );
    const frees = script("frees", `echo go > ${directory}/go`);
    const patient = new NotifyRunner((text) => said.push(text), { patience: 60_000, waiting: 5 });
    patient.run("VI_1", { argv: [waits], user: "root" }, []);
    patient.run("VI_2", { argv: [frees], user: "root" }, []);
    expect(await patient.drain(20_000)).toBe(true);
    expect(output("one")).toBe("done\n");
  });

  it("a script that hangs delays the next for a while only, and is killed at the end", async () => {
    const hangs = script("hangs", `echo $$ > ${directory}/leader; sleep 600`);
    const next = script("next", `echo next > ${directory}/log`);
    notify.run("VI_1", { argv: [hangs], user: "root" }, []);
    notify.run("VI_1", { argv: [next], user: "root" }, []);
    expect(await written("log")).toBe("next");
    expect(said).toEqual([expect.stringContaining("still runs")]);
    const leader = Number(output("leader"));
    expect(group(leader)).not.toEqual([]);
    expect(await notify.drain(1)).toBe(false);
    await waitFor(() => group(leader).length === 0, { what: "the hanging script is gone" });
  });

  it("when too many wait they start without waiting, and none is lost", async () => {
    const hurried = new NotifyRunner((text) => said.push(text), { patience: 60_000, waiting: 5 });
    const path = script(
      "one",
      `until [ -e ${directory}/go ]; do sleep 0.02; done; echo $1 >> ${directory}/log`,
    );
    for (let i = 0; i < 12; i++) hurried.run("VI_1", { argv: [path], user: "root" }, [String(i)]);
    writeFileSync(join(directory, "go"), "");
    expect(await hurried.drain(20_000)).toBe(true);
    const numbers = output("log").trim().split("\n").map(Number);
    expect(numbers.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("what cannot be started is said, and does not hold up the next", async () => {
    const next = script("next", `echo next > ${directory}/log`);
    notify.run("VI_1", { argv: [join(directory, "missing")], user: "root" }, []);
    notify.run("VI_1", { argv: ["/bin/true"], user: "vgr-no-such-user" }, []);
    notify.run("VI_1", { argv: [next] }, [], { user: "root" });
    expect(await notify.drain(20_000)).toBe(true);
    expect(output("log")).toBe("next\n");
    expect(said).toEqual([
      expect.stringContaining("ENOENT"),
      expect.stringContaining("Script user 'vgr-no-such-user' does not exist"),
    ]);
  });

  it("what could not be run in time is said at the end", async () => {
    const patient = new NotifyRunner((text) => said.push(text), { patience: 60_000, waiting: 5 });
    const hangs = script("hangs", "sleep 600");
    patient.run("VI_1", { argv: [hangs], user: "root" }, []);
    patient.run("VI_1", { argv: ["/bin/true"], user: "root" }, []);
    expect(await patient.drain(200)).toBe(false);
    expect(said).toEqual(["Notify script /bin/true not run: no time left"]);
    expect(await patient.drain(20_000)).toBe(true);
  });
});
