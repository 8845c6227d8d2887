/**
 * A stand-in for kube-apiserver: HTTPS with client certificates, `ok` on /healthz, connections kept alive for long.
 * Arguments: folder with ca.crt, server.crt and server.key; port.
 */

import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [folder = "", port] = process.argv.slice(2);
const read = (name: string) => readFileSync(`${folder}/${name}`);
const tls = { ca: read("ca.crt"), cert: read("server.crt"), key: read("server.key") };

const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
  response.writeHead(request.url === "/healthz" ? 200 : 404, { "content-type": "text/plain" });
  response.end("ok");
});
server.keepAliveTimeout = 600_000;
server.listen(Number(port), "0.0.0.0", () => process.stdout.write("listening\n"));
process.on("SIGTERM", () => process.exit(0));
