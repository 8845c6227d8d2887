/** The demo's LAN: network namespaces on one bridge, and everything that runs in them. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";

/** The three masters. */
export const MASTERS = [1, 2, 3] as const;

/** Number of a master. */
export type MasterNumber = (typeof MASTERS)[number];

/** The address that moves. */
export const VIP = "10.88.0.100";

/** Where every master's apiserver listens. */
export const API_PORT = 6443;

/** Addresses of the host: masters end in their number, the worker in 254. */
export function addressOf(master: MasterNumber): string {
  return `10.88.0.${master}`;
}

/** What a program on a host tells us. */
export interface ProgramEvents {
  /** Takes every line that it writes to either stream. */
  readonly onLine?: (line: string) => void;
  /** Takes the signal or the exit status that ended it, in words. */
  readonly onEnd?: (how: string) => void;
}

/** Namespaces, bridge and cables; takes everything down again. */
export class DemoLan {
  readonly #prefix = `vigil-demo-${process.pid}`;

  /** Builds it. */
  up(): void {
    const lan = this.namespaceOf("worker");
    this.#ip("netns", "add", lan);
    this.#ip("-n", lan, "link", "set", "lo", "up");
    this.#ip("-n", lan, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
    this.#ip("-n", lan, "addr", "add", "10.88.0.254/24", "dev", "br0");
    this.#ip("-n", lan, "link", "set", "br0", "up");
    for (const master of MASTERS) {
      const namespace = this.namespaceOf(master);
      this.#ip("netns", "add", namespace);
      this.#ip("-n", namespace, "link", "set", "lo", "up");
      this.#ip(
        "-n",
        lan,
        "link",
        "add",
        `port${master}`,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        namespace,
      );
      this.#ip("-n", lan, "link", "set", `port${master}`, "master", "br0", "up");
      this.#ip("-n", namespace, "addr", "add", `${addressOf(master)}/24`, "dev", "eth0");
      this.#ip("-n", namespace, "link", "set", "eth0", "up");
    }
  }

  /** Ends all processes in our namespaces, children of daemons too, and removes the namespaces; harmless when repeated. */
  down(): void {
    const names = this.#ip("netns", "list")
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "")
      .filter((name) => name.startsWith(`${this.#prefix}-`));
    for (const name of names) {
      for (const pid of this.#ip("netns", "pids", name).split("\n").filter(Boolean)) kill(Number(pid));
      this.#ip("netns", "delete", name);
    }
  }

  /** Name of the namespace of a master, or of the worker, who sits at the bridge. */
  namespaceOf(host: MasterNumber | "worker"): string {
    return `${this.#prefix}-${host}`;
  }

  /** Plugs a master's cable in or out. */
  setCable(master: MasterNumber, plugged: boolean): void {
    this.#ip("-n", this.namespaceOf("worker"), "link", "set", `port${master}`, plugged ? "up" : "down");
  }

  /** True when the master's kernel has the VIP. */
  holds(master: MasterNumber): boolean {
    return this.#ip("-n", this.namespaceOf(master), "-o", "addr", "show", "dev", "eth0").includes(` ${VIP}/`);
  }

  /** Starts a program on a host. */
  start(
    host: MasterNumber | "worker",
    argv: readonly string[],
    { onLine = () => {}, onEnd = () => {} }: ProgramEvents = {},
  ): ChildProcess {
    const command = ["netns", "exec", this.namespaceOf(host), ...argv];
    const child = spawn("ip", command, { stdio: ["ignore", "pipe", "pipe"] });
    child.on("exit", (status, signal) => onEnd(signal ?? `exit status ${status}`));
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line);
      });
    }
    return child;
  }

  #ip(...args: string[]): string {
    return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }
}

/** Kills a process that may have ended meanwhile. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
