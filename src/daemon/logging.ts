/**
 * The daemon's log: keepalived's line format on the console, JSON by choice. A target that does not take lines loses lines,
 * never time: what cannot be written at once is dropped and counted.
 */

import { type DestinationStream, pino } from "pino";

/** How and how much to log. */
export interface LogOptions {
  /** `-l` together with `-n`: lines on stderr. */
  readonly console: boolean;
  /** `-D`: lines marked as detail too. */
  readonly detail: boolean;
  readonly format: "keepalived" | "json";
}

/** Bytes that may wait for a slow reader of stderr before lines are dropped. */
const BACKLOG_LIMIT = 1 << 20;

/** Where lines go. */
export interface Logger {
  /** A line that is always written. */
  info(text: string, fields?: object): void;
  /** A line that is written with `-D` only. */
  detail(text: string, fields?: object): void;
  /** Lines lost to a target that did not take them. */
  readonly lost: number;
}

/** Opens the log. */
export function openLog(options: LogOptions): Logger {
  const target = new StderrTarget();
  if (!options.console) return new SilentLogger();
  if (options.format === "json") return new JsonLogger(target, options.detail);
  return new ConsoleLogger(target, options.detail);
}

/** stderr that never waits. */
class StderrTarget implements DestinationStream {
  lost = 0;

  write(line: string): void {
    if (process.stderr.writableLength > BACKLOG_LIMIT) {
      this.lost++;
      return;
    }
    process.stderr.write(line);
  }
}

class SilentLogger implements Logger {
  readonly lost = 0;
  info(): void {}
  detail(): void {}
}

class ConsoleLogger implements Logger {
  readonly #target: StderrTarget;
  readonly #detail: boolean;

  constructor(target: StderrTarget, detail: boolean) {
    this.#target = target;
    this.#detail = detail;
  }

  get lost(): number {
    return this.#target.lost;
  }

  info(text: string): void {
    this.#target.write(`${consoleTime(new Date())}: ${text}\n`);
  }

  detail(text: string): void {
    if (this.#detail) this.info(text);
  }
}

class JsonLogger implements Logger {
  readonly #target: StderrTarget;
  readonly #pino: ReturnType<typeof pino>;

  constructor(target: StderrTarget, detail: boolean) {
    this.#target = target;
    this.#pino = pino({ level: detail ? "debug" : "info", base: { pid: process.pid } }, target);
  }

  get lost(): number {
    return this.#target.lost;
  }

  info(text: string, fields: object = {}): void {
    this.#pino.info(fields, text);
  }

  detail(text: string, fields: object = {}): void {
    this.#pino.debug(fields, text);
  }
}

/** ctime(3) without its newline, as keepalived writes it: `Mon Nov 23 00:25:33 2026`. */
export function consoleTime(date: Date): string {
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = String(date.getDate()).padStart(2, " ");
  return `${days[date.getDay()]} ${months[date.getMonth()]} ${day} ${clock} ${date.getFullYear()}`;
}
