/**
 * What the next start must know of this one: what Vigil has made in the kernel, and the AH sequence numbers that it has heard. A small
 * file in the state folder holds it. The file is written before anything is added to the kernel. It is written whole and under
 * another name first, so that a killed daemon leaves the old one or the new one. It counts only in the same boot and network namespace:
 * the kernel's things end with these, and after a boot of all nodes the sequence numbers begin anew.
 */

import { readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.js";

/** What is remembered. */
interface Memory {
  /** Identities of addresses, as the engine makes them. */
  readonly addresses: readonly string[];
  /** Names of virtual interfaces. */
  readonly links: readonly string[];
  /** AH sequence numbers as the engine writes them, one text for each sender. */
  readonly sequences: readonly string[];
}

/** What the file contains, as JSON. */
interface Content extends Memory {
  readonly boot: string;
  readonly namespace: string;
}

const NOTHING: Memory = { addresses: [], links: [], sequences: [] };

/** Keeps it. */
export class StateJournal {
  readonly #path: string;
  readonly #notice: (text: string) => void;
  #memory: Memory | undefined;
  #complained = false;

  /** @param path absolute. @param notice called once when it cannot be kept. */
  constructor(path: string, notice: (text: string) => void) {
    this.#path = path;
    this.#notice = notice;
  }

  /** Addresses that are ours; empty when that is not known. */
  get addresses(): readonly string[] {
    return this.#read().addresses;
  }

  /** Virtual interfaces that are ours; empty when that is not known. */
  get links(): readonly string[] {
    return this.#read().links;
  }

  /** AH sequence numbers that were heard; empty when they are not known. */
  get sequences(): readonly string[] {
    return this.#read().sequences;
  }

  /** Replaces a part of it. Never throws: what cannot be kept is told. */
  write(part: Partial<Memory>): void {
    const memory = { ...this.#read(), ...part };
    this.#memory = memory;
    try {
      if (Object.values(memory).every(({ length }) => length === 0)) rmSync(this.#path, { force: true });
      else this.#replace({ ...surroundings(), ...memory });
    } catch (error) {
      this.#complain(error as Error);
    }
  }

  #replace(content: Content): void {
    makeFolder(dirname(this.#path));
    const temporary = `${this.#path}.new`;
    writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600 });
    renameSync(temporary, this.#path);
  }

  #read(): Memory {
    this.#memory ??= this.#load();
    return this.#memory;
  }

  #load(): Memory {
    try {
      return memoryIn(readFileSync(this.#path, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#complain(error as Error);
      return NOTHING;
    }
  }

  #complain(error: Error): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#notice(
      `Cannot keep ${this.#path}: ${error.message}. After a crash of daemon and guardian together, what Vigil made may be taken for the host's own, and recorded adverts with AH may be believed`,
    );
  }
}

/** A damaged file, and one of another boot or namespace, say nothing. */
function memoryIn(text: string): Memory {
  let content: Partial<Content>;
  try {
    content = JSON.parse(text) as Partial<Content>;
  } catch {
    // Nothing to mend here: the next change replaces it.
    return NOTHING;
  }
  const here = surroundings();
  if (content.boot !== here.boot || content.namespace !== here.namespace) return NOTHING;
  return {
    addresses: textsIn(content.addresses),
    links: textsIn(content.links),
    sequences: textsIn(content.sequences),
  };
}

function textsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}

function surroundings(): Omit<Content, keyof Memory> {
  return {
    boot: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
    namespace: readlinkSync("/proc/self/ns/net"),
  };
}
