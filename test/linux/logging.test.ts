/** Where the log goes, and what happens when nobody takes it. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { withOwnDev } from "../support/lab/private-root.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

const DATAGRAMS = fileURLToPath(new URL("../support/lab/datagrams.py", import.meta.url));
const STUCK_STDERR = fileURLToPath(new URL("../support/lab/stuck-stderr.py", import.meta.url));

/** Options common to all: own pid files and configuration. */
function commonOptions(host: Host): string {
  const path = host.file("keepalived.conf", keepalivedConf(MODE, { priority: 200 }, host, []));
  return `-p ${host.directory}/k.pid -r ${host.directory}/v.pid -f ${path}`;
}

/** Of the process that writes the log, or of its parent. */
function pidIn(host: Host, file: "v.pid" | "k.pid" = "v.pid"): number {
  return Number(readFileSync(`${host.directory}/${file}`, "latin1"));
}

/** A dump is written by the thread that writes the log: it proves that nothing waits. */
async function expectAlive(lab: Lab, host: Host): Promise<void> {
  await host.exec(["rm", "-f", `${host.directory}/keepalived.stats`]);
  process.kill(pidIn(host), "SIGUSR2");
  await lab.waitFor("the statistics are written", () =>
    host.exec(["cat", `${host.directory}/keepalived.stats`]).then(
      (text) => text.includes("VI_1"),
      () => false,
    ),
  );
}

/** Makes it write many lines: each reload is some. */
async function manyReloads(lab: Lab, host: Host, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    process.kill(pidIn(host), "SIGHUP");
    await expectAlive(lab, host);
  }
}

/** The parent: a child that ends alone is started again. */
async function stop(host: Host, daemon: LabProcess): Promise<void> {
  process.kill(pidIn(host, "k.pid"), "SIGTERM");
  expect(await daemon.ended).toMatchObject({ code: 0 });
}

describe.concurrent("the log", () => {
  test("syslog: idents of keepalived with the pid, facility of -S; lines after a restart of syslog arrive", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const script = `python3 ${DATAGRAMS} /dev/log & echo $! > ${host.directory}/syslog
        exec ${VIGIL} -n -S local3 ${commonOptions(host)}`;
      const daemon = host.spawn(withOwnDev(script), "vigil");
      await daemon.waitForLine(/Keepalived_vrrp\[\d+\]: \(VI_1\) Entering MASTER STATE/);
      const pid = pidIn(host);
      const texts = daemon.lines
        .filter((line) => line.startsWith('"'))
        .map((line) => JSON.parse(line) as string);
      for (const text of texts)
        expect(text).toMatch(/^<158>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d Keepalived(_vrrp)?\[/);
      const ident = `Keepalived[${pidIn(host, "k.pid")}]`;
      expect(texts.some((text) => text.endsWith(`${ident}: Startup complete`))).toBe(true);
      const again = `kill $(cat ${host.directory}/syslog); rm /dev/log; exec python3 ${DATAGRAMS} /dev/log`;
      const listener = host.spawn(["nsenter", "-m", "-t", `${pid}`, "sh", "-c", again], "second syslog");
      await listener.waitForLine(/listening/);
      // The first line may fall into the pause before the next attempt to connect.
      await lab.waitFor("lines arrive at the new listener", async () => {
        await manyReloads(lab, host, 1);
        return listener.lines.some((line) => line.includes("Reload complete"));
      });
      await stop(host, daemon);
    }));

  test("syslog that is stuck: nothing waits", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const script = `python3 ${DATAGRAMS} /dev/log stuck & sleep 0.5; exec ${VIGIL} -n -l -D ${commonOptions(host)}`;
      const daemon = host.spawn(withOwnDev(script), "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      await manyReloads(lab, host, 10);
      await stop(host, daemon);
    }));

  test("standard error that nobody reads: nothing waits; lines come as soon as somebody does", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const argv = [VIGIL, "-n", "-l", "-D", "-G", ...commonOptions(host).split(" ")];
      const daemon = host.spawn(["python3", STUCK_STDERR, ...argv], "vigil");
      await lab.waitFor("it runs", () => host.holds("10.77.0.100"));
      await manyReloads(lab, host, 20);
      daemon.signal("SIGUSR1");
      await daemon.waitForLine(/Entering MASTER STATE/);
      // Two requests that wait together are one reload.
      const told = () => daemon.lines.filter((line) => line.includes("Reload complete")).length;
      await lab.waitFor("the reloads are told", () => told() >= 10);
      await stop(host, daemon);
    }));

  test("-g: a file for each process; a full disk loses lines and counts them", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const disk = `${host.directory}/disk`;
      const log = `${disk}/ka.log`;
      const script = `mkdir ${disk} && mount -t tmpfs -o size=8k tmpfs ${disk} &&
        exec ${VIGIL} -n -g${log} -G ${commonOptions(host)}`;
      const daemon = host.spawn(["unshare", "-m", "sh", "-c", script], "vigil");
      await lab.waitFor("it runs", () => host.holds("10.77.0.100"));
      const inside = `/proc/${daemon.pid}/root${disk}`;
      expect(readFileSync(`${inside}/ka.log`, "utf8")).toMatch(
        /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}: Starting Keepalived/,
      );
      // The address is there before the line is.
      await lab.waitFor("the VRRP process has its own file", () =>
        readFileSync(`${inside}/ka_vrrp.log`, "utf8").includes(": (VI_1) Entering MASTER STATE\n"),
      );
      await manyReloads(lab, host, 30);
      await host.exec(["nsenter", "-m", "-t", `${daemon.pid}`, "mount", "-o", "remount,size=1m", disk]);
      await lab.waitFor("the loss is told", async () => {
        await manyReloads(lab, host, 1);
        return /: \d+ lines of the log were lost before this one\n/.test(
          readFileSync(`${inside}/ka.log`, "utf8"),
        );
      });
      await stop(host, daemon);
    }));

  test("VIGIL_LOG_FORMAT=json: one object a line", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const argv = [VIGIL, "-n", "-l", "-G", ...commonOptions(host).split(" ")];
      const daemon = host.spawn(argv, "vigil", { VIGIL_LOG_FORMAT: "json" });
      await daemon.waitForLine(/Entering MASTER STATE/);
      const records = daemon.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const master = records.find(({ msg }) => msg === "(VI_1) Entering MASTER STATE");
      expect(master).toMatchObject({
        process: "vrrp",
        pid: pidIn(host),
        event: { kind: "StateChanged", instance: "VI_1", to: "MASTER" },
      });
      daemon.signal("SIGTERM");
      await daemon.ended;
    }));
});
