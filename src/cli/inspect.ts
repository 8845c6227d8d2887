/** `vigil status`, `explain`, `events`, `reload`, `dump` and `nodelet status`: what the daemon says of itself */

import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { controlSocketPath, SOCKET_VARIABLE } from "../daemon/control/socket-path.js";
import type { NotedEvent } from "../report/event-text.js";
import { type NodeState, STATUS_EXIT } from "../report/node-state.js";
import type { Explanation, StatusReport } from "../report/status.js";
import { COLOURS, eventLine, explanationText, PLAIN, type Style, statusText } from "../report/status-text.js";
import { ask, follow, NoAnswer } from "./control-client.js";

/** ms between two looks of `--watch`. */
const WATCH_INTERVAL = 1_000;

/** Which daemon is asked. */
export interface InspectionOptions {
  readonly socket?: string;
}

interface Options extends InspectionOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly follow?: boolean;
}

/** What `--socket` is. */
export const SOCKET_HELP = `control socket of the daemon (default: ${SOCKET_VARIABLE}, /run/vigil/control.sock)`;

/** Adds the commands to `vigil`. */
export function addInspection(program: Command): void {
  program
    .command("status")
    .description("state, addresses, priority, who is MASTER, since when and why; exits by state")
    .argument("[instance]", "only this vrrp_instance")
    .option("--json", "as the control API gives it")
    .option("--watch", "again every second, until interrupted")
    .option("--socket <path>", SOCKET_HELP)
    .action((instance: string | undefined, options: Options) =>
      runInspection(() => status(instance, options)),
    );
  program
    .command("explain")
    .description("every input of the decision with its evidence, the rule that decides, what would change it")
    .argument("[instance]", "only this vrrp_instance")
    .option("--json", "as the control API gives it")
    .option("--socket <path>", SOCKET_HELP)
    .action((instance: string | undefined, options: Options) =>
      runInspection(() => explain(instance, options)),
    );
  program
    .command("events")
    .description("transitions with their causes, and what led to them")
    .option("--follow", "and those that come, until interrupted")
    .option("--json", "one JSON object a line")
    .option("--socket <path>", SOCKET_HELP)
    .action((options: Options) => runInspection(() => events(options)));
  program
    .command("reload")
    .description("read the configuration again, as SIGHUP does; exits with 1 when it is refused")
    .option("--socket <path>", SOCKET_HELP)
    .action((options: Options) => runInspection(() => reload(options)));
  program
    .command("dump")
    .description("write keepalived.data, .stats or .json, as the signals do")
    .argument("<what>", "data, stats, stats-clear or json")
    .option("--socket <path>", SOCKET_HELP)
    .action((what: string, options: Options) => runInspection(() => dump(what, options)));
  program
    .command("nodelet")
    .description("what Platform9's nodelet asks")
    .command("status")
    .description("one line, and an exit status by state")
    .option("--socket <path>", SOCKET_HELP)
    .action((options: Options) => runInspection(() => nodeletStatus(options)));
}

/** Runs a command; its failure is one line on stderr and an exit status. */
export async function runInspection(command: () => Promise<number>): Promise<void> {
  // Whoever closes the pipe has seen enough.
  process.stdout.on("error", () => process.exit(process.exitCode ?? 0));
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`vigil: ${error.message}\n`);
    const notRunning = error instanceof NoAnswer && error.notRunning;
    process.exitCode = notRunning ? STATUS_EXIT.notRunning : STATUS_EXIT.unknown;
  }
}

async function status(instance: string | undefined, options: Options): Promise<number> {
  for (;;) {
    const report = (await get(options, "/v1/status", instance)) as StatusReport;
    const text =
      options.json === true ? `${JSON.stringify(report, null, 2)}\n` : statusText(report, styleOf());
    if (options.watch === true && process.stdout.isTTY) process.stdout.write("\u001b[H\u001b[2J");
    process.stdout.write(text);
    if (options.watch !== true) return STATUS_EXIT[report.node.state];
    await sleep(WATCH_INTERVAL);
  }
}

async function explain(instance: string | undefined, options: Options): Promise<number> {
  const body = (await get(options, "/v1/explain", instance)) as { instances: readonly Explanation[] };
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(body.instances, null, 2)}\n`
      : explanationText(body.instances, styleOf()),
  );
  return 0;
}

async function events(options: Options): Promise<number> {
  const show = (event: NotedEvent) =>
    process.stdout.write(options.json === true ? `${JSON.stringify(event)}\n` : eventLine(event, styleOf()));
  if (options.follow === true) {
    for await (const event of follow(socketOf(options), "/v1/events?after=0")) show(event as NotedEvent);
    throw new NoAnswer("the daemon has ended", true);
  }
  const body = (await get(options, "/v1/events", undefined)) as { events: readonly NotedEvent[] };
  for (const event of body.events) show(event);
  return 0;
}

async function reload(options: Options): Promise<number> {
  const body = (await succeed(options, "POST", "/v1/reload")) as { reload: string };
  process.stdout.write(
    `${body.reload}${body.reload === "refused" ? ": the log says why; vigil check FILE too" : ""}\n`,
  );
  return body.reload === "refused" ? 1 : 0;
}

async function dump(what: string, options: Options): Promise<number> {
  await succeed(options, "POST", `/v1/dumps/${encodeURIComponent(what)}`);
  return 0;
}

async function nodeletStatus(options: Options): Promise<number> {
  try {
    const { node } = (await get(options, "/v1/status", undefined)) as StatusReport;
    process.stdout.write(`${node.sentence}\n`);
    return STATUS_EXIT[node.state satisfies NodeState];
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    process.stdout.write(`${error.notRunning ? "not running" : "unknown"}: ${error.message}\n`);
    return error.notRunning ? STATUS_EXIT.notRunning : STATUS_EXIT.unknown;
  }
}

function get(options: Options, path: string, instance: string | undefined): Promise<unknown> {
  const query = instance === undefined ? "" : `?instance=${encodeURIComponent(instance)}`;
  return succeed(options, "GET", `${path}${query}`);
}

/** Asks, and takes nothing but success for an answer. @throws {NoAnswer} with what the daemon said. */
export async function succeed(
  options: InspectionOptions,
  method: "GET" | "POST",
  path: string,
): Promise<unknown> {
  const { status: code, body } = await ask(socketOf(options), method, path);
  if (code === 200) return body;
  const said =
    typeof body === "object" && body !== null && "error" in body ? String(body.error) : `HTTP ${code}`;
  throw new NoAnswer(said, false);
}

function socketOf(options: InspectionOptions): string {
  const path = options.socket ?? controlSocketPath(undefined);
  if (path === undefined) throw new NoAnswer(`the control API is off (${SOCKET_VARIABLE}=off)`, false);
  return path;
}

function styleOf(): Style {
  const plain = !process.stdout.isTTY || (process.env.NO_COLOR ?? "") !== "" || process.env.TERM === "dumb";
  return plain ? PLAIN : COLOURS;
}
