/** The processes of one daemon: the native parent, and below it the Node.js process and the starter of scripts. */

import { readFileSync } from "node:fs";

/** Name of the starter in /proc/PID/comm. */
const STARTER = "vigil-starter";

/** Process ids below a parent; 0 for one that is not there. */
export interface DaemonFamily {
  readonly parent: number;
  readonly child: number;
  readonly starter: number;
}

/** Reads /proc. @param parent pid of the native parent. */
export function familyOf(parent: number): DaemonFamily {
  const below = childrenOf(parent).map((pid) => ({ pid, name: nameOf(pid) }));
  return {
    parent,
    child: below.find(({ name }) => name !== STARTER && name !== undefined)?.pid ?? 0,
    starter: below.find(({ name }) => name === STARTER)?.pid ?? 0,
  };
}

/** Pids of the living children of a process. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1");
    return text.split(" ").flatMap((word) => (word === "" ? [] : [Number(word)]));
  } catch {
    return [];
  }
}

/** Its name; undefined when there is no such process, or a zombie. */
export function nameOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    if (/\) Z/.test(stat)) return undefined;
    return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** Kills the Node.js process, and keeps its parent from starting another one: what is left is what the parent undid. */
export function killForGood(parent: number): void {
  process.kill(familyOf(parent).child, "SIGKILL");
  process.kill(parent, "SIGTERM");
}
