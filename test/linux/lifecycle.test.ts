/** One daemon's life on a real system: stop, reload, crash, suspension, and other people's hands on its address. */

import { describe, expect, test } from "vitest";
import { tsharkFields } from "../support/lab/capture.js";
import { expectCalm, observe, resignations, waitForMaster, waitForRoles } from "../support/lab/election.js";
import { familyOf } from "../support/lab/family.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type NodeSettings, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const V3: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };
const V3_FAST: VrrpMode = { ...V3, interval: 0.1 };
const V3_IPV6: VrrpMode = { name: "v3 IPv6", version: 3, family: 6, interval: 0.2 };

/** Nodes of the program under test: n1 with priority 200, n2 with 100, both started and in their roles. */
async function pair(
  lab: Lab,
  mode: VrrpMode,
  more: Partial<NodeSettings> = {},
): Promise<[KeepalivedNode, KeepalivedNode]> {
  const [n1, n2] = [200, 100].map((priority, index) => {
    const host = lab.host(`n${index + 1}`);
    return new KeepalivedNode(host, VIGIL, keepalivedConf(mode, { priority, ...more }, host, []));
  }) as [KeepalivedNode, KeepalivedNode];
  await n1.start();
  await waitForMaster(lab, mode, "start", n1);
  await n2.start();
  await waitForRoles(lab, mode, "start", n1, n2);
  return [n1, n2];
}

describe.concurrent("the life of a daemon", () => {
  for (const mode of [V3, V3_IPV6]) {
    test(`${mode.name}, SIGTERM: sends priority 0, removes the address, exits with 0`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const [n1, n2] = await pair(lab, mode);
        const capture = await lab.capture();
        const end = await n1.terminate();
        expect(end).toEqual({ code: 0, signal: null });
        expect(await n1.host.holds(vipOf(mode)), "the address after the end").toBe(false);
        expect(n1.process.family(), "processes left behind").toEqual([]);
        await waitForMaster(lab, mode, "resignation", n2);
        expect(await resignations(await capture.stop())).toBeGreaterThanOrEqual(1);
        expect(n1.log).toContain("(VI_1) sent 0 priority");
      }));

    test(`${mode.name}, SIGHUP with the same file: no state changes, the address is never gone, adverts go on`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const [n1, n2] = await pair(lab, mode);
        await expectCalm(lab, mode, n1, 3);
        const monitor = n1.host.spawn(["ip", "monitor", "address"], "ip monitor");
        const capture = await lab.capture();
        for (const node of [n1, n2]) {
          const mark = node.process.mark();
          node.reload();
          await node.process.waitForLine(/Reload complete/, { since: mark });
        }
        await expectCalm(lab, mode, n1);
        expect(n1.states()).toEqual(["BACKUP", "MASTER"]);
        expect(n2.states().slice(-1)).toEqual(["BACKUP"]);
        expect(monitor.lines.filter((line) => line.startsWith("Deleted"))).toEqual([]);
        expect(await resignations(await capture.stop())).toBe(0);
      }));

    test(`${mode.name}, started again after kill -9: removes the address that the dead one left`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const [n1, n2] = await pair(lab, mode, { nopreempt: true, global: ["vrrp_address_lease off"] });
        await n1.kill();
        expect(await n1.host.holds(vipOf(mode)), "what a dead process cannot remove").toBe(true);
        await waitForMaster(lab, mode, "the other takes over", n2);
        await n1.start();
        await waitForRoles(lab, mode, "nopreempt", n2, n1);
        expect(n1.states(), "never MASTER since its second start").toEqual(["BACKUP"]);
      }));
  }

  test("kill -9 of the daemon's process alone: soon one node holds the address, and it alone sends adverts", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1] = await pair(lab, V3);
      process.kill(familyOf(n1.process.pid).child, "SIGKILL");
      // The dead one's address is removed, or the daemon is back as MASTER; a while without either is nobody's promise.
      await lab.waitFor("exactly one host has the address, and it alone sends adverts", async () => {
        const { holders, sources } = await observe(lab, V3, 10);
        const [source] = sources;
        const sender = lab.hosts.find((host) => host.ipv4 === source);
        return (
          sources.length === 1 && holders.every((names) => names.length === 1 && names[0] === sender?.name)
        );
      });
    }));

  test("somebody else deletes the address: it is back, on the same node", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = await pair(lab, V3);
      await n1.host.exec(["ip", "address", "delete", `${vipOf(V3)}/24`, "dev", "eth0"]);
      await waitForRoles(lab, V3, "after the deletion", n1, n2);
      await expectCalm(lab, V3, n1);
    }));

  test("the interface loses its own address and gets it back: FAULT, then MASTER again", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = await pair(lab, V3);
      await n1.host.exec(["ip", "address", "delete", `${n1.host.ipv4}/24`, "dev", "eth0"]);
      await waitForRoles(lab, V3, "without an address", n2, n1, "FAULT");
      await n1.host.exec(["ip", "address", "add", `${n1.host.ipv4}/24`, "dev", "eth0"]);
      await waitForRoles(lab, V3, "with an address", n1, n2);
    }));

  test("stopped for 5 s and continued, 100 ms adverts: one holder, and it alone sends adverts", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = await pair(lab, V3_FAST);
      n1.process.signalAll("SIGSTOP");
      await waitForMaster(lab, V3_FAST, "the other takes over", n2);
      await pause(5000);
      n1.process.signalAll("SIGCONT");
      await waitForRoles(lab, V3_FAST, "continued", n1, n2);
      await expectCalm(lab, V3_FAST, n1, 12);
    }));

  test("stopped for 5 s and continued with nopreempt: the one that took over keeps the address", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      // Both with the same priority; the one that sleeps has the lower address and loses the tie-break.
      const [n1, n2] = await pair(lab, V3_FAST, { nopreempt: true, priority: 150 });
      n1.process.signalAll("SIGSTOP");
      await waitForMaster(lab, V3_FAST, "the other takes over", n2);
      await pause(5000);
      const capture = await lab.capture("continued");
      n1.process.signalAll("SIGCONT");
      await waitForRoles(lab, V3_FAST, "continued", n2, n1);
      await expectCalm(lab, V3_FAST, n2, 12);
      const rows = await tsharkFields(await capture.stop(), ["ip.src"], "vrrp");
      expect(rows.filter((row) => row[0] === n2.host.ipv4).length).toBeGreaterThanOrEqual(12);
      expect(n2.states()).toEqual(["BACKUP", "MASTER"]);
    }));
});
