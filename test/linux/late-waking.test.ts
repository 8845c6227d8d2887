/** Daemons that are stopped by a signal for longer than their peers wait, and go on, with real packets in their sockets. */

import { describe, expect, test } from "vitest";
import { expectCalm, resignations, waitForMaster, waitForRoles } from "../support/lab/election.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type NodeSettings, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const FAST: VrrpMode = { name: "v3 IPv4, 0.1 s", version: 3, family: 4, interval: 0.1 };
const V2: VrrpMode = { name: "v2 IPv4, 1 s", version: 2, family: 4, interval: 1 };

/** A Vigil of priority 200 that is MASTER, and a BACKUP of priority 100 beside it. */
async function pair(
  lab: Lab,
  mode: VrrpMode,
  peer: string,
  settings: Partial<NodeSettings> = {},
): Promise<{ first: KeepalivedNode; second: KeepalivedNode }> {
  const [a, b] = [lab.host("n1"), lab.host("n2")];
  const conf = (priority: number, self: typeof a) =>
    keepalivedConf(mode, { priority, nopreempt: true, ...settings }, self, []);
  const first = new KeepalivedNode(a, VIGIL, conf(200, a));
  const second = new KeepalivedNode(b, peer, conf(100, b));
  await first.start();
  await waitForMaster(lab, mode, "start", first);
  await second.start();
  await waitForRoles(lab, mode, "start", first, second);
  return { first, second };
}

describe.concurrent("a stopped MASTER goes on", () => {
  for (const [mode, peer] of [
    [FAST, VIGIL],
    [FAST, KEEPALIVED],
    [V2, VIGIL],
  ] as const) {
    test(`${mode.name}, peer ${peer === VIGIL ? "Vigil" : "keepalived"}: nopreempt holds`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const { first, second } = await pair(lab, mode, peer);
        first.process.signalAll("SIGSTOP");
        await lab.waitFor("the peer has taken over", async () => (await second.state()) === "MASTER");
        // A few of its adverts wait in the socket of the stopped one.
        await new Promise((resolve) => setTimeout(resolve, mode.interval * 3_000));
        first.process.signalAll("SIGCONT");
        await waitForRoles(lab, mode, "continued", second, first);
        await expectCalm(lab, mode, second, 4);
        await first.process.waitForLine(/VRRP thread timer expired [\d.]+ seconds ago/);
        expect(second.states()).toEqual(["BACKUP", "MASTER"]);
      }));
  }

  test("that was told to stop meanwhile ends without an advert of priority 0", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const { first, second } = await pair(lab, FAST, VIGIL);
      first.process.signalAll("SIGSTOP");
      await waitForMaster(lab, FAST, "the peer", second);
      const capture = await lab.capture();
      first.process.signal("SIGTERM");
      first.process.signalAll("SIGCONT");
      await lab.waitFor("it has ended", () => first.process.end !== undefined);
      expect(await resignations(await capture.stop())).toBe(0);
      expect(second.states()).toEqual(["BACKUP", "MASTER"]);
    }));
});

test("a stopped BACKUP that goes on takes nothing, whether it may preempt or not", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const { first, second } = await pair(lab, FAST, VIGIL);
    for (let round = 0; round < 3; round++) {
      second.process.signalAll("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      second.process.signalAll("SIGCONT");
      await expectCalm(lab, FAST, first, 4);
    }
    expect(second.states()).toEqual(["BACKUP"]);
    expect(first.states()).toEqual(["BACKUP", "MASTER"]);
  }));
