/** What the engine knows of tracked files and processes: their latest values, and when a delayed verdict is due. */

import { earlier, type Micros } from "../../base/time.js";
import { type ProcessChange, ProcessQuorum } from "../../check/process-quorum.js";
import type { TrackFile, TrackProcess } from "../../config/config.js";
import type { EngineEvent } from "../events.js";

/** What an outsider may see of a tracked file. */
export interface TrackFileSnapshot {
  readonly config: TrackFile;
  /** The number in the file. */
  readonly number: number;
}

/** What an outsider may see of a tracked process. */
export interface TrackProcessSnapshot {
  readonly config: TrackProcess;
  readonly count: number;
  readonly ok: boolean;
}

/** The `track_file`s of a configuration. */
export class TrackedFiles {
  #configs: readonly TrackFile[] = [];
  #numbers = new Map<string, number>();

  /** Adopts the files of a configuration; one of the same name keeps its number. */
  configure(files: readonly TrackFile[]): void {
    this.#configs = files;
    this.#numbers = new Map(files.map((file) => [file.name, this.number(file.name)]));
  }

  /** The number in a file; 0 while nothing was told of it. */
  number(name: string): number {
    return this.#numbers.get(name) ?? 0;
  }

  /** A number was read; true when it is another one. Told ahead of the configuration that has the file, it is kept for that. */
  changed(name: string, number: number): boolean {
    const before = this.number(name);
    this.#numbers.set(name, number);
    return number !== before;
  }

  /** All, in the order of the configuration. */
  snapshot(): TrackFileSnapshot[] {
    return this.#configs.map((config) => ({ config, number: this.number(config.name) }));
  }
}

/** The `vrrp_track_process`es of a configuration. */
export class TrackedProcesses {
  readonly #emit: (event: EngineEvent) => void;
  #configs: readonly TrackProcess[] = [];
  #quorums = new Map<string, ProcessQuorum>();
  /** Numbers told ahead of the configuration that has the process. */
  readonly #ahead = new Map<string, number>();

  constructor(emit: (event: EngineEvent) => void) {
    this.#emit = emit;
  }

  /** Adopts the processes of a configuration; one of the same name keeps its number and verdict. */
  configure(processes: readonly TrackProcess[]): void {
    const before = this.#quorums;
    this.#configs = processes;
    this.#quorums = new Map(
      processes.map((config) => {
        const known = before.get(config.name);
        if (known === undefined)
          return [config.name, new ProcessQuorum(config, this.#ahead.get(config.name) ?? 0)];
        if (known.reconfigure(config)) this.#tell(config.name, known.ok);
        return [config.name, known];
      }),
    );
    this.#ahead.clear();
  }

  /** True while there are enough processes, and not too many. */
  ok(name: string): boolean {
    return this.#quorums.get(name)?.ok === true;
  }

  /** The number of processes changed; true when the verdict did. */
  changed(name: string, count: number, change: ProcessChange, now: Micros): boolean {
    const quorum = this.#quorums.get(name);
    if (quorum === undefined) {
      this.#ahead.set(name, count);
      return false;
    }
    const changed = quorum.counted(count, change, now);
    if (changed) this.#tell(name, quorum.ok);
    return changed;
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const quorum of this.#quorums.values()) deadline = earlier(deadline, quorum.nextDeadline);
    return deadline;
  }

  /** Serves deadlines; true when a verdict changed. */
  handleTimeout(now: Micros): boolean {
    let changed = false;
    for (const [name, quorum] of this.#quorums) {
      if (!quorum.handleTimeout(now)) continue;
      this.#tell(name, quorum.ok);
      changed = true;
    }
    return changed;
  }

  /** All, in the order of the configuration. */
  snapshot(): TrackProcessSnapshot[] {
    return this.#configs.map((config) => ({
      config,
      count: this.#quorums.get(config.name)?.count ?? 0,
      ok: this.ok(config.name),
    }));
  }

  #tell(process: string, ok: boolean): void {
    this.#emit({ kind: "ProcessQuorumChanged", process, ok });
  }
}
