/** Named pipes and their readers, and scripts with a time limit, on the real system. */

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NotifyFifo, type NotifyFifoSpec } from "../../src/linux/main-thread/scripts/notify-fifo.js";
import { runTimedScript } from "../../src/linux/main-thread/scripts/timed-script.js";
import { waitFor } from "../support/lab/wait-for.js";

let directory: string;
let said: string[];
const open: NotifyFifo[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vgr-fifo-"));
  said = [];
});

afterEach(() => {
  for (const fifo of open.splice(0)) fifo.close();
  rmSync(directory, { recursive: true, force: true });
});

function make(spec: Partial<NotifyFifoSpec> = {}): NotifyFifo {
  const path = join(directory, "fifo");
  const fifo = new NotifyFifo({ path, owner: undefined, reader: undefined, ...spec }, (text) =>
    said.push(text),
  );
  open.push(fifo);
  return fifo;
}

function script(name: string, body: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What a reader finds without waiting. */
function readAll(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const bytes = Buffer.alloc(1 << 20);
  return bytes.toString("utf8", 0, readSync(descriptor, bytes));
}

describe("NotifyFifo", () => {
  it("is made, keeps lines until a reader comes, and is gone in the end", () => {
    const fifo = make();
    fifo.write('INSTANCE "A" BACKUP 100');
    fifo.write('INSTANCE "A" MASTER 100');
    expect(statSync(fifo.spec.path).isFIFO()).toBe(true);
    expect(readAll(fifo.spec.path)).toBe('INSTANCE "A" BACKUP 100\nINSTANCE "A" MASTER 100\n');
    open.pop();
    fifo.close();
    expect(existsSync(fifo.spec.path)).toBe(false);
    expect(said).toEqual([]);
  });

  it("in the folder of another user: a link in its place leads nowhere, and only the FIFO changes hands", () => {
    const victim = join(directory, "victim");
    const path = join(directory, "fifo");
    writeFileSync(victim, "precious", { mode: 0o600 });
    symlinkSync(victim, path);
    make({ owner: { uid: 65_534, gid: 65_534 } });
    expect(said.join()).toMatch(/ELOOP|EEXIST|no FIFO/);
    expect(statSync(victim)).toMatchObject({ uid: process.getuid?.() });
    rmSync(path);
    execFileSync("mkfifo", [join(directory, "of-root")]);
    linkSync(join(directory, "of-root"), path);
    make({ owner: { uid: 65_534, gid: 65_534 } });
    expect(said.join()).toContain("it has 2 names");
    expect(statSync(path)).toMatchObject({ uid: process.getuid?.() });
    rmSync(path);
    const fifo = make({ owner: { uid: 65_534, gid: 65_534 } });
    expect(statSync(fifo.spec.path)).toMatchObject({ uid: 65_534, gid: 65_534 });
  });

  it("a full one loses whole lines, says so once, and how many when it is read again", () => {
    const fifo = make();
    const line = "x".repeat(1_000);
    for (let i = 0; i < 200; i++) fifo.write(line);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("nobody reads it and it is full, lines are lost");
    const lines = readAll(fifo.spec.path).split("\n").slice(0, -1);
    expect(lines.every((one) => one === line)).toBe(true);
    fifo.write("again");
    expect(said[1]).toContain(`read again, ${200 - lines.length} lines were lost`);
    expect(readAll(fifo.spec.path)).toBe("again\n");
  });

  it("uses one that is there and leaves it", () => {
    const first = make();
    const second = make();
    second.write("line");
    second.close();
    open.splice(open.indexOf(second), 1);
    expect(readAll(first.spec.path)).toBe("line\n");
  });

  it("a plain file in its place is left alone", () => {
    writeFileSync(join(directory, "fifo"), "precious");
    make().write("line");
    expect(readFileSync(join(directory, "fifo"), "utf8")).toBe("precious");
    expect(said).toEqual([expect.stringContaining("it exists and is no FIFO")]);
  });

  it("starts its reader with the path as last argument, and ends it", async () => {
    const out = join(directory, "out");
    const path = script(
      "reader",
      `echo "$1" > ${out}; while read line; do echo "$line" >> ${out}; done < "$2"`,
    );
    const fifo = make({ reader: { argv: [path, "mine"], credentials: { uid: 0, gid: 0 } } });
    fifo.write("hello");
    await waitFor(() => existsSync(out) && readFileSync(out, "utf8") === "mine\nhello\n", {
      what: "the reader's output",
    });
  });
});

describe("runTimedScript", () => {
  const run = (body: string, limit = 5_000) =>
    runTimedScript({ argv: [script("once", body)] }, { user: "root" }, limit);

  it("is silent about success and names every failure", async () => {
    expect(await run("exit 0")).toBeUndefined();
    expect(await run("exit 3")).toMatch(/once exited with status 3$/);
    expect(await run("kill -9 $$")).toMatch(/once ended by SIGKILL$/);
    expect(await runTimedScript({ argv: [join(directory, "none")] }, { user: "root" }, 1_000)).toContain(
      "ENOENT",
    );
    expect(await runTimedScript({ argv: ["/bin/true"] }, { user: "nobody-here" }, 1_000)).toContain(
      "Script user 'nobody-here' does not exist",
    );
  });

  it("ends one that ignores the order to end", async () => {
    expect(await run("trap '' TERM; while :; do sleep 1; done", 100)).toMatch(
      /took longer than 0.1 s and was ended/,
    );
  });
});
