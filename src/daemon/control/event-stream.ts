/** Server-sent events for `vigil events --follow`. A reader that does not read is let go. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { plainText } from "../../base/plain-text.js";
import type { NotedEvent } from "../../report/event-text.js";
import type { EventHistory } from "../event-history.js";

/** Bytes that may wait for a slow reader. */
const MOST_WAITING = 262_144;

/** ms between comments that show both sides that the connection lives. */
const HEARTBEAT = 10_000;

/** Streams what comes; with `after`, first what was kept since that sequence number. */
export function streamEvents(
  history: EventHistory,
  after: number | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const write = (text: string) => {
    response.write(text);
    if (response.writableLength > MOST_WAITING) request.destroy();
  };
  write(": events of vigil\n\n");
  if (after !== undefined) for (const event of history.after(after)) write(frameOf(event));
  const leave = history.follow((event) => write(frameOf(event)));
  const heartbeat = setInterval(() => write(":\n\n"), HEARTBEAT);
  heartbeat.unref();
  response.on("close", () => {
    clearInterval(heartbeat);
    leave();
  });
}

function frameOf(event: NotedEvent): string {
  return `id: ${event.sequence}\nevent: ${event.kind}\ndata: ${plainText(JSON.stringify(event))}\n\n`;
}
