/** Leaving in good order on real systems: stop, drain and reboot, beside Vigil, keepalived and FRR; and what clients notice of it. */

import { describe, expect, test } from "vitest";
import { type Capture, tsharkFields } from "../support/lab/capture.js";
import { explanationOf, statusOf, vigil } from "../support/lab/control.js";
import { expectNoComplaints, waitForMaster, waitForRoles } from "../support/lab/election.js";
import { FrrNode } from "../support/lab/frr-node.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import type { RouterNode } from "../support/lab/node.js";
import {
  keepalivedConf,
  type NodeSettings,
  sourceOf,
  VRID,
  type VrrpMode,
  vipOf,
} from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const V2: VrrpMode = { name: "v2", version: 2, family: 4, interval: 1 };
const MODES: readonly VrrpMode[] = [
  V2,
  { ...V2, name: "v2 PASS", auth: "PASS" },
  { ...V2, name: "v2 AH", auth: "AH" },
  { name: "v3 IPv4", version: 3, family: 4, interval: 0.5 },
  { name: "v3 IPv6", version: 3, family: 6, interval: 0.5 },
];

function node(host: Host, mode: VrrpMode, settings: NodeSettings, program: string = VIGIL): KeepalivedNode {
  return new KeepalivedNode(host, program, keepalivedConf(mode, settings, host, []));
}

/** n1 with the better priority is MASTER, n2 is BACKUP. */
async function pair(
  lab: Lab,
  mode: VrrpMode,
  { peer = VIGIL, instance = [] as readonly string[], global = [] as readonly string[] } = {},
): Promise<{ first: KeepalivedNode; second: KeepalivedNode }> {
  const first = node(lab.host("n1"), mode, { priority: 200, instance, global });
  const second = node(lab.host("n2"), mode, { priority: 100 }, peer);
  await started(lab, mode, first, second);
  return { first, second };
}

async function started(lab: Lab, mode: VrrpMode, first: RouterNode, second: RouterNode): Promise<void> {
  await second.start();
  await first.start();
  await waitForRoles(lab, mode, "both run", first, second);
}

/** 1 ms pings to the address, from a host that is neither. */
async function pings(lab: Lab, mode: VrrpMode): Promise<LabProcess> {
  const process = lab.host("n3").spawn(["ping", "-n", "-i", "0.001", vipOf(mode)], "ping");
  await process.waitForLine(/icmp_seq/);
  return process;
}

/** Pings are answered, now, by the one host that has the address. */
async function expectAnswered(lab: Lab, mode: VrrpMode, ping: LabProcess, holder: Host): Promise<void> {
  await ping.waitForLine(/bytes from/, { since: ping.mark() });
  expect(await lab.holders(vipOf(mode), [lab.host("n1"), lab.host("n2")])).toEqual([holder]);
  expect(ping.lines.join("\n")).not.toMatch(/Unreachable|DUP/);
}

describe.concurrent("drain", () => {
  test("hands over, stays out over a reload, and is named everywhere", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const notified = `${lab.host("n1").directory}/notified`;
      const hook = lab.host("n1").file("hook", `#!/bin/sh\necho "$3" >> ${notified}\n`, 0o755);
      const { first, second } = await pair(lab, V2, {
        instance: [`notify ${hook}`],
        global: ["script_user root"],
      });
      const ping = await pings(lab, V2);
      expect(await vigil(first.host, "drain", "--reason", "kernel\n update")).toMatchObject({
        status: 0,
        stdout: "VI_1: drained\n",
      });
      await waitForRoles(lab, V2, "drained", second, first, "FAULT");
      await expectAnswered(lab, V2, ping, second.host);
      first.reload();
      await first.process.waitForLine(/Reload complete/);

      expect(first.log).toContain("(VI_1) entering FAULT state (drained: kernel update)");
      const status = await vigil(first.host, "status");
      expect(status).toMatchObject({ status: 152 });
      expect(status.stdout).toContain("drained: kernel update");
      expect((await vigil(first.host, "nodelet", "status")).stdout).toMatch(
        /^fault: VI_1 FAULT .*drained: kernel update/,
      );
      expect((await vigil(first.host, "events")).stdout).toMatch(/MASTER → FAULT.*drained: kernel update/);
      const { rule, changes } = await explanationOf(first.host);
      expect(rule.text).toMatch(/^drained: kernel update/);
      expect(changes).toContain("vigil undrain");
      expect(await first.host.exec(["cat", notified])).toMatch(/FAULT\n$/);

      expect((await vigil(first.host, "undrain")).stdout).toBe("VI_1: takes part again\n");
      await waitForRoles(lab, V2, "undrained", first, second);
      expect((await vigil(first.host, "undrain")).stdout).toBe("nothing was drained\n");
    }));

  test("outlives the daemon only if told so; what is no instance is an error", () =>
    Lab.use(["n1"], async (lab) => {
      const mode: VrrpMode = { ...V2, version: 3, interval: 0.2 };
      const host = lab.host("n1");
      const first = node(host, mode, { priority: 100 });
      const restarted = async () => {
        await first.stop();
        await first.start();
      };
      await first.start();
      await waitForMaster(lab, mode, "alone", first);
      expect((await vigil(host, "drain", "VI_1")).status).toBe(0);
      expect(await first.state()).toBe("FAULT");
      await restarted();
      await waitForMaster(lab, mode, "not persistent", first);

      expect((await vigil(host, "drain", "VI_1", "--persist", "--reason", "disk")).stdout).toBe(
        "VI_1: drained, over restarts too\n",
      );
      await first.kill();
      await first.start();
      await lab.waitFor("FAULT", async () => (await first.state()) === "FAULT");
      expect(new Set(first.states()), "from its first moment").toEqual(new Set(["FAULT"]));
      expect((await statusOf(host)).node.sentence).toContain("drained: disk");
      expect((await vigil(host, "undrain", "VI_1")).status).toBe(0);
      await waitForMaster(lab, mode, "undrained", first);
      await restarted();
      await waitForMaster(lab, mode, "undrained for good", first);

      const unknown = await vigil(host, "drain", "NOPE");
      expect(unknown).toMatchObject({ status: 4, stderr: "vigil: there is no vrrp_instance NOPE\n" });
      expect(await vigil(host, "undrain", "VI_1")).toMatchObject({
        status: 4,
        stderr: "vigil: VI_1 is not drained\n",
      });
    }));

  test("beside keepalived", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const { first, second } = await pair(lab, V2, { peer: KEEPALIVED });
      const ping = await pings(lab, V2);
      expect((await vigil(first.host, "drain")).status).toBe(0);
      await waitForRoles(lab, V2, "drained", second, first, "FAULT");
      await expectAnswered(lab, V2, ping, second.host);
      await vigil(first.host, "undrain");
      await waitForRoles(lab, V2, "undrained", first, second);
      for (const one of [first, second]) expectNoComplaints(one, V2);
    }));
});

describe.concurrent("stop and reboot", () => {
  test("under pings: the other Vigil has the address, and it alone", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const { first, second } = await pair(lab, V2);
      const ping = await pings(lab, V2);
      await first.stop();
      await waitForMaster(lab, V2, "stopped", second);
      await expectAnswered(lab, V2, ping, second.host);
      await first.start();
      await waitForRoles(lab, V2, "back", first, second);
      // A reboot ends everything at once.
      for (const process of first.host.processes) process.signal("SIGTERM");
      await first.process.ended;
      await waitForMaster(lab, V2, "rebooted", second);
      await expectAnswered(lab, V2, ping, second.host);
      expect(second.log.filter((line) => /received lower priority|shutting down/.test(line))).toEqual([]);
      for (const one of [first, second]) expectNoComplaints(one, V2);
    }));

  for (const mode of MODES) {
    test(`${mode.name}: keepalived takes a marked goodbye for any other`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const { first, second } = await pair(lab, mode, { peer: KEEPALIVED });
        await goodbye(lab, mode, first, second);
      }));
    if (mode.auth !== undefined) continue;
    test(`${mode.name}: so does FRR`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const first = node(lab.host("n1"), mode, { priority: 200 });
        const second = new FrrNode(lab.host("n2"), mode, 100);
        await started(lab, mode, first, second);
        await goodbye(lab, mode, first, second);
      }));
  }
});

/** The MASTER stops; its goodbye is marked and well formed, and the other one takes over without a complaint. */
async function goodbye(lab: Lab, mode: VrrpMode, first: KeepalivedNode, second: RouterNode): Promise<void> {
  const capture: Capture = await lab.capture("goodbye");
  await first.stop();
  await waitForMaster(lab, mode, "stopped", second);
  const pcap = await capture.stop();
  const source = `${mode.family === 4 ? "ip" : "ipv6"}.src == ${sourceOf(mode, first.host)}`;
  const zero = `vrrp.virt_rtr_id == ${VRID} && vrrp.prio == 0 && ${source}`;
  const where = mode.family === 4 ? "ip.id" : "vrrp.reserved_mbz";
  const marks = (await tsharkFields(pcap, [where], zero)).map(([mark]) => Number(mark));
  expect(marks).toEqual([mode.family === 4 ? 0x5647 : 0xa]);
  const broken = `(vrrp || ah) && (_ws.malformed || vrrp.checksum.status == 0 || ip.checksum.status == 0)`;
  expect(await tsharkFields(pcap, ["frame.number"], broken)).toEqual([]);
  for (const one of [first, second]) expectNoComplaints(one, mode);
}

describe.concurrent("connections to the address", () => {
  for (const mode of [V2, MODES[4] as VrrpMode]) {
    test(`${mode.name}: are reset when it leaves, and no others, nor who listens`, () =>
      Lab.use(["n1", "n2", "n3"], async (lab) => {
        const { first } = await pair(lab, mode);
        const server = await listen(first.host);
        const client = await connected(lab, vipOf(mode));
        const other = await connected(lab, mode.family === 4 ? first.host.ipv4 : first.host.ipv6);
        await vigil(first.host, "drain");
        await client.waitForLine(/Connection reset by peer/);
        expect(other.end).toBeUndefined();
        expect(server.end).toBeUndefined();
        await connected(lab, first.host.ipv4);
      }));
  }

  test("are left alone where vrrp_reset_connections is off", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const { first } = await pair(lab, V2, { global: ["vrrp_reset_connections off"] });
      await listen(first.host);
      const client = await connected(lab, vipOf(V2));
      await vigil(first.host, "drain");
      expect(await first.host.holds(vipOf(V2))).toBe(false);
      expect(await first.host.exec(["ss", "-Hnt", "state", "established"])).toContain(vipOf(V2));
      expect(client.end).toBeUndefined();
    }));
});

/** A server on all addresses of both families, as the apiserver is one. */
async function listen(host: Host): Promise<LabProcess> {
  const process = host.spawn(["socat", "-d", "-d", "TCP6-LISTEN:7000,fork,ipv6only=0", "EXEC:sleep 600"]);
  await process.waitForLine(/listening on/);
  return process;
}

/** An idle client on a third host. */
async function connected(lab: Lab, address: string): Promise<LabProcess> {
  const target = address.includes(":") ? `TCP6:[${address}]:7000` : `TCP4:${address}:7000`;
  const process = lab.host("n3").spawn(["socat", "-d", "-d", "-u", target, "STDOUT"], `client of ${address}`);
  await process.waitForLine(/starting data transfer loop/);
  return process;
}
