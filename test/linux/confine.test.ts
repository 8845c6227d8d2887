/** native/confine.c: what the processes cannot do any more, and that the daemon needs none of it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attempt, run } from "../support/lab/commands.js";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const SUPPORT = join(REPOSITORY, "test/support/native");

let folder = "";
let confined = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vigil-confine-"));
  confined = join(folder, "confined");
  const sources = [join(SUPPORT, "confined.c"), join(REPOSITORY, "native/confine.c")];
  const flags = [
    "-std=gnu11",
    "-D_GNU_SOURCE",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-I",
    join(REPOSITORY, "native"),
  ];
  await run(["cc", ...flags, "-o", confined, ...sources]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Capabilities that a process has, as the kernel's hexadecimal words. */
const STATUS = ["sh", "-c", "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status"];

const fields = (text: string) =>
  Object.fromEntries([...text.matchAll(/^(\w+):\s*(\S+)$/gm)].map(([, key, value]) => [key, value]));

describe("the Node.js process", () => {
  test("as root: nine capabilities, none to be gained", async () => {
    const { stdout, stderr } = await attempt([confined, "child", ...STATUS]);
    expect(stderr).toBe("");
    expect(fields(stdout)).toEqual({
      CapInh: "0000000000000000",
      CapPrm: "000000000088340f",
      CapEff: "000000000088340f",
      CapBnd: "000000000088340f",
      CapAmb: "0000000000000000",
      NoNewPrivs: "1",
      Seccomp: "2",
    });
  });

  test("as another user: of the ambient capabilities those that it needs", async () => {
    const user = [
      "setpriv",
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "--inh-caps=+net_admin,+net_raw,+setuid,+kill",
    ];
    const given = [...user, "--ambient-caps=+net_admin,+net_raw,+setuid,+kill"];
    await run(["chmod", "755", folder]);
    const { stdout, stderr } = await attempt([...given, confined, "child", ...STATUS]);
    expect(fields(stdout)).toMatchObject({
      CapEff: "0000000000003000",
      CapAmb: "0000000000003000",
      Seccomp: "2",
    });
    // Only root's bounding set can be made smaller; a user gains nothing from it without a program that gives privileges.
    expect(stderr).toBe("more capabilities than needed (Operation not permitted)\n");
  });

  test("what nobody needs is refused", async () => {
    const { stdout } = await attempt([confined, "child", "python3", join(SUPPORT, "refused.py")]);
    expect(stdout.trim().split("\n")).toEqual([
      "unshare a user namespace: EPERM",
      "clone into a user namespace: EPERM",
      "mount: EPERM",
      "trace: EPERM",
      "load a module: EPERM",
      "load another kernel: EPERM",
      "load a BPF program: EPERM",
      "set the clock: EPERM",
      "become another user: EPERM",
      "use io_uring: ENOSYS",
      "a call of the future: ENOSYS",
      "a socket to a hypervisor: EAFNOSUPPORT",
      "type into the terminal: EPERM",
    ]);
  });
});

describe("the parent", () => {
  test("refuses what no script needs, and lets scripts gain what is theirs", async () => {
    const { stdout, stderr } = await attempt([confined, "parent", "python3", join(SUPPORT, "refused.py")]);
    expect(stderr).toBe("");
    expect(stdout).toContain("load a module: EPERM");
    expect(stdout).toContain("set the clock: EPERM");
    expect(stdout).toContain("unshare a user namespace: 0");
    expect(fields((await attempt([confined, "parent", ...STATUS])).stdout)).toMatchObject({
      NoNewPrivs: "0",
    });
  });

  test("without CAP_SYS_ADMIN says that there is no filter", async () => {
    const container = ["setpriv", "--bounding-set", "-sys_admin"];
    const { stderr, status } = await attempt([...container, confined, "parent", "true"]);
    expect({ stderr, status }).toEqual({ stderr: "no system call filter (Permission denied)\n", status: 0 });
  });
});
