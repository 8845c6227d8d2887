/** This machine as the config layer's {@link World}: interfaces, users, names, and keepalived's security check of scripts. */

import { readFileSync } from "node:fs";
import { availableParallelism, networkInterfaces } from "node:os";
import { type IpAddress, parseIpAddress } from "../base/ip-address.js";
import type { PresentLink } from "../base/virtual-interface.js";
import type { ScriptCommand } from "../config/config.js";
import type { RoutingNameFiles, RoutingNameKind } from "../config/routing-names.js";
import type { KeyFile, ScriptVerdict, World } from "../config/world.js";
import { hostHasAddress } from "../linux/main-thread/checks/host-names.js";
import { presentLinks } from "../linux/main-thread/host-network/virtual-links.js";
import type { Account } from "../linux/main-thread/scripts/accounts.js";
import { advice, examineScript } from "../linux/main-thread/scripts/script-security.js";
import { readKeyFile } from "./key-file.js";
import { RoutingNames } from "./routing-names.js";

/**
 * What the machine looked like when this was made. Interfaces are those of the process's network namespace, from the kernel
 * itself: /sys/class/net shows those of the namespace in which it was mounted.
 */
export class WorldOfThisMachine implements World {
  readonly processors = availableParallelism();
  readonly #links: ReadonlyMap<string, PresentLink>;
  readonly #accounts = new Map<string, Account | undefined>();
  readonly #routingNames = new RoutingNames();

  constructor() {
    this.#links = new Map(presentLinks().map((link) => [link.name, link]));
  }

  interfaceExists(name: string): boolean {
    return this.#links.has(name);
  }

  isRunning(name: string): boolean {
    return this.#links.get(name)?.running === true;
  }

  isLoopback(name: string): boolean {
    return this.#links.get(name)?.loopback === true;
  }

  isMulticast(name: string): boolean {
    return this.#links.get(name)?.multicast === true;
  }

  virtualKind(name: string): "macvlan" | "ipvlan" | undefined {
    const kind = this.#links.get(name)?.kind;
    return kind === "macvlan" || kind === "ipvlan" ? kind : undefined;
  }

  routingNames(kind: RoutingNameKind): RoutingNameFiles {
    return this.#routingNames.of(kind);
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
    if (verdict.kind === "usable") {
      const [path] = verdict.program.argv;
      return { kind: "ok", ...explained, ...(path === undefined ? {} : { path }) };
    }
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

/** {@link WorldOfThisMachine} that also knows addresses and looks up host names, which may take long: for a test of a configuration. */
export class WorldWithNames extends WorldOfThisMachine {
  readonly #addresses: ReadonlySet<string> = new Set(
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address }) => parseIpAddress(address) ?? ""),
  );

  hasAddress(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }

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
