/** Core dumps, `-m` and `-M` of keepalived(8). */

import { readFileSync, writeFileSync } from "node:fs";
import { native } from "../../both/native.js";

const PATTERN_FILE = "/proc/sys/kernel/core_pattern";

/** What the command line asks for. */
export interface CoreDumpChoice {
  /** Allow them. */
  readonly coreDumps: boolean;
  /** Set the system's pattern, until the end. */
  readonly corePattern: string | undefined;
}

/** Allows core dumps of this process, its children's included. */
export class CoreDumps {
  #pattern: string | undefined;

  /** @param tell in one line what could not be done. */
  constructor(choice: CoreDumpChoice, tell: (line: string) => void) {
    try {
      if (choice.coreDumps || choice.corePattern !== undefined) native.allowCoreDumps();
      if (choice.corePattern === undefined) return;
      const before = readFileSync(PATTERN_FILE, "latin1");
      writeFileSync(PATTERN_FILE, choice.corePattern);
      this.#pattern = before;
    } catch (error) {
      tell(`Unable to set up core dumps: ${(error as Error).message}`);
    }
  }

  /** Sets the system's pattern back. */
  restore(): void {
    if (this.#pattern === undefined) return;
    try {
      writeFileSync(PATTERN_FILE, this.#pattern);
    } catch {
      // It could be set, so only a system that ends meanwhile keeps us from it.
    }
  }
}
