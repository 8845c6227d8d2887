/** ICMP echo for all probes: one raw socket for each family, opened when first needed. */

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";

/** As much of `raw-socket` as is used here. */
interface RawSocket {
  on(event: "message", take: (message: Buffer, source: string) => void): void;
  on(event: "error", take: (error: Error) => void): void;
  send(
    buffer: Buffer,
    offset: number,
    length: number,
    address: string,
    sent: (error: Error | null) => void,
  ): void;
  close(): void;
}

interface RawSocketModule {
  createSocket(options: { protocol: number; addressFamily: number }): RawSocket;
  createChecksum(buffer: Buffer): number;
}

const FAMILIES = {
  4: { protocol: 1, addressFamily: 1, request: 8, reply: 0 },
  6: { protocol: 58, addressFamily: 2, request: 128, reply: 129 },
} as const;

/** Header and a token that nobody else can know. */
const LENGTH = 24;

/** One echo under way. */
export interface Echo {
  /** Nobody waits for it any more. */
  cancel(): void;
}

/** A socket for one family. */
export class EchoSocket {
  static readonly #open = new Map<4 | 6, EchoSocket>();
  readonly #family: (typeof FAMILIES)[4 | 6];
  readonly #raw: RawSocketModule;
  readonly #socket: RawSocket;
  readonly #waiting = new Map<string, () => void>();
  #sequence = 0;

  private constructor(family: 4 | 6) {
    this.#family = FAMILIES[family];
    // Loaded when it is needed: it is native code that few configurations use.
    this.#raw = createRequire(import.meta.url)("raw-socket") as RawSocketModule;
    const { protocol, addressFamily } = this.#family;
    this.#socket = this.#raw.createSocket({ protocol, addressFamily });
    this.#socket.on("message", (message) => this.#receive(message));
    this.#socket.on("error", () => EchoSocket.#open.delete(family));
  }

  /** The socket of a family. @throws {Error} without the right to open it. */
  static of(family: 4 | 6): EchoSocket {
    let socket = EchoSocket.#open.get(family);
    if (socket === undefined) {
      socket = new EchoSocket(family);
      EchoSocket.#open.set(family, socket);
    }
    return socket;
  }

  /** Closes all; they are opened again when needed. */
  static closeAll(): void {
    for (const socket of EchoSocket.#open.values()) socket.#socket.close();
    EchoSocket.#open.clear();
  }

  /** Sends one request. `failed` is called with the system's error, `answered` when the answer has come. */
  send(address: string, answered: () => void, failed: (error: Error) => void): Echo {
    const request = Buffer.alloc(LENGTH);
    request.writeUInt8(this.#family.request, 0);
    request.writeUInt16BE(process.pid & 0xffff, 4);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    request.writeUInt16BE(this.#sequence, 6);
    randomBytes(LENGTH - 8).copy(request, 8);
    // Of ICMPv6 the kernel does it.
    if (this.#family.request === 8) request.writeUInt16BE(this.#raw.createChecksum(request), 2);
    const key = request.toString("latin1", 4);
    this.#waiting.set(key, answered);
    this.#socket.send(request, 0, LENGTH, address, (error) => {
      if (error !== null && this.#waiting.delete(key)) failed(error);
    });
    return { cancel: () => this.#waiting.delete(key) };
  }

  #receive(message: Buffer): void {
    // Raw IPv4 sockets deliver the IP header too.
    const start = this.#family.reply === 0 ? (message.readUInt8(0) & 0x0f) * 4 : 0;
    if (message.length < start + LENGTH || message.readUInt8(start) !== this.#family.reply) return;
    const key = message.toString("latin1", start + 4, start + LENGTH);
    const answered = this.#waiting.get(key);
    this.#waiting.delete(key);
    answered?.();
  }
}
