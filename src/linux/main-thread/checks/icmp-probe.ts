/** Sends an echo request and waits for its answer: for gateways. */

import { isIP } from "node:net";
import type { CheckResult } from "../../../check/check-result.js";
import { type Echo, EchoSocket } from "./echo-socket.js";
import { lookupOnce } from "./name-lookup.js";
import { failureOfSystem, type Probe } from "./probe.js";

/** The probe. */
export class IcmpProbe implements Probe {
  readonly #host: string;
  #echo: Echo | undefined;
  #done: ((result: CheckResult) => void) | undefined;

  constructor(target: { readonly host: string }) {
    this.#host = target.host;
  }

  start(done: (result: CheckResult) => void): void {
    this.abandon();
    this.#done = done;
    const family = isIP(this.#host);
    if (family === 4 || family === 6) {
      queueMicrotask(() => this.#send(done, this.#host, family));
      return;
    }
    lookupOnce(this.#host, {}, (error, address, found) => {
      if (error !== null) this.#end(done, failureOfSystem(error.code ?? "", this.#host, error.message));
      else this.#send(done, String(address), found === 6 ? 6 : 4);
    });
  }

  abandon(): void {
    this.#done = undefined;
    this.#echo?.cancel();
    this.#echo = undefined;
  }

  close(): void {
    this.abandon();
  }

  #send(done: (result: CheckResult) => void, address: string, family: 4 | 6): void {
    if (this.#done !== done) return;
    const failed = (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const unreachable = /unreachable/i.test(message) ? "ENETUNREACH" : "";
      this.#end(done, failureOfSystem(unreachable, this.#host, message));
    };
    try {
      this.#echo = EchoSocket.of(family).send(
        address,
        () => this.#end(done, { ok: true, text: `${this.#host} answers` }),
        failed,
      );
    } catch (error) {
      failed(error);
    }
  }

  /** Unless the look was given up meanwhile. */
  #end(done: (result: CheckResult) => void, result: CheckResult): void {
    if (this.#done !== done) return;
    this.abandon();
    done(result);
  }
}
