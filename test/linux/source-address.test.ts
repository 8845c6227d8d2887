/** A source address that is configured and not there, an interface that became a port, own addresses among the peers. */

import { describe, expect, test } from "vitest";
import { run } from "../support/lab/commands.js";
import { explanationOf, statusOf, vigil } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

interface Instance {
  readonly name: string;
  readonly vrid: number;
  readonly priority?: number;
  readonly lines: readonly string[];
  readonly vip: string;
}

const conf = (...instances: readonly Instance[]) =>
  instances
    .map(({ name, vrid, priority = 100, lines, vip }) =>
      [
        `vrrp_instance ${name} {`,
        "  version 3",
        "  advert_int 0.2",
        `  virtual_router_id ${vrid}`,
        `  priority ${priority}`,
        ...lines.map((line) => `  ${line}`),
        "  virtual_ipaddress {",
        `    ${vip}`,
        "  }",
        "}\n",
      ].join("\n"),
    )
    .join("");

const unicast = (source: string, ...peers: readonly string[]) => [
  "interface eth0",
  `unicast_src_ip ${source}`,
  "unicast_peer {",
  ...peers,
  "}",
];

const nodeOn = (host: Host, program: string, text: string, instance = "A") =>
  new KeepalivedNode(host, program, text, instance);

async function stateIs(lab: Lab, host: Host, instance: string, state: string): Promise<void> {
  await lab.waitFor(`${instance} is ${state}`, async () => {
    const { instances } = await statusOf(host);
    return instances.find(({ name }) => name === instance)?.state === state;
  });
}

const ip = (host: Host, ...words: readonly string[]) => host.exec(["ip", ...words]);

describe.concurrent("a configured source address", () => {
  test("not on the host: FAULT beside a keepalived MASTER, as keepalived itself has it; served when it appears", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const [n1, n2, n3] = [lab.host("n1"), lab.host("n2"), lab.host("n3")];
      // A: a copy of the file of n1. B: IPv6, gone. C: a typing error, the peer is right.
      const first = conf(
        { name: "A", vrid: 61, priority: 150, lines: unicast(n1.ipv4, n2.ipv4), vip: "10.77.0.161/24" },
        { name: "B", vrid: 62, priority: 150, lines: unicast(n1.ipv6, n2.ipv6), vip: "fd00:77::162/64" },
        { name: "C", vrid: 63, priority: 150, lines: unicast(n1.ipv4, n2.ipv4), vip: "10.77.0.163/24" },
      );
      const second = (priority: number) =>
        conf(
          { name: "A", vrid: 61, priority, lines: unicast(n1.ipv4, n2.ipv4), vip: "10.77.0.161/24" },
          { name: "B", vrid: 62, priority, lines: unicast("fd00:77::12", n1.ipv6), vip: "fd00:77::162/64" },
          { name: "C", vrid: 63, priority, lines: unicast("10.77.0.99", n1.ipv4), vip: "10.77.0.163/24" },
        );
      const master = nodeOn(n1, KEEPALIVED, first);
      const node = nodeOn(n2, VIGIL, second(150));
      const other = nodeOn(n3, KEEPALIVED, second(100));
      await master.start();
      await master.process.waitForLine(/\(C\) Entering MASTER STATE/);
      await node.start();
      await other.start();
      await Promise.all(["A", "B", "C"].map((name) => stateIs(lab, n2, name, "FAULT")));
      await lab.waitFor("keepalived too", () => other.log.includes("(C) Entering FAULT STATE"));
      const words = (log: readonly string[]) =>
        log.filter((line) => /^bind unicast_src|^\([ABC]\):? entering FAULT/.test(line)).sort();
      expect(words(node.log)).toEqual(words(other.log));
      expect(words(node.log)).toHaveLength(6);
      for (const vip of ["10.77.0.161", "fd00:77::162", "10.77.0.163"])
        expect((await lab.holders(vip)).map(({ name }) => name)).toEqual(["n1"]);
      const { faults, inputs } = await explanationOf(n2, "C");
      expect(faults.map(({ text }) => text)).toEqual(["unicast_src_ip 10.77.0.99 is not on this host"]);
      expect(inputs.find(({ name }) => name === "own address")).toMatchObject({
        value: "none",
        evidence: "unicast_src_ip 10.77.0.99, which is on no interface",
      });
      expect((await vigil(n2, "status")).status).toBe(152);

      await ip(n2, "address", "add", "10.77.0.99/24", "dev", "eth0");
      // Duplicate address detection takes a second: until then it cannot be sent from.
      await ip(n2, "address", "add", "fd00:77::12/64", "dev", "eth0");
      await stateIs(lab, n2, "C", "BACKUP");
      await stateIs(lab, n2, "B", "BACKUP");
      expect(node.log.join("\n")).not.toContain("send advert error");
    }));

  test("goes while BACKUP or MASTER, and comes back: FAULT, one holder, and it serves again", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      await ip(n1, "address", "add", "10.77.0.51/24", "dev", "eth0");
      await ip(n1, "address", "add", "fd00:77::51/64", "dev", "eth0", "nodad");
      await ip(n1, "address", "add", "fe80::51/64", "dev", "eth0", "nodad");
      const [a, b] = [unicast("10.77.0.51", n2.ipv4), unicast("fd00:77::51", n2.ipv6)];
      const multicast = (source: string) => ["interface eth0", `mcast_src_ip ${source}`];
      // A and B are MASTER on n1, C and D BACKUP.
      const instances = (priority: number, cd: number, own: readonly (readonly string[])[]): Instance[] =>
        ["10.77.0.111/24", "fd00:77::112/64", "10.77.0.113/24", "fd00:77::114/64"].map((vip, i) => ({
          name: "ABCD"[i] ?? "",
          vrid: 11 + i,
          priority: i < 2 ? priority : cd,
          lines: own[i] ?? [],
          vip,
        }));
      const node = nodeOn(
        n1,
        VIGIL,
        conf(...instances(200, 50, [a, b, multicast("10.77.0.51"), multicast("fe80::51")])),
      );
      const peer = nodeOn(
        n2,
        KEEPALIVED,
        conf(
          ...instances(100, 100, [
            unicast(n2.ipv4, "10.77.0.51"),
            unicast(n2.ipv6, "fd00:77::51"),
            ["interface eth0"],
            ["interface eth0"],
          ]),
        ),
      );
      await peer.start();
      await node.start();
      const wanted = { A: "MASTER", B: "MASTER", C: "BACKUP", D: "BACKUP" };
      const names = Object.keys(wanted);
      const settle = () =>
        Promise.all(Object.entries(wanted).map(([name, state]) => stateIs(lab, n1, name, state)));
      await settle();
      for (const address of ["10.77.0.51/24", "fd00:77::51/64", "fe80::51/64"])
        await ip(n1, "address", "del", address, "dev", "eth0");
      await Promise.all(names.map((name) => stateIs(lab, n1, name, "FAULT")));
      for (const vip of ["10.77.0.111", "fd00:77::112", "10.77.0.113", "fd00:77::114"])
        await lab.waitFor(
          `only n2 has ${vip}`,
          async () => (await lab.holders(vip)).map(({ name }) => name).join() === "n2",
        );
      await ip(n1, "address", "add", "10.77.0.51/24", "dev", "eth0");
      await ip(n1, "address", "add", "fd00:77::51/64", "dev", "eth0", "nodad");
      await ip(n1, "address", "add", "fe80::51/64", "dev", "eth0", "nodad");
      await settle();

      // The address moves to another interface: what is sent to it does not come in on eth0 any more.
      await ip(n1, "link", "add", "br9", "type", "bridge");
      await ip(n1, "address", "add", "10.77.0.51/32", "dev", "br9");
      await ip(n1, "address", "del", "10.77.0.51/24", "dev", "eth0");
      await stateIs(lab, n1, "A", "FAULT");
      expect((await explanationOf(n1, "A")).faults[0]?.text).toBe(
        "unicast_src_ip 10.77.0.51 has left interface eth0, and is on another one now",
      );
      await node.stop();
      // At a start keepalived takes an address of any interface, and so does Vigil; but it says so.
      await node.start();
      await stateIs(lab, n1, "C", "BACKUP");
      expect((await vigil(n1, "explain", "C")).stdout).toContain("address of br9");
      expect((await vigil(n1, "status")).status).toBe(151);
      await node.stop();
    }));

  test("without an interface: any interface of the host will do, and none is FAULT", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      await ip(n1, "address", "add", "10.79.0.1/32", "dev", "lo");
      const lines = unicast("10.79.0.1", n2.ipv4).slice(1);
      const node = nodeOn(n1, VIGIL, conf({ name: "A", vrid: 11, lines, vip: "10.77.0.111/24 dev eth0" }));
      await node.start();
      await stateIs(lab, n1, "A", "MASTER");
      await ip(n1, "address", "del", "10.79.0.1/32", "dev", "lo");
      await stateIs(lab, n1, "A", "FAULT");
      expect(await n1.holds("10.77.0.111")).toBe(false);
      await ip(n1, "address", "add", "10.79.0.1/32", "dev", "lo");
      await stateIs(lab, n1, "A", "MASTER");
      await node.stop();
    }));
});

describe.concurrent("the interface", () => {
  test("becomes a port of a bridge, is renamed, deleted and made again: FAULT each time, and one holder", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      const lines = ["interface eth0"];
      const instance = { name: "A", vrid: 11, lines, vip: "10.77.0.111/24" };
      const node = nodeOn(n1, VIGIL, conf({ ...instance, priority: 50 }));
      const peer = nodeOn(n2, KEEPALIVED, conf({ ...instance, priority: 100 }));
      await peer.start();
      await node.start();
      await stateIs(lab, n1, "A", "BACKUP");
      await lab.waitFor("n2 holds it", () => n2.holds("10.77.0.111"));

      // A port keeps its address, and hears nothing: the bridge receives in its place.
      await ip(n1, "link", "add", "br9", "up", "type", "bridge");
      await ip(n1, "link", "set", "eth0", "master", "br9");
      await stateIs(lab, n1, "A", "FAULT");
      const fault = "interface eth0 is a port of bridge br9, which receives in its place";
      expect((await explanationOf(n1, "A")).faults.map(({ text }) => text)).toEqual([fault]);
      expect(node.log.filter((line) => line.includes(fault))).toHaveLength(1);
      await ip(n1, "link", "set", "eth0", "nomaster");
      await stateIs(lab, n1, "A", "BACKUP");

      await ip(n1, "link", "set", "eth0", "down");
      await ip(n1, "link", "set", "eth0", "name", "lan0");
      await ip(n1, "link", "set", "lan0", "up");
      await lab.waitFor("its name is gone", async () =>
        (await explanationOf(n1, "A")).faults.some(({ text }) => text === "interface eth0 does not exist"),
      );
      await ip(n1, "link", "set", "lan0", "down");
      await ip(n1, "link", "set", "lan0", "name", "eth0");
      await ip(n1, "link", "set", "eth0", "up");
      await stateIs(lab, n1, "A", "BACKUP");

      // Into another namespace and back, as a CNI plug-in does: its addresses are gone then.
      const elsewhere = lab.switch.namespace;
      await run(["ip", "-n", n1.namespace, "link", "set", "eth0", "netns", elsewhere]);
      await stateIs(lab, n1, "A", "FAULT");
      await run(["ip", "-n", elsewhere, "link", "set", "eth0", "netns", n1.namespace]);
      await ip(n1, "link", "set", "eth0", "up");
      await lab.waitFor("it has no address", async () =>
        (await explanationOf(n1, "A")).faults.some(({ text }) => text === "no address on interface eth0"),
      );
      await ip(n1, "address", "add", `${n1.ipv4}/24`, "dev", "eth0");
      await stateIs(lab, n1, "A", "BACKUP");
      expect((await lab.holders("10.77.0.111")).map(({ name }) => name)).toEqual(["n2"]);
      await node.stop();
    }));
});

describe.concurrent("unicast_peer", () => {
  test("with the own addresses, as one file for all nodes has them: left out, and nothing is amiss", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      const text = (host: Host, priority: number) =>
        conf({
          name: "A",
          vrid: 11,
          priority,
          lines: unicast(host.ipv4, n1.ipv4, n2.ipv4),
          vip: "10.77.0.111/24",
        });
      const nodes = [nodeOn(n1, VIGIL, text(n1, 200)), nodeOn(n2, VIGIL, text(n2, 100))];
      for (const node of nodes) await node.start();
      await stateIs(lab, n1, "A", "MASTER");
      await stateIs(lab, n2, "A", "BACKUP");
      const capture = await n1.attempt(["timeout", "1", "tcpdump", "-c", "3", "-ni", "lo", "ip proto 112"]);
      expect(capture.stderr).toContain("0 packets captured");
      expect((await vigil(n1, "status")).status).toBe(0);
      expect((await vigil(n2, "status")).status).toBe(150);
      const { findings } = await explanationOf(n1, "A");
      expect(findings.map(({ code, text: words }) => `${code}: ${words}`)).toContain(
        `localPeer: ${n1.ipv4} in unicast_peer is this node's own address, left out`,
      );
      const notes = nodes[0]?.log.filter((line) => line.includes(`unicast_peer ${n1.ipv4}`));
      expect(notes).toEqual([
        `(A) unicast_peer ${n1.ipv4} is an address of this host: no advert is sent to it`,
      ]);
      for (const node of nodes) await node.stop();
    }));
});
