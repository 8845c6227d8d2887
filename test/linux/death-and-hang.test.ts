/** docs/death-and-hang.md, row by row: who has the address, what is said, and what follows. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { resignations } from "../support/lab/election.js";
import { familyOf } from "../support/lab/family.js";
import { withHook } from "../support/lab/hooked-runtime.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

/** So long that only a goodbye makes the peer take over within the test: its patience is more than 6 s, Skew_Time little more than 1 s. */
const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 2 };
const VIP = vipOf(MODE);

/** The same with a peer that is patient for a second only: the limit of what counts as standing still. */
const QUICK: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.3 };

/** The engine's thread throws, or sleeps for ever, as soon as the file of that name is there. */
const HOOK = `
  const { existsSync, rmSync } = require("node:fs");
  if (!require("node:worker_threads").isMainThread)
    setInterval(() => {
      if (existsSync(__dirname + "/hang")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      if (!existsSync(__dirname + "/throw")) return;
      rmSync(__dirname + "/throw");
      throw new Error("by the test");
    }, 20);`;

/** A Vigil that is MASTER, and keepalived as BACKUP. Vigil does not want the address back. */
async function pair(lab: Lab, mode: VrrpMode): Promise<{ daemon: LabProcess; peer: KeepalivedNode }> {
  const [host, other] = [lab.host("n1"), lab.host("n2")];
  const conf = host.file(
    "k.conf",
    keepalivedConf(mode, { priority: 200, instance: ["nopreempt", "state BACKUP"] }, host, [other]),
  );
  const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", conf];
  const daemon = host.spawn([VIGIL, "-nlGD", ...files], "vigil", withHook(host, HOOK));
  await lab.waitFor("Vigil has the address", () => host.holds(VIP));
  const peer = new KeepalivedNode(other, KEEPALIVED, keepalivedConf(mode, { priority: 100 }, other, [host]));
  await peer.start();
  await lab.waitFor("the peer is BACKUP", () => peer.states().at(-1) === "BACKUP");
  return { daemon, peer };
}

const child = (daemon: LabProcess) => familyOf(daemon.pid).child;

/** What is done to a daemon, and the lines that tell of it. */
const ENDS: Readonly<
  Record<string, { do: (lab: Lab, daemon: LabProcess) => void; said: readonly RegExp[] }>
> = {
  "the daemon is killed": {
    do: (_, daemon) => process.kill(child(daemon), "SIGKILL"),
    said: [/pid \d+ exited due to signal 9 \(Killed\)/, /VRRP child process\(\d+\) died: Respawning/],
  },
  "the daemon is told to end": {
    do: (_, daemon) => process.kill(child(daemon), "SIGTERM"),
    said: [/Stopped - used/, /VRRP child process\(\d+\) died: Respawning/],
  },
  "the engine's thread dies": {
    do: (lab) => void lab.host("n1").file("throw", ""),
    said: [/VRRP engine failed: Error: by the test/, /died: Respawning/],
  },
};

describe.concurrent("a goodbye is said, the peer takes over, and the daemon is started again", () => {
  for (const [what, end] of Object.entries(ENDS)) {
    test(what, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const { daemon, peer } = await pair(lab, MODE);
        const capture = await lab.capture();
        const since = daemon.mark();
        end.do(lab, daemon);
        await lab.waitFor("the take-over", () => peer.host.holds(VIP));
        expect(await lab.host("n1").holds(VIP)).toBe(false);
        expect(await resignations(await capture.stop())).toBe(1);
        for (const line of end.said) await daemon.waitForLine(line, { since });
        await daemon.waitForLine(/delayed 0 seconds/, { since });
        await daemon.waitForLine(/Entering BACKUP STATE/, { since });
        expect(await peer.host.holds(VIP), "and keeps it").toBe(true);
        daemon.signal("SIGTERM");
        expect(await daemon.ended).toEqual({ code: 0, signal: null });
      }),
    );
  }

  for (const what of ["the daemon stands still", "the engine's thread hangs"]) {
    test(`${what}: it is killed`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const { daemon, peer } = await pair(lab, QUICK);
        const since = daemon.mark();
        const before = child(daemon);
        if (what === "the daemon stands still") process.kill(before, "SIGSTOP");
        else lab.host("n1").file("hang", "");
        await daemon.waitForLine(/stands still for \d+ ms: killed/, { since });
        rmSync(`${lab.host("n1").directory}/hang`, { force: true });
        await lab.waitFor("the take-over", () => peer.host.holds(VIP));
        // The parent says the line before the kernel has ended the daemon.
        await lab.waitFor("the parent removes it", async () => !(await lab.host("n1").holds(VIP)));
        await daemon.waitForLine(/Entering BACKUP STATE/, { since });
        expect(child(daemon)).not.toBe(before);
        daemon.signal("SIGTERM");
        expect(await daemon.ended).toEqual({ code: 0, signal: null });
      }));
  }

  test("the parent is killed: the daemon hands over and ends", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const { daemon, peer } = await pair(lab, MODE);
      const capture = await lab.capture();
      const { child: pid, starter } = familyOf(daemon.pid);
      daemon.signal("SIGKILL");
      await lab.waitFor("the take-over", () => peer.host.holds(VIP));
      expect(await lab.host("n1").holds(VIP)).toBe(false);
      expect(await resignations(await capture.stop())).toBe(1);
      await lab.waitFor("both are gone", () => [pid, starter].every((each) => !existsSync(`/proc/${each}`)));
      await lab.waitFor("it was said", () =>
        daemon.lines.some((one) => /The parent process is dead/.test(one)),
      );
    }));

  test("the parent stands still: the daemon serves; a signal waits until the parent goes on", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const { daemon, peer } = await pair(lab, QUICK);
      daemon.signal("SIGSTOP");
      daemon.signal("SIGUSR1");
      // Longer than a child may be silent.
      await pause(2_000);
      expect(await lab.host("n1").holds(VIP)).toBe(true);
      expect(existsSync(`${lab.host("n1").directory}/keepalived.data`)).toBe(false);
      daemon.signal("SIGCONT");
      await lab.waitFor("the dump", () => existsSync(`${lab.host("n1").directory}/keepalived.data`));
      expect(peer.states()).toEqual(["BACKUP"]);
      expect(daemon.lines.some((line) => /killed|died/.test(line))).toBe(false);
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
    }));
});

test("again and again: the delays grow, and a TERM meanwhile ends the parent", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const conf = host.file("k.conf", keepalivedConf(QUICK, { priority: 200 }, host, []));
    const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", conf];
    const daemon = host.spawn([VIGIL, "-nlG", ...files], "vigil");
    let since = 0;
    for (const delay of [0, 1, 2]) {
      await daemon.waitForLine(/Startup complete/, { since });
      since = daemon.mark();
      process.kill(Number(readFileSync(`${host.directory}/v.pid`, "utf8")), "SIGKILL");
      await daemon.waitForLine(new RegExp(`delayed ${delay} seconds`), { since });
    }
    daemon.signal("SIGTERM");
    expect(await daemon.ended).toEqual({ code: 0, signal: null });
    expect(existsSync(`${host.directory}/k.pid`)).toBe(false);
  }));

test("-R: a daemon that is killed ends its parent", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const conf = host.file("k.conf", keepalivedConf(QUICK, { priority: 200 }, host, []));
    const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", conf];
    const daemon = host.spawn([VIGIL, "-nlGR", ...files], "vigil");
    await lab.waitFor("it has the address", () => host.holds(VIP));
    process.kill(child(daemon), "SIGKILL");
    expect(await daemon.ended).toEqual({ code: 70, signal: null });
    expect(await host.holds(VIP)).toBe(false);
  }));
