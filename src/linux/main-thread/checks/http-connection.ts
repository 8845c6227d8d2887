/** One connection to an HTTP or HTTPS server that is kept open between requests, and whose end is seen at once. */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext, type TLSSocket } from "node:tls";
import type { CheckResult } from "../../../check/check-result.js";
import { type HttpResponse, MAX_RESPONSE, ResponseReader } from "../../../check/http-response.js";
import type { TcpEnd } from "./listeners.js";
import { lookupOnce } from "./name-lookup.js";
import { failureOfSystem } from "./probe.js";

/** Where to and how. */
export interface HttpTarget {
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  readonly tls:
    | {
        readonly context: SecureContext;
        readonly serverName: string | undefined;
        readonly insecure: boolean;
      }
    | undefined;
}

/** Who uses the connection. Each of these is told from the event loop, never from within a call. */
export interface HttpConnectionListener {
  /** Connected, with TLS if any: {@link HttpConnection.ask} may be called. */
  open(): void;
  /** The answer to the question. */
  answered(response: HttpResponse): void;
  /** It is over; told once, and nothing after it. `answering`: a question was asked. */
  lost(failure: CheckResult, answering: boolean): void;
}

/** The connection; it starts to connect at once. */
export class HttpConnection {
  readonly #target: HttpTarget;
  readonly #listener: HttpConnectionListener;
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  readonly #request: string;
  #state: "connecting" | "idle" | "asked" | "over" = "connecting";
  #handshake = false;
  /** ms since the epoch at which the server's certificate expires. */
  #validUntil = Number.POSITIVE_INFINITY;

  constructor(target: HttpTarget, listener: HttpConnectionListener) {
    this.#target = target;
    this.#listener = listener;
    const { host, port, path, tls } = target;
    const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    this.#request = `GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: vigil\r\nAccept: */*\r\n\r\n`;
    if (tls === undefined) {
      this.#socket = connectTcp({ host, port, lookup: lookupOnce });
      this.#socket.once("connect", () => this.#opened());
    } else {
      const { serverName } = tls;
      const socket = connectTls({
        host,
        port,
        lookup: lookupOnce,
        secureContext: tls.context,
        ALPNProtocols: ["http/1.1"],
        // Judged in #verify, where the certificate can be looked at.
        rejectUnauthorized: false,
        ...(serverName === undefined ? {} : { servername: serverName }),
      });
      this.#socket = socket;
      socket.once("connect", () => {
        this.#handshake = true;
      });
      socket.once("secureConnect", () => this.#verify(socket, tls.insecure));
    }
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#receive(text));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#failed(error));
    // The end, not the close: what a dead server leaves behind is its end, and the close is ours.
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("close", () => this.#ended());
  }

  /** True when it may be used for a question now. */
  get isIdle(): boolean {
    return this.#state === "idle" && Date.now() < this.#validUntil;
  }

  /** The other end, once connected. */
  get peer(): TcpEnd | undefined {
    const { remoteAddress: address, remotePort: port } = this.#socket;
    return address === undefined || port === undefined ? undefined : { address, port };
  }

  /** What it is doing, for a text: `connected, but no answer`. */
  get phase(): string {
    switch (this.#state) {
      case "connecting":
        return this.#handshake ? "connected, but no TLS handshake" : "no connection";
      case "asked":
        return this.#reader.begun ? "connected, but no complete answer" : "connected, but no answer";
      default:
        return "connected";
    }
  }

  /** Asks; the connection must be idle. */
  ask(): void {
    this.#state = "asked";
    this.#reader.reset();
    this.#socket.write(this.#request, "latin1");
  }

  /** Closes it without a word. */
  close(): void {
    this.#state = "over";
    this.#socket.destroy();
  }

  #opened(): void {
    if (this.#state !== "connecting") return;
    this.#state = "idle";
    this.#listener.open();
  }

  #verify(socket: TLSSocket, insecure: boolean): void {
    if (this.#state !== "connecting") return;
    const validTo = socket.getPeerCertificate().valid_to;
    if (!insecure) {
      const failure = certificateFailure(this.#where(), `${socket.authorizationError ?? ""}`, validTo);
      if (failure !== undefined) {
        this.#over(failure);
        return;
      }
      this.#validUntil = Date.parse(validTo);
    }
    this.#opened();
  }

  #receive(text: string): void {
    if (this.#state !== "asked") {
      if (this.#state === "idle") this.#over(this.#garbage());
      return;
    }
    const response = this.#reader.push(text);
    if (response === "invalid") this.#over(this.#garbage());
    else if (response === "too long") this.#over(this.#tooLong());
    else if (response !== undefined) this.#answered(response);
  }

  #answered(response: HttpResponse): void {
    this.#state = response.keepAlive ? "idle" : "over";
    if (!response.keepAlive) this.#socket.destroy();
    this.#listener.answered(response);
  }

  #ended(): void {
    if (this.#state === "over") return;
    const response = this.#state === "asked" ? this.#reader.end() : undefined;
    if (response !== undefined) this.#answered(response);
    else this.#over(failureOfSystem("ECONNRESET", this.#where(), ""));
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#state === "over") return;
    this.#over(
      failureOfTls(error, this.#where()) ?? failureOfSystem(error.code ?? "", this.#where(), error.message),
    );
  }

  #over(failure: CheckResult): void {
    const answering = this.#state === "asked";
    this.#state = "over";
    this.#socket.destroy();
    this.#listener.lost(failure, answering);
  }

  #garbage(): CheckResult {
    return { ok: false, failure: "protocol", text: `what ${this.#where()} answers is not HTTP` };
  }

  #tooLong(): CheckResult {
    return {
      ok: false,
      failure: "protocol",
      text: `what ${this.#where()} answers is longer than ${MAX_RESPONSE} bytes`,
    };
  }

  #where(): string {
    const { host, port } = this.#target;
    return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  }
}

/** What is wrong with a server's certificate. @param code Node.js's `authorizationError`, empty when nothing is. */
function certificateFailure(where: string, code: string, validTo: string): CheckResult | undefined {
  if (code === "") return undefined;
  if (code === "CERT_HAS_EXPIRED") {
    return {
      ok: false,
      failure: "certificateExpired",
      text: `the certificate of ${where} expired on ${validTo}`,
    };
  }
  const texts = new Map([
    ["ERR_TLS_CERT_ALTNAME_INVALID", "is for another name: is that the right service?"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "is self-signed, not by our CA: is that the right service?"],
    ["CERT_NOT_YET_VALID", "is not valid yet: is the clock right?"],
  ]);
  const what = texts.get(code) ?? `is not signed by our CA: is that the right service? (${code})`;
  return { ok: false, failure: "certificate", text: `the certificate of ${where} ${what}` };
}

/** An error of the TLS protocol; undefined for any other. */
function failureOfTls(error: NodeJS.ErrnoException, where: string): CheckResult | undefined {
  const code = error.code ?? "";
  // What OpenSSL says when the peer sends an alert about us.
  if (/ALERT/.test(code)) {
    const what = code.replace(/^ERR_SSL_/, "");
    return {
      ok: false,
      failure: "clientRejected",
      text: `${where} does not accept our certificate: ${what}`,
    };
  }
  if (code.startsWith("ERR_SSL_") || code === "EPROTO") {
    return { ok: false, failure: "protocol", text: `what listens on ${where} does not speak TLS` };
  }
  return undefined;
}
