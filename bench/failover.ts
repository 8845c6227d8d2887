/**
 * `npm run bench -- failover [REPETITIONS]`: how long a LAN is without a MASTER after the MASTER fell silent (kill -9), with
 * keepalived and with Vigil, side by side in one run. Times are taken from the wire.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const programs = { keepalived: "/usr/sbin/keepalived", vigil: join(root, "bin/keepalived") } as const;
type Program = keyof typeof programs;

/** A protocol version with its interval; `formula` is Master_Down_Interval at the backup's priority 100, in ms. */
const cases = [
  { name: "v2, 1 s", version: 2, interval: "1", formula: 3_609.4 },
  { name: "v3, 1 s", version: 3, interval: "1", formula: 3_609.4 },
  { name: "v3, 100 ms", version: 3, interval: "0.1", formula: 360.9 },
  { name: "v3, 10 ms", version: 3, interval: "0.01", formula: 36.1 },
] as const;
type Case = (typeof cases)[number];

const prefix = `vigil-bench-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "vigil-bench-"));
const children = new Set<ChildProcess>();

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8" });
}

function inHost(host: string, argv: readonly string[]): ChildProcess {
  const child = spawn("ip", ["netns", "exec", `${prefix}-${host}`, ...argv], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

/** A bridge with two hosts, 10.89.0.1 and 10.89.0.2. */
function buildLan(): void {
  ip("netns", "add", `${prefix}-lan`);
  ip("-n", `${prefix}-lan`, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
  ip("-n", `${prefix}-lan`, "link", "set", "br0", "up");
  for (const number of [1, 2]) {
    const host = `${prefix}-${number}`;
    ip("netns", "add", host);
    ip(
      "-n",
      `${prefix}-lan`,
      "link",
      "add",
      `p${number}`,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      host,
    );
    ip("-n", `${prefix}-lan`, "link", "set", `p${number}`, "master", "br0", "up");
    ip("-n", host, "addr", "add", `10.89.0.${number}/24`, "dev", "eth0");
    ip("-n", host, "link", "set", "eth0", "up");
    ip("-n", host, "link", "set", "lo", "up");
  }
}

function tearDown(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const line of ip("netns", "list").split("\n")) {
    const name = line.split(" ")[0] ?? "";
    if (name.startsWith(`${prefix}-`)) ip("netns", "delete", name);
  }
  rmSync(folder, { recursive: true, force: true });
}

function start(program: Program, host: 1 | 2, { version, interval }: Case): void {
  const path = (name: string) => join(folder, `${host}.${name}`);
  const priority = host === 1 ? 200 : 100;
  writeFileSync(
    path("conf"),
    `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version ${version}
  advert_int ${interval}
  priority ${priority}
  virtual_ipaddress {
    10.89.0.100/24
  }
}
`,
  );
  inHost(`${host}`, [
    programs[program],
    "-n",
    "-G",
    "-f",
    path("conf"),
    "-p",
    path("pid"),
    "-r",
    path("vrrp.pid"),
  ]);
}

/** Kills both of keepalived's processes, or Vigil's one; the child first, which would say goodbye when its parent dies. */
function kill(host: 1 | 2): void {
  for (const name of ["vrrp.pid", "pid"]) {
    try {
      process.kill(Number(readFileSync(join(folder, `${host}.${name}`), "utf8")), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** What was seen on the bridge. */
interface Wire {
  /** ms since the epoch, of each advert by sender. */
  readonly adverts: Map<string, number[]>;
  /** ms since the epoch of each gratuitous ARP for the address. */
  readonly announcements: number[];
}

function watch(): Wire {
  const wire: Wire = { adverts: new Map(), announcements: [] };
  const child = inHost("lan", [
    "tcpdump",
    "-tt",
    "-l",
    "-n",
    "-p",
    "--immediate-mode",
    "-i",
    "br0",
    "arp or ip proto 112",
  ]);
  let rest = "";
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const time = Number.parseFloat(line) * 1_000;
      const from = /IP ([0-9.]+) > 224\.0\.0\.18/.exec(line)?.[1];
      if (from !== undefined) wire.adverts.set(from, [...(wire.adverts.get(from) ?? []).slice(-50), time]);
      else if (line.includes("who-has 10.89.0.100")) wire.announcements.push(time);
    }
  });
  return wire;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what}: not within 20 s`);
    await sleep(5);
  }
}

/** One failover: ms from the last advert of the old MASTER to the first of the new one, and to its first announcement. */
async function measure(
  program: Program,
  which: Case,
): Promise<{ readonly advert: number; readonly announced: number }> {
  const wire = watch();
  const adverts = (host: 1 | 2) => wire.adverts.get(`10.89.0.${host}`) ?? [];
  start(program, 1, which);
  await until("the first election", () => adverts(1).length >= 3);
  start(program, 2, which);
  await sleep(2_500);
  const before = Date.now();
  kill(1);
  await until(
    "the take-over",
    () => adverts(2).some((time) => time > before) && wire.announcements.some((time) => time > before),
  );
  const last = adverts(1).at(-1) ?? before;
  const advert = (adverts(2).find((time) => time > last) ?? 0) - last;
  const announced = (wire.announcements.find((time) => time > last) ?? 0) - last;
  kill(2);
  for (const child of children) child.kill("SIGKILL");
  for (const host of [1, 2])
    ip("-n", `${prefix}-${host}`, "addr", "flush", "dev", "eth0", "to", "10.89.0.100");
  await sleep(200);
  return { advert, announced };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const repetitions = Number(process.argv[2] ?? 5);
  if (!Number.isInteger(repetitions) || repetitions < 1)
    throw new Error("repetitions: write a whole number from 1");
  const version = execFileSync("sh", ["-c", "keepalived --version 2>&1 | head -1"], {
    encoding: "utf8",
  }).trim();
  process.stdout.write(
    `Silent MASTER (kill -9), ms from its last advert; median (worst) of ${repetitions}. ${version}\n\n`,
  );
  process.stdout.write(
    "case        formula  keepalived: advert    Vigil: advert         ratio  keepalived: GARP  Vigil: GARP\n",
  );
  for (const which of cases) {
    const results = { keepalived: [], vigil: [] } as Record<Program, { advert: number; announced: number }[]>;
    for (let i = 0; i < repetitions; i++) {
      for (const program of ["keepalived", "vigil"] as const)
        results[program].push(await measure(program, which));
    }
    const show = (program: Program, key: "advert" | "announced") => {
      const values = results[program].map((result) => result[key]);
      return {
        median: median(values),
        text: `${median(values).toFixed(1)} (${Math.max(...values).toFixed(1)})`,
      };
    };
    const ours = show("vigil", "advert");
    const theirs = show("keepalived", "advert");
    const cells = [
      which.name.padEnd(10),
      which.formula.toFixed(1).padStart(8),
      theirs.text.padEnd(20),
      ours.text.padEnd(20),
      (ours.median / theirs.median).toFixed(3),
      show("keepalived", "announced").text.padEnd(16),
      show("vigil", "announced").text,
    ];
    process.stdout.write(`${cells.join("  ")}\n`);
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    tearDown();
    process.exit(130);
  });
}

buildLan();
try {
  await main();
} finally {
  tearDown();
}
