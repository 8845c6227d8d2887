/**
 * Which addresses are Vigil's should they be found at the next start: a small file in the state folder. It is written before
 * anything is added, whole and under another name first, so that a killed daemon leaves the old one or the new one. It counts
 * only in the same boot and network namespace, as all addresses end with these.
 */

import { readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.js";

/** What the file contains, as JSON. */
interface Content {
  readonly boot: string;
  readonly namespace: string;
  /** Identities of addresses, as the engine makes them. */
  readonly addresses: readonly string[];
}

/** Keeps identities of addresses. */
export class AddressJournal {
  readonly #path: string | undefined;
  readonly #notice: (text: string) => void;
  #addresses: readonly string[] | undefined;
  #complained = false;

  /** @param path absolute; undefined: there is no place for it. @param notice called once when it cannot be kept. */
  constructor(path: string | undefined, notice: (text: string) => void) {
    this.#path = path;
    this.#notice = notice;
  }

  /** What was last written in this boot and network namespace; empty when that is not known. */
  read(): readonly string[] {
    this.#addresses ??= this.#load();
    return this.#addresses;
  }

  /** Replaces what is written. Never throws: what cannot be kept is told. */
  write(addresses: readonly string[]): void {
    this.#addresses = addresses;
    if (this.#path === undefined) return;
    try {
      if (addresses.length === 0) rmSync(this.#path, { force: true });
      else this.#replace(this.#path, { ...surroundings(), addresses });
    } catch (error) {
      this.#complain(error as Error);
    }
  }

  #replace(path: string, content: Content): void {
    makeFolder(dirname(path));
    const temporary = `${path}.new`;
    writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  }

  #load(): readonly string[] {
    if (this.#path === undefined) return [];
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#complain(error as Error);
      return [];
    }
    return addressesIn(text);
  }

  #complain(error: Error): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#notice(
      `Cannot keep ${this.#path}: ${error.message}. After a crash of daemon and parent together, an address that Vigil added may be taken for the host's own`,
    );
  }
}

/** A damaged file, and one of another boot or namespace, say nothing. */
function addressesIn(text: string): readonly string[] {
  try {
    const { boot, namespace, addresses } = JSON.parse(text) as Partial<Content>;
    const here = surroundings();
    if (boot !== here.boot || namespace !== here.namespace || !Array.isArray(addresses)) return [];
    return addresses.filter((address) => typeof address === "string");
  } catch {
    // Not ours to mend: the next change replaces it.
    return [];
  }
}

function surroundings(): Omit<Content, "addresses"> {
  return {
    boot: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
    namespace: readlinkSync("/proc/self/ns/net"),
  };
}
