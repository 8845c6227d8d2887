/**
 * A worker node: asks for https://VIP/healthz every 20 ms, each time on a new connection, and tells how it went: a line
 * `START_MS END_MS NAME` for each answer, `START_MS END_MS -` for each failure. Runs as a process of its own.
 */

import { readFileSync } from "node:fs";
import { request } from "node:https";

const [host = "", port = "", caFile = ""] = process.argv.slice(2);

/** ms between requests. */
const INTERVAL = 20;

/** ms after which a request counts as failed. */
const LIMIT = 500;

const ca = readFileSync(caFile);

function ask(): void {
  const start = Date.now();
  let told = false;
  const tell = (answer: string) => {
    if (told) return;
    told = true;
    process.stdout.write(`${start} ${Date.now()} ${answer}\n`);
  };
  const call = request(
    { host, port: Number(port), path: "/healthz", ca, agent: false, timeout: LIMIT },
    (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => tell(response.statusCode === 200 ? body.trim() : "-"));
    },
  );
  call.on("timeout", () => call.destroy(new Error("no answer in time")));
  call.on("error", () => tell("-"));
  // The timeout of a socket counts silence only; this one counts everything.
  setTimeout(() => call.destroy(), LIMIT).unref();
  call.end();
}

setInterval(ask, INTERVAL);
