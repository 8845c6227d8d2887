/** Packets that the kernel refuses, by a filter of the host: nothing is told or kept that is not so. */

import { describe, expect, test } from "vitest";
import { waitForMaster, waitForRoles } from "../support/lab/election.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const V3: VrrpMode = { name: "v3 IPv4, 0.2 s", version: 3, family: 4, interval: 0.2 };

const REFUSE =
  "table inet refuse { chain out { type filter hook output priority 0; ip protocol 112 drop; }; }";

describe.concurrent("a MASTER whose adverts the kernel refuses", () => {
  for (const peer of [VIGIL, KEEPALIVED]) {
    test(`beside ${peer === VIGIL ? "Vigil" : "keepalived"}: lets go, says so once, and comes back by itself`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const [a, b] = [lab.host("n1"), lab.host("n2")];
        const conf = (self: typeof a, priority: number) => keepalivedConf(V3, { priority }, self, []);
        const first = new KeepalivedNode(a, VIGIL, conf(a, 200));
        const second = new KeepalivedNode(b, peer, conf(b, 100));
        await second.start();
        await waitForMaster(lab, V3, "start", second);
        await first.start();
        await waitForRoles(lab, V3, "start", first, second);
        await a.exec(["nft", REFUSE]);
        await waitForRoles(lab, V3, "refused", second, first, "FAULT");
        const errors = () => first.log.filter((line) => /send advert error/.test(line));
        expect(errors()).toHaveLength(1);
        expect(errors()[0]).toContain("EPERM");
        expect(first.log.some((line) => line.includes("no advert could be sent (EPERM)"))).toBe(true);
        await a.exec(["nft", "delete table inet refuse"]);
        await waitForRoles(lab, V3, "allowed again", first, second);
        await first.process.waitForLine(/adverts are sent again; \d+ failed in [\d.]+ s/);
        expect(errors()).toHaveLength(1);
      }));
  }

  test("alone on its LAN: keeps the address, and says so", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const node = new KeepalivedNode(host, VIGIL, keepalivedConf(V3, { priority: 200 }, host, []));
      await node.start();
      await waitForMaster(lab, V3, "start", node);
      await host.exec(["nft", REFUSE]);
      await node.process.waitForLine(/\(VI_1\): send advert error EPERM/);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(await host.holds(vipOf(V3))).toBe(true);
      expect(node.log.filter((line) => /send advert error/.test(line))).toHaveLength(1);
      await host.exec(["nft", "delete table inet refuse"]);
      await node.process.waitForLine(/adverts are sent again/);
      expect(node.states()).toEqual(["BACKUP", "MASTER"]);
    }));
});
