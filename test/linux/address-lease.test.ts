/** The packet filter silences the addresses of a MASTER whose adverts no longer leave, before the real keepalived takes over. */

import { describe, expect, test } from "vitest";
import { Asker } from "../support/lab/asker.js";
import { tsharkFields } from "../support/lab/capture.js";
import { waitForMaster, waitForRoles } from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type NodeSettings, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const V2: VrrpMode = { name: "v2 IPv4", version: 2, family: 4, interval: 1 };
const V2_AH: VrrpMode = { ...V2, name: "v2 AH", auth: "AH" };
const V2_UNICAST: VrrpMode = { ...V2, name: "v2 PASS unicast", auth: "PASS", unicast: true };
const V3_IPV6: VrrpMode = { name: "v3 IPv6", version: 3, family: 6, interval: 1 };
const V3_IPV6_UNICAST: VrrpMode = { ...V3_IPV6, name: "v3 IPv6 unicast", unicast: true };
const V3_100_MS: VrrpMode = { name: "v3 100 ms", version: 3, family: 4, interval: 0.1 };
const V3_10_MS: VrrpMode = { name: "v3 10 ms", version: 3, family: 4, interval: 0.01 };

interface Pair {
  readonly first: KeepalivedNode;
  readonly second: KeepalivedNode;
  readonly client: Host;
}

/** A Vigil that is MASTER, the quickest keepalived beside it, and a client. */
async function besideKeepalived(
  lab: Lab,
  mode: VrrpMode,
  settings: Partial<NodeSettings> = {},
): Promise<Pair> {
  const [here, there] = [lab.host("n1"), lab.host("n2")];
  const first = new KeepalivedNode(
    here,
    VIGIL,
    keepalivedConf(mode, { priority: 254, ...settings }, here, [there]),
  );
  const second = new KeepalivedNode(
    there,
    KEEPALIVED,
    keepalivedConf(mode, { priority: 253 }, there, [here]),
  );
  await first.start();
  await waitForMaster(lab, mode, "start", first);
  await second.start();
  await waitForRoles(lab, mode, "start", first, second);
  return { first, second, client: lab.host("client") };
}

/** The table of leases as `nft` lists it; empty when there is none. */
async function tableOf(host: Host): Promise<string> {
  const rules = await host.exec(["nft", "list", "ruleset", "netdev"]);
  return rules.includes("table netdev vigil_lease") ? rules : "";
}

const ends: Readonly<Record<string, (node: KeepalivedNode) => Promise<void>>> = {
  "SIGKILL of all": (node) => node.kill(),
  "SIGSTOP of all": async (node) => void node.process.signalAll("SIGSTOP"),
  "adverts that the host's own rules drop": async ({ host }) => {
    const rules = "table ip fw { chain out { type filter hook output priority 0; ip protocol 112 drop; }; }";
    await host.exec(["nft", "-f", "-"], { input: rules });
  },
};

/** Ends a MASTER while a client asks for its address; nobody may ever have two answers, and it is silent when a peer could come. */
async function endWhileAsking(lab: Lab, mode: VrrpMode, how: string, settings: Partial<NodeSettings> = {}) {
  const { first, second, client } = await besideKeepalived(lab, mode, settings);
  const capture = await lab.capture();
  const asker = await Asker.start(client, vipOf(mode));
  // An advert at least is captured.
  await pause(1_100 * mode.interval + 200);
  await ends[how]?.(first);
  await waitForMaster(lab, mode, how, second);
  await pause(1_000);
  const { doubles, holdings } = await asker.stop();
  const adverts = await tsharkFields(
    await capture.stop(),
    ["frame.time_epoch", "vrrp.prio"],
    "vrrp.prio > 0",
  );
  const last = Number(adverts.filter(([, priority]) => priority === "254").at(-1)?.[0]);
  const taken = Number(adverts.find(([, priority]) => priority === "253")?.[0]);
  expect(doubles, "questions with two answers").toBe(0);
  expect(holdings, JSON.stringify(holdings)).toHaveLength(2);
  const [old] = holdings;
  expect(old?.last, "silent when the peer takes over").toBeLessThan(taken);
  // A question and a tick of the kernel's clock before; the machine may be slow to ask.
  const early = Math.max(0.5, 2 * mode.interval);
  expect(old?.last, "no earlier than the peer's time").toBeGreaterThan(last + 3 * mode.interval - early);
  return { first, second };
}

describe.concurrent("no two answers, and silent just before the peer's time", () => {
  const cases: readonly [VrrpMode, string, Partial<NodeSettings>?][] = [
    [V2, "SIGKILL of all"],
    [V2, "SIGSTOP of all"],
    [V2, "adverts that the host's own rules drop"],
    [V2_AH, "SIGKILL of all"],
    [V2_UNICAST, "SIGSTOP of all"],
    [V2_UNICAST, "adverts that the host's own rules drop"],
    [V3_IPV6, "SIGSTOP of all"],
    [V3_IPV6_UNICAST, "SIGKILL of all"],
    [V2, "SIGSTOP of all", { instance: ["use_vmac"] }],
    [V2, "SIGKILL of all", { instance: ["use_vmac", "vmac_xmit_base"] }],
    [V3_100_MS, "SIGSTOP of all"],
    [V3_100_MS, "SIGKILL of all"],
  ];
  for (const [mode, how, settings] of cases) {
    test([mode.name, how, ...(settings?.instance ?? [])].join(", "), () =>
      Lab.use(["n1", "n2", "client"], async (lab) => {
        const { first, second } = await endWhileAsking(lab, mode, how, settings);
        if (how !== "SIGSTOP of all") return;
        first.process.signalAll("SIGCONT");
        await waitForRoles(lab, mode, "continued", first, second);
      }),
    );
  }
});

test("v3 10 ms, SIGSTOP of all", () =>
  Lab.use(
    ["n1", "n2", "client"],
    async (lab) => void (await endWhileAsking(lab, V3_10_MS, "SIGSTOP of all")),
  ));

/** A Vigil alone on its LAN, and a client. */
async function alone(
  lab: Lab,
  mode: VrrpMode,
  settings: Partial<NodeSettings> = {},
  peers: readonly Host[] = [],
) {
  const host = lab.host("n1");
  const conf = (more: Partial<NodeSettings> = {}, changed: VrrpMode = mode) =>
    keepalivedConf(changed, { priority: 200, ...settings, ...more }, host, peers);
  const node = new KeepalivedNode(host, VIGIL, conf());
  const reload = async (text: string) => {
    const since = node.process.mark();
    node.configure(text);
    node.reload();
    await node.process.waitForLine(/Reload complete/, { since });
  };
  await node.start();
  await waitForMaster(lab, mode, "start", node);
  return { host, node, client: lab.host("client"), conf, reload };
}

/** Elements of a set of the table of leases. */
async function elementsOf(host: Host, set: string): Promise<string[]> {
  const table = await tableOf(host);
  const text = new RegExp(`set ${set} \\{[^}]*elements = \\{([^}]*)\\}`).exec(table)?.[1] ?? "";
  return text.split(",").flatMap((element) => element.trim() || []);
}

describe.concurrent("a MASTER that lives", () => {
  test("no event of its address, which stays permanent; a stop removes the table", () =>
    Lab.use(["n1", "client"], async (lab) => {
      const { host, node } = await alone(lab, V2);
      const monitor = host.spawn(["ip", "monitor", "address"], "ip monitor");
      await lab.waitFor("the monitor sees something", async () => {
        for (const change of ["add", "delete"])
          await host.exec(["ip", "address", change, "192.0.2.1/32", "dev", "lo"]);
        return monitor.lines.length > 0;
      });
      await pause(4_000);
      expect(monitor.lines.filter((line) => line.includes(vipOf(V2)))).toEqual([]);
      expect(await host.exec(["ip", "-o", "address", "show", "to", vipOf(V2)])).toMatch(/valid_lft forever/);
      await node.stop();
      expect(await tableOf(host)).toBe("");
    }));

  test("unicast without any peer that lives: the address goes on answering, and beats are never on the wire", () =>
    Lab.use(["n1", "n2", "client"], async (lab) => {
      const mode: VrrpMode = { ...V3_100_MS, name: "v3 unicast", unicast: true };
      const peer = lab.host("n2");
      await peer.exec(["ip", "link", "set", "eth0", "down"]);
      const { client, node } = await alone(lab, mode, {}, [peer]);
      const capture = await lab.capture("beats", "ether proto 0x88b5");
      const asker = await Asker.start(client, vipOf(mode));
      await pause(4_000);
      const { doubles, holdings, longestGap } = await asker.stop();
      expect(doubles).toBe(0);
      expect(holdings).toHaveLength(1);
      expect(longestGap, "ms without an answer").toBeLessThan(1_000);
      expect(await tsharkFields(await capture.stop(), ["frame.number"])).toEqual([]);
      expect(node.states()).toEqual(["BACKUP", "MASTER"]);
      expect(node.complaints()).toEqual([]);
    }));

  test("reloads: interval, addresses, another VRID, off, on; the address answers all the time", () =>
    Lab.use(["n1", "client"], async (lab) => {
      const { host, client, conf, reload } = await alone(lab, V3_100_MS);
      const asker = await Asker.start(client, vipOf(V3_100_MS));
      expect(await tableOf(host)).toContain("timeout 300ms");
      await reload(conf({}, { ...V3_100_MS, interval: 0.5 }));
      expect(await elementsOf(host, "alive")).toEqual([expect.stringMatching(/^0x00000001 timeout 1s500ms/)]);
      await reload(conf({ instance: ["virtual_ipaddress_excluded {", "10.77.0.101/24 dev eth0", "}"] }));
      expect(await tableOf(host)).toMatch(
        /arp saddr ip vmap \{ 10\.77\.0\.100 : jump guard_1, 10\.77\.0\.101 : jump guard_1 \}/,
      );
      await reload(conf({ global: ["vrrp_address_lease off"] }));
      expect(await tableOf(host)).toBe("");
      await reload(conf());
      expect(await elementsOf(host, "alive")).toHaveLength(1);
      expect(await elementsOf(host, "held")).toEqual(["0x00000001"]);
      const { longestGap, holdings } = await asker.stop();
      expect(holdings).toHaveLength(1);
      expect(longestGap).toBeLessThan(500);
      await reload(conf().replace("virtual_router_id 51", "virtual_router_id 52"));
      await lab.waitFor(
        "adverts of the new VRID prolong",
        async () => (await elementsOf(host, "alive")).length === 1,
      );
      expect(await tableOf(host)).toMatch(/vmap \{ 52 : jump/);
    }));

  test("a ruleset that somebody flushes is made again, and the address does not fall silent", () =>
    Lab.use(["n1", "client"], async (lab) => {
      const { host, client, node } = await alone(lab, { ...V2, interval: 2 });
      await host.exec(["nft", "add", "table", "inet", "other"]);
      const asker = await Asker.start(client, vipOf(V2));
      for (const command of [
        "flush ruleset",
        "flush table netdev NAME",
        "delete chain netdev NAME ingress_eth0",
      ]) {
        const before = await tableOf(host);
        const name = /table netdev (\S+)/.exec(before)?.[1] ?? "none";
        const since = node.process.mark();
        await host.exec(["nft", ...command.replace("NAME", name).split(" ")]);
        await node.process.waitForLine(/is gone or was changed: it is made again/, { since });
        await lab.waitFor("all of it", async () => shape(await tableOf(host)) === shape(before));
      }
      // What is not ours is nothing to us.
      const since = node.process.mark();
      await host.exec(["nft", "add", "table", "inet", "more"]);
      await pause(500);
      expect(node.process.linesSince(since).filter((line) => /made again/.test(line))).toEqual([]);
      const { longestGap, holdings } = await asker.stop();
      expect(holdings).toHaveLength(1);
      expect(longestGap).toBeLessThan(1_000);
    }));

  test("the host's own address of an owner is never silenced; one that Vigil added is", () =>
    Lab.use(["n1", "client"], async (lab) => {
      const { host, node, client } = await alone(lab, V3_100_MS, {
        priority: 255,
        instance: ["virtual_ipaddress_excluded {", "10.77.0.1/32 dev eth0", "}", "state MASTER"],
      });
      const table = await tableOf(host);
      expect(table).toMatch(/arp saddr ip vmap \{ 10\.77\.0\.100 : jump guard_1 \}/);
      node.process.signalAll("SIGSTOP");
      const [own, virtual] = await Promise.all([
        Asker.start(client, host.ipv4),
        Asker.start(client, vipOf(V3_100_MS)),
      ]);
      await pause(1_000);
      const answers = [await own.stop(), await virtual.stop()];
      expect(answers[0]?.longestGap).toBeLessThan(500);
      expect(answers[1]?.longestGap).toBeGreaterThan(200);
    }));

  test("an interface that comes later, or comes again, gets its rules", () =>
    Lab.use(["n1", "client"], async (lab) => {
      const line = ["virtual_ipaddress_excluded {", "10.88.0.100/24 dev late0", "}"];
      const { host, node, client } = await alone(lab, V3_100_MS, {
        instance: line,
        global: ["dynamic_interfaces"],
      });
      expect(await tableOf(host)).not.toContain("late0");
      for (let i = 0; i < 2; i++) {
        const peer = ["peer", "name", "late1", "netns", client.namespace];
        await host.exec(["ip", "link", "add", "late0", "type", "veth", ...peer]);
        await lab.waitFor("rules", async () => (await tableOf(host)).includes('device "late0"'));
        if (i === 0) await host.exec(["ip", "link", "del", "late0"]);
      }
      await client.exec(["ip", "link", "set", "late1", "up"]);
      await host.exec(["ip", "link", "set", "late0", "up"]);
      await lab.waitFor("the address", async () => {
        await host.attempt(["ip", "address", "add", "10.88.0.100/24", "dev", "late0"]);
        return host.holds("10.88.0.100");
      });
      const asker = await Asker.start(client, "10.88.0.100", { on: "late1" });
      await pause(300);
      node.process.signalAll("SIGSTOP");
      await pause(1_000);
      const { holdings, longestGap } = await asker.stop();
      expect(holdings, "it answered").toHaveLength(1);
      expect(longestGap, "and then was silent").toBeGreaterThan(200);
    }));

  test("where nft fails: one line, no beats, and the address answers", () =>
    Lab.use(["n1", "n2", "client"], async (lab) => {
      const host = lab.host("n1");
      const mode: VrrpMode = { ...V3_100_MS, name: "v3 unicast", unicast: true };
      host.file(
        "bin/nft",
        "#!/bin/sh\necho 'Error: Could not process rule: Operation not supported' >&2\nexit 1\n",
        0o755,
      );
      const conf = host.file("k.conf", keepalivedConf(mode, { priority: 200 }, host, [lab.host("n2")]));
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", conf];
      const path = `${host.directory}/bin:${process.env.PATH}`;
      const daemon = host.spawn([VIGIL, "-nlG", ...files], "vigil", { PATH: path });
      const capture = await lab.capture("beats", "ether proto 0x88b5");
      await lab.waitFor("the address is there", () => host.holds(vipOf(mode)));
      const asker = await Asker.start(lab.host("client"), vipOf(mode));
      await pause(600);
      expect((await asker.stop()).longestGap).toBeLessThan(500);
      expect(
        daemon.lines.filter((line) => /vrrp_address_lease has no effect: Error: Could not/.test(line)),
      ).toHaveLength(1);
      expect(await tsharkFields(await capture.stop(), ["frame.number"])).toEqual([]);
    }));
});

/** A table without what changes by itself: elements. */
function shape(table: string): string {
  return table.replace(/^.*elements = [^}]*\}\n/gm, "");
}

test("after all of a daemon was killed its next start silences what it left, until that is gone", () =>
  Lab.use(["n1", "n2", "client"], async (lab) => {
    const { first, second, client } = await besideKeepalived(lab, V2);
    await first.kill();
    await waitForMaster(lab, V2, "killed", second);
    expect(await first.host.holds(vipOf(V2)), "nobody was left to remove it").toBe(true);
    const asker = await Asker.start(client, vipOf(V2));
    await first.start();
    await waitForRoles(lab, V2, "again", first, second);
    expect((await asker.stop()).doubles).toBe(0);
    first.process.signal("SIGKILL");
    await lab.waitFor(
      "the daemon leaves without its parent, and takes the table",
      async () => !(await first.host.holds(vipOf(V2))) && (await tableOf(first.host)) === "",
    );
  }));
