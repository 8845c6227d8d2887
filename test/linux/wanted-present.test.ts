/**
 * What is wanted and what the kernel has: items that move at a reload, that several owners want, that an earlier run or others
 * have put there, that others remove, and that the kernel refuses. At the end of each test the kernel's own lists decide.
 */

import { expect, test } from "vitest";
import { statusOf, vigil } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

/** One `vrrp_instance`. */
interface Instance {
  readonly name: string;
  readonly vrid: number;
  readonly priority?: number;
  readonly interface?: string;
  readonly addresses: readonly string[];
  readonly excluded?: readonly string[];
  readonly routes?: readonly string[];
  readonly rules?: readonly string[];
  readonly more?: readonly string[];
}

function block(head: string, lines: readonly string[] = []): string {
  return lines.length === 0 ? "" : `${head} {\n${lines.join("\n")}\n}\n`;
}

function conf(instances: readonly Instance[], statics = ""): string {
  const texts = instances.map((one) =>
    block(`vrrp_instance ${one.name}`, [
      `interface ${one.interface ?? "eth0"}`,
      "version 3\nadvert_int 0.1\ngarp_master_delay 0",
      `virtual_router_id ${one.vrid}`,
      `priority ${one.priority ?? 100}`,
      ...(one.more ?? []),
      block("virtual_ipaddress", one.addresses),
      block("virtual_ipaddress_excluded", one.excluded),
      block("virtual_routes", one.routes),
      block("virtual_rules", one.rules),
    ]),
  );
  return statics + texts.join("");
}

/** Addresses but the host's own, as `dev address/len`, in order. */
async function addressesOf(host: Host): Promise<string[]> {
  const all = await host.addresses();
  return all
    .filter(({ address }) => ![host.ipv4, host.ipv6].includes(address) && !address.startsWith("fe80"))
    .map(({ interface: name, address, prefixLength }) => `${name} ${address}/${prefixLength}`)
    .sort();
}

/** Routes and rules of keepalived's protocol, of both families. */
async function routingOf(host: Host): Promise<string[]> {
  const [routes, rules] = await Promise.all([
    host.exec(["ip", "route", "show", "table", "all", "proto", "keepalived"]),
    host.exec(["ip", "rule", "show"]),
  ]);
  const lines = [
    ...routes.split("\n"),
    ...rules.split("\n").filter((line) => line.includes("proto keepalived")),
  ];
  return lines
    .map((line) => line.replace(/\s+/g, " ").trim())
    .filter((line) => line !== "")
    .sort();
}

function isMaster(node: KeepalivedNode, ...names: readonly string[]): boolean {
  return names.every((name) => {
    const states = node.log.filter((line) => line.startsWith(`(${name}) Entering`));
    return states.at(-1)?.includes("MASTER") === true;
  });
}

async function started(lab: Lab, text: string, ...masters: readonly string[]): Promise<KeepalivedNode> {
  const node = new KeepalivedNode(lab.host("n1"), VIGIL, text, "v1");
  await node.start();
  await lab.waitFor("MASTER", () => isMaster(node, ...masters));
  return node;
}

async function reload(node: KeepalivedNode, text: string): Promise<void> {
  const since = node.process.mark();
  node.configure(text);
  node.reload();
  await node.process.waitForLine(/Reload complete/, { since });
}

const ROUTE = "172.30.0.0/16 via 10.77.0.251 dev eth0";
const RULE = "from 10.99.0.0/28 table 1 priority 900";
const ROUTE_SHOWN = "172.30.0.0/16 via 10.77.0.251 dev eth0";
const RULE_SHOWN = "900: from 10.99.0.0/28 lookup 1";

test("a reload moves addresses, routes and rules in every direction, and no packet is lost on the way", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const [host, client] = [lab.host("n1"), lab.host("n2")];
    const moved = "10.77.0.113/24";
    const one = (extra: Partial<Instance> = {}, addresses: readonly string[] = []) => ({
      name: "v1",
      vrid: 11,
      addresses: ["10.77.0.111/24", ...addresses],
      ...extra,
    });
    const two = (extra: Partial<Instance> = {}, addresses: readonly string[] = []) => ({
      name: "v2",
      vrid: 12,
      addresses: ["10.77.0.112/24", ...addresses],
      ...extra,
    });
    const routing = { routes: [ROUTE], rules: [RULE] };
    const both = ["eth0 10.77.0.111/24", "eth0 10.77.0.112/24", "eth0 10.77.0.113/24"];
    const node = await started(lab, conf([one(), two(routing, [moved])]), "v1", "v2");
    await client.exec(["ping", "-c", "1", "-W", "2", "10.77.0.113"]);
    const ping = client.spawn(["ping", "-i", "0.002", "-W", "1", "10.77.0.113"], "ping");
    const events = host.spawn(["ip", "monitor", "address", "route", "rule"], "monitor");
    const statics = block("static_ipaddress", [`${moved} dev eth0`]);
    const staticRouting = block("static_routes", [ROUTE]) + block("static_rules", [RULE]);
    const texts = [
      conf([one(routing, [moved]), two()]),
      conf([one(), two({ ...routing, excluded: [moved] })]),
      conf([one(), two()], statics + staticRouting),
      conf([one({ ...routing, excluded: [moved] }), two()]),
      conf([
        one({ addresses: ["10.77.0.112/24"] }),
        two({ ...routing, addresses: ["10.77.0.111/24", moved] }),
      ]),
    ];
    for (const [i, text] of texts.entries()) {
      await reload(node, text);
      expect(await addressesOf(host), `reload ${i}`).toEqual(both);
      const shown = await routingOf(host);
      expect(shown.join("\n"), `reload ${i}`).toContain(ROUTE_SHOWN);
      expect(shown.join("\n"), `reload ${i}`).toContain(RULE_SHOWN);
    }
    ping.signal("SIGINT");
    await ping.ended;
    expect(ping.lines.join("\n")).toMatch(/ 0% packet loss/);
    events.signal("SIGINT");
    await events.ended;
    expect(events.lines.filter((line) => /^Deleted.*(10\.77\.0\.11|172\.30|10\.99)/.test(line))).toEqual([]);
    expect(isMaster(node, "v1", "v2")).toBe(true);
    expect((await vigil(host, "status")).status).toBe(0);
    await node.stop();
    expect([...(await addressesOf(host)), ...(await routingOf(host))]).toEqual([]);
  }));

test("the same route, rule and address of two owners leave with the last of them, also after a crash", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const [host, peer] = [lab.host("n1"), lab.host("n2")];
    const routing = { routes: [ROUTE], rules: [RULE] };
    const shared = ["10.77.0.120/24"];
    const text = conf([
      { name: "v1", vrid: 11, addresses: ["10.77.0.111/24"], excluded: shared, ...routing },
      { name: "v2", vrid: 12, addresses: ["10.77.0.112/24"], excluded: shared, ...routing },
    ]);
    const node = await started(lab, text, "v1", "v2");
    const rival = new KeepalivedNode(
      peer,
      VIGIL,
      conf([{ name: "v2", vrid: 12, priority: 200, addresses: ["10.77.0.112/24"] }]),
      "v2",
    );
    await rival.start();
    await lab.waitFor("v2 has left", () => !isMaster(node, "v2"));
    await lab.waitFor("its own address has gone", async () => !(await host.holds("10.77.0.112")));
    expect(await addressesOf(host)).toEqual(["eth0 10.77.0.111/24", "eth0 10.77.0.120/24"]);
    expect(await routingOf(host)).toEqual(
      [expect.stringContaining("172.30"), expect.stringContaining("900:")].sort(),
    );
    // The first owner leaves as well: now they go.
    await reload(node, conf([{ name: "v2", vrid: 12, addresses: ["10.77.0.112/24"], ...routing }]));
    expect([...(await addressesOf(host)), ...(await routingOf(host))]).toEqual([]);
    // Static and virtual: the static blocks keep them, whatever becomes of the instance, and of the daemon.
    const statics =
      block("static_ipaddress", ["10.77.0.111/24 dev eth0"]) +
      block("static_routes", [ROUTE]) +
      block("static_rules", [RULE]) +
      block("global_defs", ["vrrp_address_lifetimes on"]);
    const mixed = [{ name: "v1", vrid: 11, addresses: ["10.77.0.111/24"], ...routing }];
    const since = node.process.mark();
    await reload(node, conf(mixed, statics));
    await node.process.waitForLine(/\(v1\) Entering MASTER/, { since });
    await reload(
      node,
      conf([{ ...mixed[0], addresses: ["10.77.0.119/24"], routes: [], rules: [] } as Instance], statics),
    );
    expect(await addressesOf(host)).toEqual(["eth0 10.77.0.111/24", "eth0 10.77.0.119/24"]);
    expect((await routingOf(host)).length).toBe(2);
    await node.kill();
    await lab.waitFor("the kernel removes what is virtual", async () => !(await host.holds("10.77.0.119")));
    expect(await addressesOf(host)).toEqual(["eth0 10.77.0.111/24"]);
    expect((await routingOf(host)).length).toBe(2);
  }));

test("left over: of an instance that comes by reload, on an interface that comes late, put there while BACKUP, and kept routes", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const [host, peer] = [lab.host("n1"), lab.host("n2")];
    const instances = (priority: number): Instance[] => [
      { name: "v1", vrid: 11, priority, addresses: ["10.77.0.111/24"] },
      { name: "v2", vrid: 12, priority, addresses: ["10.77.0.112/24"], routes: [ROUTE] },
      { name: "v3", vrid: 13, priority, addresses: ["fe80::13/64", "fd77::113/64"] },
    ];
    const rival = new KeepalivedNode(peer, VIGIL, conf(instances(200)), "v1");
    await rival.start();
    await lab.waitFor("the other node is MASTER", () => isMaster(rival, "v1", "v2", "v3"));
    const late: Instance = { name: "v4", vrid: 14, interface: "eth5", addresses: ["10.99.0.4/24"] };
    const global = block("global_defs", ["dynamic_interfaces"]);
    const node = new KeepalivedNode(host, VIGIL, conf([...instances(100).slice(0, 1), late], global), "v1");
    await node.start();
    await node.process.waitForLine(/\(v1\) Entering BACKUP/);

    await host.exec(["ip", "address", "add", "10.77.0.112/24", "dev", "eth0"]);
    await host.exec(["ip", "address", "add", "fd77::113/64", "dev", "eth0", "nodad"]);
    await host.exec([
      "ip",
      "route",
      "add",
      ..."172.30.0.0/16 via 10.77.0.251 dev eth0 proto keepalived".split(" "),
    ]);
    await reload(node, conf([...instances(100), late], global));
    await lab.waitFor(
      "leftovers of new instances have gone",
      async () => (await addressesOf(host)).length === 0,
    );
    expect(await routingOf(host)).toEqual([]);

    const links = [
      "link add eth5 type veth peer name eth6",
      "link set eth6 up",
      "address add 10.99.0.1/24 dev eth5",
      "address add 10.99.0.4/24 dev eth5",
      "link set eth5 up",
    ];
    await host.exec(["ip", "-batch", "-"], { input: `${links.join("\n")}\n` });
    await lab.waitFor("what a late interface brings is held or gone, and not left", async () => {
      const { instances: all } = await statusOf(host);
      const v4 = all.find(({ name }) => name === "v4");
      return v4?.state === "MASTER" && (await host.holds("10.99.0.4"));
    });

    // Put there by others while BACKUP: removed once, with one line; the second time it is only told.
    await host.exec(["ip", "address", "add", "10.77.0.111/24", "dev", "eth0"]);
    await lab.waitFor("removed", async () => !(await host.holds("10.77.0.111")));
    await host.exec(["ip", "address", "add", "10.77.0.111/24", "dev", "eth0"]);
    await host.exec(["ip", "address", "add", "10.77.0.112/32", "dev", "eth5"]);
    const told = async (instance: string, summary: string) =>
      (await statusOf(host)).instances
        .find(({ name }) => name === instance)
        ?.findings.some((finding) => finding.severity === "warning" && finding.summary === summary) === true;
    await lab.waitFor("both are findings", async () => {
      const here = await told("v1", "10.77.0.111 is on eth0 although this node is BACKUP");
      return here && (await told("v2", "10.77.0.112 is on eth5 although this node is BACKUP"));
    });
    expect((await vigil(host, "status")).status).toBe(151);
    expect(await host.holds("10.77.0.111")).toBe(true);
    const lines = node.log.filter((line) => line.includes("although another node is MASTER: removed"));
    expect(lines).toEqual(["(v1) 10.77.0.111 was on eth0 although another node is MASTER: removed"]);
  }));

test("others remove what a MASTER holds: back at once, one line; who fights for it gets growing pauses, a fault and a finding", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const text = conf([
      { name: "v1", vrid: 11, addresses: ["10.77.0.111/24"], excluded: ["10.77.0.112/24 no_track"] },
    ]);
    const node = await started(lab, text, "v1");
    const all = ["eth0 10.77.0.111/24", "eth0 10.77.0.112/24"];
    await lab.waitFor("held", async () => (await addressesOf(host)).length === 2);
    // Not tracked: it comes back without a change of state.
    await host.exec(["ip", "address", "delete", "10.77.0.112/24", "dev", "eth0"]);
    await lab.waitFor("back", async () => (await addressesOf(host)).length === 2);
    expect(node.states().filter((state) => state === "MASTER").length).toBe(1);
    // All at once, as a restart of a network service does.
    await host.exec(["ip", "address", "flush", "dev", "eth0", "to", "10.77.0.111/32"]);
    await lab.waitFor("MASTER again", () => node.states().filter((state) => state === "MASTER").length === 2);
    await lab.waitFor(
      "all are back",
      async () => JSON.stringify(await addressesOf(host)) === JSON.stringify(all),
    );
    const lines = node.log.filter((line) => line.includes("by others"));
    expect(lines).toEqual([
      "(v1) 10.77.0.112 was removed from eth0 by others: adding it again",
      "(v1) 10.77.0.111 was removed from eth0 by others: back as soon as this node is MASTER again",
    ]);
    // A fight: whatever is added is deleted.
    const fight = host.spawn(
      ["sh", "-c", "while :; do ip address delete 10.77.0.111/24 dev eth0 2>/dev/null; sleep 0.02; done"],
      "fight",
    );
    await lab.waitFor("FAULT", () => node.states().at(-1) === "FAULT");
    const explained = await statusOf(host);
    expect(explained.instances[0]?.faults.map((fault) => fault.text)).toEqual([
      "others remove 10.77.0.111/24 from eth0 again and again",
    ]);
    expect(
      node.log.filter((line) => /^Others have removed address 10\.77\.0\.111\/24 on eth0 3 times/.test(line))
        .length,
    ).toBe(1);
    await lab.waitFor(
      "a second attempt",
      () => node.states().filter((state) => state === "FAULT").length >= 2,
    );
    const masters = node.states().filter((state) => state === "MASTER").length;
    expect(masters, "no loop at full speed").toBeLessThan(8);
    fight.signal("SIGKILL");
    await lab.waitFor(
      "all is well",
      async () => isMaster(node, "v1") && (await addressesOf(host)).length === 2,
      30_000,
    );
  }));

test("what the kernel refuses stays wanted: told once, explained, tried again, and told when it is there", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    await host.exec(["ip", "route", "add", ..."172.31.0.0/16 via 10.77.0.9 dev eth0".split(" ")]);
    await host.exec(["sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"]);
    const instance: Instance = {
      name: "v1",
      vrid: 11,
      addresses: ["10.77.0.111/24"],
      excluded: ["fd77::111/64"],
      routes: ["172.30.0.0/16 via 10.66.0.1 dev eth0", "172.31.0.0/16 via 10.77.0.8 dev eth0"],
    };
    const statics = block("static_routes", ["172.29.0.0/16 via 10.66.0.1 dev eth0"]);
    const node = await started(lab, conf([instance], statics), "v1");
    const findings = async () => (await statusOf(host)).instances[0]?.findings.map(({ text }) => text) ?? [];
    await lab.waitFor("all three are findings", async () => {
      const texts = (await findings()).join("\n");
      return (
        /address fd77::111\/64 on eth0 is missing since .*: the kernel refuses it: EACCES, IPv6 is switched off/.test(
          texts,
        ) &&
        /route prepend 172\.30\.0\.0\/16 via inet 10\.66\.0\.1 .* is missing since .*: ENETUNREACH/.test(
          texts,
        ) &&
        /static route prepend 172\.29\.0\.0\/16 .* is missing since .*: ENETUNREACH/.test(texts)
      );
    });
    expect((await vigil(host, "status")).status).toBe(151);
    await host.exec(["sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0"]);
    await host.exec(["ip", "address", "add", "10.66.0.9/24", "dev", "eth0"]);
    await lab.waitFor("all is there", async () => {
      const routes = (await routingOf(host)).join("\n");
      return (
        (await host.holds("fd77::111")) &&
        routes.includes("172.30.0.0/16") &&
        routes.includes("172.29.0.0/16")
      );
    });
    await lab.waitFor(
      "no finding is left of them",
      async () => !(await findings()).some((text) => text.includes("is missing")),
    );
    for (const begin of [
      "Cannot add address fd77::111/64",
      "Cannot add route prepend 172.30.0.0/16",
      "The kernel has accepted address fd77::111/64",
      "The kernel has accepted route prepend 172.30.0.0/16",
    ]) {
      expect(node.log.filter((line) => line.startsWith(begin)).length, begin).toBe(1);
    }
    // The host's own route, in which ours is not contained, is left alone.
    await node.stop();
    expect(await host.exec(["ip", "route", "show", "172.31.0.0/16"])).toContain("via 10.77.0.9");
  }));

test("the MAC address of the interface changes: neighbours are told at once", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const [host, client] = [lab.host("n1"), lab.host("n2")];
    const node = await started(lab, conf([{ name: "v1", vrid: 11, addresses: ["10.77.0.111/24"] }]), "v1");
    await client.exec(["ping", "-c", "1", "-W", "2", "10.77.0.111"]);
    await host.exec(["ip", "link", "set", "eth0", "address", "02:aa:bb:cc:dd:01"]);
    await lab.waitFor("the neighbour knows the new one", async () =>
      (await client.exec(["ip", "neigh", "show", "10.77.0.111"])).includes("02:aa:bb:cc:dd:01"),
    );
    await client.exec(["ping", "-c", "1", "-W", "2", "10.77.0.111"]);
    expect(node.log.filter((line) => line.includes("MAC address of eth0 changed"))).toEqual([
      "The MAC address of eth0 changed from 02:77:00:00:00:01 to 02:aa:bb:cc:dd:01: announcing the addresses on it",
    ]);
  }));
