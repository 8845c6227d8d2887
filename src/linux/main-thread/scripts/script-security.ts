/**
 * keepalived's script security (`enable_script_security`): whether somebody other than root could change what root would run.
 * Decides as keepalived 2.2 does, which follows symbolic links and judges the path they lead to, and says what to do about it.
 * Synchronous: scripts are judged when a configuration is read, off the engine's thread.
 */

import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Account, userName } from "./accounts.js";
import { readablePath, type ScriptProgram } from "./script-process.js";

/** A part of a script's path that others than root can change. */
export interface UnsafeComponent {
  readonly path: string;
  /** Permission bits in octal, as chmod(1) takes them: `0775`. */
  readonly mode: string;
  /** User name, or the number of one without a name. */
  readonly owner: string;
  /** Command that makes it safe. */
  readonly fix: string;
}

/** What is to become of a script. */
export type ScriptVerdict =
  /** With script security off, `unsafe` may have parts: the script runs, and the operator should know. */
  | { readonly kind: "usable"; readonly program: ScriptProgram; readonly unsafe: readonly UnsafeComponent[] }
  | {
      readonly kind: "disabled";
      readonly reason: "notFound" | "notAccessible" | "notExecutable" | "wrongFileType" | "insecure";
      /** In keepalived's words. */
      readonly message: string;
      readonly unsafe: readonly UnsafeComponent[];
    };

/** How strict the check is. */
export interface ScriptSecurityOptions {
  /** `enable_script_security` */
  readonly enabled: boolean;
  /** Where commands without a slash are searched; PATH of this process by default. */
  readonly searchPath?: string;
}

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_ISVTX = 0o1000;

/** What keepalived, as confstr(3), searches without PATH. */
const DEFAULT_SEARCH_PATH = "/bin:/usr/bin";

/** Judges a script. The program of a usable one begins with the path that was judged. Never rejects for what it finds. */
export function examineScript(program: ScriptProgram, options: ScriptSecurityOptions): ScriptVerdict {
  const [command = "", ...args] = program.argv;
  if (readablePath(command) !== undefined) return { kind: "usable", program, unsafe: [] };
  const named = findCommand(command, program.credentials, options.searchPath);
  if (named === undefined) return disabled("notFound", `Cannot find script ${command} in path - disabling`);
  const file = resolveFile(named);
  if (file === undefined) return disabled("notFound", `Script ${named} cannot be accessed - disabling`);
  if (!canReach(dirname(file.real), program.credentials)) {
    return disabled("notAccessible", `Script ${named} cannot be accessed - Permission denied`);
  }
  const { uid, gid } = program.credentials;
  if (!isExecutable(file.stats, program.credentials)) {
    const who = `uid:gid ${uid}:${gid}`;
    const message = `WARNING - script '${file.path}' is not executable for ${who} - disabling.`;
    return disabled("notExecutable", message);
  }
  const usable = { ...program, argv: [file.path, ...args] };
  if (uid !== 0 && gid !== 0 && !becomesRoot(file.stats))
    return { kind: "usable", program: usable, unsafe: [] };
  if (!file.stats.isFile()) {
    return disabled("wrongFileType", `Wrong file type found in script path '${file.path}'.`);
  }
  const unsafe = unsafeComponents(file.path === file.real ? [file.real] : [file.path, file.real]);
  if (unsafe.length === 0 || !options.enabled) return { kind: "usable", program: usable, unsafe };
  return disabled("insecure", `Unsafe permissions found for script '${file.path}' - disabling.`, unsafe);
}

type Disabled = Extract<ScriptVerdict, { kind: "disabled" }>;

function disabled(
  reason: Disabled["reason"],
  message: string,
  unsafe: readonly UnsafeComponent[] = [],
): Disabled {
  return { kind: "disabled", reason, message, unsafe };
}

/** A command with a slash is a path; any other is searched for. */
function findCommand(
  command: string,
  credentials: Account,
  searchPath = process.env.PATH ?? DEFAULT_SEARCH_PATH,
): string | undefined {
  if (command.includes("/")) return command;
  if (command === "") return undefined;
  for (const directory of searchPath.split(":")) {
    const path = join(directory === "" ? "." : directory, command);
    const stats = orUndefined(() => statSync(path));
    if (stats?.isFile() === true && isExecutable(stats, credentials)) return path;
  }
  return undefined;
}

interface ScriptFile {
  /** What is run: symbolic links resolved, but under the name that was asked for, as programs may look at it. */
  readonly path: string;
  /** All symbolic links resolved. */
  readonly real: string;
  readonly stats: Stats;
}

function resolveFile(named: string): ScriptFile | undefined {
  const real = orUndefined(() => realpathSync(named));
  if (real === undefined) return undefined;
  const stats = orUndefined(() => statSync(real));
  if (stats === undefined) return undefined;
  const renamed = join(dirname(real), basename(named));
  const other = renamed === real ? stats : orUndefined(() => statSync(renamed));
  const same = other !== undefined && other.dev === stats.dev && other.ino === stats.ino;
  return { path: same ? renamed : real, real, stats };
}

/** Whether the user may pass through all directories down to this one. */
function canReach(directory: string, { uid, gid }: Account): boolean {
  if (uid === 0) return true;
  for (const path of pathsDownTo(directory)) {
    const stats = orUndefined(() => statSync(path));
    if (stats === undefined || !mayExecute(stats, uid, gid)) return false;
  }
  return true;
}

function isExecutable(stats: Stats, { uid, gid }: Account): boolean {
  return uid === 0 ? (stats.mode & 0o111) !== 0 : mayExecute(stats, uid, gid);
}

function mayExecute(stats: Stats, uid: number, gid: number): boolean {
  if (stats.uid === uid) return (stats.mode & 0o100) !== 0;
  return (stats.mode & (stats.gid === gid ? 0o010 : 0o001)) !== 0;
}

function becomesRoot(stats: Stats): boolean {
  const setsUser = stats.uid === 0 && (stats.mode & S_ISUID) !== 0 && (stats.mode & 0o100) !== 0;
  const setsGroup = stats.gid === 0 && (stats.mode & S_ISGID) !== 0 && (stats.mode & 0o010) !== 0;
  return setsUser || setsGroup;
}

function unsafeComponents(files: readonly string[]): UnsafeComponent[] {
  const paths = new Set(files.flatMap(pathsDownTo));
  const found: UnsafeComponent[] = [];
  for (const path of paths) {
    const stats = orUndefined(() => lstatSync(path));
    const unsafe = stats === undefined ? undefined : unsafeComponent(path, stats);
    if (unsafe !== undefined) found.push(unsafe);
  }
  return found;
}

function unsafeComponent(path: string, stats: Stats): UnsafeComponent | undefined {
  // Nobody can replace what is in a sticky directory but its owner; the permissions of a symbolic link mean nothing.
  const matters = (stats.isDirectory() && (stats.mode & S_ISVTX) === 0) || stats.isFile();
  const byGroup = matters && stats.gid !== 0 && (stats.mode & 0o020) !== 0;
  const byOthers = matters && (stats.mode & 0o002) !== 0;
  const foreign = stats.uid !== 0;
  if (!foreign && !byGroup && !byOthers) return undefined;
  const commands: string[] = [];
  if (foreign) commands.push(`chown ${stats.isSymbolicLink() ? "-h " : ""}root ${quote(path)}`);
  if (byGroup || byOthers) {
    commands.push(`chmod ${byGroup ? "g" : ""}${byOthers ? "o" : ""}-w ${quote(path)}`);
  }
  return {
    path,
    mode: (stats.mode & 0o7777).toString(8).padStart(4, "0"),
    owner: userName(stats.uid),
    fix: commands.join(" && "),
  };
}

/** `/`, `/usr`, `/usr/bin` … of an absolute path. */
function pathsDownTo(path: string): string[] {
  const paths = ["/"];
  for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1))
    paths.push(path.slice(0, end));
  if (path !== "/") paths.push(path);
  return paths;
}

function quote(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The value, or undefined when the file is not there or not to be reached, which is all that matters here. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What is unsafe and how to make it safe, in one line for a hint. */
export function advice(unsafe: readonly UnsafeComponent[]): string {
  const parts = unsafe.map(({ path, mode, owner }) => `${path} is mode ${mode}, owner ${owner}`);
  return `${parts.join("; ")}: ${unsafe.map(({ fix }) => fix).join(" && ")}`;
}
