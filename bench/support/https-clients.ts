/**
 * Clients of an apiserver. Arguments: `poll` or `idle`, folder with ca.crt, client.crt and client.key, address.
 * `poll`: a request on a new connection every 20 ms, whatever became of the ones before; a line `good MS` for each good answer.
 * `idle`: 200 connections that are kept alive, each replaced at once when it ends; `up N MS` and `lost N MS`.
 * MS is the time since the epoch.
 */

import { readFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { connect, createSecureContext } from "node:tls";

const [mode, folder = "", host = ""] = process.argv.slice(2);
const read = (name: string) => readFileSync(`${folder}/${name}`);

/** ms between two polls, until one is given up, and until a connection that failed is tried again. */
const POLL = 20;
const PATIENCE = 250;
const AGAIN = 20;

const IDLE_CLIENTS = 200;

/** ms until an idle client that has no answer to its first request tries again. */
const IDLE_PATIENCE = 10_000;

// Made once: to read the certificates costs more than a handshake.
const identity = {
  secureContext: createSecureContext({
    ca: read("ca.crt"),
    cert: read("client.crt"),
    key: read("client.key"),
  }),
};

// One connection for each request, without a pool.
const options: RequestOptions = { host, port: 443, path: "/healthz", agent: false, ...identity };

function tell(what: string): void {
  process.stdout.write(`${what} ${performance.timeOrigin + performance.now()}\n`);
}

function poll(): void {
  const asked = request(options, (response) => {
    response.resume();
    response.on("end", () => {
      clearTimeout(limit);
      if (response.statusCode === 200) tell("good");
    });
    response.on("error", () => {});
  });
  const limit = setTimeout(() => asked.destroy(), PATIENCE);
  asked.on("error", () => clearTimeout(limit));
  asked.end();
}

function keepOpen(): void {
  let up = false;
  const socket = connect({ host, port: 443, ...identity }, () => {
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
  const limit = setTimeout(() => socket.destroy(), IDLE_PATIENCE);
  socket.on("error", () => {});
  socket.on("data", (data) => {
    if (up || !data.toString("latin1").startsWith("HTTP/1.1 200")) return;
    clearTimeout(limit);
    up = true;
    tell(`up ${++open}`);
  });
  socket.on("end", () => socket.destroy());
  socket.on("close", () => {
    clearTimeout(limit);
    if (up) tell(`lost ${--open}`);
    setTimeout(keepOpen, up ? 0 : AGAIN);
  });
}

let open = 0;
if (mode === "poll") setInterval(poll, POLL);
else for (let i = 0; i < IDLE_CLIENTS; i++) setTimeout(keepOpen, 5 * i);
