/** This machine as the config layer's {@link World}: interfaces, users, names, and keepalived's security check of scripts. */

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ScriptCommand } from "../config/config.js";
import type { RoutingNameKind } from "../config/routing-names.js";
import type { KeyFile, ScriptVerdict, World } from "../config/world.js";
import type { Account } from "../linux/accounts.js";
import { hostHasAddress } from "../linux/host-names.js";
import { advice, examineScript } from "../linux/script-security.js";
import { readKeyFile } from "./key-file.js";
import { RoutingNames } from "./routing-names.js";

/** IFF_* of linux/if.h. */
const IFF_LOOPBACK = 0x8;
const IFF_MULTICAST = 0x1000;

/** What the machine looked like when this was made; interfaces are those of the process's network namespace. */
export class WorldOfThisMachine implements World {
  readonly processors = availableParallelism();
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

  virtualKind(name: string): "macvlan" | "ipvlan" | undefined {
    const kind = /^DEVTYPE=(.*)$/m.exec(readOrEmpty(`/sys/class/net/${name}/uevent`))?.[1];
    return kind === "macvlan" || kind === "ipvlan" ? kind : undefined;
  }

  routingName(kind: RoutingNameKind, name: string): number | undefined {
    return this.#routingNames.number(kind, name);
  }

  userExists(user: string, group: string | undefined): boolean {
    return this.#account(user) !== undefined && (group === undefined || groupId(group) !== undefined);
  }

  checkScript(command: ScriptCommand, { security }: { security: boolean }): ScriptVerdict {
    const account = command.user === undefined ? { uid: 0, gid: 0 } : this.#account(command.user);
    const gid = command.group === undefined ? account?.gid : groupId(command.group);
    if (account === undefined || gid === undefined) return { kind: "insecure" };
    const program = { argv: command.argv, credentials: { uid: account.uid, gid } };
    const verdict = examineScript(program, { enabled: security });
    const explained = verdict.unsafe.length === 0 ? {} : { advice: advice(verdict.unsafe) };
    if (verdict.kind === "usable") return { kind: "ok", ...explained };
    return { kind: KINDS[verdict.reason], ...explained };
  }

  readKeyFile(path: string): KeyFile {
    return readKeyFile(path);
  }

  #account(user: string): Account | undefined {
    if (!this.#accounts.has(user)) this.#accounts.set(user, findAccount(user));
    return this.#accounts.get(user);
  }
}

/** {@link WorldOfThisMachine} that also looks up host names, which may take long: for a test of a configuration. */
export class WorldWithNames extends WorldOfThisMachine {
  hostResolves(host: string): boolean {
    return hostHasAddress(host);
  }
}

const KINDS = {
  notFound: "not-found",
  notAccessible: "not-found",
  notExecutable: "not-executable",
  wrongFileType: "insecure",
  insecure: "insecure",
} as const;

function interfaceFlags(name: string): number {
  return Number(readOrEmpty(`/sys/class/net/${name}/flags`));
}

/** A file's text; empty for an interface that vanished meanwhile, or an entry such as bonding_masters that is none. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The entry of a name in a colon-separated database; keepalived 2.2 takes no numbers. */
function databaseLine(file: string, name: string): readonly string[] | undefined {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.map((line) => line.split(":")).find((fields) => fields[0] === name);
}

function findAccount(user: string): Account | undefined {
  const [, , uid, gid] = databaseLine("/etc/passwd", user) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function groupId(group: string): number | undefined {
  const id = databaseLine("/etc/group", group)?.[2];
  return id === undefined ? undefined : Number(id);
}
