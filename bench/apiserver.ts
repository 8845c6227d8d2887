/**
 * `npm run bench -- apiserver [REPETITIONS] [without-keepalived]`: two masters with nodelet's keepalived.conf as it is, and what
 * clients of the virtual address notice when the holder's apiserver is killed, and when its daemon is stopped or drained. Exit
 * status 1 when a handover did not happen; how quick it was decides nothing.
 */

import { type ChildProcess, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeCertificates } from "./support/certificates.js";
import { comesTrue } from "./support/comes-true.js";
import {
  BenchLan,
  countArgument,
  exitWith,
  type Host,
  keepalivedVersion,
  type Program,
} from "./support/lan.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NODELET = readFileSync(join(ROOT, "test/corpus/platform9-nodelet.conf"), "utf8");
const OVERLAY = readFileSync(join(ROOT, "conf/vigil.conf.platform9"));
const SERVER = fileURLToPath(new URL("support/https-server.js", import.meta.url));
const CLIENTS = fileURLToPath(new URL("support/https-clients.js", import.meta.url));

const VIP = "10.0.0.100";
const HOSTS = [1, 2] as const;

/** ms for which both daemons run before anything happens: checks and scripts have their first results. */
const QUIET = 4_000;

/** ms until a handover counts as one that did not happen. */
const LIMIT = 90_000;

/** Connections that idle clients keep. */
const IDLE_CLIENTS = 200;

/** What happens to the holder. */
type Blow = "kill" | "stop" | "drain" | "reboot";

const lan = new BenchLan();
const pki = lan.path("pki");

/** One node. */
interface Master {
  readonly daemon: ChildProcess;
  readonly apiserver: ChildProcess;
}

function prepare(): void {
  makeCertificates(pki, ["IP:127.0.0.1", `IP:${VIP}`]);
  const tls = ["--cacert ca.crt", "--cert request.crt", "--key request.key"].join(" ");
  const script = `#!/bin/bash
cd /etc/pf9/kube.d/certs/admin && curl --silent --fail --output /dev/null --max-time 5 ${tls} https://127.0.0.1:443/healthz
`;
  for (const host of HOSTS) {
    lan.provideEtc(host, "pf9/vrrp_check.sh", script, 0o755);
    lan.provideEtc(host, "vigil/vigil.conf", OVERLAY);
    for (const [name, file] of [
      ["ca.crt", "ca.crt"],
      ["request.crt", "client.crt"],
      ["request.key", "client.key"],
    ] as const)
      lan.provideEtc(host, `pf9/kube.d/certs/admin/${name}`, readFileSync(join(pki, file)));
    // The virtual address is not of the nodes' network: the answers know their way, and so do the clients.
    lan.ip(host, "route", "add", "10.89.0.0/16", "dev", "eth0");
  }
  lan.ip("lan", "addr", "add", "10.89.0.250/24", "dev", "br0");
  lan.ip("lan", "route", "add", `${VIP}/32`, "dev", "br0");
}

async function startMaster(host: Host, program: Program): Promise<Master> {
  let listens = false;
  const apiserver = lan.run(host, [process.execPath, SERVER, pki, "443"], () => {
    listens = true;
  });
  await comesTrue(() => listens, 20_000);
  return { apiserver, daemon: lan.startDaemon(host, program, NODELET) };
}

function holds(host: Host): boolean {
  return lan.ip(host, "-o", "addr", "show", "to", VIP) !== "";
}

/** Host 1 has the address, host 2 is ready; runs `body` and ends everything. */
async function withMasters<T>(
  programs: readonly [Program, Program],
  body: (first: Master) => Promise<T>,
): Promise<T> {
  const first = await startMaster(1, programs[0]);
  if (!(await comesTrue(() => holds(1), 20_000))) throw new Error(`${programs[0]} did not become MASTER`);
  const second = await startMaster(2, programs[1]);
  await sleep(QUIET);
  try {
    return await body(first);
  } finally {
    // A daemon that was stopped has ended by now, or is about to.
    if (!stopped(first.daemon)) lan.killDaemon(1);
    lan.killDaemon(2);
    for (const { apiserver } of [first, second]) apiserver.kill("SIGKILL");
    await sleep(300);
    for (const host of HOSTS) lan.removeVips(host, VIP);
  }
}

/** True when the daemon was told to end. */
function stopped(daemon: ChildProcess): boolean {
  return daemon.killed || daemon.exitCode !== null;
}

/** Strikes the holder; returns when, ms since the epoch. */
function strike(blow: Blow, { daemon, apiserver }: Master): number {
  const at = performance.timeOrigin + performance.now();
  if (blow === "kill") apiserver.kill("SIGKILL");
  if (blow === "stop" || blow === "reboot") daemon.kill("SIGTERM");
  if (blow === "reboot") apiserver.kill("SIGTERM");
  if (blow === "drain") {
    lan.run(1, [join(ROOT, "bin/vigil"), "drain", "--socket", lan.controlSocket(1)]);
  }
  return at;
}

/** The longest time between two of these instants, the last of which is late enough. */
function longestGap(times: readonly number[]): number {
  return Math.max(...times.slice(1).map((time, i) => time - (times[i] as number)));
}

/** ms without a good answer, for clients that poll; undefined when host 2 did not take over. */
async function outage(programs: readonly [Program, Program], blow: Blow): Promise<number | undefined> {
  return withMasters(programs, async (first) => {
    const good: number[] = [];
    const clients = lan.run("lan", [process.execPath, CLIENTS, "poll", pki, VIP], (line) => {
      good.push(Number(line.split(" ")[1]));
    });
    await comesTrue(() => good.length > 100, 20_000);
    const at = strike(blow, first);
    const over = await comesTrue(() => !holds(1) && holds(2), LIMIT);
    const seen = good.length;
    await comesTrue(() => good.length > seen + 25, 10_000);
    clients.kill("SIGKILL");
    return over ? longestGap(good.filter((time) => time > at - 100)) : undefined;
  });
}

/** ms until all idle clients are connected again. */
async function reconnection(blow: Blow): Promise<number | undefined> {
  return withMasters(["vigil", "vigil"], async (first) => {
    let up = 0;
    let lost = 0;
    let allAt = 0;
    const clients = lan.run("lan", [process.execPath, CLIENTS, "idle", pki, VIP], (line) => {
      const [what, count, time] = line.split(" ");
      up = Number(count);
      if (what === "lost") lost++;
      if (up === IDLE_CLIENTS) allAt = Number(time);
    });
    if (!(await comesTrue(() => up === IDLE_CLIENTS, 60_000)))
      throw new Error("idle clients did not connect");
    await sleep(1_000);
    lost = 0;
    const at = strike(blow, first);
    await comesTrue(() => !holds(1) && holds(2), LIMIT);
    const back = await comesTrue(() => lost >= IDLE_CLIENTS && up === IDLE_CLIENTS, 60_000);
    clients.kill("SIGKILL");
    return back ? allAt - at : undefined;
  });
}

/** ms without an answer to 1 ms pings. */
async function silence(programs: readonly [Program, Program], blow: Blow): Promise<number | undefined> {
  return withMasters(programs, async (first) => {
    const answers: number[] = [];
    const ping = lan.run("lan", ["ping", "-D", "-n", "-i", "0.001", VIP], (line) => {
      const time = /^\[([0-9.]+)\] .* bytes from/.exec(line)?.[1];
      if (time !== undefined) answers.push(Number(time) * 1_000);
    });
    await comesTrue(() => answers.length > 500, 20_000);
    const at = strike(blow, first);
    const over = await comesTrue(() => !holds(1) && holds(2), LIMIT);
    const seen = answers.length;
    await comesTrue(() => answers.length > seen + 500, 20_000);
    ping.kill("SIGINT");
    return over ? longestGap(answers.filter((time) => time > at - 100)) : undefined;
  });
}

let missing = 0;

/** Measures `times` times and prints a row. */
async function row(
  title: string,
  goal: string,
  times: number,
  measure: () => Promise<number | undefined>,
): Promise<void> {
  const values: number[] = [];
  for (let i = 0; i < times; i++) {
    const value = await measure();
    if (value === undefined) missing++;
    else values.push(value);
  }
  const sorted = [...values].sort((a, b) => a - b);
  const text = (value: number | undefined) => (value === undefined ? "-" : value.toFixed(1)).padStart(9);
  const median = sorted[Math.floor(sorted.length / 2)];
  const failures = times - values.length;
  const note = failures === 0 ? "" : `  NO HANDOVER in ${failures} of ${times}`;
  process.stdout.write(
    `${title.padEnd(52)} ${goal.padStart(7)} ${text(median)} ${text(sorted[0])} ${text(sorted.at(-1))}  (${times})${note}\n`,
  );
}

async function main(): Promise<number> {
  const times = countArgument("repetitions", 5);
  const began = Date.now();
  execFileSync("openssl", ["version"], { stdio: "ignore" });
  prepare();
  const pair = (first: Program, second: Program): readonly [Program, Program] => [first, second];
  process.stdout.write(`Two masters, nodelet's file unchanged; ms that clients of the virtual address notice: goal, median, best, worst.
Vigil with conf/vigil.conf.platform9. ${keepalivedVersion()}

what happens to the holder                              goal    median      best     worst
`);
  const polls = "polls every 20 ms";
  await row(`apiserver killed, ${polls}: vigil -> vigil`, "100", times, () =>
    outage(pair("vigil", "vigil"), "kill"),
  );
  await row(`apiserver killed, ${polls}: vigil -> keepalived`, "700", times, () =>
    outage(pair("vigil", "keepalived"), "kill"),
  );
  if (!process.argv.includes("without-keepalived"))
    await row(`apiserver killed, ${polls}: keepalived -> keepalived`, "", 1, () =>
      outage(pair("keepalived", "keepalived"), "kill"),
    );
  await row(`apiserver killed, ${IDLE_CLIENTS} idle clients connected again`, "1000", times, () =>
    reconnection("kill"),
  );
  await row(`drained, ${IDLE_CLIENTS} idle clients connected again`, "", times, () => reconnection("drain"));
  for (const blow of ["stop", "drain", "reboot"] as const) {
    await row(`${blow}, pings every 1 ms: vigil -> vigil`, "50", times, () =>
      silence(pair("vigil", "vigil"), blow),
    );
  }
  if (!process.argv.includes("without-keepalived"))
    await row("stop, pings every 1 ms: keepalived -> keepalived", "", 1, () =>
      silence(pair("keepalived", "keepalived"), "stop"),
    );
  process.stdout.write(`\n${Math.round((Date.now() - began) / 1_000)} s.\n`);
  return missing === 0 ? 0 : 1;
}

await exitWith(main);
