/** Reading configuration files of a machine: whatever a path names, it ends soon, and what is said is keepalived's. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FilesOfThisMachine } from "../../src/daemon/config-files.js";
import { readConfig } from "../../src/daemon/config-reading.js";
import { attempt } from "../support/lab/commands.js";
import { KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vigil-files-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

const messages = (text: string) =>
  readConfig({ configFile: file("k.conf", text), configId: "" }).diagnostics.map(({ message }) => message);

test("devices, pipes, folders and programs are skipped with keepalived's words", async () => {
  execFileSync("mkfifo", [join(folder, "fifo")]);
  chmodSync(file("program", "bogus\n"), 0o755);
  mkdirSync(join(folder, "sub"));
  for (const path of ["/dev/zero", "/dev/tty", "fifo", "program", "sub"]) {
    const [said, ...more] = messages(`include ${path}\n`);
    expect(more).toEqual([]);
    const { stderr } = await attempt(["unshare", "-n", KEEPALIVED, "-t", "-f", join(folder, "k.conf")]);
    // keepalived resolves the name first, and puts a slash behind a folder's.
    const expected = stderr.match(/^\(Line 1\) Configuration file '.*' (.*)$/m)?.[1];
    expect(said?.replace(/^.*' /, "")).toBe(expected);
  }
});

test("as the first file they are refused at once", async () => {
  execFileSync("mkfifo", [join(folder, "fifo")]);
  for (const path of ["/dev/zero", join(folder, "fifo"), folder]) {
    const { diagnostics } = readConfig({ configFile: path, configId: "" });
    expect(diagnostics.map(({ code }) => code)).toEqual(["ERR_CONFIG_FILE_MISSING"]);
    expect(diagnostics[0]?.message).toContain(path);
  }
});

test("a file that says it is empty and is not, as in /proc, is read", () => {
  expect(messages("include /proc/self/comm\n")).toHaveLength(1);
  expect(messages("include /proc/self/comm\n")[0]).toMatch(/^Unknown keyword/);
});

test("a file over 8 MiB is not read", () => {
  truncateSync(file("large", ""), 64 * 2 ** 30);
  expect(messages("include large\n")).toEqual([`Configuration file '${folder}/large' is larger than 8 MiB`]);
});

test("a file that includes itself by another name is found out at once", () => {
  symlinkSync("k.conf", join(folder, "other"));
  symlinkSync(".", join(folder, "again"));
  const says = (path: string) => [`Configuration file '${folder}/${path}' includes itself`];
  expect(messages("include other\n")).toEqual(says("other"));
  expect(messages("include again/again/k.conf\n")).toEqual(says("again/again/k.conf"));
});

test("a pattern that matches more than may be read, or has to look everywhere, ends", () => {
  mkdirSync(join(folder, "many"));
  for (let i = 0; i < 4_100; i++) file(`many/${i}`, "");
  expect(messages("include many/*\n")).toEqual([
    "'many/*' has to look through more than may be looked through",
  ]);
  for (let i = 0; i < 60; i++) symlinkSync("many", join(folder, `link${i}`));
  const files = new FilesOfThisMachine();
  const tries = Array.from({ length: 300 }, () => files.glob("link*/none*", folder));
  expect(tries[0]).toEqual([]);
  expect(tries.at(-1)).toBeUndefined();
});

test("many findings arrive whole at the other end of a pipe", async () => {
  const path = file("k.conf", "bogus\n".repeat(100_000));
  const { stderr, status } = await attempt([VIGIL, "-t", "-f", path]);
  expect(status).toBe(5);
  expect(stderr).toContain("findings in 98000 more lines are not listed");
});
