/**
 * What the native parent undoes at the moment this thread or process dies, however that happens: one channel for each thread that
 * holds something (native/parent/protocol.h, 2). Writing never waits. Without a parent nothing is undone.
 */

import { type Descriptor, native } from "./native.js";
import { parentChannels } from "./parent-channels.js";

/** Kinds of holds, by their numbers in the protocol. */
const KINDS = { request: 1, link: 2, sysctl: 3, table: 4, packet: 5 } as const;
const RELEASE = 16;
const GOODBYE = 17;
const BEAT = 18;

/** Limits of the protocol. */
const SLOTS = 16_384;
const MOST_BYTES = 4_096;
const ALL_BYTES = 4 * 1024 * 1024;
const OVERHEAD = 16;

/** A slot that no hold gets: what is released in it has no effect. */
const NO_SLOT = SLOTS - 1;

/** Frames that could not be written yet are tried again after this time, ms. */
const RETRY = 5;

/** As much as the parent may not have read, bytes; more means that it does not run, and beats are left out. */
const BACKLOG = 64 * 1024;

/** How one thing is undone. */
export interface Hold {
  readonly kind: keyof typeof KINDS;
  readonly bytes: Uint8Array;
}

/** One channel. */
export class GuardianChannel {
  readonly #notice: (text: string) => void;
  readonly #socket: Descriptor | undefined;
  readonly #slots = new Map<string, { readonly slot: number; readonly hold: Hold }>();
  readonly #free: number[] = [];
  #nextSlot = 0;
  #bytes = 0;
  #toldLimit = false;
  /** Frames on their way. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #retry: NodeJS.Timeout | undefined;

  /** Opens it. @param notice gets a line when something could not be told. */
  constructor(notice: (text: string) => void) {
    this.#notice = notice;
    this.#socket = parentChannels === undefined ? undefined : this.#open(parentChannels.control);
  }

  /** To be told before it is done. @param key what it is about; what was told with the same key before is replaced. */
  hold(key: string, hold: Hold): void {
    // The interface may be another one of the same name since.
    this.release(key);
    const size = sizeOf(hold);
    const slot = this.#free.pop() ?? (this.#nextSlot < NO_SLOT ? this.#nextSlot++ : undefined);
    if (slot === undefined || hold.bytes.length > MOST_BYTES || this.#bytes + size > ALL_BYTES) {
      if (slot !== undefined) this.#free.push(slot);
      this.#tellLimit();
      return;
    }
    this.#bytes += size;
    this.#slots.set(key, { slot, hold });
    this.#write(frame(KINDS[hold.kind], slot, hold.bytes));
  }

  /** To be told after it is undone. */
  release(key: string): void {
    const held = this.#slots.get(key);
    if (held === undefined) return;
    this.#slots.delete(key);
    this.#free.push(held.slot);
    this.#bytes -= sizeOf(held.hold);
    this.#write(frame(RELEASE, held.slot));
  }

  /** Writes that something is undone that was never told. */
  rehearse(): void {
    this.#write(frame(RELEASE, NO_SLOT));
  }

  /** This thread lives. @param limit ms; the process is killed when nothing is heard for longer. 0: that is over. */
  beat(limit: number): void {
    if (limit !== 0 && this.#waitingBytes > BACKLOG) return;
    const body = Buffer.alloc(4);
    body.writeUInt32LE(limit);
    this.#write(frame(BEAT, 0, body));
  }

  /** We leave in good order: nothing is undone. */
  close(): void {
    if (this.#socket === undefined) return;
    this.#write(frame(GOODBYE, 0));
    clearTimeout(this.#retry);
    if (this.#waiting.length > 0)
      this.#notice("guardian: the parent does not read; it may undo what was left in place");
    native.close(this.#socket);
  }

  #open(control: number): Descriptor | undefined {
    try {
      const [ours, theirs] = native.openSocketPair(0);
      const sent = native.sendDescriptors(control, Buffer.from("g"), Int32Array.of(theirs));
      native.close(theirs);
      if (sent === 1) return ours;
      native.close(ours);
      throw new Error(`errno ${-sent}`);
    } catch (error) {
      this.#notice(`guardian: ${(error as Error).message}: a crash would leave something behind`);
      return undefined;
    }
  }

  #tellLimit(): void {
    if (this.#toldLimit) return;
    this.#toldLimit = true;
    this.#notice(
      `guardian: more than ${SLOTS} addresses and routes, or ${ALL_BYTES} bytes of them: a crash would leave the rest behind`,
    );
  }

  #write(bytes: Buffer): void {
    if (this.#socket === undefined) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#retry === undefined) this.#flush();
  }

  #flush(): void {
    this.#retry = undefined;
    while (this.#socket !== undefined && this.#waiting.length > 0) {
      const bytes = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting);
      if (bytes === undefined) return;
      const taken = native.writeNow(this.#socket, bytes);
      if (taken < 0) {
        // The parent reads in a moment, or is gone, which the control channel tells.
        this.#waiting = [bytes];
        this.#retry = setTimeout(() => this.#flush(), RETRY);
        this.#retry.unref();
        return;
      }
      this.#waitingBytes -= taken;
      this.#waiting = taken < bytes.length ? [bytes.subarray(taken)] : [];
    }
  }
}

/** What a hold counts for in the parent's memory. */
function sizeOf({ bytes }: Hold): number {
  return Math.ceil((OVERHEAD + bytes.length) / OVERHEAD) * OVERHEAD;
}

function frame(type: number, slot: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeUInt16LE(body.length);
  bytes[2] = type;
  bytes.writeUInt32LE(slot, 4);
  bytes.set(body, 8);
  return bytes;
}

/** An interface of this index was made. */
export function linkHold(index: number): Hold {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(index);
  return { kind: "link", bytes };
}

/** A file below /proc/sys/net had this value. */
export function sysctlHold(value: string, path: string): Hold {
  return { kind: "sysctl", bytes: Buffer.from(`${value}\0${path}`) };
}

/** nftables of this name were made. */
export function tableHold(name: string): Hold {
  return { kind: "table", bytes: Buffer.from(name) };
}

/** A VRRP packet to send out of an interface. @param index 0: any. */
export function packetHold(index: number, packet: Uint8Array): Hold {
  const { bytes: head } = linkHold(index);
  return { kind: "packet", bytes: Buffer.concat([head, packet]) };
}
