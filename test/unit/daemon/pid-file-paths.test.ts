/** Names of pid files, as keepalived 2.2.7 was seen to choose them. */

import { expect, it } from "vitest";
import { pidFilePaths as pidFiles } from "../../../src/daemon/pid-files.js";

/** Paths alone; the first one is the parent's, if it runs. */
const pidFilePaths = (...args: Parameters<typeof pidFiles>) => pidFiles(...args).map(({ path }) => path);

const NO_FILES = { parent: undefined, vrrp: undefined, checkers: undefined, bfd: undefined };
const OPTIONS = { pidFiles: NO_FILES, vrrp: true, idleParts: [] };
const PLAIN = { instanceName: undefined, usePidDirectory: false };

it("by default in /run", () => {
  expect(pidFilePaths(OPTIONS, PLAIN, undefined)).toEqual(["/run/keepalived.pid", "/run/vrrp.pid"]);
});

it("of an instance, a namespace or with use_pid_dir in /run/keepalived", () => {
  expect(pidFilePaths(OPTIONS, { ...PLAIN, usePidDirectory: true }, undefined)).toEqual([
    "/run/keepalived/keepalived.pid",
    "/run/keepalived/vrrp.pid",
  ]);
  expect(pidFilePaths(OPTIONS, { ...PLAIN, instanceName: "foo" }, undefined)).toEqual([
    "/run/keepalived/keepalived_foo.pid",
    "/run/keepalived/vrrp_foo.pid",
  ]);
  expect(pidFilePaths(OPTIONS, PLAIN, "blue")).toEqual([
    "/run/keepalived/blue/keepalived.pid",
    "/run/keepalived/blue/vrrp.pid",
  ]);
});

it("where the command line says so, and for all parts that run", () => {
  expect(
    pidFilePaths(
      { pidFiles: { ...NO_FILES, parent: "/a", bfd: "/b" }, vrrp: false, idleParts: ["checkers", "bfd"] },
      PLAIN,
      undefined,
    ),
  ).toEqual(["/a", "/run/checkers.pid", "/b"]);
});

it("the parent's pid is in its own file, the child's in all others", () => {
  const files = pidFiles({ pidFiles: NO_FILES, vrrp: true, idleParts: ["checkers"] }, PLAIN, undefined);
  expect(files.map(({ of }) => of)).toEqual(["parent", "child", "child"]);
});
