/** Which instances an operator has drained: the truth that every engine of this daemon is told, and what of it outlives the daemon. */

import type { Drain, TrackerInput } from "../engine/platform.js";
import { cleanReason, type DrainFiles } from "./drain-files.js";

/** A drained instance as it is shown. */
export interface ShownDrain extends Drain {
  /** It outlives the daemon. */
  readonly persistent: boolean;
}

/** How to drain. */
export interface DrainOrder {
  readonly reason: string;
  readonly persist: boolean;
}

/** The list. Changes are made one after another. */
export class Drains {
  readonly #files: DrainFiles;
  readonly #tell: (input: TrackerInput) => void;
  readonly #drains = new Map<string, ShownDrain>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param tell given the whole list whenever it has changed. */
  constructor(files: DrainFiles, tell: (input: TrackerInput) => void) {
    this.#files = files;
    this.#tell = tell;
  }

  /** Reads what an earlier daemon left. @throws {Error} when that cannot be known. */
  async load(): Promise<void> {
    for (const drain of await this.#files.read())
      this.#drains.set(drain.instance, { ...drain, persistent: true });
  }

  /** What an engine is to know before it decides anything. */
  get news(): TrackerInput {
    return { kind: "DrainsChanged", drains: [...this.#drains.values()] };
  }

  /** Drains instances, all or, when their files cannot be written, none. @throws {Error} */
  drain(instances: readonly string[], { reason, persist }: DrainOrder): Promise<readonly ShownDrain[]> {
    return this.#inTurn(async () => {
      const drains = instances.map((instance) => ({
        instance,
        reason: cleanReason(reason),
        persistent: persist || this.#drains.get(instance)?.persistent === true,
      }));
      for (const drain of drains) if (drain.persistent) await this.#files.write(drain);
      for (const drain of drains) this.#drains.set(drain.instance, drain);
      this.#tell(this.news);
      return drains;
    });
  }

  /** Ends drains, of one instance or all; returns whose. @throws {Error} when a file cannot be removed: that one stays. */
  undrain(instance: string | undefined): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const names = instance === undefined ? [...this.#drains.keys()] : [instance];
      const ended: string[] = [];
      try {
        for (const name of names) {
          const drain = this.#drains.get(name);
          if (drain === undefined) continue;
          if (drain.persistent) await this.#files.remove(name);
          this.#drains.delete(name);
          ended.push(name);
        }
      } finally {
        this.#tell(this.news);
      }
      return ended;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
