/** Where keepalived's dump files go. */

import { isAbsolute, join, parse } from "node:path";
import type { ProcessSettings } from "../config/loaded-config.js";

/** What of a configuration decides about the names. */
export type DumpNaming = Pick<
  ProcessSettings,
  "stateDumpFile" | "dataUseInstance" | "instanceName" | "netNamespace"
>;

/** `$TMPDIR` where that is an absolute path, else `/tmp`. */
export function dumpDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const directory = environment.TMPDIR;
  return directory !== undefined && isAbsolute(directory) ? directory : "/tmp";
}

/**
 * A data file; `which` is `""` or `"_parent"`. `data_use_instance` puts namespace and instance into the name; `state_dump_file`
 * replaces it, relative to the directory, and with a `/` at its end it is a directory.
 */
export function dataFile(
  which: "" | "_parent",
  { stateDumpFile, dataUseInstance, instanceName, netNamespace }: DumpNaming,
  directory: string = dumpDirectory(),
): string {
  const names = [netNamespace, instanceName].filter((name) => name !== undefined);
  const suffix = dataUseInstance && names.length > 0 ? `.${names.join("_")}` : "";
  const usual = `keepalived${which}${suffix}.data`;
  if (stateDumpFile === undefined) return join(directory, usual);
  const chosen = isAbsolute(stateDumpFile) ? stateDumpFile : join(directory, stateDumpFile);
  if (chosen.endsWith("/")) return join(chosen, usual);
  const { dir, name, ext } = parse(chosen);
  return join(dir, `${name}${which}${suffix}${ext}`);
}
