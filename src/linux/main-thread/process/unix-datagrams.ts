/** Datagrams to a UNIX socket: syslog and the service manager. Never waits. */

import { type Descriptor, native } from "../../both/native.js";
import { writeNow } from "../scripts/write-now.js";

const { AF_UNIX, SOCK_DGRAM } = native.constants;

/** How long a socket that is not there is left alone, ms. */
const RECONNECT_INTERVAL = 1_000;

/** A sender that connects by itself, again when the receiver was restarted. */
export class UnixDatagrams {
  readonly #address: Uint8Array;
  #socket: Descriptor | undefined;
  #nextAttempt = 0;

  /** @param path a path, or `@name` for an abstract socket. */
  constructor(path: string) {
    this.#address = unixAddress(path);
  }

  /** False when the receiver is not there or has no room: the datagram is lost. */
  send(text: string): boolean {
    const bytes = Buffer.from(text);
    if (this.#deliver(bytes)) return true;
    // A receiver that was restarted has a new socket under the old name.
    return this.#socket === undefined && this.#deliver(bytes);
  }

  /** Closes the socket. */
  close(): void {
    if (this.#socket !== undefined) native.close(this.#socket);
    this.#socket = undefined;
  }

  #deliver(bytes: Uint8Array): boolean {
    this.#socket ??= this.#connect();
    if (this.#socket === undefined) return false;
    const taken = writeNow(this.#socket, bytes);
    if (taken === "broken") this.close();
    return typeof taken === "number";
  }

  #connect(): Descriptor | undefined {
    const now = performance.now();
    if (now < this.#nextAttempt) return undefined;
    const socket = native.openSocket(AF_UNIX, SOCK_DGRAM, 0);
    try {
      native.connect(socket, this.#address);
      return socket;
    } catch {
      native.close(socket);
      this.#nextAttempt = now + RECONNECT_INTERVAL;
      return undefined;
    }
  }
}

/** `struct sockaddr_un` without the bytes behind the name. */
function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  const address = Buffer.alloc(2 + name.length);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  name.copy(address, 2);
  return address;
}
