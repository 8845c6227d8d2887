/**
 * The watch over links and addresses (rtnetlink(7), groups RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR and RTNLGRP_IPV6_IFADDR). The
 * dump runs over the socket that is subscribed, so that its parts and the news stand in one queue and nothing old can overwrite
 * something new. When the kernel had to drop messages, everything is dumped again.
 */

import { Flags, type NetlinkMessage, Protocol, parseError, parseMessages, RawNetlinkSocket } from "netlink";
import { unreachable } from "../base/assert.js";
import type { EngineInput, InterfaceState } from "../engine/platform.js";
import { InterfaceTable } from "./interface-table.js";
import { dumpRequest, readInterfaceMessage } from "./rtnetlink-messages.js";

/** What the watch tells the engine. */
export type InterfaceInput = Extract<
  EngineInput,
  { kind: "InterfaceChanged" | "InterfaceRemoved" | "InterfacesListed" }
>;

/** Who is told. */
export interface InterfaceWatchListener {
  /** Called in the order of events, never from within a call of the watch. */
  interfaces(input: InterfaceInput): void;
  /** Something is wrong with the watch itself, which goes on by itself: for the log. */
  trouble(message: string): void;
}

/** Options of the watch. */
export interface InterfaceWatchOptions {
  /** SO_RCVBUF, bytes; the kernel caps it at net.core.rmem_max. */
  readonly receiveBufferSize?: number;
}

/** Room for thousands of changes while the thread is busy. */
const RECEIVE_BUFFER_SIZE = 8 << 20;

/** RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR of linux/rtnetlink.h. */
const GROUPS = 0x1 | 0x10 | 0x100;

/** A dump that the kernel marks as inconsistent this often in a row is believed, as the news repair it. */
const MOST_INTERRUPTIONS = 5;

/** Milliseconds before a new attempt when the last one ended before its dump did. */
const RETRY_DELAY = 50;

/** Nothing larger than a request for a dump is sent. */
const SEND_BUFFER_SIZE = 1 << 16;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** One subscribed socket, from its opening until it fails. */
interface Session {
  readonly socket: RawNetlinkSocket;
  readonly table: InterfaceTable;
  /** What is being dumped; undefined when the table is complete. */
  dumping: "links" | "addresses" | undefined;
  seq: number;
  /** The kernel marked the current dump with NLM_F_DUMP_INTR. */
  interrupted: boolean;
  interruptions: number;
  /** Interfaces with changes that nobody has been told of. */
  readonly untold: Set<number>;
}

/** The watch. Belongs to the network namespace of the process. */
export class InterfaceWatch {
  readonly #listener: InterfaceWatchListener;
  readonly #receiveBufferSize: number;
  #session: Session | undefined;
  #table = new InterfaceTable();
  #flush: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #resyncs = 0;

  constructor(listener: InterfaceWatchListener, options: InterfaceWatchOptions = {}) {
    this.#listener = listener;
    this.#receiveBufferSize = options.receiveBufferSize ?? RECEIVE_BUFFER_SIZE;
  }

  /** How often everything had to be dumped again since the start. */
  get resyncs(): number {
    return this.#resyncs;
  }

  /**
   * Subscribes and dumps; `InterfacesListed` follows.
   * @throws {Error} with `code` when the socket cannot be opened.
   */
  start(): void {
    this.#open();
  }

  /** Index of an interface, as far as messages have come; undefined when there is none. */
  indexOf(name: string): number | undefined {
    return this.#table.indexOf(name);
  }

  /** All interfaces, as far as messages have come. */
  states(): InterfaceState[] {
    return this.#table.states();
  }

  /** Ends the watch; nobody is told anything any more. */
  close(): void {
    this.#closed = true;
    if (this.#flush !== undefined) clearImmediate(this.#flush);
    if (this.#retry !== undefined) clearTimeout(this.#retry);
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) closeLater(session.socket);
  }

  #open(): void {
    const socket = new RawNetlinkSocket(Protocol.ROUTE, {
      recvBufferSize: this.#receiveBufferSize,
      sendBufferSize: SEND_BUFFER_SIZE,
      localGroups: GROUPS,
    });
    const session: Session = {
      socket,
      table: new InterfaceTable(),
      dumping: undefined,
      seq: 0,
      interrupted: false,
      interruptions: 0,
      untold: new Set(),
    };
    this.#session = session;
    socket.on("message", (data) => this.#receive(session, data));
    socket.on("truncatedMessage", () => this.#lost(session, "a message was cut off"));
    socket.on("error", (error) => this.#lost(session, error.message));
    this.#dump(session, "links");
  }

  #dump(session: Session, what: "links" | "addresses"): void {
    session.dumping = what;
    session.seq++;
    session.interrupted = false;
    const { socket, seq } = session;
    socket.send(dumpRequest(what, { seq, port: socket.address().port }), undefined, (error) => {
      if (error !== undefined) this.#lost(session, error.message);
    });
  }

  #receive(session: Session, data: Buffer): void {
    if (session !== this.#session) return;
    try {
      for (const message of parseMessages(data)) this.#take(session, message);
    } catch (error) {
      this.#lost(session, `unreadable message: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #take(session: Session, message: NetlinkMessage): void {
    const isAnswer = session.dumping !== undefined && message.seq === session.seq;
    if (isAnswer && (message.flags & Flags.DUMP_INTR) !== 0) session.interrupted = true;
    if (message.type === NLMSG_DONE) {
      if (isAnswer) this.#dumped(session);
    } else if (message.type === NLMSG_ERROR) {
      const { errno } = parseError(message.data, message.flags);
      if (isAnswer && errno !== 0) this.#lost(session, `the dump was refused, errno ${-errno}`);
    } else {
      this.#apply(session, message);
    }
  }

  #dumped(session: Session): void {
    if (session.interrupted && session.interruptions < MOST_INTERRUPTIONS) {
      session.interruptions++;
      this.#dump(session, session.dumping ?? "links");
    } else if (session.dumping === "links") {
      this.#dump(session, "addresses");
    } else {
      session.dumping = undefined;
      session.untold.clear();
      this.#table = session.table;
      this.#listener.interfaces({ kind: "InterfacesListed", states: session.table.states() });
    }
  }

  #apply(session: Session, message: NetlinkMessage): void {
    const news = readInterfaceMessage(message);
    if (news === undefined) return;
    const complete = session.dumping === undefined;
    const wasUp = news.kind === "link" ? session.table.state(news.link.index)?.up : undefined;
    // Link states are told one by one: a link that went down and came back was down.
    if (complete && news.kind === "link" && wasUp !== news.link.up) this.#tell(session, news.link.index);
    const change = session.table.apply(news);
    if (!complete) return;
    switch (change.kind) {
      case "none":
        break;
      case "link":
      case "addresses":
        session.untold.add(change.index);
        this.#flush ??= setImmediate(() => this.#flushUntold());
        break;
      case "renamed":
        this.#listener.interfaces({ kind: "InterfaceRemoved", interface: change.from });
        session.untold.add(change.index);
        this.#tell(session, change.index);
        break;
      case "removed":
        this.#listener.interfaces({ kind: "InterfaceRemoved", interface: change.name });
        break;
      default:
        unreachable(change);
    }
  }

  /** Many changes of one turn of the event loop, such as 1000 new addresses, are told as one. */
  #flushUntold(): void {
    this.#flush = undefined;
    const session = this.#session;
    if (session === undefined || session.dumping !== undefined) return;
    for (const index of [...session.untold]) this.#tell(session, index);
  }

  #tell(session: Session, index: number): void {
    if (!session.untold.delete(index)) return;
    const state = session.table.state(index);
    if (state !== undefined) this.#listener.interfaces({ kind: "InterfaceChanged", state });
  }

  /** Messages are missing: what the socket says from here on is worthless, and a new one starts over. */
  #lost(session: Session, reason: string): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    closeLater(session.socket);
    this.#resyncs++;
    this.#listener.trouble(`interface messages lost (${reason}), listing all interfaces again`);
    if (session.dumping === undefined) this.#reopen();
    else this.#reopenLater();
  }

  #reopen(): void {
    if (this.#closed) return;
    try {
      this.#open();
    } catch (error) {
      this.#session = undefined;
      this.#listener.trouble(`${error instanceof Error ? error.message : String(error)}`);
      this.#reopenLater();
    }
  }

  #reopenLater(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.#reopen(), RETRY_DELAY);
  }
}

/** Closing a socket inside one of its own callbacks would pull its handles from under the addon's feet. */
function closeLater(socket: RawNetlinkSocket): void {
  setImmediate(() => socket.close());
}
