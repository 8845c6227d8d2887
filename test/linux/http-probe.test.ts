/** One probe beside real TLS servers: files that are renewed, and a server that stops to listen. */

import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type SecureContextOptions, type Server } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { CheckResult } from "../../src/check/check-result.js";
import { HttpProbe } from "../../src/linux/main-thread/checks/http-probe.js";
import { isListening } from "../../src/linux/main-thread/checks/listeners.js";
import { run } from "../support/lab/commands.js";
import { pause, waitFor } from "../support/lab/wait-for.js";

let pki: string;
const path = (name: string) => join(pki, name);
const content = (name: string) => readFileSync(path(name), "utf8");

async function certificate(name: string, by?: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.crt`), "-days", "2"];
  const issuer =
    by === undefined
      ? ["-addext", "basicConstraints=critical,CA:TRUE"]
      : [
          "-CA",
          path(`${by}.crt`),
          "-CAkey",
          path(`${by}.key`),
          "-addext",
          "subjectAltName=IP:127.0.0.1,IP:::1",
        ];
  await run(["openssl", "req", "-x509", ...key, "-subj", `/CN=${name}`, ...files, ...issuer]);
}

beforeAll(async () => {
  pki = mkdtempSync(join(tmpdir(), "vgr-probe-"));
  for (const generation of ["old", "new"]) {
    await certificate(`${generation}-ca`);
    await certificate(`${generation}-server`, `${generation}-ca`);
    await certificate(`${generation}-client`, `${generation}-ca`);
  }
});

afterAll(() => rmSync(pki, { recursive: true, force: true }));

let server: Server;
const sockets = new Set<Socket>();
let probe: HttpProbe;

afterEach(() => {
  probe.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

function identity(generation: string): SecureContextOptions {
  return {
    cert: content(`${generation}-server.crt`),
    key: content(`${generation}-server.key`),
    ca: content(`${generation}-ca.crt`),
  };
}

/** A server that goes on to serve its connections when it listens no more, as that of `node:https` does not. */
async function serve(host: string): Promise<number> {
  const options = { ...identity("old"), requestCert: true, rejectUnauthorized: true };
  server = createServer(options, (socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

/** Another generation of files at the server; those who are connected have to come again. */
function renewServer(context: SecureContextOptions): void {
  server.setSecureContext({ ...context });
  for (const socket of sockets) socket.destroy();
}

let disturbances = 0;

function probeOf(host: string, port: number): HttpProbe {
  for (const file of ["ca.crt", "client.crt", "client.key"]) copyFileSync(path(`old-${file}`), path(file));
  const tls = {
    ca: path("ca.crt"),
    certificate: path("client.crt"),
    key: path("client.key"),
    serverName: undefined,
    insecure: false,
  };
  const settings = {
    host,
    port,
    path: "/readyz",
    tls,
    status: [{ from: 200, to: 299 }],
    body: undefined,
    report: "any" as const,
  };
  disturbances = 0;
  return new HttpProbe(settings, 5_000, () => {
    disturbances++;
  });
}

const look = () => new Promise<CheckResult>((resolve) => probe.start(resolve));
/** Its alert may be overtaken by the end of the connection. */
const REJECTED = { ok: false, failure: expect.stringMatching(/^(clientRejected|closed)$/) };
const WELL = expect.objectContaining({ ok: true });

test("a new CA and a new client certificate count from the first look that needs them", async () => {
  probe = probeOf("127.0.0.1", await serve("127.0.0.1"));
  expect(await look()).toEqual(WELL);

  renewServer({ ...identity("new"), ca: content("old-ca.crt") });
  expect(await look()).toMatchObject({ ok: false, failure: "certificate" });
  copyFileSync(path("new-ca.crt"), path("ca.crt"));
  expect(await look()).toEqual(WELL);

  renewServer(identity("new"));
  expect(await look()).toMatchObject(REJECTED);
  // Renewed one after the other: while they do not match nothing changes, and nothing breaks.
  copyFileSync(path("new-client.crt"), path("client.crt"));
  expect(await look()).toMatchObject(REJECTED);
  copyFileSync(path("new-client.key"), path("client.key"));
  expect(await look()).toEqual(WELL);
});

test.each(["127.0.0.1", "::1"])(
  "a server on %s that keeps its connections and stops to listen is found by its proof",
  async (host) => {
    const port = await serve(host);
    probe = probeOf(host, port);
    // The table that all share may be a moment old.
    await waitFor(() => isListening({ address: host, port }), { what: "it is listed" });
    await waitFor(
      async () => {
        expect(await look()).toEqual(WELL);
        return sockets.size === 1;
      },
      { what: "looks by one connection" },
    );
    // The listener must have been seen before it is missed: the table is read beside a look, and may lag behind it.
    for (let i = 0; i < 4; i++) {
      await pause(300);
      expect(await look()).toEqual(WELL);
    }
    expect(disturbances).toBe(0);

    server.close();
    await waitFor(
      async () => {
        if (disturbances === 0) expect(await look()).toEqual(WELL);
        return disturbances === 1;
      },
      { what: "it is noticed" },
    );
    expect(sockets.size).toBe(1);
    expect(await look()).toMatchObject({ ok: false, failure: "refused" });
    await waitFor(async () => !(await isListening({ address: host, port })), { what: "it is not listed" });
  },
);
