/** Asks a Vigil of the lab over its control socket, as curl would. */

import { request } from "node:http";
import { fileURLToPath } from "node:url";
import type { Explanation, StatusReport } from "../../../src/report/status.js";
import { attempt, type CommandResult } from "./commands.js";
import type { Host } from "./host.js";

const VIGIL_COMMAND = fileURLToPath(new URL("../../../bin/vigil", import.meta.url));

/** An answer of the control API. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One request; `headers` beside those of HTTP itself. */
export function askDaemon(
  socketPath: string,
  path: string,
  method = "GET",
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((done, failed) => {
    const sent = request({ socketPath, path, method, headers, timeout: 20_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => done({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      response.on("error", failed);
    });
    sent.on("error", failed);
    sent.end();
  });
}

/** `GET /v1/status`. */
export async function statusOf(host: Host): Promise<StatusReport> {
  return (await askDaemon(host.controlSocket, "/v1/status")).body as StatusReport;
}

/** The explanation of an instance. */
export async function explanationOf(host: Host, instance = "VI_1"): Promise<Explanation> {
  const { status, body } = await askDaemon(host.controlSocket, `/v1/explain?instance=${instance}`);
  const [found] = status === 200 ? (body as { instances: Explanation[] }).instances : [];
  if (found === undefined) throw new Error(`no explanation of ${instance}: ${JSON.stringify(body)}`);
  return found;
}

/** Runs the `vigil` command for the daemon of a host; resolves however it exits. */
export function vigil(host: Host, ...words: readonly string[]): Promise<CommandResult> {
  return attempt([VIGIL_COMMAND, ...words], {
    env: { VIGIL_CONTROL_SOCKET: host.controlSocket },
  });
}
