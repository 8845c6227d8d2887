/**
 * What is believed of a link instead of its state in the kernel: the result of polling (linkbeat), and the old state while
 * `interface_up_down_delays` holds a change back.
 */

import { after, earlier, type Micros } from "../../base/time.js";
import type { InterfaceDelay } from "../../config/config.js";
import type { EngineEvent } from "../events.js";

/** A link as it is believed to be, and what is on its way. */
interface Link {
  /** What everybody goes by. */
  up: boolean;
  /** It was up at least once: the first coming up is never delayed. */
  seenUp: boolean;
  /** The change that is held back takes effect here. */
  changesAt: Micros | undefined;
}

/** All links that are looked at. Whatever returns a boolean tells whether a link is now believed to be in another state. */
export class LinkStates {
  readonly #emit: (event: EngineEvent) => void;
  readonly #links = new Map<string, Link>();
  #delays = new Map<string, InterfaceDelay>();
  readonly #polled = new Map<string, boolean>();

  constructor(emit: (event: EngineEvent) => void) {
    this.#emit = emit;
  }

  /** Adopts the delays of a configuration; a change under way keeps its end. */
  configure(delays: readonly InterfaceDelay[]): void {
    this.#delays = new Map(delays.map((delay) => [delay.interface, delay]));
  }

  /** Whether a link is believed to be up, its state in the kernel being `raw`. */
  isUp(name: string, raw: boolean): boolean {
    return this.#links.get(name)?.up ?? raw;
  }

  /** The kernel's state of a link; of one that is polled it means nothing. */
  reported(name: string, raw: boolean, now: Micros): boolean {
    return this.#set(name, this.#polled.get(name) ?? raw, now);
  }

  /**
   * Polling found a link up or down; undefined: it is polled no longer.
   * @param raw its state in the kernel; undefined: there is no such interface.
   */
  polled(name: string, up: boolean | undefined, raw: boolean | undefined, now: Micros): boolean {
    if (up === undefined) this.#polled.delete(name);
    else this.#polled.set(name, up);
    return raw !== undefined && this.#set(name, up ?? raw, now);
  }

  /** The interface is gone; should it return, nothing about it is delayed. */
  forget(name: string): void {
    this.#links.delete(name);
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const { changesAt } of this.#links.values()) deadline = earlier(deadline, changesAt);
    return deadline;
  }

  /** Carries out the changes that have lasted long enough. */
  handleTimeout(now: Micros): boolean {
    let changed = false;
    for (const [name, link] of this.#links) {
      if (link.changesAt === undefined || now < link.changesAt) continue;
      this.#change(name, link, !link.up);
      changed = true;
    }
    return changed;
  }

  #set(name: string, up: boolean, now: Micros): boolean {
    const link = this.#links.get(name);
    if (link === undefined) {
      const added: Link = { up: !up, seenUp: false, changesAt: undefined };
      this.#links.set(name, added);
      this.#change(name, added, up);
      return true;
    }
    if (link.up === up) {
      if (link.changesAt !== undefined) {
        link.changesAt = undefined;
        this.#emit({ kind: "LinkDelayed", interface: name, up: !up, length: undefined });
      }
      return false;
    }
    if (link.changesAt !== undefined) return false;
    const delay = this.#delays.get(name);
    const length = up ? delay?.up : delay?.down;
    if (link.seenUp && length !== undefined && length > 0) {
      link.changesAt = after(now, length);
      this.#emit({ kind: "LinkDelayed", interface: name, up, length });
      return false;
    }
    this.#change(name, link, up);
    return true;
  }

  #change(name: string, link: Link, up: boolean): void {
    link.changesAt = undefined;
    link.up = up;
    link.seenUp ||= up;
    this.#emit({ kind: "LinkChanged", interface: name, up, polled: this.#polled.has(name) });
  }
}
