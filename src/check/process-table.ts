/**
 * Which processes belong to which `vrrp_track_process`. Fed with what the kernel tells of processes, it counts; what a process is
 * called is looked up by whoever feeds it.
 */

import type { ProcessChange } from "./process-quorum.js";

/** How a `vrrp_track_process` recognises its processes. */
export interface ProcessPattern {
  readonly name: string;
  /** The program, then its parameters. */
  readonly command: readonly string[];
  /**
   * `exact`: the same parameters. `partial`: these first, then any. `initial`: as `partial`, and the last of these may be
   * the beginning of one.
   */
  readonly parameterMatch: "none" | "exact" | "initial" | "partial";
  readonly fullCommand: boolean;
}

/** A running process. */
export interface ProcessIdentity {
  /** The kernel's short name, at most 15 characters; undefined when unknown. */
  readonly shortName: string | undefined;
  /** argv; undefined when unknown, empty for a kernel thread and a dead process. */
  readonly commandLine: readonly string[] | undefined;
}

/** A number that changed. */
export interface CountChange {
  readonly process: string;
  readonly count: number;
  readonly change: ProcessChange;
}

/** True when the pattern looks at the command line, not at the short name. */
export function usesCommandLine(pattern: ProcessPattern): boolean {
  return pattern.fullCommand || pattern.parameterMatch !== "none" || pattern.command.length > 1;
}

/** Whether a process is one of the pattern's. */
export function matchesProcess(pattern: ProcessPattern, identity: ProcessIdentity): boolean {
  const [program, ...parameters] = pattern.command;
  if (!usesCommandLine(pattern)) return identity.shortName === program;
  const [running, ...given] = identity.commandLine ?? [];
  if (running === undefined || running !== program) return false;
  switch (pattern.parameterMatch) {
    case "none":
      return true;
    case "exact":
      return given.length === parameters.length && startsWith(given, parameters);
    case "partial":
      return startsWith(given, parameters);
    case "initial": {
      const last = parameters.at(-1);
      if (last === undefined) return true;
      const whole = parameters.slice(0, -1);
      return startsWith(given, whole) && given[whole.length]?.startsWith(last) === true;
    }
  }
}

function startsWith(given: readonly string[], wanted: readonly string[]): boolean {
  return given.length >= wanted.length && wanted.every((word, i) => given[i] === word);
}

/** The tracked processes among all that run. */
export class ProcessTable {
  readonly #patterns: readonly ProcessPattern[];
  /** Names of the patterns that a process belongs to, by process id; only of processes that belong to one. */
  readonly #tracked = new Map<number, ReadonlySet<string>>();
  readonly #counts: Map<string, number>;

  constructor(patterns: readonly ProcessPattern[]) {
    this.#patterns = patterns;
    this.#counts = new Map(patterns.map((pattern) => [pattern.name, 0]));
  }

  /** What must be known about a process to place it. */
  get needs(): { readonly shortName: boolean; readonly commandLine: boolean } {
    return {
      shortName: this.#patterns.some((pattern) => !usesCommandLine(pattern)),
      commandLine: this.#patterns.some(usesCommandLine),
    };
  }

  /** Numbers of processes by pattern. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Ids of the processes that count. */
  get ids(): IterableIterator<number> {
    return this.#tracked.keys();
  }

  /** A process forked: its child is for now what the parent is. */
  forked(parent: number, child: number): CountChange[] {
    const names = this.#tracked.get(parent);
    return names === undefined ? [] : this.#place(child, names, "forked");
  }

  /** A process runs a program, was renamed, or was found: this is what it is now. */
  identified(pid: number, identity: ProcessIdentity): CountChange[] {
    const names = this.#patterns.filter((pattern) => matchesProcess(pattern, identity));
    return this.#place(pid, new Set(names.map((pattern) => pattern.name)), "renamed");
  }

  /** A process has a new short name; its command line is what it was. */
  renamed(pid: number, shortName: string): CountChange[] {
    const before = this.#tracked.get(pid) ?? new Set<string>();
    const names = this.#patterns.filter((pattern) =>
      usesCommandLine(pattern)
        ? before.has(pattern.name)
        : matchesProcess(pattern, { shortName, commandLine: undefined }),
    );
    return this.#place(pid, new Set(names.map((pattern) => pattern.name)), "renamed");
  }

  /** A process ended. */
  ended(pid: number): CountChange[] {
    return this.#place(pid, new Set(), "ended");
  }

  #place(pid: number, names: ReadonlySet<string>, change: ProcessChange): CountChange[] {
    const before = this.#tracked.get(pid);
    if (before === undefined && names.size === 0) return [];
    if (names.size === 0) this.#tracked.delete(pid);
    else this.#tracked.set(pid, names);
    const changes: CountChange[] = [];
    for (const { name } of this.#patterns) {
      const step = Number(names.has(name)) - Number(before?.has(name) === true);
      if (step === 0) continue;
      const count = (this.#counts.get(name) ?? 0) + step;
      this.#counts.set(name, count);
      changes.push({ process: name, count, change });
    }
    return changes;
  }
}
