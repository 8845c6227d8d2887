/**
 * The life of a virtual router of two nodes, of any two implementations: election, preemption, resignation, crash, cut cables,
 * and the way back after each.
 */

import { expect } from "vitest";
import type { Lab } from "../lab.js";
import { tsharkFields } from "./capture.js";
import type { RouterNode, RouterState } from "./node.js";
import { VRID, type VrrpMode, vipOf } from "./vrrp-config.js";
import { pause } from "./wait-for.js";

function nodeName(node: RouterNode): string {
  return `${node.implementation} on ${node.host.name}`;
}

/**
 * Waits until `master` says it is MASTER, `backup` says it is in `backupState`, and only the master's host has the address.
 * @param step where in the story this is, for the message.
 */
export async function waitForRoles(
  lab: Lab,
  mode: VrrpMode,
  step: string,
  master: RouterNode,
  backup: RouterNode,
  backupState: RouterState = "BACKUP",
): Promise<void> {
  const vip = vipOf(mode);
  await lab.waitFor(
    `${step}: ${nodeName(master)} is MASTER, ${nodeName(backup)} is ${backupState}`,
    async () => {
      if ((await master.state()) !== "MASTER" || (await backup.state()) !== backupState) return false;
      const holders = await lab.holders(vip, [master.host, backup.host]);
      return holders.length === 1 && holders[0] === master.host;
    },
  );
}

/** Waits until `master`, whose peer is dead or gone, says it is MASTER and has the address. */
export async function waitForMaster(
  lab: Lab,
  mode: VrrpMode,
  step: string,
  master: RouterNode,
): Promise<void> {
  await lab.waitFor(
    `${step}: ${nodeName(master)} is MASTER`,
    async () => (await master.state()) === "MASTER" && (await master.host.holds(vipOf(mode))),
  );
}

/** Who had the address and who sent adverts during some time. */
export interface Observation {
  /** Names of the hosts that had the address, for each look. */
  readonly holders: readonly (readonly string[])[];
  /** Source addresses of adverts, each once. */
  readonly sources: readonly string[];
  /** Number of adverts. */
  readonly adverts: number;
}

/** Watches the LAN for some adverts' time. */
export async function observe(lab: Lab, mode: VrrpMode, rounds: number): Promise<Observation> {
  const capture = await lab.capture(`calm-${lab.switch.processes.length}`);
  const holders: string[][] = [];
  for (let i = 0; i < rounds; i++) {
    await pause(mode.interval * 1000);
    holders.push((await lab.holders(vipOf(mode))).map((host) => host.name));
  }
  const rows = await tsharkFields(await capture.stop(), [sourceField(mode)], `vrrp.virt_rtr_id == ${VRID}`);
  return { holders, sources: [...new Set(rows.map((row) => row[0] ?? ""))], adverts: rows.length };
}

/**
 * Asserts that for some adverts' time the address stays where it is and that only its holder sends adverts.
 * @param rounds adverts to watch.
 */
export async function expectCalm(lab: Lab, mode: VrrpMode, holder: RouterNode, rounds = 6): Promise<void> {
  const seen = await observe(lab, mode, rounds);
  expect(seen.holders).toEqual(Array.from({ length: rounds }, () => [holder.host.name]));
  expect(seen.sources, "hosts that send adverts").toHaveLength(1);
  expect(seen.adverts).toBeGreaterThanOrEqual(rounds - 1);
}

/** How many adverts of priority 0 a capture has, from whomever. */
export async function resignations(pcap: string): Promise<number> {
  const filter = `vrrp.virt_rtr_id == ${VRID} && vrrp.prio == 0`;
  return (await tsharkFields(pcap, ["frame.number"], filter)).length;
}

/** The whole story. `higher` has the higher priority; neither is started yet. */
export async function electionStory(
  lab: Lab,
  mode: VrrpMode,
  higher: RouterNode,
  lower: RouterNode,
): Promise<void> {
  const capture = await lab.capture("story");

  await lower.start();
  await waitForMaster(lab, mode, "alone", lower);
  await higher.start();
  await waitForRoles(lab, mode, "a higher priority joins and preempts", higher, lower);
  await expectCalm(lab, mode, higher);

  await higher.stop();
  await waitForMaster(lab, mode, "after a graceful stop", lower);
  expect(await lab.holders(vipOf(mode)), "holders after a graceful stop").toEqual([lower.host]);
  await higher.start();
  await waitForRoles(lab, mode, "failback after a graceful stop", higher, lower);

  await higher.kill();
  await waitForMaster(lab, mode, "after kill -9", lower);
  await higher.start();
  await waitForRoles(lab, mode, "failback after kill -9", higher, lower);

  await lab.cutLink(higher.host, "carrier");
  await waitForMaster(lab, mode, "after the cable is out", lower);
  await lab.waitFor(`without a cable ${nodeName(higher)} gives the address up`, async () => {
    const leaves = higher.seesCarrier ? (await higher.state()) !== "MASTER" : true;
    return leaves && !(await higher.host.holds(vipOf(mode)));
  });
  await lab.restoreLink(higher.host);
  await waitForRoles(lab, mode, "failback after the cable is back", higher, lower);

  await lab.cutLink(higher.host, "silent");
  await waitForMaster(lab, mode, "after the switch fell silent", lower);
  expect(await higher.state(), "a node that cannot know that nobody hears it").toBe("MASTER");
  await lab.restoreLink(higher.host);
  await waitForRoles(lab, mode, "the partition heals", higher, lower);
  await expectCalm(lab, mode, higher);

  const pcap = await capture.stop();
  expect(
    await resignations(pcap),
    "adverts of priority 0 that reached the switch, all of the better node",
  ).toBeGreaterThanOrEqual(1);
  for (const node of [higher, lower]) expectNoComplaints(node, mode);
}

/**
 * Asserts that a node has rejected nothing. With AH one kind of rejection is right: keepalived's one count for all senders, after
 * it was cut off, or in FAULT, and has itself used the numbers that the peer goes on with.
 */
export function expectNoComplaints(node: RouterNode, mode: VrrpMode): void {
  const complaints = node.complaints();
  const replays = mode.auth === "AH" ? complaints.filter((line) => AH_REPLAY.test(line)) : [];
  const others = complaints.filter((line) => !replays.includes(line));
  expect(others, `complaints of ${nodeName(node)}`).toEqual([]);
  const drops = replays.filter((line) => !line.includes("Syncing"));
  expect(drops.length, `complaints of ${nodeName(node)}: ${drops.join(", ")}`).toBeLessThanOrEqual(
    MOST_REPLAYS,
  );
}

/**
 * What arrives late, unicast: the kernel keeps packets while it asks for the MAC address of a peer that was cut off, three times
 * with a second in between, and so up to three adverts come at once when it is back, behind those that the peer itself has sent
 * meanwhile. Numbers that both have used are no reason any more: who takes over from a silent MASTER begins above them.
 */
const MOST_REPLAYS = 3;

/** A node by itself or its peer having gone ahead in the one count of AH packets that keepalived's nodes share. */
export const AH_REPLAY = /IPSEC-AH : (sequence number \d+ (from \S+ )?already processed|Syncing seq_num)/;

function sourceField(mode: VrrpMode): string {
  return mode.family === 4 ? "ip.src" : "ipv6.src";
}
