/** Pid files, as keepalived names them. The native parent writes and locks them (native/parent/pid-files.c). */

import { dirname } from "node:path";
import type { ParentProcess, PidFile } from "../linux/main-thread/process/parent-process.js";
import { makeFolder } from "./make-folder.js";
import type { DaemonOptions, PidFileKind } from "./options.js";

/** Where the default pid files are. */
const RUN = "/run";

/** Names of keepalived's processes in pid files. */
const NAMES: Readonly<Record<PidFileKind, string>> = {
  parent: "keepalived",
  vrrp: "vrrp",
  checkers: "checkers",
  bfd: "bfd",
};

/** What of a configuration decides about the names. */
export interface PidFileNaming {
  readonly instanceName: string | undefined;
  readonly usePidDirectory: boolean;
}

/**
 * The pid files of a daemon: what the command line names, else keepalived's default, which is `/run/vrrp.pid`, or with an
 * instance, a network namespace or `use_pid_dir` `/run/keepalived/[NAMESPACE/]vrrp[_INSTANCE].pid`.
 */
export function pidFilePaths(
  options: Pick<DaemonOptions, "pidFiles" | "vrrp" | "idleParts">,
  naming: PidFileNaming,
  namespace: string | undefined,
): PidFile[] {
  const kinds: PidFileKind[] = ["parent", ...(options.vrrp ? (["vrrp"] as const) : []), ...options.idleParts];
  return kinds.map((kind) => ({
    path: pidFilePath(kind, options, naming, namespace),
    of: kind === "parent" ? "parent" : "child",
  }));
}

/** Of these, the path of one. */
export function pidFilePath(
  kind: PidFileKind,
  { pidFiles }: Pick<DaemonOptions, "pidFiles">,
  { instanceName, usePidDirectory }: PidFileNaming,
  namespace: string | undefined,
): string {
  const inDirectory = instanceName !== undefined || usePidDirectory || namespace !== undefined;
  const directory = [
    RUN,
    ...(inDirectory ? ["keepalived"] : []),
    ...(namespace === undefined ? [] : [namespace]),
  ];
  const suffix = instanceName === undefined ? "" : `_${instanceName}`;
  return pidFiles[kind] ?? `${directory.join("/")}/${NAMES[kind]}${suffix}.pid`;
}

/**
 * Claims all files, with keepalived's lines for what was found in them and for what failed. keepalived's children are one process here,
 * whose pid is in all files but the parent's.
 */
export async function claimPidFiles(
  parent: ParentProcess,
  files: readonly PidFile[],
  tell: (line: string) => void,
): Promise<"ours" | "runs already" | "failed"> {
  for (const { path } of files) {
    try {
      makeFolder(dirname(path));
    } catch (error) {
      tell(`pidfile_write : Cannot open ${path} pidfile (${(error as NodeJS.ErrnoException).code})`);
      return "failed";
    }
  }
  const { found, result } = await parent.claimPidFiles(files);
  for (const [i, what] of found.entries()) {
    if (what === "unreadable") tell(`Error reading pid file ${files[i]?.path}`);
    else if (what === "gone") tell(`Remove a zombie pid file ${files[i]?.path}`);
  }
  if (result.kind === "ours") return "ours";
  if (result.kind === "runs") return "runs already";
  tell(`pidfile_write : Cannot open ${result.path} pidfile (${result.code})`);
  return "failed";
}
