/** Drains that outlive the daemon: a file for each instance, whose existence is what counts. */

import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { plainText } from "../base/plain-text.js";
import type { Drain } from "../engine/platform.js";
import { makeFolder } from "./make-folder.js";

const SUFFIX = ".json";

/** Characters of a reason that are kept. */
const LONGEST_REASON = 200;

/** A folder of them. */
export class DrainFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Instances that have a file; one that cannot be read counts, without a reason. @throws when the folder cannot be read. */
  async read(): Promise<Drain[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return Promise.all(
      names
        .filter((name) => name.endsWith(SUFFIX))
        .map(async (name) => ({
          instance: decoded(name.slice(0, -SUFFIX.length)),
          reason: await this.#reason(name),
        })),
    );
  }

  /** Writes one, so that a loss of power leaves it whole or not there. @throws {Error} */
  async write({ instance, reason }: Drain): Promise<void> {
    makeFolder(this.#folder);
    const temporary = join(this.#folder, `${randomUUID()}.tmp`);
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ instance, reason })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#pathOf(instance));
      await this.#syncFolder();
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Removes one that may not be there. @throws {Error} */
  async remove(instance: string): Promise<void> {
    await rm(this.#pathOf(instance), { force: true });
  }

  #pathOf(instance: string): string {
    return join(this.#folder, encodeURIComponent(instance) + SUFFIX);
  }

  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async #reason(name: string): Promise<string> {
    try {
      const value: unknown = JSON.parse(await readFile(join(this.#folder, name), "utf8"));
      if (typeof value !== "object" || value === null || !("reason" in value)) return "";
      return cleanReason(String(value.reason));
    } catch {
      return "";
    }
  }
}

/** One line of a bounded length, fit for a log. */
export function cleanReason(text: string): string {
  return plainText(text.replace(/\s+/gu, " ")).trim().slice(0, LONGEST_REASON);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
