/** Watching a descriptor of the addon on the thread's event loop. */

import { type Descriptor, native, type PollerId } from "./native.js";

/** Calls back for as long as a descriptor has something to read. Keeps the event loop alive until closed. */
export class Readiness {
  readonly #poller: PollerId;
  #open = true;

  /**
   * @param onReadable reads; called again soon when it leaves something. An error pending on a socket comes this way too, and
   *   reading takes it off.
   * @throws an error with `code` when the descriptor cannot be watched, or is watched already.
   */
  constructor(descriptor: Descriptor, onReadable: () => void) {
    this.#poller = native.startPoll(descriptor, native.constants.UV_READABLE, (status) => {
      if (status < 0) native.resumePoll(this.#poller);
      onReadable();
    });
  }

  /** Stops watching; the descriptor may be closed after. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    native.stopPoll(this.#poller);
  }
}
