/** Vigil and keepalived in one virtual router, in every mode that both have, each as the better and as the lesser node. */

import { describe, expect, test } from "vitest";
import {
  electionStory,
  expectCalm,
  resignations,
  waitForMaster,
  waitForRoles,
} from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type NodeSettings, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const MODES: readonly VrrpMode[] = [
  { name: "v2 without authentication", version: 2, family: 4, interval: 1 },
  { name: "v2 PASS", version: 2, family: 4, interval: 1, auth: "PASS" },
  { name: "v2 AH", version: 2, family: 4, interval: 1, auth: "AH" },
  { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 },
  { name: "v3 IPv6", version: 3, family: 6, interval: 0.2 },
  { name: "v2 PASS unicast", version: 2, family: 4, interval: 1, auth: "PASS", unicast: true },
  { name: "v2 AH unicast", version: 2, family: 4, interval: 1, auth: "AH", unicast: true },
  { name: "v3 IPv4 unicast", version: 3, family: 4, interval: 0.2, unicast: true },
  { name: "v3 IPv6 unicast", version: 3, family: 6, interval: 0.2, unicast: true },
];

/** The short modes in which everything that does not depend on the packet format is tried. */
const V3 = MODES.filter((mode) => mode.name === "v3 IPv4" || mode.name === "v3 IPv6");

/** Vigil first: the pair in the order (under test, peer). */
const DIRECTIONS = [
  { title: "Vigil over keepalived", programs: [VIGIL, KEEPALIVED] },
  { title: "keepalived over Vigil", programs: [KEEPALIVED, VIGIL] },
] as const;

function node(
  lab: Lab,
  name: string,
  program: string,
  mode: VrrpMode,
  settings: NodeSettings,
): KeepalivedNode {
  const host = lab.host(name);
  return new KeepalivedNode(host, program, keepalivedConf(mode, settings, host, peersOf(lab, host)));
}

function peersOf(lab: Lab, host: Host): Host[] {
  return lab.hosts.filter((other) => other !== host);
}

describe.concurrent("a virtual router of Vigil and keepalived", () => {
  for (const mode of MODES) {
    for (const { title, programs } of DIRECTIONS) {
      test(`${mode.name}, ${title}: election, resignation, crash, cut links, and back`, () =>
        Lab.use(["n1", "n2"], async (lab) => {
          const higher = node(lab, "n1", programs[0], mode, { priority: 200 });
          const lower = node(lab, "n2", programs[1], mode, { priority: 100 });
          await electionStory(lab, mode, higher, lower);
          expect(higher.states().at(-1)).toBe("MASTER");
          expect(lower.states().at(-1)).toBe("BACKUP");
        }));
    }
  }

  for (const mode of V3) {
    for (const { title, programs } of DIRECTIONS) {
      test(`${mode.name}, ${title}, nopreempt: a better node that joins stays BACKUP, and takes over from a dead one`, () =>
        Lab.use(["n1", "n2"], async (lab) => {
          const higher = node(lab, "n1", programs[0], mode, { priority: 200, nopreempt: true });
          const lower = node(lab, "n2", programs[1], mode, { priority: 100 });
          await lower.start();
          await waitForMaster(lab, mode, "alone", lower);
          await higher.start();
          await waitForRoles(lab, mode, "nopreempt", lower, higher);
          await expectCalm(lab, mode, lower, 12);
          expect(higher.states()).toEqual(["BACKUP"]);
          await lower.stop();
          await waitForMaster(lab, mode, "the other resigns", higher);
          await lower.start();
          await waitForRoles(lab, mode, "the lesser one is back", higher, lower);
          expect([...higher.complaints(), ...lower.complaints()]).toEqual([]);
        }));

      test(`${mode.name}, ${title}, equal priorities: the higher address wins when both are MASTER`, () =>
        Lab.use(["n1", "n2"], async (lab) => {
          // n2 has the higher address; the title's first program runs there.
          const winner = node(lab, "n2", programs[0], mode, { priority: 150 });
          const loser = node(lab, "n1", programs[1], mode, { priority: 150 });
          await lab.cutLink(winner.host, "silent");
          await Promise.all([winner.start(), loser.start()]);
          await waitForMaster(lab, mode, "partitioned", winner);
          await waitForMaster(lab, mode, "partitioned", loser);
          await lab.restoreLink(winner.host);
          await waitForRoles(lab, mode, "tie-break by address", winner, loser);
          await expectCalm(lab, mode, winner);
          expect(winner.states()).toEqual(["BACKUP", "MASTER"]);
          expect(loser.states()).toEqual(["BACKUP", "MASTER", "BACKUP"]);
          expect([...winner.complaints(), ...loser.complaints()]).toEqual([]);
        }));
    }
  }

  test("v3 IPv4, one direction of the link is dead: both are MASTER until it is back, then the better one alone", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const mode = V3[0] as VrrpMode;
      const higher = node(lab, "n1", KEEPALIVED, mode, { priority: 200 });
      const lower = node(lab, "n2", VIGIL, mode, { priority: 100 });
      await Promise.all([higher.start(), lower.start()]);
      await waitForRoles(lab, mode, "election", higher, lower);
      await lab.dropOneWay(higher.host, lower.host);
      await waitForMaster(lab, mode, "deaf in one direction", lower);
      expect(await higher.state()).toBe("MASTER");
      await lab.forwardAll();
      await waitForRoles(lab, mode, "heard again", higher, lower);
      const capture = await lab.capture("resign");
      await lower.stop();
      expect(await resignations(await capture.stop()), "a BACKUP does not resign").toBe(0);
    }));

  test("v2 AH: a keepalived that was cut off hears the Vigil that took over when it is back, whose advert comes first", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const mode = MODES[2] as VrrpMode;
      const higher = node(lab, "n1", KEEPALIVED, mode, { priority: 200 });
      const lower = node(lab, "n2", VIGIL, mode, { priority: 100 });
      await lower.start();
      await higher.start();
      await waitForRoles(lab, mode, "start", higher, lower);
      await lab.cutLink(higher.host, "silent");
      await waitForMaster(lab, mode, "cut off", lower);
      // The better one's next advert is due 0.4 s after the lesser has taken over.
      await pause(500);
      await lab.restoreLink(higher.host);
      await waitForRoles(lab, mode, "the partition heals", higher, lower);
      expect(higher.complaints().filter((line) => line.includes("already processed"))).toEqual([]);
    }));

  test("v2 AH, equal priorities, three Vigil: two that hear one resignation at the same instant agree in the end", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      // Both become MASTER at once and count their packets alike from then on: neither must take the other's for replays.
      const mode = MODES.find((one) => one.name === "v2 AH") as VrrpMode;
      const nodes = ["n1", "n2", "n3"].map((name) =>
        node(lab, name, VIGIL, mode, { priority: 100, nopreempt: true }),
      );
      const holder = (step: string) =>
        lab.waitFor(`${step}: one MASTER, and it alone has the address`, async () => {
          const states = await Promise.all(nodes.map((one) => one.state()));
          const masters = nodes.filter((_, index) => states[index] === "MASTER");
          const holders = await lab.holders(vipOf(mode));
          return (
            holders.length === 1 && masters.length === 1 && masters[0]?.host === holders[0] && masters[0]
          );
        });
      for (const one of nodes) {
        await one.start();
        await holder("start");
      }
      for (let round = 1; round <= 4; round++) {
        const resigning = await holder(`round ${round}`);
        await resigning.stop();
        await pause(1000);
        await holder(`round ${round}, ${resigning.host.name} has resigned`);
        await resigning.start();
        await resigning.process.waitForLine(/Entering BACKUP STATE/);
      }
    }));
});
