/** The numbers of the users that scripts run as, for dumps. */

import type { ScriptCommand } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { defaultCredentials, findCredentials } from "../linux/accounts.js";

type Owner = Pick<ScriptCommand, "user" | "group">;

/** Looks up all owners in a configuration; the returned function gives `uid:gid`, `0:0` for one that does not exist. */
export async function scriptIds(config: LoadedConfig): Promise<(owner: Owner) => string> {
  const blocks = [...config.instances, ...config.syncGroups].flatMap(({ notify }) => Object.values(notify));
  const commands = blocks.filter((value): value is ScriptCommand => typeof value === "object");
  const owners: readonly Owner[] = [{}, ...config.scripts.map(({ command }) => command), ...commands];
  const found = new Map<string, string>();
  for (const owner of owners) {
    const key = keyOf(owner);
    if (!found.has(key)) found.set(key, await idsOf(owner, config));
  }
  return (owner) => found.get(keyOf(owner)) ?? "0:0";
}

function keyOf({ user, group }: Owner): string {
  return JSON.stringify([user, group]);
}

async function idsOf({ user, group }: Owner, config: LoadedConfig): Promise<string> {
  const name =
    user === undefined ? config.global.scriptUser : { user, ...(group === undefined ? {} : { group }) };
  try {
    const { uid, gid } = name === undefined ? await defaultCredentials() : await findCredentials(name);
    return `${uid}:${gid}`;
  } catch {
    // Said in the log when the configuration was read.
    return "0:0";
  }
}
