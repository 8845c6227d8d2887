/**
 * keepalived's dump files. A signal asks for one; the engine gives a snapshot between two turns, and the text is made and written
 * here, on the main thread: no advert waits for a disk.
 */

import type { Config } from "../config/config.js";
import { statsDump } from "../report/stats-dump.js";
import { writeDump } from "./dump-files.js";
import type { EngineReport } from "./engine-thread.js";

/** What a signal can ask for: USR1, USR2, SIGRTMAX-1 and SIGRTMIN+2. */
export type DumpKind = "data" | "stats" | "statsClear" | "json";

/** What a dump is made of. */
export interface DumpSource {
  /** A snapshot of the engine, and its counters cleared afterwards if so wished; undefined before it runs. */
  report(thenClear: boolean): Promise<EngineReport | undefined>;
  config(): Config;
}

/** One file of a dump: its name in keepalived's dump directory, and its text. */
interface DumpFile {
  readonly name: string;
  render(report: EngineReport, config: Config): string;
}

const STATS: DumpFile = {
  name: "keepalived.stats",
  render: ({ snapshot }) =>
    statsDump(
      snapshot.routers.map(({ instance, counters }) => ({
        name: instance.name,
        counters,
        authHmac: instance.authHmac !== undefined,
      })),
    ),
};

/** The files that each request writes. */
const FILES: Readonly<Record<DumpKind, readonly DumpFile[]>> = {
  data: [],
  stats: [STATS],
  statsClear: [STATS],
  json: [],
};

/** Writes dumps one after the other, in the order of the requests. */
export class Dumps {
  readonly #source: DumpSource;
  readonly #failed: (text: string) => void;
  #work: Promise<void> = Promise.resolve();

  /** @param failed told in one line what could not be written. */
  constructor(source: DumpSource, failed: (text: string) => void) {
    this.#source = source;
    this.#failed = failed;
  }

  /** Writes the files of this kind; resolves when they are there, or have failed. Never rejects. */
  write(kind: DumpKind): Promise<void> {
    this.#work = this.#work.then(() => this.#writeAll(kind));
    return this.#work;
  }

  async #writeAll(kind: DumpKind): Promise<void> {
    const report = await this.#source.report(kind === "statsClear");
    if (report === undefined) return;
    for (const file of FILES[kind]) {
      try {
        await writeDump(file.name, file.render(report, this.#source.config()));
      } catch (error) {
        this.#failed(`Can't write ${file.name}: ${(error as Error).message}`);
      }
    }
  }
}
