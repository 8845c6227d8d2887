/** A LAN for benchmarks: a bridge and two hosts in network namespaces of their own, 10.89.0.1 and 10.89.0.2. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Number of a host; its address and its MAC address end in it. */
export type Host = 1 | 2;

/** What is compared, by the name that the tables use. */
const PROGRAMS = {
  keepalived: "/usr/sbin/keepalived",
  vigil: fileURLToPath(new URL("../../../bin/keepalived", import.meta.url)),
} as const;

/** Name of a daemon. */
export type Program = keyof typeof PROGRAMS;

/** One LAN a process; it is gone when the process has ended, however it ended unless by SIGKILL. */
export class BenchLan {
  readonly #prefix = `vigil-bench-${process.pid}`;
  readonly #folder = mkdtempSync(join(tmpdir(), "vigil-bench-"));

  /** Builds it. */
  constructor() {
    process.on("exit", () => this.#down());
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => process.exit(128 + constants.signals[signal]));
    }
    process.stdout.on("error", () => process.exit(1));
    const lan = this.#namespaceOf("lan");
    ip("netns", "add", lan);
    ip("-n", lan, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
    ip("-n", lan, "link", "set", "br0", "up");
    for (const host of [1, 2] as const) {
      const name = this.#namespaceOf(host);
      const peer = ["peer", "name", "eth0", "address", macOf(host), "netns", name];
      ip("netns", "add", name);
      ip("-n", lan, "link", "add", `p${host}`, "type", "veth", ...peer);
      ip("-n", lan, "link", "set", `p${host}`, "master", "br0", "up");
      ip("-n", name, "addr", "add", `10.89.0.${host}/24`, "dev", "eth0");
      ip("-n", name, "link", "set", "eth0", "up");
      ip("-n", name, "link", "set", "lo", "up");
    }
  }

  /** A path in a folder that goes with the LAN. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Runs a program on a host or at the bridge; `onLine` takes the lines of its standard output. */
  run(where: Host | "lan", argv: readonly string[], onLine?: (line: string) => void): ChildProcess {
    const output = onLine === undefined ? "ignore" : "pipe";
    const inside = ["netns", "exec", this.#namespaceOf(where)];
    // `ip netns exec` has already made a mount namespace for this one program.
    if (existsSync(this.path(`${where}.etc`)))
      inside.push("sh", "-c", 'mount --bind "$0" /etc && exec "$@"', this.path(`${where}.etc`));
    const child = spawn("ip", [...inside, ...argv], {
      stdio: ["ignore", output, "ignore"],
      env: { ...process.env, VIGIL_CONTROL_SOCKET: this.controlSocket(where), VIGIL_STATE_DIR: this.#folder },
    });
    let rest = "";
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    });
    return child;
  }

  /** `ip ARGUMENTS` on a host or at the bridge. */
  ip(where: Host | "lan", ...args: readonly string[]): string {
    return ip("-n", this.#namespaceOf(where), ...args);
  }

  /** Where a Vigil on a host listens for `vigil`. */
  controlSocket(where: Host | "lan"): string {
    return this.path(`${where}.control`);
  }

  /** Makes `/etc/NAME` exist for what is started on a host from now on, and for nobody else. */
  provideEtc(host: Host, name: string, content: string | Uint8Array, mode = 0o644): void {
    const etc = this.path(`${host}.etc`);
    if (!existsSync(etc))
      cpSync("/etc", etc, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    mkdirSync(dirname(join(etc, name)), { recursive: true, mode: 0o755 });
    writeFileSync(join(etc, name), content, { mode });
  }

  /** Runs a program to its end, and returns what it printed. */
  output(where: Host | "lan", argv: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", this.#namespaceOf(where), ...argv], { encoding: "utf8" });
  }

  /** Starts a daemon on a host that has none. */
  startDaemon(host: Host, program: Program, configuration: string): ChildProcess {
    const path = (name: string) => this.path(`${host}.${name}`);
    writeFileSync(path("conf"), configuration);
    for (const file of ["pid", "vrrp.pid"]) rmSync(path(file), { force: true });
    const files = ["-f", path("conf"), "-p", path("pid"), "-r", path("vrrp.pid")];
    return this.run(host, [PROGRAMS[program], "-n", "-G", ...files]);
  }

  /** The processes of a host's daemon, keepalived's child first: it would say goodbye when its parent dies. */
  pidsOf(host: Host): number[] {
    const files = ["vrrp.pid", "pid"].map((name) => readFileSync(this.path(`${host}.${name}`), "utf8"));
    return [...new Set(files.map(Number))];
  }

  /** Silences a host's daemon with SIGKILL. */
  killDaemon(host: Host): void {
    for (const pid of this.pidsOf(host)) kill(pid);
  }

  /**
   * Silences a host as a power failure would: everything on it dies, Vigil's parent too, which would say goodbye for its daemon
   * and bring the next MASTER on in a fraction of the time.
   */
  powerOff(host: Host): void {
    const pids = ip("netns", "pids", this.#namespaceOf(host)).split("\n").filter(Boolean).map(Number);
    for (const signal of ["SIGSTOP", "SIGKILL"] as const) {
      for (const pid of pids) kill(pid, signal);
    }
  }

  /** Removes the addresses that a killed daemon left behind. */
  removeVips(host: Host, range: string): void {
    ip("-n", this.#namespaceOf(host), "addr", "flush", "dev", "eth0", "to", range);
  }

  #namespaceOf(where: Host | "lan"): string {
    return `${this.#prefix}-${where}`;
  }

  #down(): void {
    try {
      const all = ip("netns", "list").split("\n");
      const names = all.map((line) => line.split(" ")[0] ?? "");
      for (const name of names.filter((name) => name.startsWith(`${this.#prefix}-`))) {
        for (const pid of ip("netns", "pids", name).split("\n").filter(Boolean)) kill(Number(pid));
        ip("netns", "delete", name);
      }
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

/** The Ethernet address of a host. */
export function macOf(host: Host): string {
  return `02:00:00:00:00:0${host}`;
}

/** First line of `keepalived --version`. */
export function keepalivedVersion(): string {
  const command = `${PROGRAMS.keepalived} --version 2>&1 | head -1`;
  return execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim();
}

/** A whole number from 1 among the arguments; `otherwise` when there is none. @throws {Error} for anything else. */
export function countArgument(what: string, otherwise: number): number {
  const value = Number(process.argv[2] ?? otherwise);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${what}: write a whole number from 1`);
  return value;
}

/** Runs a benchmark to its exit status; an error is one line. */
export async function exitWith(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main());
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Kills a process that may have ended meanwhile. */
function kill(pid: number, signal: "SIGSTOP" | "SIGKILL" = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
