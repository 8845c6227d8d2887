/**
 * Watches `track_file`s through their directories (inotify(7)), so that a file may come, go and be replaced by renaming. A file is
 * read when it was closed after writing, never half-written. Belongs to the main thread: files may stall.
 */

import {
  closeSync,
  constants as fsConstants,
  openSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { TRACK_FILE_BYTES, trackFileNumber } from "../../../check/track-file.js";
import type { EngineConfig } from "../../../engine/platform.js";
import { type Descriptor, native } from "../../both/native.js";
import { Readiness } from "../../both/readiness.js";

type TrackFile = EngineConfig["trackFiles"][number];

const { constants } = native;

/** What there is to hear of a directory. */
const EVENTS =
  constants.IN_CLOSE_WRITE | constants.IN_MOVED_FROM | constants.IN_MOVED_TO | constants.IN_DELETE;

/** `struct inotify_event` without its name: wd, mask, cookie, len. */
const EVENT_SIZE = 16;

/** Who is told. */
export interface FileWatchListener {
  /** The number in a file. */
  number(file: string, number: number): void;
  /** A line for the operator. */
  notice(text: string): void;
}

/** A file with its links resolved. */
interface Watched {
  readonly name: string;
  /** Of the directory. */
  readonly watch: number;
  readonly base: string;
  readonly path: string;
}

/** The watch over all files of a configuration. */
export class FileWatch {
  readonly #listener: FileWatchListener;
  readonly #events = Buffer.alloc(1 << 16);
  #inotify: { readonly descriptor: Descriptor; readonly readiness: Readiness } | undefined;
  #files: Watched[] = [];

  constructor(listener: FileWatchListener) {
    this.#listener = listener;
  }

  /** Watches these files instead of the ones before, and tells what is in them. */
  configure(files: readonly TrackFile[]): void {
    this.close();
    if (files.length === 0) return;
    let descriptor: Descriptor;
    try {
      descriptor = native.openInotify();
    } catch (error) {
      this.#listener.notice(`Unable to monitor track files: ${(error as Error).message}`);
      return;
    }
    this.#inotify = { descriptor, readiness: new Readiness(descriptor, () => this.#read()) };
    for (const file of files) {
      const watched = this.#watch(descriptor, file);
      if (watched === undefined) continue;
      this.#files.push(watched);
      this.#tell(watched);
    }
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.#files = [];
    const inotify = this.#inotify;
    this.#inotify = undefined;
    if (inotify === undefined) return;
    inotify.readiness.close();
    native.close(inotify.descriptor);
  }

  #watch(descriptor: Descriptor, { name, path }: TrackFile): Watched | undefined {
    try {
      const real = resolvePath(path);
      const watch = native.addWatch(descriptor, dirname(real), EVENTS | constants.IN_ONLYDIR);
      return { name, watch, base: basename(real), path: real };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const reason =
        code === "ENOENT" || code === "ENOTDIR"
          ? `Track file directory for ${name} does not exist - not tracked`
          : `track file ${name} is not accessible (${code}) - not tracked`;
      this.#listener.notice(reason);
      return undefined;
    }
  }

  #read(): void {
    const inotify = this.#inotify;
    if (inotify === undefined) return;
    let length: number;
    try {
      length = readSync(inotify.descriptor, this.#events);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "EAGAIN") this.#listener.notice(`inotify: ${message}`);
      return;
    }
    for (let at = 0; at + EVENT_SIZE <= length; ) {
      const size = this.#take(at);
      at += EVENT_SIZE + size;
    }
  }

  /** One event; returns the length of its name. */
  #take(at: number): number {
    const watch = endian(this.#events, at);
    const mask = endian(this.#events, at + 4);
    const size = endian(this.#events, at + 12);
    const text = this.#events.toString("utf8", at + EVENT_SIZE, at + EVENT_SIZE + size);
    const end = text.indexOf("\0");
    const base = end < 0 ? text : text.slice(0, end);
    const gone = (mask & (constants.IN_MOVED_FROM | constants.IN_DELETE)) !== 0;
    if ((mask & constants.IN_Q_OVERFLOW) !== 0) {
      for (const file of this.#files) this.#tell(file);
    } else if ((mask & constants.IN_IGNORED) !== 0) {
      for (const file of this.#files.filter((one) => one.watch === watch)) {
        this.#listener.notice(`The directory of track file ${file.name} is gone - no longer tracked`);
        this.#listener.number(file.name, 0);
      }
      this.#files = this.#files.filter((one) => one.watch !== watch);
    } else if ((mask & constants.IN_ISDIR) === 0) {
      for (const file of this.#files) {
        if (file.watch !== watch || file.base !== base) continue;
        if (gone) this.#listener.number(file.name, 0);
        else this.#tell(file);
      }
    }
    return size;
  }

  #tell({ name, path }: Watched): void {
    const number = readNumber(path);
    if (number === undefined) this.#listener.notice(`Invalid number read from ${path} - ignoring`);
    else this.#listener.number(name, number);
  }
}

/** Writes the files that are to be there from the start (`init_file`); tells what did not work. */
export function initialiseFiles(files: readonly TrackFile[], notice: (text: string) => void): void {
  for (const { name, path, init } of files) {
    if (init === undefined) continue;
    const present = statSync(path, { throwIfNoEntry: false });
    if (present !== undefined && !init.overwrite) continue;
    if (present !== undefined && !present.isFile()) {
      notice(`Cannot initialise track file ${name} - it is not a regular file`);
      continue;
    }
    try {
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = fsConstants;
      const descriptor = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0o666);
      try {
        writeSync(descriptor, `${init.value}\n`);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      notice(`Unable to initialise track file ${name}: ${(error as Error).message}`);
    }
  }
}

/** The path without symbolic links; of a file that is not there, its directory without them. */
function resolvePath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return join(realpathSync(dirname(path)), basename(path));
  }
}

/** The number in a file, 0 when it cannot be read; undefined when it is out of range. */
function readNumber(path: string): number | undefined {
  try {
    // To open a device has effects on some, and a pipe would lose what others wait for.
    if (!statSync(path).isFile()) return 0;
    const descriptor = openSync(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(TRACK_FILE_BYTES);
      const length = readSync(descriptor, bytes);
      return trackFileNumber(bytes.toString("latin1", 0, length));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // keepalived: a file that cannot be read says the same as an empty one.
    return 0;
  }
}

/** A field of a kernel structure: the machine's byte order. */
function endian(bytes: Buffer, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getInt32(0, LITTLE_ENDIAN);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
