/** Opens a TCP connection, which a listener's kernel accepts, and closes it again. */

import { connect, type Socket } from "node:net";
import type { CheckResult } from "../../../check/check-result.js";
import { lookupOnce } from "./name-lookup.js";
import { failureOfSystem, type Probe } from "./probe.js";

/** The probe. */
export class TcpProbe implements Probe {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#host = target.host;
    this.#port = target.port;
  }

  start(done: (result: CheckResult) => void): void {
    this.abandon();
    const target = `${this.#host}:${this.#port}`;
    const socket = connect({ host: this.#host, port: this.#port, lookup: lookupOnce });
    this.#socket = socket;
    socket.once("connect", () => {
      if (this.#socket !== socket) return;
      this.abandon();
      done({ ok: true, text: `${target} accepts connections` });
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (this.#socket !== socket) return;
      this.abandon();
      done(failureOfSystem(error.code ?? "", target, error.message));
    });
  }

  abandon(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    // Closed in good order when it is connected: a reset is a line in the logs of some servers.
    if (socket?.connecting === false && !socket.destroyed) socket.end(() => socket.destroy());
    else socket?.destroy();
  }

  close(): void {
    this.abandon();
  }
}
