/** Asks the installed keepalived what it thinks of configuration files, in a network namespace where their interfaces exist. */

import { execFileSync, spawnSync } from "node:child_process";

/** What `keepalived -t` said. */
export interface OracleAnswer {
  readonly status: number;
  /** Complaints with the line they name. */
  readonly lines: readonly { readonly line: number; readonly message: string }[];
  /** All other lines of output. */
  readonly others: readonly string[];
}

/** True when keepalived is installed. */
export function hasKeepalived(): boolean {
  return spawnSync("keepalived", ["-v"]).status === 0;
}

/** A namespace with one end of a veth pair for every interface named. */
export class KeepalivedOracle {
  readonly #namespace: string;
  readonly #configId: string;

  constructor(namespace: string, configId: string, interfaces: readonly string[]) {
    this.#namespace = namespace;
    this.#configId = configId;
    spawnSync("ip", ["netns", "del", namespace]);
    execFileSync("ip", ["netns", "add", namespace]);
    const batch = interfaces.flatMap((name, i) => [
      `link add name ${name} type veth peer name peer-of-${i}`,
      `addr add 10.${100 + (i >> 8)}.${i & 255}.1/24 dev ${name}`,
      `link set dev ${name} up`,
      `link set dev peer-of-${i} up`,
    ]);
    execFileSync("ip", ["-n", namespace, "-batch", "-"], {
      input: ["link set lo up", ...batch, ""].join("\n"),
    });
  }

  /** Runs `keepalived -t` on a file, ten seconds at most. */
  ask(file: string): OracleAnswer {
    const script =
      'mount -t tmpfs none /etc/keepalived && mount -t tmpfs none /run && exec timeout -s KILL 10 keepalived -t -i "$1" -f "$0"';
    const command = [
      "netns",
      "exec",
      this.#namespace,
      "unshare",
      "-m",
      "sh",
      "-c",
      script,
      file,
      this.#configId,
    ];
    const result = spawnSync("ip", command, { encoding: "utf8", cwd: "/" });
    const output = result.stderr.split("\n").filter((line) => line !== "");
    const lines: { line: number; message: string }[] = [];
    const others: string[] = [];
    for (const text of output) {
      const match = /^\((?:[^()]*: )?Line (\d+)\) (.*)$/.exec(text);
      if (match?.[1] === undefined) others.push(text);
      else lines.push({ line: Number(match[1]), message: match[2] ?? "" });
    }
    return { status: result.status ?? 128, lines, others };
  }

  /** Removes the namespace. */
  close(): void {
    spawnSync("ip", ["netns", "del", this.#namespace]);
  }
}

/** Names of interfaces that a configuration uses, as far as they can be created. */
export function interfacesIn(text: string): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(
    /\b(?:interface|dev|iif|oif|default_interface|lvs_sync_daemon(?:_interface)?|vrf)[ \t]+([^\s{}#!]+)/g,
  )) {
    names.add(match[1] ?? "");
  }
  for (const match of text.matchAll(/\b(?:track_interface|interfaces|linkbeat_interfaces)\s*\{([^}]*)\}/g)) {
    for (const line of (match[1] ?? "").split("\n")) names.add(line.trim().split(/[\s#!]/)[0] ?? "");
  }
  return [...names].filter(
    (name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(name) && name !== "lo" && !name.startsWith("vrrp"),
  );
}
