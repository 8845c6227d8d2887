/**
 * `npm run bench -- adverts [SECONDS]`: how evenly a MASTER of 255 virtual routers sends adverts every 10 ms, as its BACKUP's
 * interface receives them, and how much processor time both daemons take; keepalived and Vigil one after the other in one run.
 */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BenchLan,
  countArgument,
  exitWith,
  type Host,
  keepalivedVersion,
  type Program,
} from "./support/lan.js";

const ROUTERS = 255;

/** How long both daemons run before it is measured, ms: started, elected, and all addresses in place. */
const SETTLE = 6_000;

/** Linux counts processor time in 1/100 s (USER_HZ, which is the same on every architecture Node runs on). */
const TICKS = 100;

/** What a receiver saw of one program. */
interface Traffic {
  /** Between two adverts of the same virtual router, ms, in ascending order. */
  readonly gaps: readonly number[];
  /** Adverts that the BACKUP sent: it took over although the MASTER was alive. */
  readonly falseTakeOvers: number;
  /** Virtual routers that were heard. */
  readonly routers: number;
}

const lan = new BenchLan();

function configuration(priority: number): string {
  const instances = Array.from({ length: ROUTERS }, (_, index) => {
    const vrid = index + 1;
    return `vrrp_instance VI_${vrid} {
  state BACKUP
  interface eth0
  virtual_router_id ${vrid}
  version 3
  advert_int 0.01
  priority ${priority}
  virtual_ipaddress {
    10.90.0.${vrid}/32
  }
}
`;
  });
  return instances.join("");
}

/** Processor time that a host's daemon has taken since its start, seconds. */
function processorTime(host: Host): number {
  const ticks = lan.pidsOf(host).map((pid) => {
    // The name, in parentheses, may hold spaces; utime and stime are the 14th and 15th field of the line.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS;
}

/** Reads a pcap file of Ethernet frames with IPv4 adverts, microseconds, in this machine's byte order. */
function readTraffic(path: string): Traffic {
  const file = readFileSync(path);
  const last = new Map<number, number>();
  const gaps: number[] = [];
  let falseTakeOvers = 0;
  for (let at = 24; at + 16 <= file.length; ) {
    const time = file.readUInt32LE(at) * 1_000 + file.readUInt32LE(at + 4) / 1_000;
    const frame = at + 16;
    at = frame + file.readUInt32LE(at + 8);
    if (at > file.length) break;
    const sender = file[frame + 14 + 15];
    const vrid = file[frame + 14 + 20 + 1] ?? 0;
    if (sender === 2) falseTakeOvers++;
    if (sender !== 1) continue;
    const before = last.get(vrid);
    if (before !== undefined) gaps.push(time - before);
    last.set(vrid, time);
  }
  return { gaps: gaps.sort((a, b) => a - b), falseTakeOvers, routers: last.size };
}

/** The value below which the share `p` of the ascending `values` lies. */
function percentile(values: readonly number[], p: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * p))] ?? Number.NaN;
}

/** Measures one program; false when its MASTER was not heard for every virtual router. */
async function measure(program: Program, seconds: number): Promise<boolean> {
  lan.startDaemon(1, program, configuration(200));
  await sleep(SETTLE / 2);
  lan.startDaemon(2, program, configuration(100));
  await sleep(SETTLE / 2);
  const path = lan.path(`${program}.pcap`);
  const argv = ["tcpdump", "-i", "eth0", "-p", "-n", "-s", "64", "-B", "16384", "-Z", "root", "-w", path];
  const capture = lan.run(2, [...argv, "ip proto 112"]);
  const captured = new Promise<void>((done) => capture.on("exit", () => done()));
  await sleep(500);
  const hosts = [1, 2] as const;
  const before = hosts.map(processorTime);
  const began = performance.now();
  await sleep(seconds * 1_000);
  const elapsed = (performance.now() - began) / 1_000;
  const shares = hosts.map((host, index) => (processorTime(host) - (before[index] ?? 0)) / elapsed);
  capture.kill("SIGINT");
  await captured;
  for (const host of hosts) {
    lan.killDaemon(host);
    await sleep(200);
    lan.removeVips(host, "10.90.0.0/24");
  }
  const { gaps, falseTakeOvers, routers } = readTraffic(path);
  const cells = [
    program.padEnd(10),
    ...[0.5, 0.99, 0.999, 1].map((p) => percentile(gaps, p).toFixed(2).padStart(7)),
    String(gaps.length).padStart(8),
    ...shares.map((share) => share.toFixed(2).padStart(6)),
    String(falseTakeOvers).padStart(6),
  ];
  const note = routers === ROUTERS ? "" : `  ONLY ${routers} of ${ROUTERS} virtual routers heard`;
  process.stdout.write(`${cells.join("  ")}${note}\n`);
  return routers === ROUTERS;
}

async function main(): Promise<number> {
  const seconds = countArgument("seconds", 10);
  process.stdout.write(`${ROUTERS} virtual routers, VRRPv3, an advert every 10 ms, for ${seconds} s: ms between two adverts of the same router at the
receiver; processor time in cores; adverts of the BACKUP, which has no reason to send any. ${keepalivedVersion()}

               p50      p99    p99.9      max   adverts  master  backup  false
`);
  let complete = true;
  for (const program of ["keepalived", "vigil"] as const)
    complete = (await measure(program, seconds)) && complete;
  return complete ? 0 : 1;
}

await exitWith(main);
