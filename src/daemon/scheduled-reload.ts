/** `reload_time_file`: a file that says when to reload, watched for as long as the configuration names it. */

import { constants, type FSWatcher, watch } from "node:fs";
import { open, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Logger } from "./logging.js";
import type { ProcessKeywords } from "./process-settings.js";
import { formatReloadTime, parseReloadTime, type ReloadTime } from "./reload-time.js";

/** Longest wait that a timer takes, ms; further ones are waited for in pieces. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** How much of the file is read, bytes: it has one line with a time. */
const BEGINNING = 256;

/** The schedule of one daemon. */
export class ScheduledReload {
  readonly #reload: () => void;
  readonly #log: Logger;
  #path: string | undefined;
  #repeat = false;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #next: ReloadTime | undefined;

  /** @param reload called when the time has come. */
  constructor(reload: () => void, log: Logger) {
    this.#reload = reload;
    this.#log = log;
  }

  /** Takes a configuration's settings. */
  configure({ reloadTimeFile, reloadRepeat }: ProcessKeywords): void {
    this.#repeat = reloadRepeat;
    if (reloadTimeFile === this.#path) return;
    this.close();
    this.#path = reloadTimeFile;
    if (reloadTimeFile === undefined) return;
    try {
      // The directory, as the file comes and goes.
      this.#watcher = watch(dirname(reloadTimeFile), { persistent: false }, (_event, name) => {
        if (name === null || name === basename(reloadTimeFile)) void this.#read(reloadTimeFile);
      });
      this.#watcher.on("error", (error) => this.#log.info(`reload_time_file: ${error.message}`));
    } catch (error) {
      this.#log.info(`reload_time_file: ${(error as Error).message}`);
    }
    void this.#read(reloadTimeFile);
  }

  /** When the next reload is due, in words; undefined: none is. */
  get due(): string | undefined {
    return this.#next && formatReloadTime(this.#next);
  }

  /** Forgets the schedule. */
  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#path = undefined;
    this.#schedule(undefined);
  }

  async #read(path: string): Promise<void> {
    const text = await readBeginning(path).catch(() => "");
    if (path !== this.#path) return;
    const next = parseReloadTime(text.split("\n")[0] ?? "", new Date());
    if (next === undefined && text.trim() !== "") this.#log.info(`reload_time_file ${path}: no time to come`);
    this.#schedule(next);
  }

  #schedule(next: ReloadTime | undefined): void {
    const known = this.#next?.at.getTime() === next?.at.getTime();
    this.#next = next;
    if (known) return;
    clearTimeout(this.#timer);
    if (next === undefined) return;
    this.#log.info(`Scheduling reload for ${formatReloadTime(next)}`);
    this.#wait(next);
  }

  #wait(next: ReloadTime): void {
    const wait = Math.max(0, next.at.getTime() - Date.now());
    this.#timer = setTimeout(
      () => {
        if (next.at.getTime() > Date.now()) this.#wait(next);
        else void this.#fire(next);
      },
      Math.min(wait, LONGEST_WAIT),
    );
    this.#timer.unref();
  }

  async #fire(next: ReloadTime): Promise<void> {
    const path = this.#path;
    this.#next = undefined;
    if (path === undefined) return;
    if (!this.#repeat || next.dated) await rm(path, { force: true }).catch(() => {});
    this.#reload();
    await this.#read(path);
  }
}

/** The first bytes of a regular file; "" of anything else, which may have no end. */
async function readBeginning(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return "";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
