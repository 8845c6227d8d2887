/**
 * Starts a daemon with keepalived's command line on a configuration, in namespaces of its own, and returns the dumps that it
 * writes on signals. Scripts of the configuration find a read-only system and only the daemon's own processes.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../lab/wait-for.js";

/** The files of one run. */
export interface Dumps {
  /** keepalived.data. */
  readonly data: string;
  /** keepalived.stats. */
  readonly stats: string;
  /** keepalived.json; undefined where there is no instance, or the daemon did not survive it. */
  readonly json: string | undefined;
}

/** How a run went: `refused` is the daemon's own decision, `crashed` and `hung` are its mistakes. */
export type DumpRun =
  | { readonly outcome: "dumped"; readonly dumps: Dumps; readonly log: string }
  | { readonly outcome: "refused" | "crashed" | "hung"; readonly reason: string; readonly log: string };

/** `$1`: the folder that stays writable. Numbers of signals to be sent are read from standard input. */
const SCRIPT = `
mount --make-rprivate / && mount --bind "$1" "$1" && mount -t tmpfs none /etc/keepalived && mount -t tmpfs none /run || exit 1
mount -t sysfs none /sys && mount -o remount,bind,ro / || exit 1
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0
ip -batch "$1/links" || exit 1
shift
exec 3<&0
"$@" &
daemon=$!
while read -r signal; do kill -s "$signal" "$daemon"; done <&3 &
wait "$daemon"
`;

/** keepalived's signals for keepalived.data, .stats and .json, as numbers: shells have no names for the last. */
const SIGNALS = [10, 12, 36];

/** A line of `ip -batch` for each interface with an address and a carrier; the same in every run. */
function linksOf(interfaces: readonly string[]): string {
  const octets = (n: number) =>
    `${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;
  const lines = interfaces.flatMap((name, n) => [
    `link add name ${name} index ${10 + n} address 02:00:00:00:${octets(n)} type veth peer name peer-of-${n} index ${1_000 + n}`,
    `link set dev peer-of-${n} up`,
    `addr add 10.${100 + (n >> 8)}.${n & 255}.1/24 dev ${name}`,
    `link set dev ${name} up`,
  ]);
  return `${["link set lo up", ...lines].join("\n")}\n`;
}

/** keepalived's words when one of its processes ended itself. */
const CRASHED = /segmentation fault|died: Respawning|exited due to signal/;

/** The shell's status for a process that was killed, without the number of the signal. */
const KILLED = 128;

/** Its words when there is nothing that it would run; what it starts for VRRP; and when it writes the last file. */
const IDLE = "no configuration to run";
const VRRP_STARTED = "Starting VRRP child process";
const LAST_FILE = "Printing VRRP as json";

/**
 * Runs `program` with the text as its configuration where interfaces of these names are.
 * @param folder its own, for all that is read and written.
 * @param timeout milliseconds that the start may take, and again the dumps.
 */
export async function dumpOf(
  program: string,
  text: string,
  interfaces: readonly string[],
  folder: string,
  timeout: number,
): Promise<DumpRun> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "keepalived.conf"), text, "latin1");
  writeFileSync(join(folder, "links"), linksOf(interfaces));
  const argv = [program, "-n", "-l", "-D", "-P", "-i", "oracle", "-f", join(folder, "keepalived.conf")];
  const child = spawn(
    "unshare",
    ["-n", "-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", SCRIPT, "sh", folder, ...argv],
    { cwd: "/", stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, TMPDIR: folder } },
  );
  let log = "";
  for (const output of [child.stdout, child.stderr])
    output.setEncoding("utf8").on("data", (chunk: string) => {
      log += chunk;
    });
  child.stdin.on("error", () => undefined);
  let status: number | undefined;
  const ended = new Promise<void>((resolve) =>
    child.once("close", (code) => {
      status = code ?? KILLED;
      resolve();
    }),
  );
  const failed = () => status !== undefined || CRASHED.test(log);
  const wait = (what: string, condition: () => boolean | undefined) =>
    waitFor(() => failed() || condition(), { what, timeout, every: 20 });
  try {
    await wait("the start", () => log.includes("Startup complete") || log.includes(IDLE));
    if (log.includes(IDLE)) return { outcome: "refused", reason: IDLE, log };
    if (!failed() && !log.includes(VRRP_STARTED))
      return { outcome: "refused", reason: "no VRRP to run", log };
    if (!failed()) {
      child.stdin.write(SIGNALS.map((signal) => `${signal}\n`).join(""));
      // Without an instance keepalived's statistics are empty, and there is no JSON.
      await wait("the dumps", () => {
        const dumps = dumpsIn(folder);
        return dumps?.json !== undefined || (dumps?.stats === "" && log.includes(LAST_FILE));
      });
    }
    const dumps = dumpsIn(folder);
    if (dumps !== undefined) return { outcome: "dumped", dumps, log };
    const crash = CRASHED.test(log) || status === undefined || status >= KILLED;
    const reason = `${status === undefined ? "" : `status ${status}: `}${lastWords(log)}`;
    return { outcome: crash ? "crashed" : "refused", reason, log };
  } catch (error) {
    // Of many files, one that is never started or dumped is a finding and no end.
    return { outcome: "hung", reason: error instanceof Error ? error.message : String(error), log };
  } finally {
    // It is process 1 of its namespace that dies with it, and so everything in there.
    child.kill("SIGKILL");
    await ended;
  }
}

/**
 * keepalived writes one file after the other: what comes before one that is there is complete. Vigil puts complete files in
 * their places, in any order.
 */
function dumpsIn(folder: string): Dumps | undefined {
  const read = (name: string) => readFileSync(join(folder, `keepalived.${name}`), "utf8");
  const there = (name: string) => existsSync(join(folder, `keepalived.${name}`));
  if (!there("data") || !there("stats")) return undefined;
  return {
    data: read("data"),
    stats: read("stats"),
    json: whole(folder, "json") ? read("json") : undefined,
  };
}

/** True when the last line of the file has its end. */
function whole(folder: string, name: string): boolean {
  const path = join(folder, `keepalived.${name}`);
  return existsSync(path) && readFileSync(path, "utf8").endsWith("\n");
}

/** Lines of a daemon that ends, which do not say why. */
const FAREWELL = /permanent error|Stopped|CPU usage|child process|Please|include|^ |^\s*$|Restart of/;

/** What it said last, other than that it ends. */
function lastWords(log: string): string {
  const lines = log.split("\n").map((line) => line.replace(/^\S+ \S+ +\d+ [\d:]+ \d+: /, ""));
  return lines.filter((line) => !FAREWELL.test(line)).at(-1) ?? "";
}
