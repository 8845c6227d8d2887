/**
 * A stand-in for kube-apiserver: HTTPS with client certificates, `ok` on /healthz.
 * Arguments: folder with ca.crt, server.crt and server.key; port.
 */

import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [directory, port] = process.argv.slice(2);
const read = (name) => readFileSync(`${directory}/${name}`);
const tls = { ca: read("ca.crt"), cert: read("server.crt"), key: read("server.key") };

createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
  response.writeHead(request.url === "/healthz" ? 200 : 404, { "content-type": "text/plain" });
  response.end("ok");
}).listen(Number(port), () => console.log("listening"));
