/**
 * Keywords of the election, on the wire: what a MASTER answers, and when a BACKUP takes over. Vigil and keepalived hear the same
 * adverts from a third host.
 */

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { seconds } from "../../src/base/time.js";
import { writeVrrpPacket } from "../../src/wire/packet.js";
import { tsharkFields } from "../support/lab/capture.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const SEND = fileURLToPath(new URL("../support/lab/send-packets.py", import.meta.url));
const GROUP = "224.0.0.18";

/** VRID of instance I1, I2, … of a host: those of different hosts do not hear each other. */
function vridOf(host: Host, index: number): number {
  return Number(host.ipv4.slice(-1)) * 20 + index;
}

function vipOf(host: Host, index: number): string {
  return `10.77.${host.ipv4.slice(-1)}.${index + 1}`;
}

interface Settings {
  readonly global: readonly string[];
  /** Lines of I1, I2, … */
  readonly instances: readonly string[];
}

function configuration(host: Host, { global, instances }: Settings): string {
  const blocks = instances.map(
    (lines, i) => `vrrp_instance I${i + 1} {
 interface eth0
 virtual_router_id ${vridOf(host, i)}
 ${lines}
 virtual_ipaddress {
  ${vipOf(host, i)}/32
 }
}`,
  );
  return [`global_defs {\n router_id test\n ${global.join("\n ")}\n}`, ...blocks].join("\n");
}

interface Advert {
  readonly index: number;
  readonly priority: number;
  readonly group?: string;
  readonly address?: string;
  /** Instead of that of the instance. */
  readonly vrid?: number;
}

/** VRRPv3 adverts of one second, for the instances of all these hosts. */
async function send(
  sender: Host,
  to: readonly Host[],
  adverts: readonly Advert[],
  repeat = "1/0",
): Promise<void> {
  const packets = to.flatMap((host) =>
    adverts.map(({ index, priority, group = GROUP, address, vrid }) =>
      writeVrrpPacket({
        family: 4,
        version: 3,
        vrid: vrid ?? vridOf(host, index),
        priority,
        advertInterval: seconds(1),
        addresses: Uint8Array.from((address ?? vipOf(host, index)).split(".").map(Number)),
        source: ipAddress(sender.ipv4),
        destination: ipAddress(group),
        ttl: 255,
        ipId: 1,
        auth: { type: "none" },
        v3ChecksumAsV2: false,
      }),
    ),
  );
  await sender.exec(["python3", SEND, repeat, ...packets.map((bytes) => Buffer.from(bytes).toString("hex"))]);
}

/** keepalived on n1 and Vigil on n2, both running. */
async function pair(lab: Lab, settings: Settings): Promise<readonly [KeepalivedNode, KeepalivedNode]> {
  const [n1, n2] = [lab.host("n1"), lab.host("n2")];
  const nodes = [
    new KeepalivedNode(n1, KEEPALIVED, configuration(n1, settings), "I1"),
    new KeepalivedNode(n2, VIGIL, configuration(n2, settings), "I1"),
  ] as const;
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

function entered(node: KeepalivedNode, state: string): number {
  return node.log.filter((line) => line.includes(`Entering ${state} STATE`)).length;
}

/** What a MASTER does within two seconds after an advert: `adverts 1, announcements 1 at 0, 1 at 1`. */
async function reactions(pcap: string, host: Host, index: number): Promise<string> {
  const adverts = await tsharkFields(
    pcap,
    ["vrrp.prio"],
    `ip.src == ${host.ipv4} && vrrp.virt_rtr_id == ${vridOf(host, index)}`,
  );
  const filter = `arp.isgratuitous == 1 && arp.src.proto_ipv4 == ${vipOf(host, index)}`;
  const times = (await tsharkFields(pcap, ["frame.time_epoch"], filter)).map(([time]) => Number(time));
  const counts = new Map<number, number>();
  for (const time of times) {
    // Quarters of a second.
    const at = Math.round((time - (times[0] ?? 0)) * 4) / 4;
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  const announced = [...counts].map(([at, count]) => `${count} at ${at}`).join(", ");
  return `${adverts.map(([priority]) => priority).join() || "no"} advert, ${announced || "no"} announcement`;
}

interface Reply {
  readonly title: string;
  readonly lines: string;
  /** Of the advert that it hears as MASTER with priority 254. */
  readonly hears: number;
  readonly keepalived: string;
  /** Where it differs: a MASTER that has heard a rival announces again after 250 ms. */
  readonly vigil?: string;
}

const REPLIES: readonly {
  title: string;
  global: readonly string[];
  group?: string;
  replies: readonly Reply[];
}[] = [
  {
    title: "of the instance",
    global: [],
    replies: [
      {
        title: "lower, by default",
        lines: "",
        hears: 50,
        keepalived: "254 advert, 5 at 0 announcement",
        vigil: "254 advert, 5 at 0, 5 at 0.25 announcement",
      },
      {
        title: "lower_prio_no_advert",
        lines: "lower_prio_no_advert",
        hears: 50,
        keepalived: "no advert, 5 at 0 announcement",
        vigil: "no advert, 5 at 0, 5 at 0.25 announcement",
      },
      {
        title: "garp_lower_prio_repeat, garp_lower_prio_delay",
        lines: "garp_lower_prio_repeat 3\n garp_lower_prio_delay 1",
        hears: 50,
        keepalived: "254 advert, 3 at 0, 3 at 1 announcement",
        vigil: "254 advert, 3 at 0, 3 at 0.25, 3 at 1 announcement",
      },
      {
        title: "garp_lower_prio_repeat 0",
        lines: "garp_lower_prio_repeat 0",
        hears: 50,
        keepalived: "254 advert, no announcement",
      },
      { title: "higher, by default", lines: "", hears: 255, keepalived: "no advert, no announcement" },
      {
        title: "higher_prio_send_advert",
        lines: "higher_prio_send_advert",
        hears: 255,
        keepalived: "254 advert, no announcement",
      },
    ],
  },
  {
    title: "of global_defs, and another group",
    group: "224.0.0.99",
    global: [
      "vrrp_lower_prio_no_advert",
      "vrrp_higher_prio_send_advert",
      "vrrp_garp_lower_prio_repeat 2",
      "vrrp_garp_lower_prio_delay 1",
      "vrrp_mcast_group4 224.0.0.99",
    ],
    replies: [
      {
        title: "lower",
        lines: "",
        hears: 50,
        keepalived: "no advert, 2 at 0, 2 at 1 announcement",
        vigil: "no advert, 2 at 0, 2 at 0.25, 2 at 1 announcement",
      },
      {
        title: "lower_prio_no_advert off",
        lines: "lower_prio_no_advert off",
        hears: 50,
        keepalived: "254 advert, 2 at 0, 2 at 1 announcement",
        vigil: "254 advert, 2 at 0, 2 at 0.25, 2 at 1 announcement",
      },
      { title: "higher", lines: "", hears: 255, keepalived: "254 advert, no announcement" },
    ],
  },
];

describe.concurrent("what a MASTER does when it hears another one", () => {
  for (const { title, global, group = GROUP, replies } of REPLIES)
    test(title, () =>
      Lab.use(["n1", "n2", "n3"], async (lab) => {
        const base = "priority 254\n advert_int 40\n garp_master_delay 0\n garp_master_repeat 1";
        const nodes = await pair(lab, {
          global: ["vrrp_version 3", ...global],
          instances: replies.map(({ lines }) => `${base}\n ${lines}`),
        });
        const [hosts, sender] = [nodes.map(({ host }) => host), lab.host("n3")];
        const all = replies.map((_, index) => ({ index, priority: 0, group }));
        await send(sender, hosts, all);
        for (const node of nodes)
          await lab.waitFor("all are MASTER", () => entered(node, "MASTER") === replies.length);
        await pause(500);
        const capture = await lab.capture();
        await send(
          sender,
          hosts,
          replies.map(({ hears }, index) => ({ index, priority: hears, group })),
        );
        await pause(2_000);
        const pcap = await capture.stop();
        for (const [i, host] of hosts.entries())
          expect(
            await Promise.all(replies.map(async (reply, n) => [reply.title, await reactions(pcap, host, n)])),
          ).toEqual(
            replies.map((reply) => [
              reply.title,
              i === 0 ? reply.keepalived : (reply.vigil ?? reply.keepalived),
            ]),
          );
      }),
    );

  test("log_unknown_vrids, vrrp_skip_check_adv_addr", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const nodes = await pair(lab, {
        global: ["vrrp_version 3", "log_unknown_vrids", "vrrp_skip_check_adv_addr"],
        instances: ["priority 100\n advert_int 40"],
      });
      const hosts = nodes.map(({ host }) => host);
      await send(lab.host("n3"), hosts, [
        { index: 0, priority: 200 },
        { index: 0, priority: 200, address: "10.77.0.1" },
        { index: 0, priority: 200, vrid: 199 },
      ]);
      for (const node of nodes)
        await node.process.waitForLine(/Unknown VRID\(199\) received on interface\(eth0\)\. ignoring\.\.\./);
      // The list of addresses is judged once for a MASTER, not in its second advert.
      for (const node of nodes)
        expect(node.complaints().filter((line) => !line.includes("interval"))).toEqual([]);
    }));
});

/** When a node's first advert of an instance came after an instant, s. */
async function firstAdvert(pcap: string, host: Host, index: number, after: number): Promise<number> {
  const filter = `ip.src == ${host.ipv4} && vrrp.virt_rtr_id == ${vridOf(host, index)}`;
  const times = (await tsharkFields(pcap, ["frame.time_epoch"], filter)).map(([time]) => Number(time));
  return (times.find((time) => time > after) ?? Number.NaN) - after;
}

describe.concurrent("when a BACKUP takes over", () => {
  test("down_timer_adverts, vrrp_down_timer_adverts, preempt_delay, nopreempt", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const nodes = await pair(lab, {
        global: ["vrrp_version 3", "vrrp_down_timer_adverts 2"],
        instances: ["", "down_timer_adverts 1", "down_timer_adverts 5", "preempt_delay 3", "nopreempt"].map(
          (lines) => `priority 100\n advert_int 1\n ${lines}`,
        ),
      });
      const [hosts, sender] = [nodes.map(({ host }) => host), lab.host("n3")];
      const capture = await lab.capture();
      const all = [0, 1, 2, 3, 4].map((index) => ({ index, priority: 200 }));
      await send(sender, hosts, all);
      for (const node of nodes)
        await lab.waitFor("all are BACKUP", () => entered(node, "BACKUP") - entered(node, "MASTER") === 5);
      await send(sender, hosts, all);
      const lower = [
        { index: 3, priority: 50 },
        { index: 4, priority: 50 },
      ];
      await send(sender, hosts, lower, "17/0.4");
      const pcap = await capture.stop();
      const sent = await tsharkFields(
        pcap,
        ["frame.time_epoch"],
        `ip.src == ${sender.ipv4} && vrrp.virt_rtr_id == ${vridOf(lab.host("n2"), 0)}`,
      );
      const start = Number(sent.at(-1)?.[0]);
      const times = await Promise.all(
        hosts.map((host) => Promise.all([0, 1, 2, 3, 4].map((i) => firstAdvert(pcap, host, i, start)))),
      );
      // Adverts of one second and the skew of priority 100; the delay, and two and a half adverts after the last one heard in it.
      for (const [i, expected] of [2.6, 1.6, 5.6, 5.6].entries())
        for (const of of times) expect(Math.abs((of[i] ?? Number.NaN) - expected)).toBeLessThan(0.8);
      for (const of of times) expect(of[4]).toBeNaN();
    }));

  test("vrrp_startup_delay: not before its end and the usual wait", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const capture = await lab.capture();
      const settings = {
        global: ["vrrp_version 3", "vrrp_startup_delay 3"],
        instances: ["priority 200\n advert_int 0.2"],
      };
      for (const [i, program] of [KEEPALIVED, VIGIL].entries()) {
        const host = lab.host(`n${i + 1}`);
        const node = new KeepalivedNode(host, program, configuration(host, settings), "I1");
        await node.start();
        const started = Date.now() / 1_000;
        await lab.waitFor("MASTER", () => entered(node, "MASTER") === 1);
        await pause(300);
        const waited = await firstAdvert(capture.path, host, 0, started);
        expect(waited, node.implementation).toBeGreaterThan(3.2);
        expect(waited, node.implementation).toBeLessThan(5);
      }
      await capture.stop();
    }));
});
