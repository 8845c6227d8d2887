/** Users and groups by name or number, from the passwd and group files, or from getent(1) for what a directory service knows. */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Whom a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);

/**
 * The account of a user, with its own group unless another is named.
 * @throws {Error} that names the user or group that does not exist.
 */
export async function findAccount(user: string, group?: string): Promise<Account> {
  const entry = await findEntry("passwd", user);
  const uid = entry?.[2] ?? (isNumber(user) ? user : undefined);
  if (uid === undefined) throw new Error(`user ${user} does not exist`);
  const gid = group === undefined ? (entry?.[3] ?? uid) : await findGroup(group);
  return { uid: Number(uid), gid: Number(gid) };
}

async function findGroup(group: string): Promise<string> {
  const entry = await findEntry("group", group);
  const gid = entry?.[2] ?? (isNumber(group) ? group : undefined);
  if (gid === undefined) throw new Error(`group ${group} does not exist`);
  return gid;
}

/** Fields of the line for a name or number. */
async function findEntry(database: "passwd" | "group", key: string): Promise<string[] | undefined> {
  const lines = (await readFile(`/etc/${database}`, "utf8")).split("\n").map((line) => line.split(":"));
  const local = lines.find((fields) => fields[0] === key || (isNumber(key) && fields[2] === key));
  if (local !== undefined) return local;
  try {
    const { stdout } = await run("getent", [database, key], { timeout: 5_000 });
    return stdout.trim().split(":");
  } catch (error) {
    // 2 is getent's status for a key that is not there; a system without getent has no directory service.
    if ((error as { code?: unknown }).code === 2 || (error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

function isNumber(text: string): boolean {
  return /^[0-9]+$/.test(text);
}
