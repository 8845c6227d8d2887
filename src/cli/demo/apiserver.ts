/** A stand-in for kube-apiserver: answers /healthz over TLS with its name. Runs as a process of its own. */

import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [name = "", port = "", certificate = "", key = ""] = process.argv.slice(2);

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  response.writeHead(request.url === "/healthz" ? 200 : 404, { "content-type": "text/plain" });
  response.end(`${name}\n`);
}).listen(Number(port));
