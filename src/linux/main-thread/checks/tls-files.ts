/** The PEM files of a check, read again when they change on disk: certificates are renewed without anybody telling us. */

import { readFile, stat } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";

/** Names of the files; see `TlsSettings` in config/config.ts. */
export interface TlsFileNames {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** How often the files are looked at, ms. */
const LOOK_AGAIN = 5_000;

/** Largest file, bytes: a bundle of all public authorities has a fifth of it. */
const LARGEST = 1 << 20;

/** A TLS context made of files. */
export class TlsFiles {
  readonly #names: TlsFileNames;
  #context: SecureContext | undefined;
  #identity = "";
  #lookedAt = Number.NEGATIVE_INFINITY;
  #error: string | undefined;
  #looking: Promise<boolean> | undefined;

  constructor(names: TlsFileNames) {
    this.#names = names;
  }

  /** The context; after a change that cannot be read the one before. Undefined: see {@link error}. */
  get context(): SecureContext | undefined {
    return this.#context;
  }

  /** Why there is no context, or why the newest files are not in use. */
  get error(): string | undefined {
    return this.#error;
  }

  /** True when it is time to {@link look} again. */
  get isStale(): boolean {
    return performance.now() - this.#lookedAt >= LOOK_AGAIN;
  }

  /** Looks at the files, and reads them when they have changed; resolves to true when there is a new context. Never rejects. */
  look(): Promise<boolean> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<boolean> {
    this.#lookedAt = performance.now();
    const { ca, certificate, key } = this.#names;
    try {
      const identity = (await Promise.all([ca, certificate, key].map(identityOf))).join(" ");
      if (identity === this.#identity && this.#context !== undefined) return false;
      const [caText, certText, keyText] = await Promise.all([ca, certificate, key].map(contentOf));
      this.#context = createSecureContext({
        ...(caText === undefined ? {} : { ca: caText }),
        ...(certText === undefined ? {} : { cert: certText }),
        ...(keyText === undefined ? {} : { key: keyText }),
      });
      this.#identity = identity;
      this.#error = undefined;
      return true;
    } catch (error) {
      // A certificate and its key are renewed one after the other: what worked goes on working until they match again.
      this.#error = error instanceof Error ? error.message : String(error);
      return false;
    }
  }
}

async function identityOf(path: string | undefined): Promise<string> {
  if (path === undefined) return "-";
  const stats = await stat(path);
  const { dev, ino, mtimeMs, size } = stats;
  // Before it is read: a device has no end, and a pipe may never begin.
  if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
  if (size > LARGEST) throw new Error(`${path} is larger than ${LARGEST} bytes`);
  return `${dev}:${ino}:${mtimeMs}:${size}`;
}

function contentOf(path: string | undefined): Promise<string> | undefined {
  return path === undefined ? undefined : readFile(path, "utf8");
}
