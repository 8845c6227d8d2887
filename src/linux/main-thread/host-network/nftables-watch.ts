/**
 * Tells when others remove something from nftables of ours (netlink(7), NETLINK_NETFILTER, group NFNLGRP_NFTABLES): a table, or a
 * chain, a rule, a set or an element of it. A transaction ends with a message of its own, so that the one that we make is told
 * apart from what others do at the same time.
 */

import { type NetlinkMessage, parseAttributes } from "netlink/dist/structs.js";
import { NetlinkSocket } from "../../both/netlink-socket.js";
import { Readiness } from "../../both/readiness.js";

/** linux/netlink.h; linux/netfilter/nfnetlink.h: NFNLGRP_NFTABLES as the bit of a group mask. */
const NETLINK_NETFILTER = 12;
const GROUPS = 1 << (7 - 1);

/** NFNL_SUBSYS_NFTABLES and the removals of enum nf_tables_msg_types, linux/netfilter/nf_tables.h. */
const SUBSYSTEM = 10;
const DELTABLE = 2;
const REMOVALS: ReadonlySet<number> = new Set([DELTABLE, 5, 8, 11, 14]);
/** The end of a transaction, with the id of the process that made it. */
const NEWGEN = 15;
const GENERATION_PROCESS = 2;

/** `struct nfgenmsg`; the name of the table is attribute 1 of all of these messages. */
const HEADER = 4;
const TABLE_NAME = 1;

const RECEIVE_BUFFER_SIZE = 1 << 20;
const DATAGRAM_SIZE = 1 << 15;
const DATAGRAMS = 8;

/** Who is told. */
export interface NftablesWatchListener {
  /** Something of a table with one of the watched names was removed. @param process its process id, 0 when that is not known. */
  removed(process: number): void;
  /** The watch does not work: nothing is told any more. */
  trouble(text: string): void;
}

/** One watch, in the network namespace of the process. */
export class NftablesWatch {
  readonly #listener: NftablesWatchListener;
  readonly #table: string;
  /** Something of the table was removed in the transaction whose end has not come yet. */
  #removing = false;
  /** Who removed something, one entry for each transaction that has not been told. */
  #removers: number[] = [];
  /** A transaction of our own is under way: what is removed is looked at when it is over. */
  #expecting = false;
  #socket: NetlinkSocket | undefined;
  #readiness: Readiness | undefined;

  /** Begins to watch the tables of a name, of every family. */
  constructor(table: string, listener: NftablesWatchListener) {
    this.#table = table;
    this.#listener = listener;
    this.#open();
  }

  /** We are about to replace the tables. */
  expectOwn(): void {
    this.#receive();
    this.#expecting = true;
  }

  /** We have replaced the tables, which removes what was there in one transaction, or `made` none. */
  ownIsDone(made: boolean): void {
    this.#receive();
    this.#expecting = false;
    // Which of several was ours does not matter: those of others came before it, or have to be undone.
    if (made) this.#removers.shift();
    this.#tell();
  }

  /** Ends the watch. */
  close(): void {
    this.#readiness?.close();
    this.#readiness = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(): void {
    try {
      const socket = new NetlinkSocket({
        protocol: NETLINK_NETFILTER,
        groups: GROUPS,
        receiveBufferSize: RECEIVE_BUFFER_SIZE,
        datagramSize: DATAGRAM_SIZE,
        datagrams: DATAGRAMS,
      });
      this.#socket = socket;
      this.#readiness = new Readiness(socket.descriptor, () => this.#receive());
    } catch (error) {
      this.close();
      this.#listener.trouble(error instanceof Error ? error.message : String(error));
    }
  }

  #receive(): void {
    try {
      for (;;) {
        const messages = this.#socket?.receive() ?? [];
        if (messages.length === 0) break;
        for (const message of messages) this.#take(message);
      }
    } catch {
      // Messages were lost: there may have been a removal among them.
      this.close();
      this.#open();
      this.#removers.push(0);
    }
    if (!this.#expecting) this.#tell();
  }

  #tell(): void {
    const [remover] = this.#removers.splice(0);
    if (remover !== undefined) this.#listener.removed(remover);
  }

  #take({ type, data }: NetlinkMessage): void {
    if (type >> 8 !== SUBSYSTEM) return;
    const what = type & 0xff;
    if (what === NEWGEN) {
      if (this.#removing) this.#removers.push(processOf(data));
      this.#removing = false;
    } else if (REMOVALS.has(what) && tableOf(data) === this.#table) this.#removing = true;
  }
}

function tableOf(data: Buffer): string {
  let table = "";
  parseAttributes(data.subarray(HEADER), ({ type, data: value }) => {
    if (type === TABLE_NAME) table = value.toString("utf8").replace(/\0.*$/s, "");
  });
  return table;
}

/** 0 when the kernel does not say. */
function processOf(data: Buffer): number {
  let process = 0;
  parseAttributes(data.subarray(HEADER), ({ type, data: value }) => {
    if (type === GENERATION_PROCESS && value.length === 4) process = value.readUInt32BE();
  });
  return process;
}
