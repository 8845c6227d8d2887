/**
 * What Vigil has made in the kernel, should it be found at the next start: a small file in the state folder. It is written before
 * anything is added, whole and under another name first, so that a killed daemon leaves the old one or the new one. It counts only
 * in the same boot and network namespace, as everything that it names ends with these.
 */

import { readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.js";

/** What is ours. */
interface Ours {
  /** Identities of addresses, as the engine makes them. */
  readonly addresses: readonly string[];
  /** Names of virtual interfaces. */
  readonly links: readonly string[];
}

/** What the file contains, as JSON. */
interface Content extends Ours {
  readonly boot: string;
  readonly namespace: string;
}

const NOTHING: Ours = { addresses: [], links: [] };

/** Keeps it. */
export class StateJournal {
  readonly #path: string;
  readonly #notice: (text: string) => void;
  #ours: Ours | undefined;
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

  /** Replaces a part of it. Never throws: what cannot be kept is told. */
  write(part: Partial<Ours>): void {
    const ours = { ...this.#read(), ...part };
    this.#ours = ours;
    try {
      if (ours.addresses.length + ours.links.length === 0) rmSync(this.#path, { force: true });
      else this.#replace({ ...surroundings(), ...ours });
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

  #read(): Ours {
    this.#ours ??= this.#load();
    return this.#ours;
  }

  #load(): Ours {
    try {
      return oursIn(readFileSync(this.#path, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#complain(error as Error);
      return NOTHING;
    }
  }

  #complain(error: Error): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#notice(
      `Cannot keep ${this.#path}: ${error.message}. After a crash of daemon and guardian together, what Vigil made may be taken for the host's own`,
    );
  }
}

/** A damaged file, and one of another boot or namespace, say nothing. */
function oursIn(text: string): Ours {
  let content: Partial<Content>;
  try {
    content = JSON.parse(text) as Partial<Content>;
  } catch {
    // Not ours to mend: the next change replaces it.
    return NOTHING;
  }
  const here = surroundings();
  if (content.boot !== here.boot || content.namespace !== here.namespace) return NOTHING;
  return { addresses: textsIn(content.addresses), links: textsIn(content.links) };
}

function textsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}

function surroundings(): Omit<Content, keyof Ours> {
  return {
    boot: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
    namespace: readlinkSync("/proc/self/ns/net"),
  };
}
