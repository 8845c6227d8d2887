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

/** Keeps what happened, and shows what is. */
export class Inspection {
  readonly #history = new EventHistory();
  readonly #reports: SharedReport;
  readonly #tell: (sentence: string) => void;
  #control: ControlServer | undefined;
  #refreshing = false;
  #refreshAgain = false;

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

  /** Tells the sentence of now; however often it is asked for meanwhile, once more. */
  async refresh(): Promise<void> {
    this.#refreshAgain = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    while (this.#refreshAgain) {
      this.#refreshAgain = false;
      const report = await this.#reports.fresh();
      if (report === undefined) continue;
      const status = statusReport(report.snapshot, wallClockAt(report.at));
      if (status !== undefined) this.#tell(status.node.sentence);
    }
    this.#refreshing = false;
  }

  /**
   * Opens the control API; `instance` is keepalived's, for the name of the socket.
   * @throws {Error} why there is none. The daemon does all its work without.
   */
  async open(instance: string | undefined, commands: ControlCommands): Promise<void> {
    const path = controlSocketPath(instance);
    if (path === undefined) return;
    this.#control = await ControlServer.listen(path, {
      ...commands,
      report: () => this.#reports.get(),
      events: this.#history,
    });
  }

  /** Closes the control API. */
  close(): void {
    this.#control?.close();
  }
}
