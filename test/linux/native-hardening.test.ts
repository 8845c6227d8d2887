/** How the native code was compiled, as its files tell. */

import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { run } from "../support/lab/commands.js";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const BUILT = join(REPOSITORY, "native/build/Release");
const RAW_SOCKET = join(REPOSITORY, "node_modules/raw-socket/build/Release/raw.node");

const ADDONS = [join(BUILT, "vigil_native.node"), join(BUILT, "vigil_early_signals.node"), RAW_SOCKET];
/** All others that a build leaves there. */
const PROGRAMS = readdirSync(BUILT, { withFileTypes: true })
  .filter((entry) => entry.isFile() && !/\.(node|a|so)$/.test(entry.name))
  .map((entry) => join(BUILT, entry.name));

const readelf = (path: string) => run(["readelf", "--wide", "--dynamic", "--segments", path]);
const symbols = (path: string) => run(["readelf", "--wide", "--dyn-syms", path]);

test("there are programs to look at", () => {
  expect(PROGRAMS.length).toBeGreaterThan(0);
  expect(ADDONS.filter((path) => !existsSync(path))).toEqual([]);
});

describe.each([...ADDONS, ...PROGRAMS].map((path) => [path.slice(REPOSITORY.length + 1), path] as const))(
  "%s",
  (_, path) => {
    test("is bound at the start and read-only then, with data that is no code, at any address", async () => {
      const text = await readelf(path);
      expect(text).toMatch(/GNU_RELRO/);
      expect(text).toMatch(/FLAGS_1\).*NOW/);
      expect(text).toMatch(/GNU_STACK\s+(0x\w+\s+){5}RW\s/);
      expect(text).not.toMatch(/\sRWE\s|TEXTREL|RPATH|RUNPATH/);
      if (PROGRAMS.includes(path)) expect(text).toMatch(/FLAGS_1\).*PIE/);
    });
  },
);

describe.each(
  [ADDONS[0], RAW_SOCKET, ...PROGRAMS].map((path) => [path?.slice(REPOSITORY.length + 1) ?? "", path ?? ""]),
)("%s", (_, path) => {
  test("checks its stack, and the sizes of buffers that are copied into", async () => {
    const text = await symbols(path);
    expect(text).toContain("__stack_chk_fail");
    // raw-socket's own code copies nothing into a buffer whose size the compiler knows.
    if (path !== RAW_SOCKET) expect(text).toMatch(/__(?!stack)\w+_chk\b/);
  });
});
