/** The native code under the sanitizers for addresses and undefined behaviour (ASan, UBSan), with random input from a seed. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attempt, run } from "../support/lab/commands.js";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const NATIVE = join(REPOSITORY, "native");
const SUPPORT = join(REPOSITORY, "test/support/native");
const DRIVER = join(SUPPORT, "fuzz-addon.cjs");

/** Calls of the addon in one run, and the seeds; another seed is another run. */
const CALLS = 20_000;
const SEEDS = [1, 2];

const SANITIZERS = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vigil-fuzz-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sources of the addon, as its build has them. */
function addonSources(): string[] {
  const target = /"vigil_native",\s*"sources": \[([^\]]*)\]/.exec(
    readFileSync(join(NATIVE, "binding.gyp"), "utf8"),
  );
  return [...(target?.[1] ?? "").matchAll(/"([^"]+\.c)"/g)].map(([, name]) => join(NATIVE, name ?? ""));
}

describe("the addon", () => {
  let addon = "";
  let preload = "";
  beforeAll(async () => {
    addon = join(folder, "addon.node");
    const headers = join(dirname(dirname(process.execPath)), "include", "node");
    const sources = addonSources();
    expect(sources.length).toBeGreaterThan(5);
    const flags = ["-std=gnu11", "-fPIC", "-shared", "-D_GNU_SOURCE", "-DNAPI_VERSION=8", ...SANITIZERS];
    await run(["cc", ...flags, "-I", headers, "-o", addon, ...sources]);
    const library = async (name: string) => (await run(["cc", `-print-file-name=${name}`])).trim();
    preload = `${await library("libasan.so")} ${await library("libubsan.so")}`;
  });

  test.each(SEEDS)(
    "calls with arguments of all kinds: no sanitizer has anything to say; seed %i",
    async (seed) => {
      const environment = ["env", "-C", folder, `LD_PRELOAD=${preload}`];
      // V8 takes SIGSEGV itself, and its heap is not ours to look for leaks in.
      environment.push("ASAN_OPTIONS=detect_leaks=0:handle_segv=0");
      const argv = ["unshare", "-n", ...environment, process.execPath, DRIVER, addon, `${CALLS}`, `${seed}`];
      const { status, stdout, stderr } = await attempt(argv);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const { names, returned, thrown } = JSON.parse(stdout) as {
        names: string[];
        returned: number;
        thrown: number;
      };
      expect(names.length).toBeGreaterThan(30);
      expect(returned + thrown).toBe(CALLS);
      expect(returned).toBeGreaterThan(CALLS / 10);
    },
  );
});

describe("the parent and the starter of scripts", () => {
  let program = "";
  beforeAll(async () => {
    program = join(folder, "fuzz-parent");
    const names = [
      "guard",
      "ledger",
      "undo",
      "say",
      "control",
      "pid-files",
      "starter",
      "start-program",
      "environment",
    ];
    const sources = names.map((name) => join(NATIVE, "parent", `${name}.c`));
    const flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", ...SANITIZERS, "-I", NATIVE];
    await run(["cc", ...flags, "-o", program, join(SUPPORT, "fuzz-parent.c"), ...sources]);
  });

  test.each(SEEDS)(
    "whatever the child says to them: no sanitizer has anything to say; seed %i",
    async (seed) => {
      const room = mkdtempSync(join(folder, "room-"));
      const { status, stdout, stderr } = await attempt([
        "unshare",
        "-n",
        "env",
        "-C",
        room,
        program,
        `${CALLS}`,
        `${seed}`,
      ]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const { guard, control, starter } = JSON.parse(stdout) as Record<string, number>;
      expect((guard ?? 0) + (control ?? 0) + (starter ?? 0)).toBe(CALLS);
      expect(Math.min(guard ?? 0, control ?? 0, starter ?? 0)).toBeGreaterThan(100);
    },
  );
});

test.each(SEEDS)("command lines of the parent: none makes a sanitizer speak; seed %i", async (seed) => {
  const program = join(folder, `command-line-${seed}`);
  const sources = [join(SUPPORT, "fuzz-command-line.c"), join(NATIVE, "parent", "command-line.c")];
  await run(["cc", "-std=gnu11", "-D_GNU_SOURCE", ...SANITIZERS, "-I", NATIVE, "-o", program, ...sources]);
  expect(await attempt([program, `${CALLS}`, `${seed}`])).toEqual({ status: 0, stdout: "", stderr: "" });
});
