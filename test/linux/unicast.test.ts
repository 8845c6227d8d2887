/** What is special about unicast, announcements of routers, and two address owners; with the real keepalived where it has the setting. */

import { describe, expect, test } from "vitest";
import { tsharkFields } from "../support/lab/capture.js";
import { waitForMaster, waitForRoles } from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const UNICAST4: VrrpMode = { name: "v3 IPv4 unicast", version: 3, family: 4, interval: 0.2, unicast: true };
const UNICAST6: VrrpMode = { name: "v3 IPv6 unicast", version: 3, family: 6, interval: 0.2, unicast: true };
const MULTICAST6: VrrpMode = { name: "v3 IPv6", version: 3, family: 6, interval: 0.2 };
const OWNERS: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

function node(
  lab: Lab,
  name: string,
  program: string,
  mode: VrrpMode,
  priority: number,
  instance: readonly string[] = [],
): KeepalivedNode {
  const host = lab.host(name);
  const peers = lab.hosts.filter((other) => other !== host);
  return new KeepalivedNode(host, program, keepalivedConf(mode, { priority, instance }, host, peers));
}

/** An instance without an interface that has several like it, told apart by their peers. */
function nameless(self: Host, peer: Host, number: number, priority: number, lines = ""): string {
  return `
vrrp_instance P${number} {
  ${lines}
  version 3
  virtual_router_id 51
  priority ${priority}
  advert_int 0.2
  unicast_src_ip ${self.ipv4}
  unicast_peer {
    ${peer.ipv4}
  }
  virtual_ipaddress {
    10.77.0.20${number}/24 dev eth0
  }
}
`;
}

describe.concurrent("unicast", () => {
  for (const [title, lines, limit] of [
    ["without unicast_ttl the hop limit is the kernel's", [], "77"],
    ["with unicast_ttl the hop limit is that", ["unicast_ttl 33"], "33"],
  ] as const)
    test(`IPv6, keepalived and Vigil: ${title}`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        for (const host of lab.hosts) await host.exec(["sysctl", "-qw", "net.ipv6.conf.eth0.hop_limit=77"]);
        const nodes = [KEEPALIVED, VIGIL].map((program, i) =>
          node(lab, `n${i + 1}`, program, UNICAST6, 200 - i, lines),
        );
        const capture = await lab.capture("limits");
        for (const one of nodes) await one.start();
        await waitForMaster(lab, UNICAST6, "keepalived", nodes[0] as KeepalivedNode);
        await nodes[0]?.stop();
        await waitForMaster(lab, UNICAST6, "Vigil", nodes[1] as KeepalivedNode);
        const rows = await tsharkFields(await capture.stop(), ["ipv6.src", "ipv6.hlim"], "vrrp && !icmpv6");
        for (const { host } of nodes)
          expect(new Set(rows.filter(([src]) => src === host.ipv6).map(([, hlim]) => hlim))).toEqual(
            new Set([limit]),
          );
      }));

  test("VRRPv3 checksum of old keepalived: Vigil takes it over from its peer, and leaves it when the peer does", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const keepalived = node(lab, "n1", KEEPALIVED, UNICAST4, 200, ["old_unicast_checksum"]);
      const vigil = node(lab, "n2", VIGIL, UNICAST4, 100);
      await keepalived.start();
      await vigil.start();
      await waitForRoles(lab, UNICAST4, "an old peer is heard", keepalived, vigil);
      await vigil.process.waitForLine(/\(VI_1\) Setting unicast VRRPv3 checksum to old version/);
      vigil.configure(keepalivedConf(UNICAST4, { priority: 250 }, vigil.host, [keepalived.host]));
      vigil.reload();
      await waitForRoles(lab, UNICAST4, "an old peer hears Vigil", vigil, keepalived);
      expect(keepalived.complaints()).toEqual([]);
      await keepalived.stop();
      keepalived.configure(keepalivedConf(UNICAST4, { priority: 254 }, keepalived.host, [vigil.host]));
      await keepalived.start();
      await waitForRoles(lab, UNICAST4, "a new peer hears Vigil, and is heard", keepalived, vigil);
    }));

  test("min_ttl and max_ttl: an advert from too far away is no sign of life", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [far, near] = [lab.host("n1"), lab.host("n2")];
      const sender = node(lab, "n1", KEEPALIVED, UNICAST4, 200, ["unicast_ttl 64"]);
      const conf = keepalivedConf(UNICAST4, { priority: 100 }, near, [far]);
      const listener = new KeepalivedNode(
        near,
        VIGIL,
        conf.replace(new RegExp(`^ *${far.ipv4}$`, "m"), "$& min_ttl 60 max_ttl 64"),
      );
      await sender.start();
      await listener.start();
      await waitForRoles(lab, UNICAST4, "in range", sender, listener);
      listener.configure(conf.replace(new RegExp(`^ *${far.ipv4}$`, "m"), "$& min_ttl 65"));
      listener.reload();
      await listener.process.waitForLine(/\(VI_1\) TTL\/HL 64 from 10\.77\.0\.1 not in range \[65, 255\]/);
      await waitForMaster(lab, UNICAST4, "out of range", listener);
    }));

  test("without interface: two instances of one VRID and one source, told apart by their keepalived peers", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const [n1, n2, n3] = [lab.host("n1"), lab.host("n2"), lab.host("n3")];
      const vigil = new KeepalivedNode(n1, VIGIL, nameless(n1, n2, 1, 100) + nameless(n1, n3, 2, 100), "P1");
      const first = new KeepalivedNode(n2, KEEPALIVED, nameless(n2, n1, 1, 200, "interface eth0"), "P1");
      const second = new KeepalivedNode(n3, KEEPALIVED, nameless(n3, n1, 2, 50, "interface eth0"), "P2");
      for (const one of [first, second, vigil]) await one.start();
      const holders = async () => {
        const of = async (vip: string) => (await lab.holders(vip)).map(({ name }) => name).join();
        return `${await of("10.77.0.201")} ${await of("10.77.0.202")}`;
      };
      await lab.waitFor("each pair has its MASTER", async () => (await holders()) === "n2 n1");
      await first.stop();
      await lab.waitFor("one pair is alone", async () => (await holders()) === "n1 n1");
      expect(second.states().at(-1)).toBe("BACKUP");
    }));

  test("track_src_ip: FAULT while the source address is gone; unicast_fault_no_peer: FAULT", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const host = lab.host("n1");
      const vigil = node(lab, "n1", VIGIL, UNICAST4, 200, ["track_src_ip", "kernel_rx_buf_size 65536"]);
      await host.exec(["ip", "address", "add", "10.78.0.1/24", "dev", "eth0"]);
      await vigil.start();
      await waitForMaster(lab, UNICAST4, "alone", vigil);
      await host.exec(["ip", "address", "del", `${host.ipv4}/24`, "dev", "eth0"]);
      await lab.waitFor("FAULT", async () => (await vigil.state()) === "FAULT");
      await host.exec(["ip", "address", "add", `${host.ipv4}/24`, "dev", "eth0"]);
      await waitForMaster(lab, UNICAST4, "the address is back", vigil);
      vigil.configure(
        keepalivedConf(
          OWNERS,
          { priority: 100, instance: ["unicast_src_ip 10.77.0.1", "unicast_fault_no_peer"] },
          host,
          [],
        ),
      );
      vigil.reload();
      await lab.waitFor("FAULT without peers", async () => (await vigil.state()) === "FAULT");
    }));
});

describe.concurrent("another multicast", () => {
  for (const [title, programs] of [
    ["Vigil over keepalived", [VIGIL, KEEPALIVED]],
    ["keepalived over Vigil", [KEEPALIVED, VIGIL]],
  ] as const)
    test(`${title}: mcast_src_ip and mcast_dst_ip of the instance, vrrp_mcast_group6 of all`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const nodes = programs.map((program, i) => {
          const host = lab.host(`n${i + 1}`);
          const lines = [`mcast_src_ip 10.78.0.${i + 1}`, "mcast_dst_ip 224.0.0.99"];
          const four = keepalivedConf(OWNERS, { priority: 200 - i, instance: lines }, host, []);
          const settings = { priority: 200 - i, global: ["vrrp_mcast_group6 ff02::99"] };
          const six = keepalivedConf(MULTICAST6, settings, host, []).replace("VI_1", "VI_6");
          return new KeepalivedNode(host, program, four + six);
        }) as [KeepalivedNode, KeepalivedNode];
        const capture = await lab.capture("groups");
        for (const { host } of nodes)
          await host.exec(["ip", "address", "add", `10.78.0.${host.ipv4.slice(-1)}/24`, "dev", "eth0"]);
        const [higher, lower] = nodes;
        await lower.start();
        await waitForMaster(lab, OWNERS, "alone", lower);
        await higher.start();
        for (const mode of [OWNERS, MULTICAST6])
          await lab.waitFor(`one holder of ${mode.name}`, async () => {
            const holders = await lab.holders(vipOf(mode));
            return holders.length === 1 && holders[0] === higher.host;
          });
        await waitForRoles(lab, OWNERS, "heard", higher, lower);
        const fields = ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst"];
        const rows = await tsharkFields(await capture.stop(), fields, "vrrp");
        expect(new Set(rows.map((row) => row.filter((text) => text !== "").join(" ")))).toEqual(
          new Set(
            nodes.flatMap(({ host }) => [
              `10.78.0.${host.ipv4.slice(-1)} 224.0.0.99`,
              `${host.linkLocal} ff02::99`,
            ]),
          ),
        );
        expect([...higher.complaints(), ...lower.complaints()]).toEqual([]);
      }));
});

describe.concurrent("announcements and owners", () => {
  test("a host that forwards IPv6 announces itself as router, from the moment that it does", () =>
    Lab.use(["n1"], async (lab) => {
      const vigil = node(lab, "n1", VIGIL, MULTICAST6, 100, ["garp_master_refresh 1"]);
      const capture = await lab.capture("na");
      const target = "icmpv6.type == 136 && icmpv6.nd.na.target_address == fd00:77::100";
      const flags = async () => {
        const rows = await tsharkFields(capture.path, ["icmpv6.nd.na.flag.r"], target);
        return rows.map(([flag]) => (flag === "True" ? "1" : flag === "False" ? "0" : flag));
      };
      await vigil.start();
      await waitForMaster(lab, MULTICAST6, "alone", vigil);
      await lab.waitFor("announcements of a host", async () => (await flags()).includes("0"));
      expect(await flags()).not.toContain("1");
      await vigil.host.exec(["sysctl", "-qw", "net.ipv6.conf.eth0.forwarding=1"]);
      await lab.waitFor("announcements of a router", async () => (await flags()).at(-1) === "1");
      await vigil.host.exec([
        "sysctl",
        "-qw",
        "net.ipv6.conf.all.forwarding=1",
        "net.ipv6.conf.all.forwarding=0",
      ]);
      await lab.waitFor("announcements of a host again", async () => (await flags()).at(-1) === "0");
    }));

  for (const [title, programs] of [
    ["Vigil has the higher address", [KEEPALIVED, VIGIL]],
    ["keepalived has the higher address", [VIGIL, KEEPALIVED]],
  ] as const)
    test(`two address owners, ${title}: one of them holds the address in the end, and both tell of the conflict`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const nodes = programs.map((program, i) => node(lab, `n${i + 1}`, program, OWNERS, 255));
        await lab.cutLink(lab.host("n1"), "silent");
        for (const one of nodes) await one.start();
        for (const one of nodes) await waitForMaster(lab, OWNERS, "partitioned", one);
        await lab.restoreLink(lab.host("n1"));
        await lab.waitFor("one MASTER, which alone has the address", async () => {
          const states = await Promise.all(nodes.map((one) => one.state()));
          const holders = await lab.holders("10.77.0.100");
          const master = nodes[states.indexOf("MASTER")];
          return (
            states.filter((state) => state === "MASTER").length === 1 &&
            holders.length === 1 &&
            holders[0] === master?.host
          );
        });
        const told = nodes.map(({ log }) =>
          log.some((line) => line.includes("both configured as address owner")),
        );
        expect(told).toContain(true);
      }));
});
