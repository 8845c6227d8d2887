/**
 * Everything that instances track, as one thing with deadlines: links, scripts, checks, files, processes, and the operator's word. What
 * they mean for an instance is told in tracks.ts.
 */

import { unreachable } from "../../base/assert.js";
import { earlier, type Micros } from "../../base/time.js";
import type { Config } from "../../config/config.js";
import type { EngineEvent } from "../events.js";
import type { EngineInput, Platform } from "../platform.js";
import { type CheckSnapshot, Checks } from "./checks.js";
import { Drains } from "./drains.js";
import { Interfaces } from "./interfaces.js";
import { type ScriptSnapshot, Scripts } from "./scripts.js";
import {
  TrackedFiles,
  TrackedProcesses,
  type TrackFileSnapshot,
  type TrackProcessSnapshot,
} from "./tracked-values.js";

/** The inputs that are about tracked things alone. */
export type TrackInput = Extract<
  EngineInput,
  {
    kind:
      | "ScriptFinished"
      | "CheckFinished"
      | "CheckDisturbed"
      | "TrackedFileChanged"
      | "TrackedProcessChanged"
      | "LinkPolled"
      | "DrainsChanged";
  }
>;

/** What an outsider may see of tracked things. */
export interface TrackersSnapshot {
  readonly scripts: readonly ScriptSnapshot[];
  readonly checks: readonly CheckSnapshot[];
  readonly trackFiles: readonly TrackFileSnapshot[];
  readonly trackProcesses: readonly TrackProcessSnapshot[];
}

/** What trackers ask of the world. */
type TrackerPorts = Pick<Platform, "startScript" | "killScript" | "startCheck" | "abandonCheck">;

/** All of them. Whatever returns a boolean tells whether instances are to be judged anew. */
export class Trackers {
  readonly interfaces: Interfaces;
  readonly scripts: Scripts;
  readonly checks: Checks;
  readonly files = new TrackedFiles();
  readonly drains = new Drains();
  readonly processes: TrackedProcesses;

  constructor(platform: TrackerPorts, emit: (event: EngineEvent) => void) {
    this.interfaces = new Interfaces(emit);
    this.scripts = new Scripts({
      startScript: (run) => platform.startScript(run),
      killScript: (run, signal) => platform.killScript(run, signal),
      emit,
    });
    this.checks = new Checks({
      startCheck: (run) => platform.startCheck(run),
      abandonCheck: (run) => platform.abandonCheck(run),
      emit,
    });
    this.processes = new TrackedProcesses(emit);
  }

  /** Adopts a configuration: what was tracked before keeps its state. */
  configure(config: Config, reload: boolean, now: Micros): void {
    this.scripts.configure(config.scripts, reload, now);
    this.checks.configure(config.checks, reload, now);
    this.files.configure(config.trackFiles);
    this.processes.configure(config.trackProcesses);
    this.interfaces.links.configure(config.interfaceDelays);
  }

  /** News of a tracked thing. */
  handle(input: TrackInput, now: Micros): boolean {
    switch (input.kind) {
      case "ScriptFinished":
        return this.#scriptFinished(input, now);
      case "CheckFinished":
        return this.checks.finished(input.run, input.result, now);
      case "CheckDisturbed":
        this.checks.disturbed(input.check, now);
        return this.checks.handleTimeout(now);
      case "TrackedFileChanged":
        return this.files.changed(input.file, input.number);
      case "TrackedProcessChanged":
        return this.processes.changed(input.process, input.count, input.change, now);
      case "DrainsChanged":
        this.drains.configure(input.drains);
        return true;
      case "LinkPolled":
        return this.interfaces.polled(input.interface, input.up, now);
      default:
        return unreachable(input);
    }
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    const values = earlier(this.scripts.nextDeadline(), this.processes.nextDeadline());
    return earlier(earlier(values, this.checks.nextDeadline()), this.interfaces.links.nextDeadline());
  }

  /** Serves every deadline up to `now`. */
  handleTimeout(now: Micros): boolean {
    const changes = [
      this.scripts.handleTimeout(now),
      this.checks.handleTimeout(now),
      this.processes.handleTimeout(now),
      this.interfaces.links.handleTimeout(now),
    ];
    return changes.includes(true);
  }

  /** Ends what runs. */
  stop(now: Micros): void {
    this.scripts.stop(now);
  }

  /** Everything worth showing. */
  snapshot(): TrackersSnapshot {
    return {
      scripts: this.scripts.snapshot(),
      checks: this.checks.snapshot(),
      trackFiles: this.files.snapshot(),
      trackProcesses: this.processes.snapshot(),
    };
  }

  /** The result of a script may speak against the check that refines it. */
  #scriptFinished({ run, result, said = "" }: TrackInput & { kind: "ScriptFinished" }, now: Micros): boolean {
    const changed = this.scripts.finished(run, result, said, now);
    const success = result.kind === "exited" && result.status === 0;
    return this.checks.scriptSaid(run.script, success) || changed;
  }
}
