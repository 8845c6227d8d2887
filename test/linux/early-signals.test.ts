/** Signals while the program starts: they end nothing, open nothing, and what they ask for is done once it runs. */

import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { withOwnRun } from "../support/lab/private-root.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

/** Options of every start: the whole log to a file, at once. */
const options = (host: Host) => `-D -G --log-file=${host.directory}/log --flush-log-file`;

/** How a daemon is started: a command in a shell with a /run of its own. */
const STARTS: Readonly<Record<string, (host: Host, conf: string) => string>> = {
  "in the foreground": (host, conf) => `exec ${VIGIL} -n ${options(host)} -f ${conf}`,
  "in the background": (host, conf) => `${VIGIL} ${options(host)} -f ${conf}; sleep infinity`,
  "in a network namespace": (host, conf) =>
    `exec ${VIGIL} -n ${options(host)} -s ${host.namespace} -f ${conf}`,
  "as process 1": (host, conf) => `exec unshare -p -f --mount-proc ${VIGIL} -n ${options(host)} -f ${conf}`,
};

/** Signals, each with the file that it makes or, for a reload, with nothing but its line in the log. */
const SIGNALS = [
  { name: "SIGUSR1", number: 10, dump: "keepalived.data" },
  { name: "SIGHUP", number: 1, dump: undefined },
  { name: "SIGUSR2", number: 12, dump: "keepalived.stats" },
  { name: "SIGRTMIN+2", number: 36, dump: "keepalived.json" },
] as const;

/** Between two signals, ms. */
const INTERVAL = 5;

/** Whether this command line is that of the program in one of its shapes: its launcher, the runtime, the daemon. */
function isVigil(pid: number): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
    return (
      words[0] === VIGIL || words[1] === VIGIL || words.some((word) => word.endsWith("/cli/keepalived.js"))
    );
  } catch {
    return false;
  }
}

/** The processes of Vigil below a start. */
const daemons = (start: LabProcess, strangers: Set<number>) => start.family(strangers).filter(isVigil);

/** Sends the signal to every process of Vigil, from its first moments on, until the log tells that it runs. */
async function signalUntilComplete(start: LabProcess, number: number, log: () => string): Promise<number> {
  let sent = 0;
  let before: readonly number[] = [];
  const strangers = new Set<number>();
  while (!log().includes("Startup complete")) {
    if (start.end !== undefined) throw new Error(`ended ${JSON.stringify(start.end)}\n${log()}`);
    const found = daemons(start, strangers);
    // From the second look on: any program needs a millisecond until its first line, and the default until then is its end.
    for (const pid of found.filter((one) => before.includes(one))) {
      try {
        process.kill(pid, number);
        sent++;
      } catch {
        // It has just become another process.
      }
    }
    before = found;
    await sleep(INTERVAL);
  }
  return sent;
}

describe.concurrent.each(Object.keys(STARTS))("%s", (how) => {
  test("signals while it starts: the daemon lives, nothing listens, what was asked for is done", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const conf = host.file("k.conf", keepalivedConf(MODE, { priority: 200 }, host, []));
      const log = () =>
        existsSync(`${host.directory}/log`) ? readFileSync(`${host.directory}/log`, "utf8") : "";
      for (const { name, number, dump } of SIGNALS) {
        await host.exec(["rm", "-f", `${host.directory}/log`]);
        const start = host.spawn(withOwnRun(STARTS[how]?.(host, conf) ?? ""), `${how}, ${name}`);
        const sent = await signalUntilComplete(start, number, log);
        expect(sent, "signals sent before it ran").toBeGreaterThan(3);
        expect(await host.exec(["ss", "-Hltn"])).toBe("");
        const done = () =>
          dump === undefined ? log().includes("Reload complete") : existsSync(`${host.directory}/${dump}`);
        await waitFor(done, { what: `${name} was served`, evidence: log });
        await lab.waitFor("the address is there", () => host.holds(vipOf(MODE)));
        expect(await host.exec(["ss", "-Hltn"])).toBe("");
        expect(log().match(/Starting VRRP child process/g), "started once").toHaveLength(1);
        await start.killAll();
      }
    }));
});

test("signals while the parent starts a daemon that was killed anew: the same", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const conf = host.file("k.conf", keepalivedConf(MODE, { priority: 200 }, host, []));
    const path = `${host.directory}/log`;
    const log = () => (existsSync(path) ? readFileSync(path, "utf8") : "");
    const script = `exec ${VIGIL} -n ${options(host)} -r ${host.directory}/v.pid -f ${conf}`;
    const start = host.spawn(withOwnRun(script), "respawned");
    await waitFor(() => log().includes("Startup complete"), { what: "it runs", evidence: log });
    const before = log().length;
    process.kill(Number(readFileSync(`${host.directory}/v.pid`, "utf8")), "SIGKILL");
    await signalUntilComplete(start, 10, () => log().slice(before));
    await waitFor(() => existsSync(`${host.directory}/keepalived.data`), { what: "the dump", evidence: log });
    await lab.waitFor("the address is there", () => host.holds(vipOf(MODE)));
    expect(await host.exec(["ss", "-Hltn"])).toBe("");
  }));

test("the environment of a start loads nothing into the daemon, and opens nothing", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const conf = host.file("k.conf", keepalivedConf(MODE, { priority: 200 }, host, []));
    const hook = host.file("hook.cjs", `require("node:fs").writeFileSync("${host.directory}/loaded", "");`);
    const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", conf];
    const environment = { NODE_OPTIONS: `--require=${hook} --inspect=127.0.0.1:9229` };
    const daemon = host.spawn([VIGIL, "-nlG", ...files], "vigil", environment);
    await daemon.waitForLine(/Startup complete/);
    expect(await host.exec(["ss", "-Hltn"])).toBe("");
    expect(existsSync(`${host.directory}/loaded`)).toBe(false);
    daemon.signal("SIGTERM");
    expect(await daemon.ended).toEqual({ code: 0, signal: null });
  }));
