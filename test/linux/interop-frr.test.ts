/** Vigil and FRR's vrrpd in one virtual router: the modes that FRR has, each as the better and as the lesser node. */

import { describe, expect, test } from "vitest";
import { electionStory } from "../support/lab/election.js";
import { FrrNode } from "../support/lab/frr-node.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODES: readonly VrrpMode[] = [
  { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 },
  { name: "v3 IPv6", version: 3, family: 6, interval: 0.2 },
  { name: "v2 IPv4", version: 2, family: 4, interval: 1 },
];

function vigil(
  lab: Lab,
  name: string,
  mode: VrrpMode,
  priority: number,
  instance: readonly string[] = [],
): KeepalivedNode {
  const host = lab.host(name);
  return new KeepalivedNode(host, VIGIL, keepalivedConf(mode, { priority, instance }, host, []));
}

describe.concurrent("a virtual router of Vigil and FRR", () => {
  for (const mode of MODES) {
    test(`${mode.name}, Vigil over FRR: election, resignation, crash, cut links, and back`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const higher = vigil(lab, "n1", mode, 200);
        const lower = new FrrNode(lab.host("n2"), mode, 100);
        await electionStory(lab, mode, higher, lower);
        expect((await lower.show())?.effectivePriority).toBe(100);
      }));

    test(`${mode.name}, FRR over Vigil: election, resignation, crash, cut links, and back`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const higher = new FrrNode(lab.host("n1"), mode, 200);
        const lower = vigil(lab, "n2", mode, 100);
        await electionStory(lab, mode, higher, lower);
      }));
  }

  // FRR's adverts come from the virtual MAC, which is then the MAC of an interface on both hosts.
  test("v3 IPv4, Vigil with use_vmac over FRR", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const mode = MODES[0] as VrrpMode;
      const higher = vigil(lab, "n1", mode, 200, ["use_vmac"]);
      await electionStory(lab, mode, higher, new FrrNode(lab.host("n2"), mode, 100));
    }));

  test("v3 IPv6, FRR over Vigil with use_vmac and vmac_xmit_base", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const mode = MODES[1] as VrrpMode;
      const lower = vigil(lab, "n2", mode, 100, ["use_vmac", "vmac_xmit_base"]);
      await electionStory(lab, mode, new FrrNode(lab.host("n1"), mode, 200), lower);
    }));
});
