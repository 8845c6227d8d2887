/** What the worker saw. */

/** One request. */
export interface Poll {
  /** ms since the epoch. */
  readonly start: number;
  readonly end: number;
  /** Name of the apiserver that answered; undefined: it failed. */
  readonly answeredBy: string | undefined;
}

/** All polls of a demo, and what they mean for a client. */
export class WorkerRecord {
  readonly #polls: Poll[] = [];

  /** Takes a line of the worker. */
  add(line: string): void {
    const [start, end, name] = line.split(" ");
    if (start === undefined || end === undefined || name === undefined) return;
    this.#polls.push({ start: Number(start), end: Number(end), answeredBy: name === "-" ? undefined : name });
  }

  /** Numbers of answers and failures so far. */
  get totals(): { readonly answered: number; readonly failed: number } {
    const answered = this.#polls.filter((poll) => poll.answeredBy !== undefined).length;
    return { answered, failed: this.#polls.length - answered };
  }

  /** The newest answer. */
  get lastAnswer(): Poll | undefined {
    return this.#polls.findLast((poll) => poll.answeredBy !== undefined);
  }

  /** True when everything asked since `time` (ms), at least one request, was answered. */
  fineSince(time: number): boolean {
    const since = this.#polls.filter((poll) => poll.start >= time);
    return since.length > 0 && since.every((poll) => poll.answeredBy !== undefined);
  }

  /** The longest time between two answers from `from` on, ms: how long a client could not get through. */
  longestGap(from: number): number {
    const answers = this.#polls
      .filter((poll) => poll.answeredBy !== undefined)
      .map((poll) => poll.end)
      .sort((a, b) => a - b);
    const before = answers.findLastIndex((time) => time < from);
    let longest = 0;
    for (let i = Math.max(1, before + 1); i < answers.length; i++) {
      longest = Math.max(longest, (answers[i] ?? 0) - (answers[i - 1] ?? 0));
    }
    return longest;
  }
}
