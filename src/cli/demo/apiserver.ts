/**
 * A stand-in for kube-apiserver: answers /healthz over TLS with its name, and /count with how often it did. Runs as a process of its
 * own.
 */

import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [name = "", port = "", certificate = "", key = ""] = process.argv.slice(2);

let answered = 0;

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const { url } = request;
  if (url === "/healthz") answered++;
  response.writeHead(url === "/healthz" || url === "/count" ? 200 : 404, { "content-type": "text/plain" });
  response.end(url === "/count" ? `${answered}\n` : `${name}\n`);
}).listen(Number(port));
