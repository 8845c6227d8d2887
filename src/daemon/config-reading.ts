/** Reads the configuration of this machine. */

import { existsSync } from "node:fs";
import type { Diagnostic } from "../config/diagnostic.js";
import { loadConfig } from "../config/load.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { FilesOfThisMachine } from "./config-files.js";
import { WorldOfThisMachine } from "./config-world.js";

/** Vigil's own additions to a file that a tool generates, read after it with the same grammar. */
const OVERLAY = "/etc/vigil/vigil.conf";

/** The configuration and what there is to say about it. */
export function readConfig(source: { readonly configFile: string; readonly configId: string }): {
  readonly config: LoadedConfig;
  readonly diagnostics: readonly Diagnostic[];
} {
  return loadConfig({
    path: source.configFile,
    ...(existsSync(OVERLAY) ? { overlay: OVERLAY } : {}),
    configId: source.configId,
    files: new FilesOfThisMachine(),
    environment: new Map(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    random: Math.random,
    world: new WorldOfThisMachine(),
  });
}
