/** When, how often and where virtual addresses are announced: every `garp_*` keyword, Vigil beside keepalived on the wire. */

import { describe, expect, test } from "vitest";
import { Capture, tsharkFields } from "../support/lab/capture.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

/** Settings of the instances I1, I2, … of one daemon. */
interface Case {
  readonly title: string;
  readonly global: readonly string[];
  readonly instances: readonly string[];
  /** More blocks. */
  readonly blocks?: string;
}

const CASES: readonly Case[] = [
  {
    title: "an instance's values over those of global_defs",
    global: ["vrrp_garp_master_delay 3", "vrrp_garp_master_repeat 3"],
    instances: [
      "",
      "garp_master_delay 1\n garp_master_repeat 2",
      "garp_master_delay 0",
      "garp_master_delay 1\n garp_master_repeat 1\n garp_master_refresh 2\n garp_master_refresh_repeat 2",
    ],
  },
  {
    title: "vrrp_garp_master_refresh and its repeat",
    global: ["vrrp_garp_master_delay 0", "vrrp_garp_master_refresh 2", "vrrp_garp_master_refresh_repeat 3"],
    instances: ["", "garp_master_refresh 0", "garp_master_refresh_repeat 1\n garp_master_repeat 1"],
  },
  {
    title: "vrrp_min_garp: one and no more, where the instance has no value",
    global: ["vrrp_min_garp"],
    instances: ["", "garp_master_repeat 2", "garp_master_delay 2"],
  },
];

/** How long after the first announcement of an address is looked, s: between two instants at which something may come. */
const LENGTH = 5.5;

/** The addresses of an instance: 10.77.<node>.<instance>. */
function vip(host: Host, index: number): string {
  return `10.77.${host.ipv4.slice(-1)}.${index + 1}`;
}

function configuration(host: Host, { global, instances, blocks = "" }: Case): string {
  const all = instances.map(
    (lines, i) => `vrrp_instance I${i + 1} {
 interface eth0
 version 3
 advert_int 0.2
 virtual_router_id ${Number(host.ipv4.slice(-1)) * 10 + i}
 priority 200
 ${lines}
 virtual_ipaddress {
  ${vip(host, i)}/32
 }
}`,
  );
  return [`global_defs {\n ${global.join("\n ")}\n}`, blocks, ...all].join("\n");
}

/** Times of the gratuitous ARPs for an address, s, from the first one on. */
async function announced(pcap: string, address: string): Promise<number[]> {
  const filter = `arp.isgratuitous == 1 && arp.src.proto_ipv4 == ${address}`;
  const times = (await tsharkFields(pcap, ["frame.time_epoch"], filter)).map(([time]) => Number(time));
  return times.map((time) => time - (times[0] ?? 0)).filter((time) => time < LENGTH);
}

/** `3 at 0, 2 at 1`: how many in which second. */
function bursts(times: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const time of times) counts.set(Math.round(time), (counts.get(Math.round(time)) ?? 0) + 1);
  return [...counts].map(([second, count]) => `${count} at ${second}`).join(", ");
}

/** Runs keepalived and Vigil with the same settings on two hosts; the capture ends long enough after all are MASTER. */
async function lives(lab: Lab, one: Case): Promise<{ nodes: readonly KeepalivedNode[]; pcap: string }> {
  const nodes = [KEEPALIVED, VIGIL].map((program, i) => {
    const host = lab.host(`n${i + 1}`);
    return new KeepalivedNode(host, program, configuration(host, one));
  });
  const capture = await lab.capture();
  await Promise.all(nodes.map((node) => node.start()));
  for (const node of nodes)
    await lab.waitFor(
      "all are MASTER",
      () => node.log.filter((line) => /Entering MASTER STATE/.test(line)).length === one.instances.length,
    );
  await pause(LENGTH * 1_000 + 300);
  return { nodes, pcap: await capture.stop() };
}

describe.concurrent("gratuitous ARP", () => {
  for (const one of CASES)
    test(one.title, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const { nodes, pcap } = await lives(lab, one);
        const [theirs, ours] = await Promise.all(
          nodes.map(async ({ host }) =>
            Promise.all(one.instances.map(async (_, i) => bursts(await announced(pcap, vip(host, i))))),
          ),
        );
        expect(ours).toEqual(theirs);
      }),
    );
});

/** The least gap between packets of both captures, s. */
async function leastGap(pcaps: readonly string[], filter: string): Promise<number> {
  const rows = await Promise.all(pcaps.map((pcap) => tsharkFields(pcap, ["frame.time_epoch"], filter)));
  const times = rows.flat().map(([time]) => Number(time));
  expect(times.length, filter).toBeGreaterThanOrEqual(2);
  times.sort((a, b) => a - b);
  return Math.min(...times.slice(1).map((time, i) => time - (times[i] ?? 0)));
}

describe.concurrent("gaps between announcements", () => {
  const SPACED = [
    {
      title: "vrrp_garp_interval and vrrp_gna_interval: on each interface",
      global: ["vrrp_garp_interval 0.15", "vrrp_gna_interval 0.2"],
      blocks: "",
      together: false,
    },
    {
      title: "garp_group: on its interfaces together",
      global: ["router_id test"],
      blocks: "garp_group {\n garp_interval 0.15\n gna_interval 0.2\n interfaces {\n  eth0\n  eth1\n }\n}",
      together: true,
    },
  ];
  for (const { together, ...settings } of SPACED)
    test(settings.title, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const lines = "garp_master_delay 0\n garp_master_repeat 3";
        const nodes: KeepalivedNode[] = [];
        for (const [i, program] of [KEEPALIVED, VIGIL].entries()) {
          const host = lab.host(`n${i + 1}`);
          await host.exec(["ip", "link", "add", "eth1", "type", "veth", "peer", "name", "far1"]);
          for (const name of ["eth1", "far1"]) await host.exec(["ip", "link", "set", name, "up"]);
          await host.exec(["ip", "address", "add", "10.78.0.1/24", "dev", "eth1"]);
          const four = configuration(host, { ...settings, instances: [lines, lines] });
          const six = (number: number) => `vrrp_instance S${number} {
 interface eth${number}
 advert_int 0.2
 virtual_router_id ${60 + 2 * i + number}
 ${lines}
 virtual_ipaddress {
  fd00:78::${i}${number}/64
 }
}`;
          const text = [four.replace(/(I2 {\n interface eth)0/, "$11"), six(0), six(1)].join("\n");
          nodes.push(new KeepalivedNode(host, program, text));
        }
        const wanted = "arp or (icmp6 and ip6[40] = 136)";
        const captures = await Promise.all(
          nodes.map(({ host }) =>
            Promise.all(["eth0", "eth1"].map((name) => Capture.start(host, name, name, wanted))),
          ),
        );
        await Promise.all(nodes.map((node) => node.start()));
        const least: number[][] = [];
        for (const [i, node] of nodes.entries()) {
          await lab.waitFor(
            "all are MASTER",
            () => node.log.filter((line) => /Entering MASTER STATE/.test(line)).length === 4,
          );
          await pause(1_500);
          const pcaps = await Promise.all((captures[i] ?? []).map((capture) => capture.stop()));
          const kinds = [
            `arp.isgratuitous == 1 && arp.src.proto_ipv4 == 10.77.${i + 1}.0/24`,
            `icmpv6.type == 136 && icmpv6.nd.na.target_address == fd00:78::${i}0/124`,
          ];
          least.push(
            await Promise.all(kinds.map((kind) => leastGap(together ? pcaps : pcaps.slice(0, 1), kind))),
          );
        }
        for (const [arp, na] of least) {
          expect(arp).toBeGreaterThan(0.14);
          expect(na).toBeGreaterThan(0.19);
        }
      }),
    );
});
