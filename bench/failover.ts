/**
 * `npm run bench -- failover [REPETITIONS]`: how long a LAN is without a MASTER after the MASTER fell silent (power lost), with
 * keepalived, with Vigil and with one of each, side by side in one run. Times are the kernel's, taken at the bridge. Exit status 1
 * when a take-over did not happen; how quick it was decides nothing.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { comesTrue } from "./support/comes-true.js";
import {
  BenchLan,
  countArgument,
  exitWith,
  type Host,
  keepalivedVersion,
  macOf,
  type Program,
} from "./support/lan.js";

/** A protocol version with its interval; `formula` is Master_Down_Interval at priority 100, in ms. */
const cases = [
  { name: "v2, 1 s", version: 2, interval: "1", formula: 3_609.4 },
  { name: "v3, 1 s", version: 3, interval: "1", formula: 3_609.4 },
  { name: "v3, 100 ms", version: 3, interval: "0.1", formula: 360.9 },
  { name: "v3, 10 ms", version: 3, interval: "0.01", formula: 36.1 },
] as const;
type Case = (typeof cases)[number];

/** Who falls silent and who takes over: the order of the rows. */
const DIRECTIONS = [
  "keepalived -> keepalived",
  "vigil -> vigil",
  "keepalived -> vigil",
  "vigil -> keepalived",
] as const;
type Direction = (typeof DIRECTIONS)[number];

/** Which programs sit on the two hosts. They take turns in being MASTER, so the mixed pair gives both directions. */
const PAIRS: readonly (readonly [Program, Program])[] = [
  ["keepalived", "keepalived"],
  ["vigil", "vigil"],
  ["keepalived", "vigil"],
];

const VIP = "10.89.0.100";

/** How long a BACKUP runs before the MASTER is killed, ms: it has started and has nothing left to do but listen. */
const QUIET = 2_500;

/** Something that the bridge saw; `at` is ms since the epoch. */
interface Frame {
  readonly at: number;
  readonly host: Host;
  readonly kind: "advert" | "announcement";
}

/** One take-over, both in ms from the last advert of the old MASTER. */
interface TakeOver {
  readonly advert: number;
  readonly announcement: number;
}

/** Everything measured for one case; undefined stands for a take-over that did not happen. */
type Results = Record<Direction, (TakeOver | undefined)[]>;

const lan = new BenchLan();
let frames: Frame[] = [];

/** Adverts and gratuitous ARPs, told apart by their sender's MAC: both hosts announce the same address. */
function watch(): void {
  const filter = `ip proto 112 or (arp and arp host ${VIP})`;
  const argv = ["tcpdump", "-tt", "-l", "-e", "-n", "-p", "--immediate-mode", "-i", "br0", filter];
  lan.run("lan", argv, (line) => {
    const [, time = "", mac] = /^([0-9.]+) (\S+) > /.exec(line) ?? [];
    const host = ([1, 2] as const).find((number) => macOf(number) === mac);
    if (host === undefined) return;
    const at = Number(time) * 1_000;
    if (line.includes("> 224.0.0.18")) frames.push({ at, host, kind: "advert" });
    else if (line.includes(`who-has ${VIP}`)) frames.push({ at, host, kind: "announcement" });
  });
}

function start(host: Host, program: Program, { version, interval }: Case): void {
  lan.startDaemon(
    host,
    program,
    `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  version ${version}
  advert_int ${interval}
  priority 100
  virtual_ipaddress {
    ${VIP}/24
  }
}
`,
  );
}

/** Kills the MASTER, waits for the other's advert and announcement, and starts the dead one again, now as the BACKUP. */
async function takeOver(
  which: Case,
  master: Host,
  backup: Host,
  program: Program,
): Promise<TakeOver | undefined> {
  const first = (kind: Frame["kind"], after: number) =>
    frames.find((frame) => frame.host === backup && frame.kind === kind && frame.at > after)?.at;
  lan.powerOff(master);
  const lastAdvert = () =>
    frames.findLast((frame) => frame.host === master && frame.kind === "advert")?.at ?? Number.NaN;
  const happened = await comesTrue(
    () => first("advert", lastAdvert()) !== undefined && first("announcement", lastAdvert()) !== undefined,
    3 * which.formula + 2_000,
  );
  const silent = lastAdvert();
  const advert = first("advert", silent);
  const announcement = first("announcement", silent);
  lan.removeVips(master, VIP);
  start(master, program, which);
  if (!happened || advert === undefined || announcement === undefined) return undefined;
  return { advert: advert - silent, announcement: announcement - silent };
}

/** `repetitions` take-overs of a pair in each direction that it has, into `results`. */
async function runPair(
  which: Case,
  programs: readonly [Program, Program],
  repetitions: number,
  results: Results,
): Promise<void> {
  const programOf = (host: Host) => programs[host - 1] as Program;
  let master: Host = 1;
  frames = [];
  start(1, programOf(1), which);
  if (!(await comesTrue(() => frames.length > 0, 20_000))) throw new Error(`${programs[0]} did not start`);
  start(2, programOf(2), which);
  const turns = programs[0] === programs[1] ? repetitions : 2 * repetitions;
  for (let turn = 0; turn < turns; turn++) {
    frames = [];
    await sleep(QUIET);
    // An impatient BACKUP may have become MASTER meanwhile: what counts is who sends now.
    master = frames.findLast((frame) => frame.kind === "advert")?.host ?? master;
    const backup: Host = master === 1 ? 2 : 1;
    const direction: Direction = `${programOf(master)} -> ${programOf(backup)}`;
    results[direction].push(await takeOver(which, master, backup, programOf(master)));
    master = backup;
  }
  await sleep(QUIET);
  for (const host of [1, 2] as const) {
    lan.powerOff(host);
    await sleep(200);
    lan.removeVips(host, VIP);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (low + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

function medianAndWorst(values: readonly number[]): string {
  return `${median(values).toFixed(1).padStart(6)} (${Math.max(...values).toFixed(1)})`;
}

/** Prints the rows of a case; returns how many take-overs did not happen. */
function printCase(which: Case, results: Results): number {
  const advertsOf = (direction: Direction) =>
    results[direction].flatMap((result) => (result === undefined ? [] : [result.advert]));
  const yardstick = median(advertsOf("keepalived -> keepalived"));
  let missing = 0;
  for (const direction of DIRECTIONS) {
    const happened = results[direction].filter((result) => result !== undefined);
    const failures = results[direction].length - happened.length;
    missing += failures;
    const adverts = advertsOf(direction);
    const ratio = median(adverts) / yardstick;
    const cells = [
      (direction === DIRECTIONS[0] ? which.name : "").padEnd(10),
      (direction === DIRECTIONS[0] ? which.formula.toFixed(1) : "").padStart(7),
      direction.padEnd(24),
      (adverts.length === 0 ? "-" : medianAndWorst(adverts)).padEnd(16),
      (Number.isNaN(ratio) ? "-" : ratio.toFixed(3)).padEnd(6),
      adverts.length === 0 ? "-" : medianAndWorst(happened.map((result) => result.announcement)),
    ];
    const note = failures === 0 ? "" : `  NO TAKE-OVER in ${failures} of ${results[direction].length}`;
    process.stdout.write(`${cells.join("  ")}${note}\n`);
  }
  return missing;
}

async function main(): Promise<number> {
  const repetitions = countArgument("repetitions", 5);
  const began = Date.now();
  watch();
  process.stdout.write(`The MASTER falls silent (power lost) and the BACKUP takes over: ms from the last advert of the one to the
first advert, and the first gratuitous ARP, of the other; median (worst) of ${repetitions}. Ratio: to keepalived -> keepalived.
Formula: Master_Down_Interval, 3 x interval + skew, priority 100. ${keepalivedVersion()}

case        formula  silent -> taking over     first advert      ratio   first GARP
`);
  let missing = 0;
  for (const which of cases) {
    const results: Results = {
      "keepalived -> keepalived": [],
      "vigil -> vigil": [],
      "keepalived -> vigil": [],
      "vigil -> keepalived": [],
    };
    for (const pair of PAIRS) await runPair(which, pair, repetitions, results);
    missing += printCase(which, results);
  }
  process.stdout.write(`\n${Math.round((Date.now() - began) / 1_000)} s.\n`);
  return missing === 0 ? 0 : 1;
}

await exitWith(main);
