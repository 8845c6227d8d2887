/**
 * keepalived's dump files. A signal asks for one; the engine gives a snapshot between two turns, and the text is made and written
 * here, on the main thread: no advert waits for a disk.
 */

import { hostname } from "node:os";
import { join } from "node:path";
import type { LoadedConfig } from "../config/loaded-config.js";
import { dataDump, parentDataDump } from "../report/data-dump.js";
import type { DumpSource } from "../report/dump-source.js";
import { jsonDump } from "../report/json-dump.js";
import { statsDump } from "../report/stats-dump.js";
import { writeDump } from "./dump-files.js";
import { dataFile, dumpDirectory } from "./dump-paths.js";
import type { EngineReport } from "./engine-thread.js";
import type { Log } from "./logging.js";
import { processKeywords } from "./process-settings.js";
import { scriptIds } from "./script-ids.js";
import { wallClockAt } from "./wall-clock.js";

/** What a signal can ask for: USR1, USR2, SIGRTMAX-1 and SIGRTMIN+2. */
export type DumpKind = "data" | "stats" | "statsClear" | "json";

/** What dumps are made from. */
export interface DumpInputs {
  /** A snapshot of the engine, and its counters cleared afterwards if so wished; undefined before it runs. */
  report(thenClear: boolean): Promise<EngineReport | undefined>;
  config(): LoadedConfig;
  /** When the next scheduled reload is due, in words; undefined: none is. */
  reloadDue(): string | undefined;
}

/** One file of a dump. */
interface DumpFile {
  path(config: LoadedConfig): string;
  render(source: DumpSource): string;
  /** keepalived's line with `-D`, and which of its processes says it. */
  readonly said: readonly ["parent" | "vrrp", string];
}

const PARENT_DATA: DumpFile = {
  path: ({ global }) => dataFile("_parent", global.process),
  render: parentDataDump,
  said: ["parent", "parent data"],
};

const DATA: DumpFile = {
  path: ({ global }) => dataFile("", global.process),
  render: dataDump,
  said: ["vrrp", "VRRP data"],
};

const STATS: DumpFile = {
  path: () => join(dumpDirectory(), "keepalived.stats"),
  render: ({ snapshot }) =>
    statsDump(
      snapshot.routers.map(({ instance, counters }) => ({
        name: instance.name,
        counters,
        authHmac: instance.authHmac !== undefined,
      })),
    ),
  said: ["vrrp", "VRRP stats"],
};

const JSON_DATA: DumpFile = {
  path: () => join(dumpDirectory(), "keepalived.json"),
  render: jsonDump,
  said: ["vrrp", "VRRP as json"],
};

/** The files that each request writes. */
const FILES: Readonly<Record<DumpKind, readonly DumpFile[]>> = {
  data: [PARENT_DATA, DATA],
  stats: [STATS],
  statsClear: [STATS],
  json: [JSON_DATA],
};

/** Writes dumps one after the other, in the order of the requests. */
export class Dumps {
  readonly #inputs: DumpInputs;
  readonly #log: Log;
  #work: Promise<void> = Promise.resolve();

  constructor(inputs: DumpInputs, log: Log) {
    this.#inputs = inputs;
    this.#log = log;
  }

  /** Writes the files of this kind; resolves when they are there, or have failed. Never rejects. */
  write(kind: DumpKind): Promise<void> {
    this.#work = this.#work
      .then(() => this.#writeAll(kind))
      .catch((error: Error) => this.#log.parent.info(`Can't write a dump: ${error.message}`));
    return this.#work;
  }

  /** `-d`: the text of the data dumps, line by line in the log. */
  async writeToLog(): Promise<void> {
    const source = await this.#source(false);
    if (source === undefined) return;
    for (const { said, render } of FILES.data) {
      for (const line of render(source).trimEnd().split("\n")) this.#log[said[0]].info(line);
    }
  }

  async #source(thenClear: boolean): Promise<DumpSource | undefined> {
    const report = await this.#inputs.report(thenClear);
    if (report === undefined) return undefined;
    const config = this.#inputs.config();
    const { ids, defaultIds } = await scriptIds(config);
    const { reloadTimeFile, reloadRepeat, reloadFile } = processKeywords(config);
    const at = this.#inputs.reloadDue();
    return {
      config,
      snapshot: report.snapshot,
      clock: wallClockAt(report.at),
      ids,
      defaultIds,
      reload: { timeFile: reloadTimeFile, repeat: reloadRepeat, at, marker: reloadFile },
      hostName: hostname(),
    };
  }

  async #writeAll(kind: DumpKind): Promise<void> {
    const source = await this.#source(kind === "statsClear");
    if (source === undefined) return;
    for (const file of FILES[kind]) {
      const path = file.path(this.#inputs.config());
      const [process_, what] = file.said;
      this.#log[process_].detail(`Printing ${what} for process(${process.pid}) on signal`);
      try {
        await writeDump(path, file.render(source));
      } catch (error) {
        this.#log[process_].info(`Can't write ${path}: ${(error as Error).message}`);
      }
    }
  }
}
