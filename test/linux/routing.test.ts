/** Virtual routes and rules and static items in the kernel: beside the real keepalived, deleted by others, and after a crash. */

import { expect, test } from "vitest";
import { waitForMaster, waitForRoles } from "../support/lab/election.js";
import { killForGood } from "../support/lab/family.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

const STATICS = `
static_ipaddress {
  10.9.1.1/24 brd + dev eth0
  fd09::1 dev eth0
}
static_routes {
  192.168.50.0/24 via 10.77.0.9 dev eth0 mtu lock 1400 rtt 2s realms 3/4
  fd50::/64 via fd00:77::9 dev eth0 pref high
}
static_rules {
  from 10.0.0.1 table 5 preference 50
}
`;

const VIRTUAL = [
  "virtual_routes {",
  "  192.168.1.0/24 via 10.77.0.9 dev eth0 table 5 metric 7 onlink",
  "  192.168.2.0/24 dev eth0 src 10.77.0.100 scope link",
  "  192.168.3.0/24 via 10.77.0.9 dev eth0",
  "  192.168.3.0/24 via 10.77.0.8 dev eth0 append",
  "  blackhole 192.168.4.0/24",
  "  192.168.5.0/24 nexthop via 10.77.0.9 dev eth0 weight 3 nexthop via 10.77.0.8 dev eth0",
  "  192.168.6.0/24 encap ip id 7 dst 10.9.9.9 ttl 44 dev eth0",
  "  fd53::/64 via fd00:77::9 dev eth0",
  "}",
  "virtual_rules {",
  "  not from 192.168.1.0/24 to 10.2.0.0/16 iif eth0 fwmark 4/0xff tos 0x10 table main preference 101",
  "  ipproto tcp sport 10-20 dport 80-80 uidrange 10-20 table 70000 preference 102",
  "  from fd53::/64 prohibit preference 103",
  "}",
];

function confOf(host: Host, priority = 100): string {
  return STATICS + keepalivedConf(MODE, { priority, instance: VIRTUAL }, host, []);
}

/** Everything of keepalived's protocol, and the addresses of eth0. */
async function kernelOf(host: Host): Promise<string> {
  const show = [
    "route show table all proto keepalived",
    "-6 route show table all proto keepalived",
    "rule",
    "-6 rule",
  ];
  const parts = await Promise.all(show.map((what) => host.exec(["ip", "-d", ...what.split(" ")])));
  const addresses = await host.exec(["ip", "-d", "-br", "address", "show", "dev", "eth0"]);
  // The index in eth0@if7 differs from lab to lab.
  return [...parts, addresses.replace(/@if\d+/, "")].join("\n");
}

async function stateUnder(program: string): Promise<readonly string[]> {
  return Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const before = await kernelOf(host);
    const node = new KeepalivedNode(host, program, confOf(host));
    await node.start();
    await waitForMaster(lab, MODE, "alone", node);
    await lab.waitFor("the rules are there", async () =>
      (await host.exec(["ip", "-6", "rule"])).includes("103:"),
    );
    const held = await kernelOf(host);
    await node.stop();
    expect(await kernelOf(host), "nothing stays behind").toBe(before);
    return held.split("\n");
  });
}

test("the kernel holds the same under both programs, and nothing afterwards", async () => {
  const [theirs, ours] = await Promise.all([stateUnder(KEEPALIVED), stateUnder(VIGIL)]);
  expect(ours).toEqual(theirs);
  expect(ours.join("\n")).toContain("192.168.3.0/24 via 10.77.0.8");
});

test("what others delete comes back; a crash leaves no virtual route or rule", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const node = new KeepalivedNode(host, VIGIL, confOf(host));
    await node.start();
    await waitForMaster(lab, MODE, "alone", node);
    const masters = () => node.states().filter((state) => state === "MASTER").length;
    for (const [i, what] of ["route delete fd53::/64", "rule delete preference 102"].entries()) {
      const before = await kernelOf(host);
      await host.exec(["ip", ...(what.includes("fd53") ? ["-6"] : []), ...what.split(" ")]);
      await lab.waitFor(`MASTER again after ${what}`, () => masters() === i + 2);
      await lab.waitFor("all is as before", async () => (await kernelOf(host)) === before);
    }
    for (const what of [
      "route delete 192.168.50.0/24",
      "rule delete preference 50",
      "address delete 10.9.1.1/24 dev eth0",
    ]) {
      const sorted = (text: string) => text.split(/\s+/).sort().join(" ");
      const before = sorted(await kernelOf(host));
      await host.exec(["ip", ...what.split(" ")]);
      await lab.waitFor(`back after ${what}`, async () => sorted(await kernelOf(host)) === before);
    }
    expect(masters(), "static items are no reason to step down").toBe(3);
    expect(node.log.filter((line) => line.startsWith("Restoring deleted static"))).toEqual([
      "Restoring deleted static route prepend 192.168.50.0/24 via inet 10.77.0.9 dev eth0 proto 18",
      "Restoring deleted static rule from 10.0.0.1 priority 50 tos 0x0 protocol 18 lookup 5",
      "Restoring deleted static address 10.9.1.1/24 dev eth0 scope global set",
    ]);
    killForGood(node.process.pid);
    await lab.waitFor("the parent removes them", async () => {
      const kernel = await kernelOf(host);
      return !/192\.168\.[1-6]\.0|fd53|10[123]:/.test(kernel);
    });
    expect(await kernelOf(host), "the host's own stay").toContain("192.168.50.0/24");
  }));

for (const [title, first, second] of [
  ["from keepalived to Vigil", KEEPALIVED, VIGIL],
  ["from Vigil to keepalived", VIGIL, KEEPALIVED],
] as const) {
  test(`virtual routes and rules move ${title} and back`, () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [a, b] = [lab.host("n1"), lab.host("n2")];
      const higher = new KeepalivedNode(a, first, confOf(a, 200));
      const lower = new KeepalivedNode(b, second, confOf(b, 100));
      const only = (here: Host, there: Host) =>
        lab.waitFor(`only ${here.name} has them`, async () => {
          const [mine, other] = await Promise.all([kernelOf(here), kernelOf(there)]);
          const has = (text: string) =>
            [/192\.168\.1\.0/, /fd53/, /102:/, /103:/].map((one) => one.test(text));
          return has(mine).every(Boolean) && !has(other).some(Boolean);
        });
      await Promise.all([higher.start(), lower.start()]);
      await waitForRoles(lab, MODE, "election", higher, lower);
      await only(a, b);
      await higher.stop();
      await waitForMaster(lab, MODE, "resignation", lower);
      await only(b, a);
      await higher.start();
      await waitForRoles(lab, MODE, "preemption", higher, lower);
      await only(a, b);
      expect([...higher.complaints(), ...lower.complaints()]).toEqual([]);
    }));
}
