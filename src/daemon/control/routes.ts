/** The control API's requests and answers. Whatever a client sends, it gets JSON or is cut off. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { plainText } from "../../base/plain-text.js";
import { explanations, statusReport } from "../../report/status.js";
import type { DumpKind } from "../dumps.js";
import type { EngineReport } from "../engine-thread.js";
import type { EventHistory } from "../event-history.js";
import type { ReloadOutcome } from "../reload-queue.js";
import { VIGIL_VERSION } from "../version.js";
import { wallClockAt } from "../wall-clock.js";
import { CONTROL_SCHEMA } from "./control-schema.js";
import { type DrainCommands, drain, undrain } from "./drain-routes.js";
import { streamEvents } from "./event-stream.js";

/** What a client may have done. */
export interface ControlCommands extends DrainCommands {
  reload(): Promise<ReloadOutcome>;
  dump(kind: DumpKind): Promise<void>;
  /** Settings of the configuration in force that have no effect, one sentence each. */
  withoutEffect(): readonly string[];
}

/** What the daemon offers. */
export interface ControlRoutes extends ControlCommands {
  /** A snapshot of the engine; undefined while it does not run. */
  report(): Promise<EngineReport | undefined>;
  readonly events: EventHistory;
}

/** An answer: a status and a JSON value. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Handler = (routes: ControlRoutes, query: URLSearchParams) => Promise<Answer> | Answer;

/** Bytes of a request body, which nothing needs so far. */
const MOST_BODY = 65_536;

const DUMPS: Readonly<Record<string, DumpKind>> = {
  data: "data",
  stats: "stats",
  "stats-clear": "statsClear",
  json: "json",
};

const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/v1/status": { GET: (routes, query) => status(routes, query.get("instance") ?? undefined) },
  "/v1/explain": { GET: (routes, query) => explain(routes, query.get("instance") ?? undefined) },
  "/v1/events": { GET: (routes, query) => events(routes, query) },
  "/v1/reload": { POST: async (routes) => ok({ reload: await routes.reload() }) },
  "/v1/drain": { POST: (routes, query) => drain(routes, query) },
  "/v1/undrain": { POST: (routes, query) => undrain(routes, query) },
  "/v1/schema": { GET: () => ok(CONTROL_SCHEMA) },
  ...Object.fromEntries(
    Object.entries(DUMPS).map(([name, kind]) => [
      `/v1/dumps/${name}`,
      { POST: (routes: ControlRoutes) => dump(routes, name, kind) },
    ]),
  ),
};

/** Answers one request. */
export function serve(routes: ControlRoutes, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = targetOf(request);
  let received = 0;
  request.on("data", (chunk: Uint8Array) => {
    received += chunk.length;
    if (received > MOST_BODY) request.destroy();
  });
  request.on("error", () => {});
  response.on("error", () => {});
  if (pathname === "/v1/events" && request.method === "GET" && wantsStream(request)) {
    const from = request.headers["last-event-id"] ?? searchParams.get("after");
    streamEvents(routes.events, from === null ? undefined : sequenceOf(String(from)), request, response);
    return;
  }
  void answerOf(routes, request.method ?? "", pathname, searchParams).then(({ status, body }) => {
    const text = `${plainText(JSON.stringify(body))}\n`;
    const allow = status === 405 ? { allow: Object.keys(ROUTES[pathname] ?? {}).join(", ") } : {};
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      ...allow,
    });
    response.end(text);
  });
}

async function answerOf(
  routes: ControlRoutes,
  method: string,
  path: string,
  query: URLSearchParams,
): Promise<Answer> {
  const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (methods === undefined) return failure(404, `there is no ${path}; see /v1/schema`);
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined) return failure(405, `${path} takes ${Object.keys(methods).join(", ")}`);
  try {
    return await handler(routes, query);
  } catch (error) {
    return failure(500, error instanceof Error ? error.message : String(error));
  }
}

async function status(routes: ControlRoutes, instance: string | undefined): Promise<Answer> {
  const report = await routes.report();
  if (report === undefined) return NOT_RUNNING;
  const found = statusReport(report.snapshot, wallClockAt(report.at), {
    name: instance,
    withoutEffect: routes.withoutEffect(),
  });
  if (found === undefined) return failure(404, `there is no vrrp_instance ${instance}`);
  return ok({ version: VIGIL_VERSION, pid: process.pid, ...found });
}

async function explain(routes: ControlRoutes, instance: string | undefined): Promise<Answer> {
  const report = await routes.report();
  if (report === undefined) return NOT_RUNNING;
  const instances = explanations(report.snapshot, wallClockAt(report.at), instance);
  if (instances === undefined) return failure(404, `there is no vrrp_instance ${instance}`);
  return ok({ instances });
}

function events(routes: ControlRoutes, query: URLSearchParams): Answer {
  const after = sequenceOf(query.get("after") ?? "0");
  if (after === undefined) return failure(400, "after is the sequence number of an event");
  return ok({ events: routes.events.after(after), last: routes.events.last });
}

async function dump(routes: ControlRoutes, name: string, kind: DumpKind): Promise<Answer> {
  await routes.dump(kind);
  return ok({ dumped: name });
}

function sequenceOf(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

function wantsStream(request: IncomingMessage): boolean {
  return request.headers.accept?.includes("text/event-stream") === true;
}

function targetOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? "/", "http://vigil");
  } catch {
    // Answered with 404, as any other path that there is not.
    return new URL("http://vigil/");
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function failure(status: number, error: string): Answer {
  return { status, body: { error } };
}

const NOT_RUNNING = failure(503, "the engine does not run yet, or not any more");
