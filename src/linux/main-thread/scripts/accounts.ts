/**
 * Users and groups by name or number (passwd(5), group(5)). Names that are not in the files are asked of the name service by
 * getent(1), which may hang on a network: in a process of its own, with a time limit, and never while a script is to be run.
 */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { runSystemProgram } from "./system-program.js";

/** Whom a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A user name or number, and a group name or number instead of the user's own group. */
export interface AccountName {
  readonly user: string;
  readonly group?: string;
}

/** How long the name service may take, ms. */
const LOOKUP_LIMIT = 5_000;

/** The account that keepalived runs scripts as when the configuration names none and it exists. */
const DEFAULT_ACCOUNT = "keepalived_script";

/**
 * Finds a user and group.
 * @throws {Error} that names what does not exist.
 */
export async function findCredentials({ user, group }: AccountName): Promise<Account> {
  const [, , uid, gid] = (await entry("passwd", user)) ?? [];
  const number = isNumber(user) ? Number(user) : undefined;
  const foundUid = uid === undefined ? number : Number(uid);
  if (foundUid === undefined) throw new Error(`Script user '${user}' does not exist`);
  if (group === undefined) return { uid: foundUid, gid: gid === undefined ? foundUid : Number(gid) };
  const groupId = (await entry("group", group))?.[2] ?? (isNumber(group) ? group : undefined);
  if (groupId === undefined) throw new Error(`Script group '${group}' does not exist`);
  return { uid: foundUid, gid: Number(groupId) };
}

/** Whom scripts run as that have no user: `keepalived_script` if there is such an account, else this process's own. */
export async function defaultCredentials(): Promise<Account> {
  try {
    return await findCredentials({ user: DEFAULT_ACCOUNT });
  } catch {
    return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  }
}

/** True when there is the account that scripts without a user run as under `enable_script_security`. */
export async function hasDefaultAccount(): Promise<boolean> {
  return findCredentials({ user: DEFAULT_ACCOUNT }).then(
    () => true,
    () => false,
  );
}

/** Name of a user for messages; the number when it has none. */
export function userName(uid: number): string {
  const text = String(uid);
  const fields = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  return fields.find((field) => field[2] === text)?.[0] ?? text;
}

/** The fields of an entry found by its name, or by its number. */
async function entry(database: "passwd" | "group", key: string): Promise<readonly string[] | undefined> {
  const lines = await fileLines(database);
  const byName = lines.find((fields) => fields[0] === key);
  if (byName !== undefined) return byName;
  if (isNumber(key)) return lines.find((fields) => fields[2] === key);
  return nameServiceEntry(database, key);
}

async function fileLines(database: "passwd" | "group"): Promise<string[][]> {
  const text = await readFile(`/etc/${database}`, "utf8");
  return text.split("\n").map((line) => line.split(":"));
}

async function nameServiceEntry(
  database: "passwd" | "group",
  key: string,
): Promise<readonly string[] | undefined> {
  const { result, output } = await runSystemProgram(["getent", database, key], "", LOOKUP_LIMIT);
  // Not found, no getent, or no answer in time: for the caller there is no such name.
  return result.kind === "exited" && result.status === 0 ? output.trim().split(":") : undefined;
}

function isNumber(text: string): boolean {
  return /^[0-9]+$/.test(text);
}
