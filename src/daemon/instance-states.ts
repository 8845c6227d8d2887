/** The states of all instances as the events tell them, as one line for the service manager. */

import type { EngineEvent } from "../engine/events.js";
import { statusLine } from "../report/status-line.js";
import type { RouterStateName } from "../vrrp/events.js";

/** Follows the states. */
export class InstanceStates {
  readonly #tell: (text: string) => void;
  #states = new Map<string, RouterStateName>();

  /** @param tell given the line at each transition. */
  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** Takes the names of a configuration; those known before keep their state. */
  configure(names: readonly string[]): void {
    this.#states = new Map(names.map((name) => [name, this.#states.get(name) ?? "INIT"]));
    this.#tell(statusLine(this.#states));
  }

  /** Takes an event. */
  observe(event: EngineEvent): void {
    if (event.kind !== "StateChanged" || !this.#states.has(event.instance)) return;
    this.#states.set(event.instance, event.to);
    this.#tell(statusLine(this.#states));
  }
}
