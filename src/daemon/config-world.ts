/** This machine as the config layer's {@link World}: interfaces, users, and keepalived's security check of scripts. */

import { lstatSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { ScriptCommand } from "../config/config.js";
import type { RoutingNameKind } from "../config/routing-names.js";
import type { KeyFile, ScriptVerdict, World } from "../config/world.js";
import { readKeyFile } from "./key-file.js";
import { RoutingNames } from "./routing-names.js";

/** IFF_* of linux/if.h. */
const IFF_LOOPBACK = 0x8;
const IFF_MULTICAST = 0x1000;

const S_IFMT = 0o170_000;
const S_IFDIR = 0o040_000;
const S_IFREG = 0o100_000;
const S_IFLNK = 0o120_000;
const S_ISVTX = 0o1_000;

/** A user as the passwd file has it. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What the machine looked like when this was made; interfaces are those of the process's network namespace. */
export class WorldOfThisMachine implements World {
  readonly #flags: ReadonlyMap<string, number>;
  readonly #accounts = new Map<string, Account | undefined>();
  readonly #routingNames = new RoutingNames();

  constructor() {
    this.#flags = new Map(readdirSync("/sys/class/net").map((name) => [name, interfaceFlags(name)]));
  }

  interfaceExists(name: string): boolean {
    return this.#flags.has(name);
  }

  isLoopback(name: string): boolean {
    return ((this.#flags.get(name) ?? 0) & IFF_LOOPBACK) !== 0;
  }

  isMulticast(name: string): boolean {
    return ((this.#flags.get(name) ?? 0) & IFF_MULTICAST) !== 0;
  }

  routingName(kind: RoutingNameKind, name: string): number | undefined {
    return this.#routingNames.number(kind, name);
  }

  userExists(user: string, group: string | undefined): boolean {
    return this.#account(user) !== undefined && (group === undefined || groupId(group) !== undefined);
  }

  checkScript(command: ScriptCommand, options: { security: boolean; symlinks: boolean }): ScriptVerdict {
    const path = findCommand(command.argv[0] ?? "");
    if (path === undefined) return "not-found";
    let real: string;
    let file: Stats;
    try {
      real = realpathSync(path);
      file = statSync(real);
    } catch {
      // Any failure to reach the file means for keepalived that it is not accessible.
      return "not-found";
    }
    const account = command.user === undefined ? { uid: 0, gid: 0 } : this.#account(command.user);
    const group = command.group === undefined ? account?.gid : groupId(command.group);
    if (account === undefined || group === undefined) return "insecure";
    if (!isExecutable(file, account.uid, group)) return "not-executable";
    const setsRoot =
      (file.uid === 0 && (file.mode & 0o4_100) === 0o4_100) ||
      (file.gid === 0 && (file.mode & 0o2_010) === 0o2_010);
    if (account.uid !== 0 && group !== 0 && !setsRoot) return "ok";
    const paths = real === path ? [path] : [path, real];
    for (const candidate of paths) {
      if (candidate === path && options.symlinks && real !== path) continue;
      const verdict = checkPath(candidate, options.security);
      if (verdict !== "ok") return verdict;
    }
    return "ok";
  }

  readKeyFile(path: string): KeyFile {
    return readKeyFile(path);
  }

  #account(user: string): Account | undefined {
    if (!this.#accounts.has(user)) this.#accounts.set(user, findAccount(user));
    return this.#accounts.get(user);
  }
}

function interfaceFlags(name: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/flags`, "utf8"));
  } catch {
    // An interface that vanished meanwhile, or an entry such as bonding_masters that is none.
    return 0;
  }
}

/** The entry of a user name or number in a colon-separated database. */
function databaseLine(file: string, name: string): readonly string[] | undefined {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.map((line) => line.split(":")).find((fields) => fields[0] === name);
}

function findAccount(user: string): Account | undefined {
  const [, , uid, gid] = databaseLine("/etc/passwd", user) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  return /^[0-9]+$/.test(user) ? { uid: Number(user), gid: Number(user) } : undefined;
}

function groupId(group: string): number | undefined {
  const id = databaseLine("/etc/group", group)?.[2];
  if (id !== undefined) return Number(id);
  return /^[0-9]+$/.test(group) ? Number(group) : undefined;
}

/** The path of a command: itself when it has a slash, else the first match in PATH. */
function findCommand(command: string): string | undefined {
  if (command === "") return undefined;
  if (command.includes("/")) return command;
  const directories = (process.env.PATH ?? "/bin:/usr/bin").split(":");
  return directories
    .map((directory) => join(directory, command))
    .find((path) => {
      try {
        const file = statSync(path);
        return (file.mode & S_IFMT) === S_IFREG && (file.mode & 0o111) !== 0;
      } catch {
        // Not in this directory.
        return false;
      }
    });
}

function isExecutable(file: Stats, uid: number, gid: number): boolean {
  if (uid === 0) return (file.mode & 0o111) !== 0;
  if (file.uid === uid) return (file.mode & 0o100) !== 0;
  return (file.mode & (file.gid === gid ? 0o010 : 0o001)) !== 0;
}

/** Every part of the path belongs to root and nobody else may write it; directories with the sticky bit are fine. */
function checkPath(path: string, security: boolean): ScriptVerdict {
  const parts = path.split("/");
  for (let n = 1; n <= parts.length; n++) {
    const part = parts.slice(0, n).join("/") || "/";
    const last = n === parts.length;
    let file: Stats;
    try {
      file = lstatSync(part);
    } catch {
      // As above: not accessible.
      return "not-found";
    }
    const type = file.mode & S_IFMT;
    if (last ? type !== S_IFREG && type !== S_IFLNK : type !== S_IFDIR) return "insecure";
    const open = (type === S_IFDIR && (file.mode & S_ISVTX) === 0) || type === S_IFREG;
    const writable = (file.gid !== 0 && (file.mode & 0o020) !== 0) || (file.mode & 0o002) !== 0;
    if ((file.uid !== 0 || (open && writable)) && security) return "insecure";
  }
  return "ok";
}
