/** Sending Ethernet frames (gratuitous ARP, unsolicited neighbour advertisements) on any interface: packet(7). */

import { native } from "../../both/native.js";
import { attemptSyscall, SyscallError } from "../../both/syscall-error.js";
import { SendBatch } from "./send-batch.js";

/** Called once for each frame that was not sent. */
export type FrameFailure = (interfaceIndex: number, error: SyscallError) => void;

/** One socket for all interfaces of the network namespace it was opened in. Receives nothing. */
export class FrameSocket {
  readonly #descriptor;
  readonly #onFailure: FrameFailure;
  readonly #batch = new SendBatch("frame");
  #open = true;

  /** @throws {SyscallError} */
  constructor(onFailure: FrameFailure) {
    const { AF_PACKET, SOCK_RAW } = native.constants;
    this.#onFailure = onFailure;
    // Protocol 0: no frame is ever queued for receiving.
    this.#descriptor = attemptSyscall("socket", "AF_PACKET", () => native.openSocket(AF_PACKET, SOCK_RAW, 0));
  }

  /** Copies a frame with its Ethernet header, to be sent by {@link flush}. */
  queue(interfaceIndex: number, frame: Uint8Array): void {
    if (this.#batch.full) this.flush();
    this.#batch.addFrame(frame, interfaceIndex);
  }

  /** Sends what is queued, in order and on all interfaces, in one system call where nothing fails. */
  flush(): void {
    for (const { errno, interfaceIndex } of this.#batch.send(this.#descriptor)) {
      const failure = { syscall: "sendmmsg", object: `a frame on interface ${interfaceIndex}`, errno };
      this.#onFailure(interfaceIndex, new SyscallError(failure));
    }
  }

  /** Sends what is queued and closes the socket, for good. */
  close(): void {
    if (!this.#open) return;
    this.flush();
    this.#open = false;
    native.close(this.#descriptor);
  }
}
