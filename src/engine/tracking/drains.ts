/** Instances that an operator has told to stay out, whatever the configuration says: a reload changes nothing about it. */

import type { Fault } from "../../vrrp/cause.js";
import type { Drain } from "../platform.js";

/** All drained instances, by name, of which some may not be configured. */
export class Drains {
  #reasons: ReadonlyMap<string, string> = new Map();

  /** Adopts the whole list. */
  configure(drains: readonly Drain[]): void {
    this.#reasons = new Map(drains.map(({ instance, reason }) => [instance, reason]));
  }

  /** What it means for an instance. */
  faultsOf(instance: string): readonly Fault[] {
    const reason = this.#reasons.get(instance);
    return reason === undefined ? [] : [{ kind: "drained", reason }];
  }
}
