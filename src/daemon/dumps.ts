/**
 * keepalived's dump files. A signal asks for one; the engine gives a snapshot between two turns, and the text is made and written
 * here, on the main thread: no advert waits for a disk. Everything happens in the turn of the event loop that hears the signal, as
 * scripts read the file right after they have sent it.
 */

import { join } from "node:path";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { Commit } from "../linux/both/commit.js";
import { canonicalHostName } from "../linux/main-thread/process/host-name.js";
import { userName } from "../linux/main-thread/scripts/accounts.js";
import { dataDump, parentDataDump } from "../report/data-dump.js";
import type { DumpSource } from "../report/dump-source.js";
import { jsonDump } from "../report/json-dump.js";
import { statsDump } from "../report/stats-dump.js";
import { writeDump } from "./dump-files.js";
import { dataFile, dumpDirectory } from "./dump-paths.js";
import type { EngineReport } from "./engine-thread.js";
import type { Log } from "./logging.js";
import { processKeywords } from "./process-settings.js";
import { type ScriptIds, scriptIds } from "./script-ids.js";
import { wallClockAt } from "./wall-clock.js";

/** What a signal can ask for: USR1, USR2, SIGRTMAX-1 and SIGRTMIN+2. */
export type DumpKind = "data" | "stats" | "statsClear" | "json";

/** What dumps are made from. */
export interface DumpInputs {
  /** A snapshot of the engine, and its counters cleared afterwards if so wished; undefined before it runs. */
  report(thenClear: boolean): EngineReport | undefined | Promise<EngineReport | undefined>;
  config(): LoadedConfig;
  /** When the next scheduled reload is due, in words; undefined: none is. */
  reloadDue(): string | undefined;
}

/** One file of a dump. */
interface DumpFile {
  path(config: LoadedConfig): string;
  /** The text; undefined when there is to be no file. */
  render(source: DumpSource): string | undefined;
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
  data: [DATA, PARENT_DATA],
  stats: [STATS],
  statsClear: [STATS],
  json: [JSON_DATA],
};

/** Writes dumps, in the order of the requests. */
export class Dumps {
  readonly #inputs: DumpInputs;
  readonly #log: Log;
  #ids: ScriptIds = NO_IDS;
  /** Asked for once in the life of the process, as keepalived does. */
  #hostName: string | undefined;
  #asked: Promise<void> | undefined;
  /** The last of the requests that wait for the engine. */
  #waiting: Promise<void> | undefined;

  constructor(inputs: DumpInputs, log: Log) {
    this.#inputs = inputs;
    this.#log = log;
  }

  /** Looks up the users of a configuration, as nothing may be waited for when a dump is written. */
  async prepare(config: LoadedConfig): Promise<Commit> {
    // A name server may take its time.
    this.#asked ??= canonicalHostName().then((name) => {
      this.#hostName = name;
    });
    const ids = await scriptIds(config);
    return {
      commit: () => {
        this.#ids = ids;
      },
    };
  }

  /**
   * Writes the files of this kind: before it returns when the engine answers at once, else later. Resolves when they are there, or
   * have failed. Never rejects.
   */
  write(kind: DumpKind): Promise<void> {
    if (this.#waiting === undefined) {
      const report = this.#inputs.report(kind === "statsClear");
      if (!(report instanceof Promise)) {
        this.#writeAll(kind, report);
        return Promise.resolve();
      }
      return this.#writeLater(kind, report);
    }
    return this.#writeLater(
      kind,
      this.#waiting.then(() => this.#inputs.report(kind === "statsClear")),
    );
  }

  /** `-d`: the text of the data dumps, line by line in the log. */
  async writeToLog(): Promise<void> {
    const report = await this.#inputs.report(false);
    if (report === undefined) return;
    const source = this.#source(report);
    for (const { said, render } of [PARENT_DATA, DATA]) {
      for (const line of (render(source) ?? "").trimEnd().split("\n")) this.#log[said[0]].info(line);
    }
  }

  /**
   * Makes the text of all dumps once, for nothing: code that has never run takes several times as long, and the first request is
   * to be answered as fast as the others.
   */
  async rehearse(): Promise<void> {
    try {
      const report = await this.#inputs.report(false);
      if (report === undefined) return;
      const source = this.#source(report);
      for (const { render } of [DATA, PARENT_DATA, STATS, JSON_DATA]) render(source);
    } catch (error) {
      this.#log.parent.info(`Dumps will fail: ${(error as Error).message}`);
    }
  }

  #writeLater(kind: DumpKind, report: Promise<EngineReport | undefined>): Promise<void> {
    const work = report
      .then((late) => this.#writeAll(kind, late))
      .finally(() => {
        if (this.#waiting === work) this.#waiting = undefined;
      });
    this.#waiting = work;
    return work;
  }

  #source({ snapshot, at }: EngineReport): DumpSource {
    const config = this.#inputs.config();
    const { reloadTimeFile, reloadRepeat, reloadFile } = processKeywords(config);
    const due = this.#inputs.reloadDue();
    return {
      config,
      snapshot,
      clock: wallClockAt(at),
      ...this.#ids,
      reload: { timeFile: reloadTimeFile, repeat: reloadRepeat, at: due, marker: reloadFile },
      hostName: this.#hostName,
      userName: userName(process.getuid?.() ?? 0),
    };
  }

  #writeAll(kind: DumpKind, report: EngineReport | undefined): void {
    if (report === undefined) return;
    try {
      const source = this.#source(report);
      for (const file of FILES[kind]) this.#writeFile(file, source);
    } catch (error) {
      this.#log.parent.info(`Can't write a dump: ${(error as Error).message}`);
    }
  }

  #writeFile(file: DumpFile, source: DumpSource): void {
    const path = file.path(source.config);
    const [process_, what] = file.said;
    this.#log[process_].detail(`Printing ${what} for process(${process.pid}) on signal`);
    try {
      const text = file.render(source);
      if (text !== undefined) writeDump(path, text);
    } catch (error) {
      this.#log[process_].info(`Can't write ${path}: ${(error as Error).message}`);
    }
  }
}

/** Before a configuration was looked at. */
const NO_IDS: ScriptIds = { ids: () => "0:0", defaultIds: undefined };
