/** What systemd wants to hear, by sd_notify(3); nothing is said where nobody asked for it. */

import { plainText } from "../base/plain-text.js";
import { now } from "../linux/both/clock.js";

/** A watchdog is fed this many times in the span that systemd gives it. */
const FEEDS_PER_SPAN = 3;

/** The service manager that started us, if any. */
export class Systemd {
  readonly #tell: ((text: string) => void) | undefined;
  /** The process that the service manager knows. */
  readonly #mainPid: number;
  /** µs; undefined without a watchdog. */
  readonly #watchdogSpan: number | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #status = "";

  /** @param tell hands on to the service manager; the parent does, since messages of other processes may not count. */
  constructor(environment: NodeJS.ProcessEnv, mainPid: number, tell: (text: string) => void) {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: span, WATCHDOG_PID: pid } = environment;
    this.#mainPid = mainPid;
    this.#tell = path === undefined || !/^[/@]./.test(path) ? undefined : tell;
    const ours = pid === undefined || Number(pid) === mainPid;
    this.#watchdogSpan = ours && Number(span) > 0 ? Number(span) : undefined;
  }

  /** The daemon runs. */
  ready(): void {
    const status = this.#status === "" ? [] : [`STATUS=${this.#status}`];
    this.#send("READY=1", `MAINPID=${this.#mainPid}`, ...status);
  }

  /** A configuration is being read; to be followed by {@link ready}. */
  reloading(): void {
    this.#send("RELOADING=1", `MONOTONIC_USEC=${now()}`);
  }

  /** The daemon ends. */
  stopping(): void {
    clearInterval(this.#watchdog);
    this.#send("STOPPING=1", "STATUS=stopping");
  }

  /** One line for people, told when it differs from the last one. A new line in it would be a message of its own. */
  status(text: string): void {
    const line = plainText(text);
    if (line === this.#status) return;
    this.#status = line;
    this.#send(`STATUS=${line}`);
  }

  /** Feeds the watchdog for as long as `isAlive` comes true within the span. */
  watch(isAlive: () => Promise<boolean>): void {
    if (this.#watchdogSpan === undefined) return;
    const feed = () =>
      void isAlive().then((alive) => {
        if (alive) this.#send("WATCHDOG=1");
      });
    feed();
    this.#watchdog = setInterval(feed, this.#watchdogSpan / 1_000 / FEEDS_PER_SPAN);
  }

  #send(...lines: readonly string[]): void {
    this.#tell?.(lines.join("\n"));
  }
}
