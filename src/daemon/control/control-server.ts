/**
 * The control API's socket: HTTP on a UNIX socket that only root may open. On the main thread, with limits on everything that a
 * client decides, so that a stuck, slow or malicious one costs a little memory and nobody's time.
 */

import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { makeFolder } from "../make-folder.js";
import { type ControlRoutes, serve } from "./routes.js";

/** Connections at a time; more are closed at once. */
const MOST_CONNECTIONS = 32;

/** ms for the request line and headers, for the whole request, and for an idle connection. */
const HEADERS_LIMIT = 5_000;
const REQUEST_LIMIT = 10_000;
const IDLE_LIMIT = 30_000;

/** Bytes of headers. */
const MOST_HEADERS = 8_192;

/** A listening control API. */
export class ControlServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Listens at `path`, mode 0600; a socket that a dead daemon left behind is replaced.
   * @throws {Error} when another daemon listens there, and the errors of mkdir(2) and bind(2).
   */
  static async listen(path: string, routes: ControlRoutes): Promise<ControlServer> {
    if (await answers(path)) throw new Error(`another daemon listens at ${path}`);
    makeFolder(dirname(path));
    removeSocket(path);
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
    await bind(server, path);
    return new ControlServer(server);
  }

  /** Closes the socket and every connection, and removes the file. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Binds with the mode from the beginning: bind(2) happens within the call, so that the umask is another one for no time. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const umask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off("error", reject);
        chmodSync(path, 0o600);
        // A connection that fails is no concern of the daemon.
        server.on("error", () => {});
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

/** True when somebody accepts connections there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setTimeout(1_000, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Removes what a dead daemon left behind, and nothing else. */
function removeSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} exists and is no socket`);
  unlinkSync(path);
}
