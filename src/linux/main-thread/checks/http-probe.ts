/**
 * Asks a server by HTTP or HTTPS for its health, over a connection that stays open: that is cheap, and the death of the server is
 * seen at once.
 */

import type { CheckFailure, CheckResult } from "../../../check/check-result.js";
import type { HttpResponse } from "../../../check/http-response.js";
import { type ExpectedResponse, judgeResponse } from "../../../check/http-verdict.js";
import { HttpConnection, type HttpConnectionListener } from "./http-connection.js";
import { isListening } from "./listeners.js";
import type { Probe } from "./probe.js";
import { type TlsFileNames, TlsFiles } from "./tls-files.js";

/** See `HttpProbe` in config/config.ts. */
export interface HttpProbeSettings extends ExpectedResponse {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly tls:
    | (TlsFileNames & { readonly serverName: string | undefined; readonly insecure: boolean })
    | undefined;
}

/** A connection is replaced when it is this old, ms: a server elsewhere that lives but does not listen any more is found so. */
const MAX_AGE = 30_000;

/** Pauses before a connection is tried again that was accepted and closed without an answer, ms: a dying server closes last what it accepted last. */
const RETRIES = [1, 5, 20] as const;

/** What files of ours that are too old may explain. A server that does not accept our certificate may just close. */
const OF_OLD_FILES: ReadonlySet<CheckFailure> = new Set(["certificate", "clientRejected", "closed"]);

interface Look {
  readonly done: (result: CheckResult) => void;
  retries: number;
  /** The files were looked at because of a failure. */
  filesRead: boolean;
}

/** The probe. */
export class HttpProbe implements Probe, HttpConnectionListener {
  readonly #settings: HttpProbeSettings;
  readonly #disturbed: () => void;
  readonly #files: TlsFiles | undefined;
  /** ms after which a look is given up with a text that says where it hangs; a little before the engine does. */
  readonly #patience: number;
  readonly #timeout: number;
  readonly #timer: NodeJS.Timeout;
  #connection: HttpConnection | undefined;
  /** `performance.now()` when it was made; −∞ when it is to be replaced. */
  #connectedAt = 0;
  /** The kernel listed the listener at the other end of the connection. */
  #listed = false;
  #askedAt = 0;
  #look: Look | undefined;
  #retry: NodeJS.Timeout | undefined;

  /**
   * @param timeout for a whole look, ms.
   * @param disturbed called when the open connection is closed while nothing was asked.
   */
  constructor(settings: HttpProbeSettings, timeout: number, disturbed: () => void) {
    this.#settings = settings;
    this.#disturbed = disturbed;
    this.#files = settings.tls && new TlsFiles(settings.tls);
    this.#timeout = timeout;
    this.#patience = timeout - Math.min(timeout / 5, Math.max(20, timeout / 20));
    this.#timer = setTimeout(() => this.#impatient(), this.#patience);
  }

  start(done: (result: CheckResult) => void): void {
    this.abandon();
    this.#look = { done, retries: 0, filesRead: false };
    this.#timer.refresh();
    const files = this.#files;
    if (files?.isStale === true) {
      const first = files.context === undefined;
      void files.look().then((changed) => {
        if (first) this.#ask();
        else if (changed) this.#connectedAt = Number.NEGATIVE_INFINITY;
      });
      if (first) return;
    }
    this.#ask();
  }

  abandon(): void {
    clearTimeout(this.#retry);
    if (this.#look === undefined) return;
    this.#look = undefined;
    this.#drop();
  }

  close(): void {
    this.#look = undefined;
    clearTimeout(this.#retry);
    clearTimeout(this.#timer);
    this.#drop();
  }

  // ---- HttpConnectionListener

  open(): void {
    if (this.#look !== undefined) this.#connection?.ask();
  }

  answered(response: HttpResponse): void {
    if (!response.keepAlive) this.#connection = undefined;
    this.#end(judgeResponse(this.#settings, response));
  }

  lost(failure: CheckResult, answering: boolean): void {
    const reused = answering && this.#connectedAt < this.#askedAt;
    this.#connection = undefined;
    const look = this.#look;
    if (look === undefined) {
      this.#disturbed();
      return;
    }
    if (failure.ok || failure.failure !== "closed") {
      this.#endWithFiles(look, failure);
    } else if (reused) {
      // It was closed while our question was on its way; that says nothing yet.
      this.#connect();
    } else {
      const pause = RETRIES[look.retries++];
      if (pause === undefined) this.#endWithFiles(look, failure);
      else this.#retry = setTimeout(() => this.#connect(), pause);
    }
  }

  // ---- inside

  #ask(): void {
    if (this.#look === undefined) return;
    this.#askedAt = performance.now();
    const connection = this.#connection;
    if (connection?.isIdle === true && this.#askedAt - this.#connectedAt < MAX_AGE) {
      connection.ask();
      void this.#lookForListener(connection);
    } else this.#connect();
  }

  /** A server of this host may have closed its listener and go on to serve the connections that it has. */
  async #lookForListener(connection: HttpConnection): Promise<void> {
    const { peer } = connection;
    const listening = peer !== undefined && (await isListening(peer));
    if (this.#connection !== connection || listening === this.#listed) return;
    this.#listed = listening;
    if (listening) return;
    // No proof yet: a new connection tells.
    this.#connectedAt = Number.NEGATIVE_INFINITY;
    this.#disturbed();
  }

  #connect(): void {
    if (this.#look === undefined) return;
    this.#drop();
    const { host, port, path, tls } = this.#settings;
    const context = this.#files?.context;
    if (this.#files !== undefined && context === undefined) {
      const text = `TLS cannot be set up: ${this.#files.error ?? "the files are being read"}`;
      queueMicrotask(() => this.#end({ ok: false, failure: "setup", text }));
      return;
    }
    this.#connectedAt = performance.now();
    this.#listed = false;
    this.#connection = new HttpConnection(
      { host, port, path, tls: tls && context && { ...tls, context } },
      this,
    );
  }

  /** Ends the look, unless the files were renewed since they were read: then once more with the new ones. */
  #endWithFiles(look: Look, result: CheckResult): void {
    const files = this.#files;
    if (files === undefined || look.filesRead || result.ok || !OF_OLD_FILES.has(result.failure)) {
      this.#end(result);
      return;
    }
    look.filesRead = true;
    void files.look().then((changed) => {
      if (this.#look !== look) return;
      if (changed) this.#connect();
      else this.#end(result);
    });
  }

  #impatient(): void {
    if (this.#look === undefined) return;
    const phase = this.#connection?.phase ?? "no connection";
    const text = `${phase} from ${this.#settings.host}:${this.#settings.port} within ${Math.round(this.#timeout)} ms`;
    this.#drop();
    this.#end({ ok: false, failure: "timedOut", text });
  }

  #end(result: CheckResult): void {
    const look = this.#look;
    this.#look = undefined;
    clearTimeout(this.#retry);
    look?.done(result);
  }

  #drop(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
