/** The numbers of the users that scripts run as, for dumps. */

import type { ScriptCommand } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { defaultCredentials, findCredentials } from "../linux/accounts.js";

type Owner = Pick<ScriptCommand, "user" | "group">;

/** `uid:gid` of all that scripts of a configuration run as. */
export async function scriptOwners(config: LoadedConfig): Promise<string[]> {
  const { notifyFifos, startupScript, shutdownScript } = config.global;
  const commands = [
    ...scriptsOf(config),
    ...[startupScript, shutdownScript].flatMap((script) => script?.command ?? []),
    ...notifyFifos.flatMap(({ script }) => script ?? []),
  ];
  return Promise.all(commands.map((command) => idsOf(command, config)));
}

function scriptsOf(config: LoadedConfig): Owner[] {
  const blocks = [...config.instances, ...config.syncGroups].flatMap(({ notify }) => Object.values(notify));
  const commands = blocks.filter((value): value is ScriptCommand => typeof value === "object");
  return [...config.scripts.map(({ command }) => command), ...commands];
}

/** Looks up all owners in a configuration; the returned function gives `uid:gid`, `0:0` for one that does not exist. */
export async function scriptIds(config: LoadedConfig): Promise<(owner: Owner) => string> {
  const owners: readonly Owner[] = [{}, ...scriptsOf(config)];
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
