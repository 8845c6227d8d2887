/** The numbers of the users that scripts run as, for dumps. */

import type { ScriptCommand } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import {
  defaultCredentials,
  findCredentials,
  hasDefaultAccount,
} from "../linux/main-thread/scripts/accounts.js";

type Owner = Pick<ScriptCommand, "user" | "group">;

/** `uid:gid` of all that scripts of a configuration run as. */
export async function scriptOwners(config: LoadedConfig): Promise<string[]> {
  return Promise.all(ownersIn(config).map(async (owner) => (await idsOf(owner, config)) ?? NOBODY_KNOWN));
}

/** Who runs each command of a configuration, and who owns each of its FIFOs. */
function ownersIn(config: LoadedConfig): Owner[] {
  const { notifyFifos, startupScript, shutdownScript } = config.global;
  const blocks = [...config.instances, ...config.syncGroups].flatMap(({ notify }) => Object.values(notify));
  return [
    ...config.scripts.map(({ command }) => command),
    ...blocks.filter((value): value is ScriptCommand => typeof value === "object"),
    ...[startupScript, shutdownScript].flatMap((script) => script?.command ?? []),
    ...notifyFifos.flatMap(({ script }) => script ?? []),
  ];
}

/** The numbers of users, as dumps show them. */
export interface ScriptIds {
  /** `uid:gid` of an owner, `0:0` for one that does not exist. */
  ids(owner: Owner): string;
  /** Of commands without a user; undefined where there is no account for them. */
  readonly defaultIds: string | undefined;
}

/** Looks up all owners in a configuration. */
export async function scriptIds(config: LoadedConfig): Promise<ScriptIds> {
  const found = new Map<string, string>();
  for (const owner of [{}, ...config.global.notifyFifos, ...ownersIn(config)]) {
    const key = keyOf(owner);
    if (!found.has(key)) found.set(key, (await idsOf(owner, config)) ?? NOBODY_KNOWN);
  }
  return {
    ids: (owner) => found.get(keyOf(owner)) ?? NOBODY_KNOWN,
    defaultIds: await defaultIdsOf(config),
  };
}

/** Shown for a user that does not exist: it was said in the log when the configuration was read. */
const NOBODY_KNOWN = "0:0";

/** keepalived falls back to its own user only where script security is off. */
async function defaultIdsOf(config: LoadedConfig): Promise<string | undefined> {
  const { scriptUser, enableScriptSecurity } = config.global;
  if (scriptUser !== undefined || !enableScriptSecurity) return idsOf({}, config);
  return (await hasDefaultAccount()) ? idsOf({}, config) : undefined;
}

function keyOf({ user, group }: Owner): string {
  return JSON.stringify([user, group]);
}

async function idsOf({ user, group }: Owner, config: LoadedConfig): Promise<string | undefined> {
  const name =
    user === undefined ? config.global.scriptUser : { user, ...(group === undefined ? {} : { group }) };
  try {
    const { uid, gid } = name === undefined ? await defaultCredentials() : await findCredentials(name);
    return `${uid}:${gid}`;
  } catch {
    return undefined;
  }
}
