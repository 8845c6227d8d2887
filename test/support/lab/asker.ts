/** A client that asks for an address every few milliseconds, and who answered: ask-address.py. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Host } from "./host.js";
import type { LabProcess } from "./lab-process.js";

const PROGRAM = fileURLToPath(new URL("ask-address.py", import.meta.url));

/** All answers of one MAC, from the first to the last. */
export interface Holding {
  readonly mac: string;
  /** s since 1970. */
  readonly first: number;
  readonly last: number;
}

/** What a client found. */
export interface Findings {
  readonly questions: number;
  /** Questions that several hosts answered. */
  readonly doubles: number;
  /** Who answered, one after the other. */
  readonly holdings: readonly Holding[];
  /** The longest time between the questions in a row that nobody answered, ms. */
  readonly longestGap: number;
}

/** One that asks until it is stopped. */
export class Asker {
  readonly #process: LabProcess;
  readonly #report: string;

  private constructor(process: LabProcess, report: string) {
    this.#process = process;
    this.#report = report;
  }

  /** Begins to ask. @param on interface; @param every ms */
  static async start(host: Host, address: string, { on = "eth0", every = 5 } = {}): Promise<Asker> {
    const report = `${host.directory}/answers-${host.processes.length}.json`;
    const process = host.spawn(["python3", PROGRAM, on, address, `${every}`, report], "asker");
    await process.waitForLine(/^asking/);
    return new Asker(process, report);
  }

  /** Stops asking, and tells. */
  async stop(): Promise<Findings> {
    this.#process.signal("SIGTERM");
    await this.#process.ended;
    return findingsOf(JSON.parse(readFileSync(this.#report, "utf8")));
  }
}

interface Report {
  readonly asked: readonly number[];
  readonly answers: readonly (readonly [number, string, number])[];
}

function findingsOf({ asked, answers }: Report): Findings {
  const byQuestion = new Map<number, Set<string>>();
  const holdings: { mac: string; first: number; last: number }[] = [];
  for (const [question, mac, time] of answers) {
    byQuestion.set(question, (byQuestion.get(question) ?? new Set()).add(mac));
    const current = holdings.at(-1);
    if (current?.mac === mac) current.last = time;
    else holdings.push({ mac, first: time, last: time });
  }
  const doubles = [...byQuestion.values()].filter((macs) => macs.size > 1).length;
  let longestGap = 0;
  let begin: number | undefined;
  for (const [question, time] of asked.entries()) {
    // The last ones may not have been answered yet.
    if (byQuestion.has(question) || question > asked.length - 10) begin = undefined;
    else {
      begin ??= time;
      longestGap = Math.max(longestGap, (time - begin) * 1_000);
    }
  }
  return { questions: asked.length, doubles, holdings, longestGap };
}
