/** The kernel removes a MASTER's addresses when nobody is left who could, before the real keepalived takes over. */

import { describe, expect, test } from "vitest";
import { tsharkFields } from "../support/lab/capture.js";
import { expectCalm, waitForMaster, waitForRoles } from "../support/lab/election.js";
import { withHook } from "../support/lab/hooked-runtime.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { keepalivedConf, type NodeSettings, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

/** For `global_defs`. */
const ON = ["vrrp_address_lifetimes on"];

const V2: VrrpMode = { name: "v2 IPv4", version: 2, family: 4, interval: 1 };
const V3_IPV6: VrrpMode = { name: "v3 IPv6", version: 3, family: 6, interval: 1 };

function vigil(host: Host, mode: VrrpMode, settings: NodeSettings): KeepalivedNode {
  return new KeepalivedNode(host, VIGIL, keepalivedConf(mode, { ...settings, global: ON }, host, []));
}

/** A Vigil that is MASTER and the quickest keepalived beside it: the skew of priority 253 is 12 ms. */
async function besideKeepalived(
  lab: Lab,
  mode: VrrpMode,
  instance: readonly string[] = [],
): Promise<{ first: KeepalivedNode; second: KeepalivedNode }> {
  const first = vigil(lab.host("n1"), mode, { priority: 254, instance });
  const peer = lab.host("n2");
  const second = new KeepalivedNode(peer, KEEPALIVED, keepalivedConf(mode, { priority: 253 }, peer, []));
  await first.start();
  await waitForMaster(lab, mode, "start", first);
  await second.start();
  await waitForRoles(lab, mode, "start", first, second);
  return { first, second };
}

/** `ip` tells of every address that comes, is renewed or goes, and when. */
async function monitor(host: Host): Promise<LabProcess> {
  const process = host.spawn(["ip", "-ts", "monitor", "address"], "ip monitor");
  await waitFor(
    async () => {
      for (const change of ["add", "delete"])
        await host.exec(["ip", "address", change, "192.0.2.1/32", "dev", "lo"]);
      return process.lines.length > 0;
    },
    { what: "the monitor sees something" },
  );
  return process;
}

/** The date in front of the first line that matches. */
async function dateOf(process: LabProcess, pattern: RegExp): Promise<string> {
  const line = await process.waitForLine(pattern);
  return /^\[(\S+)\]/.exec(line)?.[1] ?? `no date: ${line}`;
}

/** What `ip` shows of the address's lifetime. */
async function lifetimeOf(host: Host, address: string): Promise<string | undefined> {
  const shown = await host.exec(["ip", "-o", "address", "show", "to", address]);
  return /valid_lft (\S+)/.exec(shown)?.[1];
}

const gone = (mode: VrrpMode) => new RegExp(`Deleted .* ${vipOf(mode)}/`);
const added = (mode: VrrpMode) => new RegExp(`^(?!.*Deleted).* ${vipOf(mode)}/`);

describe.concurrent("daemon and guardian end together: the address goes before keepalived has it", () => {
  const ends = {
    "SIGKILL of all": (node: KeepalivedNode) => node.kill(),
    "SIGSTOP of all": async (node: KeepalivedNode) => void node.process.signalAll("SIGSTOP"),
  };
  for (const mode of [V2, V3_IPV6]) {
    for (const [name, end] of Object.entries(ends)) {
      for (const instance of mode === V2 ? [[], ["use_vmac"]] : [[]]) {
        test([mode.name, name, ...instance].join(", "), () =>
          Lab.use(["n1", "n2"], async (lab) => {
            const { first, second } = await besideKeepalived(lab, mode, instance);
            const [here, there] = [await monitor(first.host), await monitor(second.host)];
            await end(first);
            const left = await dateOf(here, gone(mode));
            const taken = await dateOf(there, added(mode));
            expect([left, taken].sort(), "left, then taken").toEqual([left, taken]);
            expect(await lab.holders(vipOf(mode))).toEqual([second.host]);
            if (name !== "SIGSTOP of all") return;
            first.process.signalAll("SIGCONT");
            await waitForRoles(lab, mode, "continued", first, second);
          }),
        );
      }
    }
  }
});

/** Node.js loads it before the program: the engine's thread sleeps for ever as soon as the file `hang` is there. */
const HANG = `
  const { existsSync } = require("node:fs");
  if (!require("node:worker_threads").isMainThread)
    setInterval(() => {
      if (existsSync(__dirname + "/hang")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }, 50);`;

test("a thread that hangs and sends no adverts renews nothing, while the daemon and its guardian live", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const path = host.file("k.conf", keepalivedConf(V2, { priority: 200, global: ON }, host, []));
    const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", path];
    const daemon = host.spawn([VIGIL, "-nlG", ...files], "vigil", withHook(host, HANG));
    await lab.waitFor("the address is there", () => host.holds(vipOf(V2)));
    host.file("hang", "");
    await lab.waitFor("the address is gone", async () => !(await host.holds(vipOf(V2))));
    expect(daemon.end).toBeUndefined();
    expect(daemon.lines.join("\n")).not.toMatch(/removing|BACKUP STATE$/);
    await daemon.killAll();
  }));

describe.concurrent("a MASTER that lives", () => {
  for (const mode of [V2, V3_IPV6]) {
    test(`${mode.name}: keeps its address without a gap, at one renewal for each advert`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const { first, second } = await besideKeepalived(lab, mode);
        const log = await monitor(first.host);
        const renewals = () => log.lines.filter((line) => added(mode).test(line)).length;
        const capture = await lab.capture();
        const before = renewals();
        await lab.waitFor("four renewals", () => renewals() >= before + 4);
        const pcap = await capture.stop();
        const seen = renewals() - before;
        const adverts = (await tsharkFields(pcap, ["frame.number"], "vrrp")).length;
        expect(Math.abs(seen - adverts), `${seen} renewals, ${adverts} adverts`).toBeLessThanOrEqual(1);
        expect(await lifetimeOf(first.host, vipOf(mode))).toMatch(/^[12]sec$/);
        expect(log.lines.filter((line) => gone(mode).test(line))).toEqual([]);
        expect(first.states()).toEqual(["BACKUP", "MASTER"]);
        expect(first.log.filter((line) => line.includes("Netlink reflector reports"))).toEqual([]);
        await expectCalm(lab, mode, first);
        expect(second.complaints()).toEqual([]);
      }));
  }

  test("an address owner that stood still until its address was gone adds it again", () =>
    Lab.use(["n1"], async (lab) => {
      const node = vigil(lab.host("n1"), V2, { priority: 255, instance: ["state MASTER"] });
      await node.start();
      await waitForMaster(lab, V2, "start", node);
      node.process.signalAll("SIGSTOP");
      await lab.waitFor("the address is gone", async () => !(await node.host.holds(vipOf(V2))));
      node.process.signalAll("SIGCONT");
      await lab.waitFor("the address is back", () => node.host.holds(vipOf(V2)));
      expect(node.states()).toEqual(["MASTER"]);
      await node.process.waitForLine(/\(VI_1\) addresses may have gone while nothing ran here/);
    }));

  test("reloads: unchanged, off, and on again for what is added from then on; the address is never gone", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const vip = vipOf(V2);
      const conf = (lifetimes: string, more: readonly string[] = []) =>
        keepalivedConf(
          V2,
          { priority: 200, global: [`vrrp_address_lifetimes ${lifetimes}`], instance: more },
          host,
          [],
        );
      const node = new KeepalivedNode(host, VIGIL, conf("on"));
      const reload = async (text: string) => {
        const since = node.process.mark();
        node.configure(text);
        node.reload();
        await node.process.waitForLine(/Reload complete/, { since });
      };
      await node.start();
      await waitForMaster(lab, V2, "start", node);
      const log = await monitor(host);
      await reload(conf("on"));
      expect(await lifetimeOf(host, vip)).toMatch(/^[12]sec$/);
      await reload(conf("off"));
      await lab.waitFor("it is permanent", async () => (await lifetimeOf(host, vip)) === "forever");
      await reload(conf("on", ["virtual_ipaddress_excluded {", "10.77.0.101/24", "}"]));
      await lab.waitFor("the new one ends", async () =>
        /sec$/.test((await lifetimeOf(host, "10.77.0.101")) ?? ""),
      );
      const since = log.mark();
      await log.waitForLine(/10\.77\.0\.101/, { since });
      expect(await lifetimeOf(host, vip)).toBe("forever");
      expect(log.lines.filter((line) => /Deleted.*10\.77/.test(line))).toEqual([]);
      await node.stop();
      expect((await host.addresses()).filter(({ address }) => /10\.77\.0\.10[01]/.test(address))).toEqual([]);
    }));
});

test("-V: what is to stay at the end stays for good", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const path = host.file("k.conf", keepalivedConf(V2, { priority: 200, global: ON }, host, []));
    const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", path];
    const daemon = host.spawn([VIGIL, "-nlGV", ...files], "vigil");
    await lab.waitFor("the address is there", () => host.holds(vipOf(V2)));
    expect(await lifetimeOf(host, vipOf(V2))).toMatch(/^[12]sec$/);
    daemon.signal("SIGTERM");
    await daemon.ended;
    expect(await lifetimeOf(host, vipOf(V2))).toBe("forever");
  }));
