/** Asks the installed keepalived what it thinks of configuration files, in a network namespace where their interfaces exist. */

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rememberNamespace, uniqueLabName } from "../lab/leftovers.js";

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

  constructor(configId: string, interfaces: readonly string[]) {
    const namespace = uniqueLabName();
    this.#namespace = namespace;
    this.#configId = configId;
    rememberNamespace(namespace);
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

  /** Runs `keepalived -t` on each file, ten seconds at most; the answers stand beside the files until they are read. */
  async ask(files: readonly string[]): Promise<OracleAnswer[]> {
    const script =
      'mount -t tmpfs none /etc/keepalived && mount -t tmpfs none /run && while read -r file; do timeout -s KILL 10 keepalived -t -i "$0" -f "$file" 2>"$file.said"; echo $? >"$file.status"; done';
    const command = ["netns", "exec", this.#namespace, "unshare", "-m", "sh", "-c", script, this.#configId];
    await new Promise<void>((resolve, reject) => {
      const shell = spawn("ip", command, { cwd: "/", stdio: ["pipe", "ignore", "ignore"] });
      shell.once("error", reject);
      shell.once("close", () => resolve());
      shell.stdin.end(files.map((file) => `${file}\n`).join(""));
    });
    return files.map((file) => {
      const status = Number(readFileSync(`${file}.status`, "utf8"));
      const said = readFileSync(`${file}.said`, "utf8");
      const lines: { line: number; message: string }[] = [];
      const others: string[] = [];
      for (const text of said.split("\n").filter((line) => line !== "")) {
        const match = /^\((?:[^()]*: )?Line (\d+)\) (.*)$/.exec(text);
        if (match?.[1] === undefined) others.push(text);
        else lines.push({ line: Number(match[1]), message: match[2] ?? "" });
      }
      return { status, lines, others };
    });
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
    for (const name of valuesOf(match[1] ?? "", text)) names.add(name);
  }
  for (const match of text.matchAll(/\b(?:track_interface|interfaces|linkbeat_interfaces)\s*\{([^}]*)\}/g)) {
    for (const line of (match[1] ?? "").split("\n")) names.add(line.trim().split(/[\s#!]/)[0] ?? "");
  }
  return [...names].filter(canBeCreated);
}

/** What a word can stand for: itself, or the values of the definition that it refers to. */
function valuesOf(word: string, text: string): string[] {
  const name = /^\$\{?(\w+)\}?$/.exec(word)?.[1];
  if (name === undefined) return [word];
  const definitions = text.matchAll(new RegExp(`^[ \\t]*(?:@\\S+[ \\t]+)?\\$${name}=[ \\t]*(\\S+)`, "gm"));
  return [...definitions].map(([, value = ""]) => value);
}

/** True for a name that the kernel takes and that is not there, or made by a daemon. */
export function canBeCreated(name: string): boolean {
  return /^[A-Za-z0-9<][A-Za-z0-9._<>-]{0,14}$/.test(name) && name !== "lo" && !name.startsWith("vrrp");
}
