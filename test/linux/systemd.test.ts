/** What systemd is told, on a real notification socket. */

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Systemd } from "../../src/daemon/systemd.js";
import { UnixDatagrams } from "../../src/linux/main-thread/process/unix-datagrams.js";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

// BACKUP for long enough to be told, however long the start of the rest takes.
const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 1 };
const DATAGRAMS = fileURLToPath(new URL("../support/lab/datagrams.py", import.meta.url));

async function listen(host: Host, path: string): Promise<LabProcess> {
  const listener = host.spawn(["python3", DATAGRAMS, path], "notify socket");
  await listener.waitForLine(/listening/);
  return listener;
}

/** The variables of every message so far. */
function told(listener: LabProcess): string[] {
  return listener.lines.slice(1).flatMap((line) => (JSON.parse(line) as string).split("\n"));
}

describe.concurrent("systemd", () => {
  test.each(["path", "abstract"])("%s socket: ready, status, reloading, watchdog, stopping", (kind) =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const socket = kind === "path" ? `${host.directory}/notify` : `@${host.namespace}-notify`;
      const listener = await listen(host, socket);
      const conf = host.file("keepalived.conf", keepalivedConf(MODE, { priority: 200 }, host, []));
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const daemon = host.spawn([VIGIL, "-n", "-l", "-G", ...files, "-f", conf], "vigil", {
        NOTIFY_SOCKET: socket,
        WATCHDOG_USEC: "600000",
      });
      await lab.waitFor("MASTER is told", () =>
        told(listener).some((one) => one.startsWith("STATUS=holder: VI_1 MASTER")),
      );
      await lab.waitFor(
        "the watchdog is fed",
        () => told(listener).filter((one) => one === "WATCHDOG=1").length > 2,
      );
      daemon.signal("SIGHUP");
      await lab.waitFor("ready again", () => told(listener).filter((one) => one === "READY=1").length === 2);
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
      await lab.waitFor("the end is told", () => told(listener).includes("STOPPING=1"));
      const story = told(listener)
        .filter((one) => one !== "WATCHDOG=1")
        .map((one) => one.replace(/^(MONOTONIC_USEC)=\d+$/, "$1").replace(`=${daemon.pid}`, "=PID"));
      const withoutStatus = story.filter((one) => !one.startsWith("STATUS="));
      const life = [
        "READY=1",
        "MAINPID=PID",
        "RELOADING=1",
        "MONOTONIC_USEC",
        "READY=1",
        "MAINPID=PID",
        "STOPPING=1",
      ];
      expect(withoutStatus).toEqual(life);
      const states = story.flatMap((one) => /^STATUS=\w+: VI_1 (\w+)/.exec(one)?.[1] ?? []);
      expect(states.filter((state, i) => state !== states[i - 1])).toEqual(["BACKUP", "MASTER"]);
      expect(story.at(-1)).toBe("STATUS=stopping");
    }),
  );

  test("the watchdog is not fed while the engine does not answer, nor for another process", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const socket = `${host.directory}/notify`;
      const listener = await listen(host, socket);
      const environment = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "30000" };
      let alive = true;
      // As the parent does for the daemon.
      const notifier = new UnixDatagrams(socket);
      const tell = (text: string) => void notifier.send(text);
      const ours = new Systemd({ ...environment, WATCHDOG_PID: "7" }, 7, tell);
      ours.watch(async () => alive);
      const fed = () => told(listener).filter((one) => one === "WATCHDOG=1").length;
      await lab.waitFor("it is fed", () => fed() > 3);
      alive = false;
      ours.status("mark");
      await lab.waitFor("what was sent has arrived", () => told(listener).includes("STATUS=mark"));
      const others = new Systemd({ ...environment, WATCHDOG_PID: "1" }, 7, tell);
      others.watch(async () => true);
      const before = fed();
      await pause(300);
      expect(fed()).toBe(before);
      ours.stopping();
      others.stopping();
    }));
});
