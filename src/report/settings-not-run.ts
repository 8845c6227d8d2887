/** Which settings of a configuration this version reads but does not act upon: said once, so that nobody relies on them. */

import type { LoadedConfig, LoadedInstance } from "../config/loaded-config.js";
import { settingsWithoutEffect } from "./settings-without-effect.js";

/** One line of the log for each such setting, with the instance or block it belongs to. */
export function settingsNotRun(config: LoadedConfig): string[] {
  return withoutEffect(config).map((sentence) => `NOTICE: ${sentence}`);
}

/** The same as sentences. */
export function withoutEffect(config: LoadedConfig): string[] {
  const found = [...ofInstances(config), ...ofGroups(config), ...ofOtherBlocks(config)];
  return [
    ...found.map((what) => `${what} is read, but this version does not act upon it; VRRP runs`),
    ...settingsWithoutEffect(config),
  ];
}

function ofInstances(config: LoadedConfig): string[] {
  return config.instances.flatMap((instance) =>
    wordsOf(instance).map((word) => `${word} of vrrp_instance ${instance.name}`),
  );
}

function wordsOf(instance: LoadedInstance): string[] {
  const words: [string, boolean][] = [
    ["track_bfd (no BFD session is run, it counts as up)", instance.trackBfds.length > 0],
  ];
  return words.flatMap(([word, used]) => (used ? [word] : []));
}

function ofGroups(config: LoadedConfig): string[] {
  return config.syncGroups.flatMap((group) => {
    const words: [string, boolean][] = [
      ["track_bfd (no BFD session is run, it counts as up)", group.trackBfds.length > 0],
    ];
    return words.flatMap(([word, used]) => (used ? [`${word} of vrrp_sync_group ${group.name}`] : []));
  });
}

/** Each block of keepalived's other half by its name. */
function ofOtherBlocks(config: LoadedConfig): string[] {
  return config.unused.map(({ keyword, arguments: words }) => [keyword, ...words].join(" "));
}
