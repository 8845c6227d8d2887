/** Script security beside the real keepalived: the same scripts are disabled, and the advice makes them safe. */

import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examineScript, type ScriptVerdict } from "../../src/linux/main-thread/scripts/script-security.js";
import { attempt } from "../support/lab/commands.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

/** Not below /tmp, which is sticky: every directory above must be safe. */
const root = `/opt/vgr-script-security-${process.pid}`;
const NOBODY = 65_534;
const ADM = 4;

const asRoot = { uid: 0, gid: 0 };
const asNobody = { uid: NOBODY, gid: NOBODY };

let lab: Lab;
let host: Host;

function file(path: string, mode = 0o755): void {
  writeFileSync(join(root, path), "#!/bin/sh\nexit 0\n");
  chmodSync(join(root, path), mode);
}

function directory(path: string, mode: number, gid = 0, uid = 0): void {
  mkdirSync(join(root, path));
  chmodSync(join(root, path), mode);
  chownSync(join(root, path), uid, gid);
  file(`${path}/s`);
}

beforeAll(async () => {
  lab = await Lab.create(["keepalived"]);
  host = lab.host("keepalived");
  mkdirSync(root, { mode: 0o755 });
  directory("ok", 0o755);
  directory("group", 0o775, ADM);
  directory("rootgroup", 0o775);
  directory("others", 0o777);
  directory("sticky", 0o1777);
  directory("owned", 0o755, 0, NOBODY);
  directory("closed", 0o700);
  file("ok/plain", 0o644);
  file("ok/othersfile", 0o757);
  file("ok/groupfile", 0o775);
  chownSync(join(root, "ok/groupfile"), 0, ADM);
  file("ok/ownedfile");
  chownSync(join(root, "ok/ownedfile"), NOBODY, 0);
  file("ok/setuid", 0o4757);
  symlinkSync(join(root, "ok/s"), join(root, "ok/link"));
  symlinkSync(join(root, "others/s"), join(root, "ok/linkothers"));
  symlinkSync(join(root, "ok"), join(root, "directorylink"));
});

afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await lab.dispose();
});

function examine(path: string, credentials = asRoot, enabled = true): ScriptVerdict {
  const command = path.startsWith("*") ? path.slice(1) : join(root, path);
  return examineScript({ argv: [command, "argument"], credentials }, { enabled });
}

/** What keepalived says about a script: `usable`, `insecure` or `notFound`. */
async function keepalivedSays(path: string, user: string): Promise<string> {
  const command = path.startsWith("*") ? path.slice(1) : join(root, path);
  const configuration = `global_defs {
  enable_script_security
  script_user ${user}
}
vrrp_script a {
  script "${command}"
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 5
  virtual_ipaddress {
    10.77.0.99
  }
  track_script {
    a
  }
}
`;
  const text = user === "root" ? await tested(configuration) : await started(configuration);
  if (text.includes("due to insecure")) return "insecure";
  return text.includes("since not found/accessible") ? "notFound" : "usable";
}

async function tested(configuration: string): Promise<string> {
  const file = host.file("security.conf", configuration);
  const { stdout, stderr } = await host.attempt([KEEPALIVED, "-t", "-l", "-f", file]);
  return stdout + stderr;
}

/** Its configuration test ends itself by SIGTERM when a script has a user of its own. */
async function started(configuration: string): Promise<string> {
  const node = new KeepalivedNode(host, KEEPALIVED, configuration);
  await node.start();
  const text = node.log.join("\n");
  await node.stop();
  return text;
}

/** Our verdict in the same words. */
function inItsWords(verdict: ScriptVerdict): string {
  if (verdict.kind === "usable") return "usable";
  if (verdict.reason === "notFound" || verdict.reason === "notAccessible") return "notFound";
  return "insecure";
}

describe("§ script security", () => {
  it.each([
    ["ok/s", "root", "usable"],
    ["group/s", "root", "insecure"],
    ["rootgroup/s", "root", "usable"],
    ["others/s", "root", "insecure"],
    ["sticky/s", "root", "usable"],
    ["owned/s", "root", "insecure"],
    ["ok/othersfile", "root", "insecure"],
    ["ok/groupfile", "root", "insecure"],
    ["ok/ownedfile", "root", "insecure"],
    ["ok/link", "root", "usable"],
    ["ok/linkothers", "root", "insecure"],
    ["directorylink/s", "root", "usable"],
    ["ok/../ok//s", "root", "usable"],
    ["ok/nothing", "root", "notFound"],
    ["ok", "root", "insecure"],
    ["others/s", "nobody", "usable"],
    ["owned/s", "nobody", "usable"],
    ["closed/s", "nobody", "notFound"],
    ["ok/setuid", "nobody", "insecure"],
    ["*true", "root", "usable"],
    ["*/bin/true", "root", "usable"],
    ["*vgr-no-such-command", "root", "notFound"],
    ["*</etc/shadow", "root", "usable"],
  ] as const)("%s as %s is %s, for keepalived too", async (path, user, expected) => {
    expect(inItsWords(examine(path, user === "root" ? asRoot : asNobody))).toBe(expected);
    expect(await keepalivedSays(path, user)).toBe(expected);
  });

  it("names every part that is unsafe, its mode and owner; following the advice makes it safe", async () => {
    directory("deep", 0o777, 0, NOBODY);
    directory("deep/er one", 0o775, ADM);
    const before = examine("deep/er one/s");
    expect(before).toMatchObject({
      kind: "disabled",
      reason: "insecure",
      message: `Unsafe permissions found for script '${root}/deep/er one/s' - disabling.`,
      unsafe: [
        {
          path: `${root}/deep`,
          mode: "0777",
          owner: "nobody",
          fix: `chown root ${root}/deep && chmod o-w ${root}/deep`,
        },
        {
          path: `${root}/deep/er one`,
          mode: "0775",
          owner: "root",
          fix: `chmod g-w '${root}/deep/er one'`,
        },
      ],
    });
    if (before.kind !== "disabled") return;
    for (const { fix } of before.unsafe)
      expect(await attempt(["sh", "-c", fix])).toMatchObject({ status: 0 });
    expect(examine("deep/er one/s")).toMatchObject({ kind: "usable", unsafe: [] });
    expect(await keepalivedSays("deep/s", "root")).toBe("usable");
  });

  it("without script security the script runs, and what is unsafe about it is told", async () => {
    expect(examine("others/s", asRoot, false)).toMatchObject({
      kind: "usable",
      unsafe: [{ path: `${root}/others`, mode: "0777", fix: `chmod o-w ${root}/others` }],
    });
    expect(examine("ok/nothing", asRoot, false)).toMatchObject({
      kind: "disabled",
      reason: "notFound",
    });
  });

  it("a file that may not be executed is disabled, for this user", async () => {
    expect(examine("ok/plain")).toMatchObject({
      kind: "disabled",
      reason: "notExecutable",
      message: `WARNING - script '${root}/ok/plain' is not executable for uid:gid 0:0 - disabling.`,
    });
    file("ok/onlyroot", 0o700);
    expect(examine("ok/onlyroot")).toMatchObject({ kind: "usable" });
    expect(examine("ok/onlyroot", asNobody)).toMatchObject({ reason: "notExecutable" });
  });

  it("what is judged is what will run: the resolved path under the name asked for, with its arguments", async () => {
    const argvOf = async (path: string): Promise<readonly string[] | undefined> => {
      const verdict = examine(path);
      return verdict.kind === "usable" ? verdict.program.argv : undefined;
    };
    expect(await argvOf("directorylink/../ok/s")).toEqual([`${root}/ok/s`, "argument"]);
    expect(await argvOf("ok/link")).toEqual([`${root}/ok/link`, "argument"]);
    const searched = examineScript(
      { argv: ["link"], credentials: asRoot },
      { enabled: true, searchPath: `${root}/nowhere:${root}/directorylink` },
    );
    expect(searched).toMatchObject({ program: { argv: [`${root}/ok/link`] } });
    expect(await argvOf("*</etc/shadow")).toEqual(["</etc/shadow", "argument"]);
  });
});
