/** The guardian: what it does when it dies itself, and when it has nothing to do. */

import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { findNativeFile } from "../../src/linux/both/native-files.js";
import { addressRequest } from "../../src/linux/engine-thread/rtnetlink/rtnetlink-messages.js";
import { attempt } from "../support/lab/commands.js";
import { resignations, waitForMaster } from "../support/lab/election.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
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

test("a request that its daemon's death cut off is not made: without its end it would mean another address", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const [own] = await host.addresses();
    if (own === undefined) throw new Error("an address");
    const links = await attempt(["ip", "-n", host.namespace, "-j", "link", "show", own.interface]);
    const index = Number(JSON.parse(links.stdout)[0].ifindex);
    const line = { interface: own.interface, scope: 0, flags: 0, noTrack: false };
    const removal = (address: string, prefixLength: number) => {
      const wanted = { ...line, address: ipAddress(address), prefixLength };
      return addressRequest({ operation: "remove" }, wanted, index, false, 0);
    };
    const guard = (input: string) =>
      attempt(["ip", "netns", "exec", host.namespace, findNativeFile("vigil_guardian")], { input });
    // Header and `struct ifaddrmsg`, 24 bytes: the kernel takes it for the first address.
    const half = removal("10.9.9.9", 32).subarray(0, 24).toString("hex");
    expect((await guard(`+ request ${half}`)).status).toBe(1);
    expect(await host.holds(own.address)).toBe(true);
    const whole = removal(own.address, own.prefixLength).toString("hex");
    expect((await guard(`+ request ${whole}\n+ request ${half}`)).status).toBe(1);
    expect(await host.holds(own.address), "what was told before is undone").toBe(false);
  }));

const MODES: readonly VrrpMode[] = [
  { name: "v2 AH", version: 2, family: 4, interval: 1, auth: "AH" },
  { name: "v2 PASS unicast", version: 2, family: 4, interval: 1, auth: "PASS", unicast: true },
  { name: "v3 IPv4", version: 3, family: 4, interval: 20 },
  { name: "v3 IPv6", version: 3, family: 6, interval: 20 },
];

describe.concurrent("kill -9 of a MASTER", () => {
  for (const mode of MODES) {
    for (const program of [VIGIL, KEEPALIVED]) {
      const peer = program === VIGIL ? "Vigil" : "keepalived";
      test(`${mode.name}: the guardian says goodbye, and ${peer} takes over as from one that resigns`, () =>
        Lab.use(["n1", "n2"], async (lab) => {
          const hosts = lab.hosts;
          const nodes = [VIGIL, program].map((each, i) => {
            const host = lab.host(`n${i + 1}`);
            const others = hosts.filter((other) => other !== host);
            // An owner is MASTER at once, so that nobody has to wait for an interval of 20 s.
            const settings = i === 0 ? { priority: 255, instance: ["state MASTER"] } : { priority: 100 };
            return new KeepalivedNode(host, each, keepalivedConf(mode, settings, host, others));
          });
          const [master, backup] = nodes;
          if (master === undefined || backup === undefined) throw new Error("two nodes");
          await master.start();
          await lab.waitFor("the first MASTER", () => master.host.holds(vipOf(mode)));
          await backup.start();
          await lab.waitFor("the other is BACKUP", () => backup.states().at(-1) === "BACKUP");
          const capture = await lab.capture();
          master.process.signal("SIGKILL");
          // By its silence it would be missed after 3 intervals, the goodbye makes it at most a skew time.
          await lab.waitFor("the take-over", () => backup.host.holds(vipOf(mode)));
          expect(await master.host.holds(vipOf(mode))).toBe(false);
          expect(await resignations(await capture.stop())).toBe(1);
          expect(backup.complaints()).toEqual([]);
        }));
    }
  }
});

function isRunning(pid: number): boolean {
  return execFileSync("ps", ["-eo", "pid=,stat="], { encoding: "utf8" })
    .split("\n")
    .some((line) => line.trim().split(/\s+/)[0] === String(pid) && !line.includes("Z"));
}
