/** Reads the configuration of this machine. */

import { existsSync } from "node:fs";
import type { Diagnostic } from "../config/diagnostic.js";
import type { IncludeChecks } from "../config/include.js";
import { type AbsentProcess, loadConfig } from "../config/load.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { FilesOfThisMachine } from "./config-files.js";
import { WorldOfThisMachine, WorldWithNames } from "./config-world.js";

/** Vigil's own additions to a file that a tool generates, read after it with the same grammar. */
const OVERLAY = "/etc/vigil/vigil.conf";

/** What to read, and how. */
export interface ConfigSource {
  /** Absolute, or relative to the working directory. */
  readonly configFile: string;
  /** What `@id` lines are compared with. */
  readonly configId: string;
  /** `-e`: checks of plain `include`. */
  readonly includeChecks?: IncludeChecks | undefined;
  /** Processes whose blocks are not read. */
  readonly absent?: readonly AbsentProcess[];
  /** Say all that `keepalived -t` says, even if it takes long. */
  readonly thorough?: boolean;
}

/** The configuration and what there is to say about it. */
export function readConfig(source: ConfigSource): {
  readonly config: LoadedConfig;
  readonly diagnostics: readonly Diagnostic[];
  /** Files that were read, in order. */
  readonly opened: readonly string[];
} {
  const files = new FilesOfThisMachine();
  const result = loadConfig({
    path: source.configFile,
    ...(existsSync(OVERLAY) ? { overlay: OVERLAY } : {}),
    configId: source.configId,
    ...(source.absent === undefined ? {} : { absent: source.absent }),
    ...(source.includeChecks === undefined ? {} : { includeChecks: source.includeChecks }),
    files,
    environment: new Map(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    random: Math.random,
    world: source.thorough === true ? new WorldWithNames() : new WorldOfThisMachine(),
  });
  return { ...result, opened: files.opened };
}
