/** This host's name as the resolver knows it. */

import { execFile } from "node:child_process";
import { hostname } from "node:os";

/** How long the resolver may take, ms. */
const LIMIT = 30_000;

/**
 * The canonical name of getaddrinfo(3) for this host's own name, which keepalived shows as its router id; undefined when the name
 * does not resolve. By getent(1), as Node.js does not tell canonical names.
 */
export function canonicalHostName(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("getent", ["ahosts", hostname()], { timeout: LIMIT }, (error, stdout) => {
      const [, , name] = (stdout.split("\n")[0] ?? "").trim().split(/\s+/);
      resolve(error === null ? name : undefined);
    });
  });
}
