/** What the file asks to be looked at, and is not: seen in the status for as long as it is so, not only once in the log. */

import { chmodSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { explanationOf, statusOf, vigil } from "../support/lab/control.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const instance = (number: number, ...lines: readonly string[]) =>
  [
    `vrrp_instance VI_${number} {`,
    "interface eth0",
    "version 3",
    "advert_int 0.2",
    `virtual_router_id ${50 + number}`,
    "priority 100",
    ...lines,
    `virtual_ipaddress {\n10.77.0.20${number}/24\n}`,
    "}\n",
  ].join("\n");

describe.concurrent("what is not looked at", () => {
  test("weights in a sync group, scripts that cannot be run or vanish, settings without effect", () =>
    Lab.use(["n1"], async (lab) => {
      const n1 = lab.host("n1");
      const path = n1.file("script", "#!/bin/sh\nexit 0\n", 0o755);
      const script = (name: string, command: string) =>
        `vrrp_script ${name} {\nscript ${command}\ninterval 1\n}\n`;
      const global = "global_defs {\nscript_user root\nenable_script_security\nvrrp_rlimit_rttime 10000\n}\n";
      const group = "vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n}\n";
      const weighted = "track_script {\nchk weight 20\n}";
      const scripts = script("chk", path) + script("gone", `${n1.directory}/nowhere`);
      const missing = "track_script {\ngone\n}";
      const node = new KeepalivedNode(
        n1,
        VIGIL,
        global + scripts + group + instance(1, weighted) + instance(2, missing),
        "VI_1",
      );
      await node.start();
      const findings = async (name: string) =>
        (await explanationOf(n1, name)).findings
          .filter(({ severity }) => severity === "warning")
          .map(({ code, text }) => `${code}: ${text}`);
      await lab.waitFor("both serve", async () =>
        (await statusOf(n1)).instances.every(({ state }) => state === "MASTER"),
      );
      expect(await findings("VI_1")).toEqual([
        "notLookedAt: track_script chk: it is not looked at, because it has a weight, as VI_1 is in sync group G",
      ]);
      expect(await findings("VI_2")).toEqual([
        "notLookedAt: track_script gone: nothing is checked, as its command cannot be run",
      ]);
      const { status, stdout } = await vigil(n1, "status");
      expect(status).toBe(151);
      expect(stdout).toContain("note: vrrp_rlimit_rttime has no effect: ");

      // Without the group it is looked at; then its file loses its mode, and goes.
      const alone = global + script("chk", path) + instance(1, "track_script {\nchk\n}");
      node.configure(alone);
      node.reload();
      await lab.waitFor("all is well", async () => (await vigil(n1, "status")).status === 0);
      chmodSync(path, 0o644);
      await lab.waitFor("a finding", async () => (await vigil(n1, "status")).status === 151);
      expect((await findings("VI_1"))[0]).toMatch(
        /^scriptNotRun: script chk could not be started \(.*EACCES/,
      );
      chmodSync(path, 0o755);
      await lab.waitFor("all is well again", async () => (await vigil(n1, "status")).status === 0);
      rmSync(path);
      await lab.waitFor("a finding", async () => (await vigil(n1, "status")).status === 151);
      expect((await findings("VI_1"))[0]).toMatch(
        /^scriptNotRun: script chk could not be started \(.*ENOENT/,
      );
      expect((await statusOf(n1)).instances[0]?.state).toBe("MASTER");
      await node.stop();
    }));
});
