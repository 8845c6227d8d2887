/** What systemd wants to hear, by sd_notify(3); nothing is said where nobody asked for it. */

import { now } from "../linux/both/clock.js";
import { UnixDatagrams } from "../linux/main-thread/process/unix-datagrams.js";

/** A watchdog is fed this many times in the span that systemd gives it. */
const FEEDS_PER_SPAN = 3;

/** The service manager that started us, if any. */
export class Systemd {
  readonly #socket: UnixDatagrams | undefined;
  /** µs; undefined without a watchdog. */
  readonly #watchdogSpan: number | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #status = "";

  /** Takes its variables out of the environment, which scripts get. */
  constructor(environment: NodeJS.ProcessEnv) {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: span, WATCHDOG_PID: pid } = environment;
    delete environment.NOTIFY_SOCKET;
    delete environment.WATCHDOG_USEC;
    delete environment.WATCHDOG_PID;
    this.#socket = path === undefined || !/^[/@]./.test(path) ? undefined : new UnixDatagrams(path);
    const ours = pid === undefined || Number(pid) === process.pid;
    this.#watchdogSpan = ours && Number(span) > 0 ? Number(span) : undefined;
  }

  /** The daemon runs. */
  ready(): void {
    const status = this.#status === "" ? [] : [`STATUS=${this.#status}`];
    this.#send("READY=1", `MAINPID=${process.pid}`, ...status);
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

  /** One line for people; told when it differs from the last one. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#send(`STATUS=${text}`);
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
    this.#socket?.send(lines.join("\n"));
  }
}
