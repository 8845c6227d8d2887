/**
 * The watch over links and addresses (rtnetlink(7), groups RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR and RTNLGRP_IPV6_NETCONF). The
 * dump runs over the socket that is subscribed, so that its parts and the news stand in one queue and nothing old can overwrite
 * something new. When the kernel had to drop messages, everything is dumped again.
 */

import { Flags } from "netlink/dist/constants.js";
import { type NetlinkMessage, parseError } from "netlink/dist/structs.js";
import { unreachable } from "../../../base/assert.js";
import type { MacAddress } from "../../../base/mac-address.js";
import type { EngineInput, InterfaceState } from "../../../engine/platform.js";
import { NetlinkSocket } from "../../both/netlink-socket.js";
import { Readiness } from "../../both/readiness.js";
import { InterfaceTable } from "./interface-table.js";
import { dumpRequest, type InterfaceMessage, readInterfaceMessage } from "./rtnetlink-messages.js";

/** What the watch tells the engine. */
export type InterfaceInput = Extract<
  EngineInput,
  { kind: "InterfaceChanged" | "InterfaceRemoved" | "InterfacesListed" }
>;

/** Who is told. */
export interface InterfaceWatchListener {
  /** Called in the order of events, from the event loop only. */
  interfaces(input: InterfaceInput): void;
  /** Something is wrong with the watch itself, which goes on by itself: for the log. */
  trouble(message: string): void;
}

/** Options of the watch. */
export interface InterfaceWatchOptions {
  /** SO_RCVBUF, bytes. */
  readonly receiveBufferSize?: number;
}

/** Room for thousands of changes while the thread is busy. */
const RECEIVE_BUFFER_SIZE = 8 << 20;

/** RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR of linux/rtnetlink.h, and the bit of RTNLGRP_IPV6_NETCONF. */
const GROUPS = 0x1 | 0x10 | 0x100 | (1 << 24);

/** A dump that the kernel marks as inconsistent this often in a row is believed, as the news repair it. */
const MOST_INTERRUPTIONS = 5;

/** Longest message of a dump: the kernel makes none longer than 32 KiB. */
const DATAGRAM_SIZE = 1 << 16;
const DATAGRAMS = 8;

/** Calls that receive, each time the socket is readable; then other descriptors have their turn. */
const RECEIVES_PER_TURN = 32;

/** Milliseconds before a new attempt when the last one ended before its dump did. */
const RETRY_DELAY = 50;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** One subscribed socket, from its opening until it fails. */
interface Session {
  readonly socket: NetlinkSocket;
  readonly readiness: Readiness;
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

  /** Its MAC address; undefined when it has none, or there is no such interface. */
  macOf(name: string): MacAddress | undefined {
    return this.#table.macOf(name);
  }

  /** All interfaces, as far as messages have come. */
  states(): InterfaceState[] {
    return this.#table.states();
  }

  /** Takes what has arrived, without waiting for the event loop to tell. */
  receiveNow(): void {
    this.#receive();
  }

  /** Lists everything once more; `InterfacesListed` follows. Does nothing while a list is under way. */
  listAgain(): void {
    const session = this.#session;
    if (session === undefined || session.dumping !== undefined) return;
    this.#session = undefined;
    closeSession(session);
    this.#reopen();
  }

  /** Ends the watch; nobody is told anything any more. */
  close(): void {
    this.#closed = true;
    if (this.#retry !== undefined) clearTimeout(this.#retry);
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) closeSession(session);
  }

  #open(): void {
    const socket = new NetlinkSocket({
      groups: GROUPS,
      receiveBufferSize: this.#receiveBufferSize,
      datagramSize: DATAGRAM_SIZE,
      datagrams: DATAGRAMS,
    });
    let readiness: Readiness;
    try {
      readiness = new Readiness(socket.descriptor, () => this.#receive());
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#session = {
      socket,
      readiness,
      table: new InterfaceTable(),
      dumping: undefined,
      seq: 0,
      interrupted: false,
      interruptions: 0,
      untold: new Set(),
    };
    this.#dump(this.#session, "links");
  }

  #dump(session: Session, what: "links" | "addresses"): void {
    session.dumping = what;
    session.seq++;
    session.interrupted = false;
    session.socket.send(dumpRequest(what, session.seq));
  }

  #receive(): void {
    const session = this.#session;
    if (session === undefined) return;
    for (let turn = 0; turn < RECEIVES_PER_TURN; turn++) {
      const news = this.#receiveNews(session);
      if (news === undefined || news.length === 0) break;
      for (const item of news) {
        this.#take(session, item);
        // Whoever was told may have closed the watch.
        if (session !== this.#session) return;
      }
    }
    // Many changes of one turn of the event loop, such as 1000 new addresses, are told as one.
    if (session.dumping === undefined) for (const index of [...session.untold]) this.#tell(session, index);
  }

  /** Reads all of it before anybody is told: undefined when something was lost, and the session is over. */
  #receiveNews(session: Session): News[] | undefined {
    try {
      return session.socket.receive().map((message) => newsOf(message));
    } catch (error) {
      this.#lost(session, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #take(session: Session, { seq, flags, about }: News): void {
    const isAnswer = session.dumping !== undefined && seq === session.seq;
    if (isAnswer && (flags & Flags.DUMP_INTR) !== 0) session.interrupted = true;
    if (about === undefined) return;
    if (about.kind === "done") {
      if (isAnswer) this.#dumped(session);
    } else if (about.kind === "error") {
      if (isAnswer && about.errno !== 0) this.#lost(session, `the dump was refused: errno ${about.errno}`);
    } else {
      this.#apply(session, about);
    }
  }

  #dumped(session: Session): void {
    try {
      if (session.interrupted && session.interruptions < MOST_INTERRUPTIONS) {
        session.interruptions++;
        this.#dump(session, session.dumping ?? "links");
        return;
      }
      if (session.dumping === "links") {
        this.#dump(session, "addresses");
        return;
      }
    } catch (error) {
      this.#lost(session, error instanceof Error ? error.message : String(error));
      return;
    }
    session.dumping = undefined;
    this.#table = session.table;
    this.#listener.interfaces({ kind: "InterfacesListed", states: session.table.states() });
  }

  #apply(session: Session, news: InterfaceMessage): void {
    const { table } = session;
    if (session.dumping !== undefined) {
      table.apply(news);
      return;
    }
    // Link states are told one by one: a link that went down and came back was down.
    if (news.kind === "link" && table.state(news.link.index)?.up !== news.link.up) {
      this.#tell(session, news.link.index);
    }
    const change = table.apply(news);
    switch (change.kind) {
      case "none":
        break;
      case "link":
      case "addresses":
        session.untold.add(change.index);
        break;
      case "renamed":
        session.untold.add(change.index);
        this.#listener.interfaces({ kind: "InterfaceRemoved", interface: change.from });
        this.#tell(session, change.index);
        break;
      case "removed":
        this.#listener.interfaces({ kind: "InterfaceRemoved", interface: change.name });
        break;
      default:
        unreachable(change);
    }
  }

  #tell(session: Session, index: number): void {
    if (session !== this.#session || !session.untold.delete(index)) return;
    const state = session.table.state(index);
    if (state !== undefined) this.#listener.interfaces({ kind: "InterfaceChanged", state });
  }

  /** Messages are missing: what the socket says from here on is worthless, and a new one starts over. */
  #lost(session: Session, reason: string): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    closeSession(session);
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
      const session = this.#session;
      this.#session = undefined;
      if (session !== undefined) closeSession(session);
      this.#listener.trouble(error instanceof Error ? error.message : String(error));
      this.#reopenLater();
    }
  }

  #reopenLater(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.#reopen(), RETRY_DELAY);
  }
}

/** A message as far as the watch understands it, no longer tied to the socket's buffer. */
interface News {
  readonly seq: number;
  readonly flags: number;
  readonly about:
    | InterfaceMessage
    | { readonly kind: "done" }
    | { readonly kind: "error"; readonly errno: number }
    | undefined;
}

function newsOf(message: NetlinkMessage): News {
  const { seq, flags, type, data } = message;
  if (type === NLMSG_DONE) return { seq, flags, about: { kind: "done" } };
  if (type === NLMSG_ERROR)
    return { seq, flags, about: { kind: "error", errno: -parseError(data, flags).errno } };
  return { seq, flags, about: readInterfaceMessage(message) };
}

function closeSession({ readiness, socket }: Session): void {
  readiness.close();
  socket.close();
}
