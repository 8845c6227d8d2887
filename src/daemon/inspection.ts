/** What can be seen of the daemon from outside while it runs: its events, the control API, and the line for systemd. */

import type { Micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";
import { statusReport } from "../report/status.js";
import { ControlServer } from "./control/control-server.js";
import type { ControlCommands } from "./control/routes.js";
import { SharedReport } from "./control/shared-report.js";
import { controlSocketPath } from "./control/socket-path.js";
import type { EngineReport } from "./engine-thread.js";
import { EventHistory } from "./event-history.js";
import { wallClockAt } from "./wall-clock.js";

/** How often the sentence is looked at without an event, ms: what was heard of others grows old in silence. */
const LOOK_AGAIN = 2_000;

/** How much longer than it took to look the next look waits. */
const PAUSE = 10;

/** Keeps what happened, and shows what is. */
export class Inspection {
  readonly #history = new EventHistory();
  readonly #reports: SharedReport;
  readonly #tell: (sentence: string) => void;
  #control: ControlServer | undefined;
  #refreshing = false;
  #refreshAgain = false;
  #again: NodeJS.Timeout | undefined;

  /**
   * @param take a snapshot of the engine; undefined while it does not run.
   * @param tell given the node's state in one sentence, whenever it may have changed.
   */
  constructor(take: () => Promise<EngineReport | undefined>, tell: (sentence: string) => void) {
    this.#reports = new SharedReport(take);
    this.#tell = tell;
  }

  /** An event of the engine, at its time. */
  note(event: EngineEvent, at: Micros): void {
    if (this.#history.note(event, at)) void this.refresh();
  }

  /** From now on the sentence stays true without an event too. */
  keepTelling(): void {
    this.#again ??= setInterval(() => void this.refresh(), LOOK_AGAIN).unref();
  }

  /** Tells the sentence of now; however often it is asked for meanwhile, once more. */
  async refresh(): Promise<void> {
    this.#refreshAgain = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#refreshAgain = false;
    const start = performance.now();
    try {
      await this.#tellSentence();
    } catch (error) {
      // A mistake of ours in a text must not cost the addresses.
      this.#tell(`state unknown: ${error instanceof Error ? error.message : error}`);
    }
    // While thousands of routers change, the engine has better things to do than to report about all of them again and again.
    const pause = PAUSE * (performance.now() - start);
    setTimeout(() => {
      this.#refreshing = false;
      if (this.#refreshAgain) void this.refresh();
    }, pause).unref();
  }

  async #tellSentence(): Promise<void> {
    const report = await this.#reports.fresh();
    if (report === undefined) return;
    const status = statusReport(report.snapshot, wallClockAt(report.at));
    if (status !== undefined) this.#tell(status.node.sentence);
  }

  /**
   * Opens the control API; `instance` is keepalived's, for the name of the socket. `say` gets a line for the log when the socket was
   * made again.
   * @throws {Error} why there is none. The daemon does all its work without.
   */
  async open(
    instance: string | undefined,
    commands: ControlCommands,
    say: (text: string) => void,
  ): Promise<void> {
    const path = controlSocketPath(instance);
    if (path === undefined) return;
    const routes = { ...commands, report: () => this.#reports.get(), events: this.#history };
    this.#control = await ControlServer.listen(path, routes, say);
  }

  /** Closes the control API and says no more. */
  close(): void {
    clearInterval(this.#again);
    this.#control?.close();
  }
}
