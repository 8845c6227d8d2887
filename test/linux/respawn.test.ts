/** The engine's thread dies of an error: the daemon starts it again, or ends with `-R`. */

import { describe, expect, test } from "vitest";
import { vigil } from "../support/lab/control.js";
import { withHook } from "../support/lab/hooked-runtime.js";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

/** Node.js loads it before the program, in each thread: it throws in the engine's as soon as the file `crash` is there. */
const CRASH = `
  const { existsSync, rmSync } = require("node:fs");
  if (!require("node:worker_threads").isMainThread)
    setInterval(() => {
      if (!existsSync(__dirname + "/crash")) return;
      rmSync(__dirname + "/crash");
      throw new Error("by the test");
    }, 50);`;

/** It throws instead of giving the next report, once. */
const CRASH_ASKED = `
  const { isMainThread, parentPort } = require("node:worker_threads");
  const { existsSync, writeFileSync } = require("node:fs");
  if (!isMainThread) {
    const on = parentPort.on.bind(parentPort);
    parentPort.on = (name, handle) =>
      on(name, (message) => {
        if (message.kind === "snapshot" && !existsSync(__dirname + "/crashed")) {
          writeFileSync(__dirname + "/crashed", "");
          throw new Error("by the test");
        }
        handle(message);
      });
  }`;

function start(host: Host, crash: string, ...options: string[]) {
  const path = host.file("k.conf", keepalivedConf(MODE, { priority: 200 }, host, []));
  const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
  return host.spawn([VIGIL, "-nlG", ...options, ...files, "-f", path], "vigil", withHook(host, crash));
}

describe.concurrent("an engine's thread that dies", () => {
  test("is started again, at once and then after a second, and holds the address again", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const daemon = start(host, CRASH);
      await daemon.waitForLine(/Entering MASTER STATE/);
      for (const delay of [0, 1]) {
        const since = daemon.mark();
        host.file("crash", "");
        await daemon.waitForLine(/VRRP engine failed: Error: by the test/, { since });
        await daemon.waitForLine(/VRRP child process\(\d+\) died: Respawning/, { since });
        await daemon.waitForLine(new RegExp(`delayed ${delay} seconds to limit respawn rate`), { since });
        await daemon.waitForLine(/Entering MASTER STATE/, { since });
        await lab.waitFor("the address is there", () => host.holds(vipOf(MODE)));
      }
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
      expect(await host.holds(vipOf(MODE))).toBe(false);
    }));

  test("while it is asked for a report: the one after it can be asked", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const daemon = start(host, CRASH_ASKED);
      await daemon.waitForLine(/died: Respawning/);
      await daemon.waitForLine(/Entering MASTER STATE/);
      await lab.waitFor("the control API", async () => (await vigil(host, "status")).status === 0);
    }));

  test("with -R ends the daemon, and the address goes", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const daemon = start(host, CRASH, "-R");
      await daemon.waitForLine(/Entering MASTER STATE/);
      host.file("crash", "");
      await daemon.waitForLine(/VRRP child process\(\d+\) died: Exiting/);
      expect((await daemon.ended).code).toBe(70);
      await lab.waitFor("the address is gone", async () => !(await host.holds(vipOf(MODE))));
    }));
});
