/** From files to a configuration and what there is to say about it. The entrance of this layer. */

import { encodeUtf8 } from "../base/utf8.js";
import { BlockParser } from "./block-parser.js";
import type { Diagnostic } from "./diagnostic.js";
import { ConfigDraft } from "./draft.js";
import { type FileSource, MemoryFiles } from "./file-source.js";
import type { IncludeChecks } from "./include.js";
import { READ_BY, READING_PROCESSES, type ReadingProcess, ROOT_TABLE } from "./keywords/root.js";
import { LineReader } from "./line-reader.js";
import { LineTape } from "./line-tape.js";
import type { LoadedConfig } from "./loaded-config.js";
import { Reporter } from "./reporter.js";
import { resolve } from "./resolve.js";
import type { World } from "./world.js";

/** What to load and how. */
export interface LoadOptions {
  /** The first file, absolute. */
  readonly path: string;
  /** A second file read after the first with the same grammar, when it exists: Vigil's own additions. */
  readonly overlay?: string;
  /** `-i`: decides `@id` lines; by default the host's name up to its first dot. */
  readonly configId: string;
  readonly files: FileSource;
  /** `-e`: what plain `include` checks unless the file says otherwise. */
  readonly includeChecks?: IncludeChecks;
  /** For `${_ENV NAME}`. */
  readonly environment: ReadonlyMap<string, string>;
  /** Processes of keepalived that will not run: their blocks are not read. */
  readonly absent?: readonly AbsentProcess[];
  /** For `${_RANDOM}`: a number in [0, 1). Default: always 0. */
  readonly random?: () => number;
  /** Checks that need the machine are made only when it is given. */
  readonly world?: World;
}

/** A process that keepalived can run without. */
export type AbsentProcess = Exclude<ReadingProcess, "parent">;

/** A configuration and its findings. With a `refused` one among them the configuration must not be run. */
export interface LoadResult {
  readonly config: LoadedConfig;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a configuration with everything it includes. Never throws on any input; time is linear in what is read. */
export function loadConfig(options: LoadOptions): LoadResult {
  const reporter = new Reporter();
  const root = new ConfigDraft(options.world, reporter);
  const absent: readonly ReadingProcess[] = options.absent ?? [];
  const processes = READING_PROCESSES.filter((process) => !absent.includes(process));
  const paths = options.overlay === undefined ? [options.path] : [options.path, options.overlay];
  for (const [i, path] of paths.entries()) {
    const reader = new LineReader({
      files: options.files,
      configId: options.configId,
      environment: options.environment,
      random: options.random ?? (() => 0),
      reporter,
      ...(options.includeChecks === undefined ? {} : { includeChecks: options.includeChecks }),
    });
    if (reader.open(path)) readAs(processes, reader, root);
    else if (i === 0 || options.files.exists(path))
      reporter.refuse("ERR_CONFIG_FILE_MISSING", whyUnread(path, options.files));
  }
  const config = resolve(root);
  return { config, diagnostics: reporter.all() };
}

/**
 * Reads a file the way keepalived does: each of its processes reads the whole of it and skips the blocks of the others. Where
 * braces are missing or too many, each loses its place somewhere else, and what an instance means is what the process of VRRP
 * makes of it.
 */
function readAs(processes: readonly ReadingProcess[], reader: LineReader, root: ConfigDraft): void {
  const { reporter, world, global } = root;
  const tape = new LineTape(reader, reporter);
  const checkers = new ConfigDraft(world, reporter, global);
  const targets: Readonly<Record<ReadingProcess, ConfigDraft>> = {
    parent: root,
    checkers,
    vrrp: root,
    bfd: new ConfigDraft(world, reporter, global),
  };
  for (const [i, process] of processes.entries()) {
    const parser = new BlockParser(reader, reporter, i === 0 ? tape : tape.replay());
    if (!parser.readAll(ROOT_TABLE, targets[process], READ_BY[process]) || reporter.closed) break;
  }
  root.takeServices(checkers);
  reporter.arrange();
}

/** keepalived's words for a first file that is not there, or cannot be read. */
function whyUnread(path: string, files: FileSource): string {
  const read = files.read(path);
  return read.ok || read.kind === "missing"
    ? `Config files missing '${path}'.`
    : `Unable to read configuration file ${path}: ${read.problem}`;
}

/** Reads a configuration that is a string, knowing nothing of a machine. `fileName` is what positions name. */
export function parseConfig(
  text: string,
  fileName = "keepalived.conf",
  options: Partial<LoadOptions> = {},
): LoadResult {
  return loadConfig({
    configId: "",
    environment: new Map(),
    ...options,
    path: fileName,
    files: options.files ?? new MemoryFiles(new Map([[fileName, encodeUtf8(text)]])),
  });
}
