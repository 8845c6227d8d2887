/** The parent as guardian: what it undoes and says when the process that held the address is killed. */

import { describe, expect, test } from "vitest";
import { resignations } from "../support/lab/election.js";
import { killForGood } from "../support/lab/family.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODES: readonly VrrpMode[] = [
  { name: "v2 AH", version: 2, family: 4, interval: 1, auth: "AH" },
  { name: "v2 PASS unicast", version: 2, family: 4, interval: 1, auth: "PASS", unicast: true },
  { name: "v3 IPv4", version: 3, family: 4, interval: 20 },
  { name: "v3 IPv6", version: 3, family: 6, interval: 20 },
];

describe.concurrent("kill -9 of a MASTER", () => {
  for (const mode of MODES) {
    for (const program of [VIGIL, KEEPALIVED]) {
      const peer = program === VIGIL ? "Vigil" : "keepalived";
      test(`${mode.name}: the parent says goodbye, and ${peer} takes over as from one that resigns`, () =>
        Lab.use(["n1", "n2"], async (lab) => {
          const hosts = lab.hosts;
          const nodes = [VIGIL, program].map((each, i) => {
            const host = lab.host(`n${i + 1}`);
            const others = hosts.filter((other) => other !== host);
            // An owner is MASTER at once, so that nobody has to wait for an interval of 20 s.
            const settings = i === 0 ? { priority: 255, instance: ["state MASTER"] } : { priority: 100 };
            return new KeepalivedNode(host, each, keepalivedConf(mode, settings, host, others));
          });
          const [master, backup] = nodes;
          if (master === undefined || backup === undefined) throw new Error("two nodes");
          await master.start();
          await lab.waitFor("the first MASTER", () => master.host.holds(vipOf(mode)));
          await backup.start();
          await lab.waitFor("the other is BACKUP", () => backup.states().at(-1) === "BACKUP");
          const capture = await lab.capture();
          killForGood(master.process.pid);
          // By its silence it would be missed after 3 intervals, the goodbye makes it at most a skew time.
          await lab.waitFor("the take-over", () => backup.host.holds(vipOf(mode)));
          expect(await master.host.holds(vipOf(mode))).toBe(false);
          expect(await resignations(await capture.stop())).toBe(1);
          expect(backup.complaints()).toEqual([]);
        }));
    }
  }
});
