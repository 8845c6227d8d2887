/** Settings of the kernel under /proc/sys that are changed for a while. */

import { readFileSync, writeFileSync } from "node:fs";

/** Remembers what was there before. For the main thread: each change is a file. */
export class Sysctls {
  readonly #notice: (text: string) => void;
  /** Values to put back, by path. */
  readonly #before = new Map<string, string>();

  constructor(notice: (text: string) => void) {
    this.#notice = notice;
  }

  /** Goes over to these settings, `net/ipv4/…` to value: what was set and is wanted no more gets its old value back. */
  set(wanted: ReadonlyMap<string, string>): void {
    for (const [path, value] of this.#before) {
      if (wanted.has(path)) continue;
      this.#before.delete(path);
      this.#write(path, value);
    }
    for (const [path, value] of wanted) {
      if (this.#before.has(path)) continue;
      const before = this.#read(path);
      if (before === undefined || before === value) continue;
      this.#before.set(path, before);
      this.#write(path, value);
    }
  }

  /** Puts everything back. */
  restore(): void {
    this.set(new Map());
  }

  #read(path: string): string | undefined {
    try {
      return readFileSync(`/proc/sys/${path}`, "utf8").trim();
    } catch {
      // An interface that does not exist yet.
      return undefined;
    }
  }

  #write(path: string, value: string): void {
    try {
      writeFileSync(`/proc/sys/${path}`, value);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      this.#notice(`cannot set ${path} to ${value}: ${(error as Error).message}`);
    }
  }
}
