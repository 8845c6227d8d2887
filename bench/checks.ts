/**
 * `npm run bench -- checks [SECONDS]`: what health checks cost. Processor time of keepalived with 5 scripts that run curl every
 * second, and of Vigil with 50 checks every 100 ms, each with an HTTPS server of its own side by side at the same time.
 * Exit status 1 when Vigil's costs more.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BenchLan, countArgument, exitWith, type Host, keepalivedVersion } from "./support/lan.js";

const SERVER = fileURLToPath(new URL("../../dist/cli/demo/apiserver.js", import.meta.url));
const PORT = 6443;

/** Ticks a second in /proc/PID/stat. */
const TICKS = 100;

const SCRIPTS = 5;
const CHECKS = 50;

/** Of one daemon, measured. */
interface Cost {
  /** Processor time, % of one core. */
  readonly percent: number;
  /** Answered by the server, a second. */
  readonly probes: number;
}

const lan = new BenchLan();

/** ms of processor time that a daemon has used, its scripts included as far as they have ended. */
function used(host: Host): number {
  let ticks = 0;
  for (const pid of lan.pidsOf(host)) {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // utime, stime, cutime, cstime; the name in brackets may have blanks.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return (ticks * 1_000) / TICKS;
}

function instance(tracks: string, names: readonly string[]): string {
  return `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    10.89.0.100/24
  }
  ${tracks} {
    ${names.join("\n    ")}
  }
}
`;
}

/** A certificate that signs itself, which serves as its own authority. */
function selfSigned(): [certificate: string, key: string] {
  const [certificate, key] = [lan.path("api.crt"), lan.path("api.key")];
  const how = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "1",
    "-subj",
    "/CN=api",
  ];
  const names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", ...how, ...names], { stdio: "ignore" });
  return [certificate, key];
}

/** Probes that the server of a host has answered so far. */
function answered(host: Host): number {
  const url = `https://127.0.0.1:${PORT}/count`;
  return Number(lan.output(host, ["curl", "-sf", "--max-time", "5", "--cacert", lan.path("api.crt"), url]));
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_unused, index) => `c${index + 1}`);
}

async function main(): Promise<number> {
  const seconds = countArgument("seconds", 15);
  const [ca, key] = selfSigned();
  const url = `https://127.0.0.1:${PORT}/healthz`;
  for (const host of [1, 2] as const) lan.run(host, [process.execPath, SERVER, "api", `${PORT}`, ca, key]);
  await sleep(1_500);
  const curl = `/usr/bin/curl -sf -o /dev/null --max-time 1 --cacert ${ca} ${url}`;
  const scripts = numbered(SCRIPTS);
  const script = (name: string) =>
    `vrrp_script ${name} {\n  script "${curl}"\n  interval 1\n  user root\n}\n`;
  lan.startDaemon(1, "keepalived", scripts.map(script).join("") + instance("track_script", scripts));
  const checks = numbered(CHECKS);
  const check = (name: string) =>
    `vrrp_check ${name} {\n  https_get ${url}\n  ca ${ca}\n  interval 0.1\n  timeout 1\n}\n`;
  lan.startDaemon(2, "vigil", checks.map(check).join("") + instance("track_check", checks));
  // Connections are open, code is warm.
  await sleep(8_000);
  const look = (host: Host) => ({ at: performance.now(), used: used(host), answered: answered(host) });
  const before = [look(1), look(2)] as const;
  await sleep(seconds * 1_000);
  const [keepalived, vigil] = ([1, 2] as const).map((host, index) => {
    const [from, to] = [before[index] ?? look(host), look(host)];
    const length = to.at - from.at;
    return {
      percent: (100 * (to.used - from.used)) / length,
      probes: (1_000 * (to.answered - from.answered)) / length,
    };
  }) as [Cost, Cost];
  const row = (name: string, what: string, { percent, probes }: Cost) =>
    `${name.padEnd(11)}${what.padEnd(30)}${probes.toFixed(1).padStart(8)} ${percent.toFixed(2).padStart(8)} %  ${((percent * 10) / probes).toFixed(2).padStart(8)} ms\n`;
  process.stdout.write(`Processor time of health checks over HTTPS in ${seconds} s, share of one core. ${keepalivedVersion()}

${"".padEnd(41)}${"asked/s".padStart(8)} ${"share".padStart(8)}    ${"per probe".padStart(9)}
`);
  process.stdout.write(row("keepalived", `${SCRIPTS} scripts with curl, 1 s`, keepalived));
  process.stdout.write(row("vigil", `${CHECKS} checks, 100 ms`, vigil));
  const all = keepalived.probes >= SCRIPTS * 0.9 && vigil.probes >= CHECKS * 10 * 0.9;
  return all && vigil.percent < keepalived.percent ? 0 : 1;
}

await exitWith(main);
