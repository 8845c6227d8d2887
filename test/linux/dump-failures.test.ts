/** Dumps that cannot be written: a line in the log each, and nothing else changes. */

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/lab/commands.js";
import { statusOf, vigil } from "../support/lab/control.js";
import { waitForMaster } from "../support/lab/election.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const V3: VrrpMode = { name: "v3", version: 3, family: 4, interval: 0.2 };

test("a full disk and a folder that is not there: one line for each file, no half files, the address stays", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const full = join(host.directory, "full");
    mkdirSync(full);
    await run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=3", "tmpfs", full]);
    try {
      const conf = (path: string) =>
        keepalivedConf(V3, { priority: 100, global: [`state_dump_file ${path}`] }, host, []);
      const node = new KeepalivedNode(host, VIGIL, conf(`${full}/`));
      await node.start();
      await waitForMaster(lab, V3, "alone", node);
      await run(["dd", "if=/dev/zero", `of=${full}/fill`, "bs=4k", "count=1", "status=none"]);
      expect((await vigil(host, "dump", "data")).status).toBe(0);
      expect(node.log.filter((line) => line.startsWith("Can't write "))).toEqual([
        expect.stringMatching(/keepalived\.data: ENOSPC/),
        expect.stringMatching(/keepalived_parent\.data: ENOSPC/),
      ]);
      expect(readdirSync(full)).toEqual(["fill"]);
      node.configure(conf("/nowhere/at/all/x"));
      expect((await vigil(host, "reload")).stdout).toBe("applied\n");
      await vigil(host, "dump", "data");
      expect(node.log.filter((line) => line.startsWith("Can't write ")).slice(2)).toEqual([
        expect.stringMatching(/\/nowhere\/at\/all\/x: ENOENT/),
        expect.stringMatching(/\/nowhere\/at\/all\/x_parent: ENOENT/),
      ]);
      expect((await statusOf(host)).instances[0]?.state).toBe("MASTER");
      expect(node.states()).toEqual(["BACKUP", "MASTER"]);
    } finally {
      await run(["umount", full]);
    }
  }));
