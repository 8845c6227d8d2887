/** What a neighbour's flood of good adverts gets out of a MASTER: packets, log and memory are bounded. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { explanationOf } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import { KeepalivedNode, UNDER_TEST_IS_KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const FLOOD = fileURLToPath(new URL("../support/lab/advert-flood.py", import.meta.url));
const VIPS = Array.from({ length: 20 }, (_, i) => `10.77.0.${100 + i}`);
const ADVERTS = 20_000;

function configuration(global: string): string {
  return `global_defs {
  ${global}
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 150
  advert_int 1
  virtual_ipaddress {
    ${VIPS.map((vip) => `${vip}/24`).join("\n    ")}
  }
}
`;
}

async function sentPackets(host: Host): Promise<number> {
  const [link] = JSON.parse(await host.exec(["ip", "-s", "-j", "link", "show", "eth0"])) as [
    { readonly stats64: { readonly tx: { readonly packets: number } } },
  ];
  return link.stats64.tx.packets;
}

/** Resident memory of a process, MB. */
function memory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

async function flood(evil: Host, priority: number): Promise<void> {
  const job = { priority, vrid: 51, vips: VIPS, interval: 1, count: ADVERTS, rate: 4_000 };
  expect(Number(await evil.exec(["python3", FLOOD, JSON.stringify(job)]))).toBe(ADVERTS);
}

test.skipIf(UNDER_TEST_IS_KEEPALIVED).each([
  ["at once", ""],
  ["spread by vrrp_garp_interval", "vrrp_garp_interval 0.1"],
] as const)(
  "20,000 adverts of lower priority and as many of priority 0, announcements %s",
  { timeout: 120_000 },
  (_name, global) =>
    Lab.use(["n1", "evil"], async (lab) => {
      const [n1, evil] = [lab.host("n1"), lab.host("evil")];
      const node = new KeepalivedNode(n1, VIGIL, configuration(global));
      await node.start();
      await lab.waitFor("n1 serves", () => n1.holds(VIPS[0] ?? ""));
      const pid = Number(readFileSync(`${n1.directory}/vrrp.pid`, "utf8"));
      const before = { packets: await sentPackets(n1), lines: node.log.length, memory: memory(pid) };
      await flood(evil, 50);
      await flood(evil, 0);
      // 40,000 packets in; without bounds 2 million came out. 100 announcements a second at most, and four answers.
      expect((await sentPackets(n1)) - before.packets).toBeLessThan(4_000);
      expect(node.log.length - before.lines).toBeLessThan(600);
      expect(memory(pid) - before.memory).toBeLessThan(80);
      expect(node.states()).toEqual(["BACKUP", "MASTER"]);
      const { findings } = await explanationOf(n1);
      expect(findings.map(({ code }) => code)).toContain("advertFlood");
    }),
);
