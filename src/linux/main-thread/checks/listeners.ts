/**
 * Whether somebody listens on an address of this host, as the kernel's tables say. It costs the server nothing, not even a line in
 * its log, as a connection that is opened and closed would.
 */

import { open } from "node:fs/promises";
import { isIP } from "node:net";
import { endianness } from "node:os";
import { addressBytes, parseIpAddress } from "../../../base/ip-address.js";

/** An end of a TCP connection. */
export interface TcpEnd {
  readonly address: string;
  readonly port: number;
}

/** A table that is not older than this is good enough, ms: all checks share it. */
const FRESH = 250;

/** A line of the tables is 150 bytes long, and listeners come first. */
const CHUNK = 4096;
const MOST_CHUNKS = 64;

/** State of a listener, `TCP_LISTEN` in hexadecimal. */
const LISTEN = "0A";

const ANY = { 4: "0".repeat(8), 6: "0".repeat(32) } as const;

let table: { readonly readAt: number; readonly listeners: Promise<ReadonlySet<string>> } | undefined;

/** True when the kernel lists a listener that would take connections to there. Never rejects: without tables nobody listens. */
export async function isListening({ address, port }: TcpEnd): Promise<boolean> {
  const now = performance.now();
  if (table === undefined || now - table.readAt >= FRESH) table = { readAt: now, listeners: readTables() };
  const listeners = await table.listeners;
  return keysOf(address, port.toString(16).toUpperCase().padStart(4, "0")).some((key) => listeners.has(key));
}

function keysOf(address: string, port: string): string[] {
  const parsed = parseIpAddress(address.replace(/%.*/, ""));
  if (parsed === undefined) return [];
  const own = wordsOf(addressBytes(parsed));
  const mapped = `${ANY[6].slice(0, 16)}${wordsOf(Uint8Array.of(0, 0, 0xff, 0xff))}${own}`;
  const all = isIP(address) === 4 ? [own, ANY[4], mapped, ANY[6]] : [own, ANY[6]];
  return all.map((key) => `${key}:${port}`);
}

/** As the tables print an address: words of 32 bits in the order of the host. */
function wordsOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const word = Buffer.from(bytes.subarray(at, at + 4));
    text += (endianness() === "LE" ? word.reverse() : word).toString("hex");
  }
  return text.toUpperCase();
}

async function readTables(): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readTable));
  return new Set(tables.flat());
}

/** The listeners of one table: connections, of which there may be many, are not read. */
async function readTable(path: string): Promise<string[]> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return [];
  const found: string[] = [];
  let rest = "";
  try {
    const chunk = Buffer.alloc(CHUNK);
    for (let count = 0; count < MOST_CHUNKS; count++) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, null);
      if (bytesRead === 0) break;
      const lines = `${rest}${chunk.toString("latin1", 0, bytesRead)}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [slot, local, , state] = line.trim().split(/\s+/);
        if (slot === "sl" || local === undefined) continue;
        if (state !== LISTEN) return found;
        found.push(local);
      }
    }
    return found;
  } catch {
    return found;
  } finally {
    await file.close().catch(() => {});
  }
}
