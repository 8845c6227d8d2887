/**
 * When a `vrrp_check` probes, and when a probe has taken too long. Knows no connection: it answers with orders, and is told
 * how they ended. There is never more than one probe of a check under way.
 */

import { after, earlier, type Micros, micros, milliseconds } from "../base/time.js";

/** The settings of a check that concern its schedule. */
export interface CheckScheduleConfig {
  /** µs between starts. */
  readonly interval: Micros;
  /** µs after which a probe counts as failed. */
  readonly timeout: Micros;
}

/** What is to be done. */
export type CheckOrder =
  | { readonly kind: "start"; readonly run: number }
  /** The probe passed its deadline: it counts as a failure now, and its end is of no interest any more. */
  | { readonly kind: "timedOut"; readonly run: number };

/** The first pause between two probes that a closed connection asked for; it doubles while the server turns out to live. */
const RECHECK_GAP: Micros = milliseconds(20);

interface Running {
  readonly run: number;
  readonly timeoutAt: Micros;
}

/** One check's schedule. */
export class CheckSchedule {
  #config: CheckScheduleConfig;
  #nextRunAt: Micros;
  #running: Running | undefined;
  #runs = 0;
  /** The next probe that a closed connection may ask for starts no earlier. */
  #recheckFrom: Micros;
  #recheckGap: Micros = RECHECK_GAP;

  /** The first probe is due at once. */
  constructor(config: CheckScheduleConfig, now: Micros) {
    this.#config = config;
    this.#nextRunAt = now;
    this.#recheckFrom = now;
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros {
    const running = this.#running;
    if (running === undefined) return this.#nextRunAt;
    return running.timeoutAt;
  }

  /** Serves every deadline up to `now`. */
  handleTimeout(now: Micros): CheckOrder[] {
    const orders: CheckOrder[] = [];
    const running = this.#running;
    if (running !== undefined && now >= running.timeoutAt) {
      this.#running = undefined;
      orders.push({ kind: "timedOut", run: running.run });
    }
    if (this.#running === undefined && now >= this.#nextRunAt) orders.push(this.#start(now));
    return orders;
  }

  /** A probe ended; false when it had been given up before. */
  finished(run: number): boolean {
    if (this.#running?.run !== run) return false;
    this.#running = undefined;
    return true;
  }

  /**
   * The open connection of the check was closed while nothing was asked: look at once. A server may do so in good order and
   * again and again; it must not be able to keep us busy, so the pauses grow up to the interval.
   */
  disturbed(now: Micros): void {
    if (now > this.#recheckFrom + this.#config.interval) this.#recheckGap = RECHECK_GAP;
    const at = now > this.#recheckFrom ? now : this.#recheckFrom;
    if (at < this.#nextRunAt) this.#nextRunAt = at;
    this.#recheckFrom = after(at, this.#recheckGap);
    this.#recheckGap = micros(Math.min(this.#recheckGap * 2, this.#config.interval));
  }

  /** Somebody needs to know at once. */
  startEarly(now: Micros): void {
    if (this.#running === undefined && now < this.#nextRunAt) this.#nextRunAt = now;
  }

  /** True while a probe is under way. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** A reload: new settings hold from the next probe. */
  reconfigure(config: CheckScheduleConfig, now: Micros): void {
    this.#config = config;
    this.#nextRunAt = earlier(this.#nextRunAt, after(now, config.interval)) ?? this.#nextRunAt;
  }

  #start(now: Micros): CheckOrder {
    const { interval, timeout } = this.#config;
    // Keeps the beat, also after a probe that took longer than the interval.
    const missed = Math.floor((now - this.#nextRunAt) / interval);
    this.#nextRunAt = after(this.#nextRunAt, micros((missed + 1) * interval));
    this.#runs++;
    this.#running = { run: this.#runs, timeoutAt: after(now, timeout) };
    return { kind: "start", run: this.#runs };
  }
}
