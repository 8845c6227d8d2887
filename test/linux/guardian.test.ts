/** The guardian: what it does when it dies itself, and when it has nothing to do. */

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { waitForMaster } from "../support/lab/election.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

/** Pids of the guardians among the descendants of a process. */
function guardiansOf(pids: readonly number[]): number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [pid, parent, name] = line.trim().split(/\s+/);
    return name?.startsWith("vigil_guardian") && pids.includes(Number(parent)) ? [Number(pid)] : [];
  });
}

test("one that is killed is replaced, and the new one knows the addresses; it ends with its daemon", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const node = new KeepalivedNode(host, VIGIL, keepalivedConf(MODE, { priority: 100 }, host, []));
    await node.start();
    await waitForMaster(lab, MODE, "start", node);
    const [first] = guardiansOf(node.process.family());
    expect(first).toBeDefined();
    process.kill(first ?? 0, "SIGKILL");
    await node.process.waitForLine(/guardian: died, starting another one/);
    expect(await host.holds(vipOf(MODE)), "while the daemon lives").toBe(true);
    const [second] = guardiansOf(node.process.family());
    expect(second).not.toBe(first);
    node.process.signal("SIGKILL");
    await lab.waitFor("the address is gone", async () => !(await host.holds(vipOf(MODE))));
    await lab.waitFor("the guardian is gone", async () => !isRunning(second ?? 0));
  }));

function isRunning(pid: number): boolean {
  return execFileSync("ps", ["-eo", "pid=,stat="], { encoding: "utf8" })
    .split("\n")
    .some((line) => line.trim().split(/\s+/)[0] === String(pid) && !line.includes("Z"));
}
