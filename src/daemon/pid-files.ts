/** Pid files, as keepalived writes them: the number and a newline, mode 0644. */

import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
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
): string[] {
  const { instanceName, usePidDirectory } = naming;
  const inDirectory = instanceName !== undefined || usePidDirectory || namespace !== undefined;
  const directory = [
    RUN,
    ...(inDirectory ? ["keepalived"] : []),
    ...(namespace === undefined ? [] : [namespace]),
  ];
  const suffix = instanceName === undefined ? "" : `_${instanceName}`;
  const kinds: PidFileKind[] = ["parent", ...(options.vrrp ? (["vrrp"] as const) : []), ...options.idleParts];
  return kinds.map((kind) => options.pidFiles[kind] ?? `${directory.join("/")}/${NAMES[kind]}${suffix}.pid`);
}

/** Files that name this process. keepalived has a parent and children; Vigil is all of them. */
export class PidFiles {
  readonly #paths: readonly string[];

  /** `paths`: parent and child pid files; all get the same number, so that signals to any of them reach us. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /**
   * The pid of a living keepalived, other than ourselves, that one of the files names. A file that names none is removed, and
   * told of as keepalived does.
   */
  running(tell: (line: string) => void): number | undefined {
    for (const path of this.#paths) {
      const content = readPid(path);
      if (content === undefined) continue;
      if (content === "unreadable") tell(`Error reading pid file ${path}`);
      else if (content !== process.pid && isKeepalived(content)) return content;
      else tell(`Remove a zombie pid file ${path}`);
      rmSync(path, { force: true });
    }
    return undefined;
  }

  /**
   * Writes all files.
   * @throws {Error} in keepalived's words.
   */
  write(): void {
    for (const path of this.#paths) {
      try {
        makeFolder(dirname(path));
        writeFileSync(path, `${process.pid}\n`);
        // Whatever the umask is: tools of other users read it.
        chmodSync(path, 0o644);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new Error(`pidfile_write : Cannot open ${path} pidfile (${code})`);
      }
    }
  }

  /** Removes those that still name us. */
  remove(): void {
    for (const path of this.#paths) {
      if (readPid(path) === process.pid) rmSync(path, { force: true });
    }
  }
}

/** Undefined for a file that is not there. */
function readPid(path: string): number | "unreadable" | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "latin1"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : "unreadable";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : "unreadable";
  }
}

/**
 * True for a keepalived that runs, this one or the real one. A process that is dead and only not yet waited for does not run;
 * and after a crash, the number in a file may have become that of a stranger, who must not keep us from starting.
 */
function isKeepalived(pid: number): boolean {
  try {
    const state = /^\d+ \(.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
    if (state === undefined || state === "Z" || state === "X") return false;
    // Its command line may have been typed with another name, its title may have been configured.
    const names = ["cmdline", "comm"].map((file) => readFileSync(`/proc/${pid}/${file}`, "latin1"));
    return names.some((name) => name.includes("keepalived"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return false;
    throw error;
  }
}
