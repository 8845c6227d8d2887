/** Asks the daemon over its control socket. */

import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { plainText } from "../base/plain-text.js";

/** ms for an answer. */
const ANSWER_LIMIT = 10_000;

/** Why there is no answer. */
export class NoAnswer extends Error {
  /** True when nobody listens: the daemon does not run, as far as one can tell. */
  readonly notRunning: boolean;

  constructor(message: string, notRunning: boolean) {
    super(message);
    this.notRunning = notRunning;
  }
}

/** An answer of the API: the status of HTTP, and JSON. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Sends one request.
 * @throws {NoAnswer}
 */
export async function ask(socketPath: string, method: "GET" | "POST", path: string): Promise<ControlAnswer> {
  const response = await open(socketPath, method, path, "application/json", ANSWER_LIMIT);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return { status: response.statusCode ?? 0, body: parseAnswer(text) };
  } catch (error) {
    throw new NoAnswer(`${socketPath} answers something that is no JSON: ${(error as Error).message}`, false);
  }
}

/**
 * Follows a stream of server-sent events; yields the data of each, until the daemon ends it.
 * @throws {NoAnswer}
 */
export async function* follow(socketPath: string, path: string): AsyncGenerator<unknown> {
  const response = await open(socketPath, "GET", path, "text/event-stream", 0);
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    if (line.startsWith("data: ")) yield parseAnswer(line.slice("data: ".length));
  }
}

/** What is shown on a terminal is plain text, whatever daemon wrote it. */
function parseAnswer(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => (typeof value === "string" ? plainText(value) : value));
}

function open(
  socketPath: string,
  method: string,
  path: string,
  accept: string,
  timeout: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers: { accept }, timeout }, resolve);
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeout / 1_000} s`)));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const absent = error.code === "ENOENT" || error.code === "ECONNREFUSED";
      const hint = error.code === "EACCES" ? ": only root may ask" : "";
      const text = absent ? `no daemon listens at ${socketPath}` : `${socketPath}: ${error.message}${hint}`;
      reject(new NoAnswer(text, absent));
    });
    sent.end();
  });
}
