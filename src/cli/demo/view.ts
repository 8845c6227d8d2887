/** Shows the demo: redrawn in place on a terminal, a line for each change elsewhere. */

import { addressOf } from "./lan.js";
import type { DemoMaster } from "./node.js";
import type { WorkerRecord } from "./outage.js";
import type { VipWatch } from "./vip-watch.js";

/** ms between two looks. */
const EVERY = 100;

/** ms without an answer after which the worker counts as cut off; it asks every 20 ms. */
const CUT_OFF = 250;

/** Adverts on the LAN in the last second, by sender's address. */
export type AdvertCounts = ReadonlyMap<string, number>;

/** What the view looks at. */
export interface ViewSources {
  readonly vips: VipWatch;
  readonly masters: readonly DemoMaster[];
  readonly worker: WorkerRecord;
  readonly adverts: () => AdvertCounts;
}

/** The view; draws until it is closed. */
export class View {
  readonly #sources: ViewSources;
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #timer: NodeJS.Timeout;
  readonly #began = Date.now();
  #step = "";
  #drawn = 0;
  #last = "";

  constructor(sources: ViewSources) {
    this.#sources = sources;
    this.#timer = setInterval(() => this.#draw(), EVERY);
  }

  /** Announces what happens next. */
  step(text: string): void {
    this.#step = text;
    this.note(`\n${this.#clock()}  == ${text}`);
  }

  /** A line that stays. */
  note(text: string): void {
    this.#erase();
    process.stdout.write(`${text}\n`);
    if (this.#isTerminal) this.#redraw();
  }

  /** Draws no more. */
  close(): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #draw(): void {
    if (this.#isTerminal) this.#redraw();
    else this.#printChanges();
  }

  #redraw(): void {
    const { vips, masters, worker, adverts } = this.#sources;
    const counts = adverts();
    const { answered, failed } = worker.totals;
    const lines = [
      `${this.#clock()}  ── ${this.#step}`,
      ...masters.map((master) => {
        const vip = vips.holds(master.number) ? "● VIP" : "     ";
        const api = master.apiserverRuns ? "apiserver up  " : "apiserver DOWN";
        const sent = counts.get(addressOf(master.number)) ?? 0;
        return `         ${master.name}  ${vip}  ${master.state.padEnd(9)} ${api}  ${sent} adverts/s`;
      }),
      `         worker   ${this.#service().text}; ${answered} answers, ${failed} failures`,
    ];
    this.#erase();
    // A line that the terminal wraps would not be erased.
    const width = process.stdout.columns || 80;
    process.stdout.write(`${lines.map((line) => line.slice(0, width - 1)).join("\n")}\n`);
    this.#drawn = lines.length;
  }

  #printChanges(): void {
    const { vips, masters, adverts } = this.#sources;
    const states = masters
      .map((master) => `${master.name} ${master.state}${vips.holds(master.number) ? " +VIP" : ""}`)
      .join(", ");
    const service = this.#service();
    const key = `${states} ${service.key}`;
    if (key === this.#last) return;
    this.#last = key;
    const counts = adverts();
    const senders = masters
      .map(({ name, number }) => ({ name, sent: counts.get(addressOf(number)) ?? 0 }))
      .filter(({ sent }) => sent > 0)
      .map(({ name, sent }) => `${sent} of ${name}`);
    const heard = `adverts in the last second: ${senders.join(", ") || "none"}`;
    process.stdout.write(`${this.#clock()}  ${states}; ${service.text}; ${heard}\n`);
  }

  /** How the worker is served; `key` stays the same while nothing changes. */
  #service(): { readonly key: string; readonly text: string } {
    const last = this.#sources.worker.lastAnswer;
    if (last === undefined) return { key: "none", text: "no answer yet" };
    const outage = Date.now() - last.end;
    if (outage > CUT_OFF) return { key: "none", text: `NO ANSWER for ${outage} ms` };
    return { key: last.answeredBy ?? "", text: `answered by ${last.answeredBy}` };
  }

  #clock(): string {
    return `${((Date.now() - this.#began) / 1000).toFixed(1).padStart(5)} s`;
  }

  #erase(): void {
    if (this.#drawn > 0) process.stdout.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}
