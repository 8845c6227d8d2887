/** A reload is put in force as a whole or not at all, whenever it is asked for, and however long the engine takes. */

import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { statusOf, vigil } from "../support/lab/control.js";
import { withHook } from "../support/lab/hooked-runtime.js";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { Lab } from "../support/lab.js";

/** A `vrrp_instance` with the address 10.77.0.<VRID>. */
function instance(vrid: number, ...lines: readonly string[]): string {
  return [
    `vrrp_instance VI_${vrid} {`,
    "interface eth0",
    "version 3",
    "advert_int 0.2",
    `virtual_router_id ${vrid}`,
    "priority 200",
    ...lines,
    "virtual_ipaddress {",
    `10.77.0.${vrid}/24`,
    "}",
    "}\n",
  ].join("\n");
}

function start(host: Host, text: string, hook?: string): LabProcess {
  const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
  const argv = [VIGIL, "-nlDG", ...files, "-f", host.file("k.conf", text)];
  return host.spawn(argv, "vigil", hook === undefined ? {} : withHook(host, hook));
}

async function stop(daemon: LabProcess): Promise<void> {
  daemon.signal("SIGTERM");
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
}

const links = async (host: Host) =>
  (JSON.parse(await host.exec(["ip", "-j", "link"])) as { ifname: string }[]).map(({ ifname }) => ifname);

/** In the main thread: the probe of one check cannot be made. */
const NO_PROBE = `
  const { existsSync } = require("node:fs");
  const { setTimeout: real } = globalThis;
  globalThis.setTimeout = Object.assign((action, delay, ...rest) => {
    if (delay > 7300 && delay < 7400 && existsSync(__dirname + "/refuse")) throw new Error("by the test");
    return real(action, delay, ...rest);
  }, real);`;

/** The engine is told of a reload two seconds late, for as long as the file \`slow\` is there. */
const SLOW = `
  const { isMainThread, parentPort } = require("node:worker_threads");
  const { existsSync } = require("node:fs");
  if (!isMainThread) {
    const on = parentPort.on.bind(parentPort);
    parentPort.on = (name, handle) =>
      on(name, (message) => {
        if (message.kind !== "reload" || !existsSync(__dirname + "/slow")) handle(message);
        else setTimeout(() => handle(message), 2_000);
      });
  }`;

/** The engine's thread throws as soon as the file \`crash\` is there. */
const CRASH = `
  const { existsSync, rmSync } = require("node:fs");
  if (!require("node:worker_threads").isMainThread)
    setInterval(() => {
      if (!existsSync(__dirname + "/crash")) return;
      rmSync(__dirname + "/crash");
      throw new Error("by the test");
    }, 50);`;

describe.concurrent("a reload", () => {
  test("of which a part cannot be prepared, or whose file has vanished, changes nothing at all", () =>
    Lab.use(["n1"], async (lab) => {
      const n1 = lab.host("n1");
      const counting = (name: string) =>
        n1.file(name, `#!/bin/sh\necho run >>${n1.directory}/${name}.runs\n`, 0o755);
      const script = (name: string) =>
        `global_defs {\nscript_user root\nenable_script_security\n}\nvrrp_script s {\nscript ${counting(name)}\ninterval 1\n}\n`;
      const tracking = instance(51, "track_script {\ns\n}");
      const daemon = start(n1, script("old") + tracking, NO_PROBE);
      await daemon.waitForLine(/\(VI_51\) Entering MASTER STATE/);
      const check = "vrrp_check c {\nhttp_get http://127.0.0.1:1/\ntimeout 7.777\ninterval 8\n}\n";
      n1.file("refuse", "");
      n1.file(
        "k.conf",
        script("new") +
          check +
          instance(51, "track_script {\ns\n}", "track_check {\nc\n}") +
          instance(52, "use_vmac"),
      );
      expect(await vigil(n1, "reload")).toMatchObject({
        status: 1,
        stdout: expect.stringMatching(/^refused/),
      });
      await daemon.waitForLine(
        /Reload refused: checks: by the test: the running configuration stays as it is/,
      );
      const runs = async (name: string) =>
        Number((await n1.attempt(["grep", "-c", "run", `${n1.directory}/${name}.runs`])).stdout);
      const before = await runs("old");
      await lab.waitFor("the old script runs on", async () => (await runs("old")) > before + 1);
      expect(await runs("new")).toBe(0);
      expect((await statusOf(n1)).instances.map(({ name, state }) => `${name} ${state}`)).toEqual([
        "VI_51 MASTER",
      ]);
      expect(await links(n1)).not.toContain("vrrp.52");

      rmSync(`${n1.directory}/k.conf`);
      expect(await vigil(n1, "reload")).toMatchObject({
        status: 1,
        stdout: expect.stringMatching(/^refused/),
      });
      expect(await n1.holds("10.77.0.51")).toBe(true);

      // The same file without the fault is taken as a whole.
      rmSync(`${n1.directory}/refuse`);
      n1.file("k.conf", script("new") + tracking + instance(52, "use_vmac"));
      expect(await vigil(n1, "reload")).toMatchObject({ status: 0, stdout: "applied\n" });
      await daemon.waitForLine(/\(VI_52\) Entering MASTER STATE/);
      await lab.waitFor("the new script runs", async () => (await runs("new")) > 0);
      await stop(daemon);
    }));

  test("that the engine takes over late: what it still uses stays until then, and a line says so", () =>
    Lab.use(["n1"], async (lab) => {
      const n1 = lab.host("n1");
      const daemon = start(n1, instance(51) + instance(52, "use_vmac"), SLOW);
      await daemon.waitForLine(/\(VI_52\) Entering MASTER STATE/);
      await lab.waitFor("it holds the address", () => n1.holds("10.77.0.52"));
      n1.file("slow", "");
      n1.file("k.conf", instance(51));
      const since = daemon.mark();
      const [first, second] = [
        vigil(n1, "reload"),
        daemon.waitForLine(/The engine has not taken/, { since }),
      ];
      await second;
      expect(await n1.holds("10.77.0.52")).toBe(true);
      rmSync(`${n1.directory}/slow`);
      // Asked for meanwhile, with another file: it follows, and the last file counts.
      n1.file("k.conf", instance(51) + instance(53));
      const third = vigil(n1, "reload");
      expect(await first).toMatchObject({ status: 0, stdout: "applied\n" });
      expect(await third).toMatchObject({ status: 0, stdout: "applied\n" });
      await lab.waitFor("the interface is gone", async () => !(await links(n1)).includes("vrrp.52"));
      await daemon.waitForLine(/\(VI_53\) Entering MASTER STATE/);
      await stop(daemon);
    }));

  test("before the engine runs, between two engines and during the end: the last file counts, and nothing is a fault", () =>
    Lab.use(["n1"], async (lab) => {
      const n1 = lab.host("n1");
      const daemon = start(n1, instance(51), CRASH);
      // As soon as the first file was read.
      await daemon.waitForLine(/Starting VRRP child process/);
      n1.file("k.conf", instance(51) + instance(52));
      daemon.signal("SIGHUP");
      daemon.signal("SIGHUP");
      await daemon.waitForLine(/\(VI_52\) Entering MASTER STATE/);
      await daemon.waitForLine(/Reload complete/);

      for (const [vrid, again] of [
        [53, /delayed 0 seconds/],
        [54, /delayed 1 seconds/],
      ] as const) {
        const since = daemon.mark();
        n1.file("crash", "");
        await daemon.waitForLine(again, { since });
        n1.file("k.conf", instance(51) + instance(vrid));
        expect(await vigil(n1, "reload")).toMatchObject({ status: 0, stdout: "applied\n" });
        await daemon.waitForLine(new RegExp(`\\(VI_${vrid}\\) Entering MASTER STATE`), { since });
      }
      expect(daemon.lines.filter((line) => line.includes("FAULT"))).toEqual([]);

      n1.file("k.conf", instance(51) + instance(55, "use_vmac"));
      daemon.signal("SIGHUP");
      await daemon.waitForLine(/Reloading \.\.\./, { since: daemon.mark() });
      daemon.signal("SIGHUP");
      await stop(daemon);
      expect(await links(n1)).not.toContain("vrrp.55");
      for (const vrid of [51, 54, 55]) expect(await n1.holds(`10.77.0.${vrid}`)).toBe(false);
    }));
});
