/** Shows the demo: redrawn in place on a terminal, a line for each change elsewhere. */

import type { DemoLan } from "./lan.js";
import type { DemoMaster } from "./node.js";
import type { WorkerRecord } from "./outage.js";

/** ms between two looks. */
const EVERY = 200;

/** Adverts on the LAN in the last second, by sender's address. */
export type AdvertCounts = ReadonlyMap<string, number>;

/** What the view looks at. */
export interface ViewSources {
  readonly lan: DemoLan;
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
    if (!this.#isTerminal) this.#print(`\n== ${text}`);
  }

  /** A line that stays. */
  note(text: string): void {
    if (this.#isTerminal) this.#erase();
    this.#print(text);
  }

  /** Draws no more. */
  close(): void {
    clearInterval(this.#timer);
    if (this.#isTerminal) this.#erase();
  }

  #draw(): void {
    if (this.#isTerminal) this.#redraw();
    else this.#printChanges();
  }

  #redraw(): void {
    const { lan, masters, worker, adverts } = this.#sources;
    const counts = adverts();
    const { answered, failed } = worker.totals;
    const age = worker.lastAnswer === undefined ? undefined : Date.now() - worker.lastAnswer.end;
    const lines = [
      `── ${this.#step}`,
      ...masters.map((master) => {
        const vip = lan.holds(master.number) ? "● VIP" : "     ";
        const api = master.apiserverRuns ? "apiserver up  " : "apiserver DOWN";
        const sent = counts.get(`10.88.0.${master.number}`) ?? 0;
        return `   ${master.name}  ${vip}  ${master.state.padEnd(9)} ${api}  ${sent} adverts/s`;
      }),
      `   worker   ${answered} answers, ${failed} failures, last answer ${age === undefined ? "never" : `${age} ms ago from ${worker.lastAnswer?.answeredBy}`}`,
    ];
    this.#erase();
    process.stdout.write(`${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  #printChanges(): void {
    const { lan, masters, worker } = this.#sources;
    const parts = masters.map(
      (master) => `${master.name} ${master.state}${lan.holds(master.number) ? " +VIP" : ""}`,
    );
    const lastAnswer = worker.lastAnswer;
    const fresh = lastAnswer !== undefined && Date.now() - lastAnswer.end < 400;
    const text = `${parts.join(", ")}; worker: ${fresh ? `answered by ${lastAnswer.answeredBy}` : "NO ANSWER"}`;
    if (text === this.#last) return;
    this.#last = text;
    this.#print(`${((Date.now() - this.#began) / 1000).toFixed(1).padStart(5)} s  ${text}`);
  }

  #erase(): void {
    if (this.#drawn > 0) process.stdout.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }

  #print(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}
