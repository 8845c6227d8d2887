/**
 * The control API's socket: HTTP on a UNIX socket that only root may open. On the main thread, with limits on everything that a
 * client decides, so that a stuck, slow or malicious one costs a little memory and nobody's time.
 */

import { lstatSync, rmSync, type Stats, unlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname } from "node:path";
import { makeFolder } from "../make-folder.js";
import { type ControlRoutes, serve } from "./routes.js";
import { holderOf, privateName, takeName } from "./socket-place.js";

/** Connections at a time; more are closed at once. */
const MOST_CONNECTIONS = 32;

/** ms for the request line and headers, for the whole request, and for an idle connection. */
const HEADERS_LIMIT = 5_000;
const REQUEST_LIMIT = 10_000;
const IDLE_LIMIT = 30_000;

/** Bytes of headers. */
const MOST_HEADERS = 8_192;

/** How often it is looked whether the socket has its name still, ms: a cleaner of /run may have taken it. */
const LOOK = 2_000;

/** A listening control API. */
export class ControlServer {
  readonly #path: string;
  readonly #routes: ControlRoutes;
  readonly #say: (text: string) => void;
  readonly #look: NodeJS.Timeout;
  #server: Server | undefined;
  #ours: Stats | undefined;
  /** What keeps the name from us has been told. */
  #told = false;
  #closed = false;
  /** It is being made again. */
  #busy = false;

  private constructor(path: string, routes: ControlRoutes, say: (text: string) => void) {
    this.#path = path;
    this.#routes = routes;
    this.#say = say;
    this.#look = setInterval(() => void this.#keepName(), LOOK).unref();
  }

  /**
   * Listens at `path`, mode 0600, and again whenever that name is gone; a socket that a dead daemon left behind is replaced.
   * @param say gets a line for the log when the socket was made again, or cannot be.
   * @throws {Error} when another daemon listens there, and the errors of mkdir(2), bind(2) and link(2).
   */
  static async listen(
    path: string,
    routes: ControlRoutes,
    say: (text: string) => void,
  ): Promise<ControlServer> {
    const control = new ControlServer(path, routes, say);
    try {
      await control.#listen();
    } catch (error) {
      clearInterval(control.#look);
      throw error;
    }
    return control;
  }

  /** Closes the socket and every connection, and removes the file if it is ours. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#look);
    this.#server?.close();
    this.#server?.closeAllConnections();
    if (this.#ours !== undefined && holderOf(this.#path, this.#ours) === "ours") unlinkSync(this.#path);
  }

  async #listen(): Promise<void> {
    makeFolder(dirname(this.#path));
    const made = privateName(this.#path);
    // Of a process that had our number.
    rmSync(made, { force: true });
    const server = newServer(this.#routes);
    await bind(server, made);
    const ours = lstatSync(made);
    try {
      await takeName(made, this.#path);
    } catch (error) {
      server.close();
      rmSync(made, { force: true });
      throw error;
    }
    this.#server = server;
    this.#ours = ours;
  }

  /** Connections that are open stay so. */
  async #keepName(): Promise<void> {
    if (this.#ours === undefined || this.#busy) return;
    const holder = holderOf(this.#path, this.#ours);
    if (holder === "ours") {
      this.#told = false;
      return;
    }
    if (holder === "other")
      return this.#tell(`${this.#path} is another socket or file now: vigil does not reach this daemon`);
    this.#busy = true;
    try {
      this.#server?.close();
      await this.#listen();
      this.#say(`${this.#path} was gone and is made again`);
    } catch (error) {
      this.#tell(`${this.#path} is gone: ${(error as Error).message}`);
    } finally {
      this.#busy = false;
      if (this.#closed) this.close();
    }
  }

  #tell(text: string): void {
    if (!this.#told) this.#say(text);
    this.#told = true;
  }
}

function newServer(routes: ControlRoutes): Server {
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADERS,
      headersTimeout: HEADERS_LIMIT,
      requestTimeout: REQUEST_LIMIT,
      keepAliveTimeout: 2_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => serve(routes, request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.setTimeout(IDLE_LIMIT, (socket) => socket.destroy());
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  return server;
}

/** Binds with the mode from the beginning: bind(2) happens within the call, so that the umask is another one for no time. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const umask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off("error", reject);
        // A connection that fails is no concern of the daemon.
        server.on("error", () => {});
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}
