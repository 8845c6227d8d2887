/**
 * Watches tables of nftables that are ours. Other programs flush the whole ruleset (`nft flush ruleset`, a restart of
 * nftables.service), delete a table or empty its chains: what they took is to be made again.
 */

import { Flags } from "netlink/dist/constants.js";
import { native } from "../../both/native.js";
import { exchange } from "../../both/netlink-exchange.js";
import { NetlinkSocket } from "../../both/netlink-socket.js";
import { Readiness } from "../../both/readiness.js";
import { SyscallError } from "../../both/syscall-error.js";
import {
  chainsRequest,
  contentOf,
  isChainOf,
  NETLINK_NETFILTER,
  NFTABLES_GROUP,
  type NftTable,
  tableRequest,
  transactionFilter,
} from "./nft-messages.js";

/** So long after the first transaction we look, ms: one program seldom makes only one. */
const PAUSE = 100;

/** A listing that the kernel changed meanwhile is read again, so often at most. */
const LISTINGS = 3;

/** Tells when other programs may have changed our tables, and which of them they changed. */
export class NftMonitor {
  readonly #news: () => void;
  readonly #trouble: (text: string) => void;
  /** What the kernel showed of each table when it was as it shall be. */
  readonly #expected = new Map<NftTable, string>();
  #socket: NetlinkSocket | undefined;
  #readiness: Readiness | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failed = false;

  /**
   * @param news called after transactions of any program, ours included, in a turn of its own.
   * @param trouble called once when nothing can be watched, with a line for the log.
   */
  constructor(news: () => void, trouble: (text: string) => void) {
    this.#news = news;
    this.#trouble = trouble;
  }

  /** From now on these tables of the owner are to stay as they are at this moment; `before` are forgotten. */
  expect(before: readonly NftTable[], tables: readonly NftTable[]): void {
    for (const table of before) this.#forget(table);
    if (tables.length > 0) this.#open();
    for (const table of tables) this.#expected.set(table, shownOf(table));
    if (this.#expected.size === 0) this.close();
  }

  /** True when one of the tables is not as it was when it was last expected. */
  isChanged(tables: readonly NftTable[]): boolean {
    return tables.some((table) => {
      const expected = this.#find(table);
      return expected !== undefined && shownOf(table) !== this.#expected.get(expected);
    });
  }

  /** Watches nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#expected.clear();
    this.#closeSocket();
  }

  #find({ family, name }: NftTable): NftTable | undefined {
    return [...this.#expected.keys()].find((table) => table.family === family && table.name === name);
  }

  #forget(table: NftTable): void {
    const known = this.#find(table);
    if (known !== undefined) this.#expected.delete(known);
  }

  #open(): void {
    if (this.#socket !== undefined || this.#failed) return;
    try {
      const socket = new NetlinkSocket({
        protocol: NETLINK_NETFILTER,
        groups: NFTABLES_GROUP,
        receiveBufferSize: 1 << 16,
        datagramSize: 1 << 13,
        datagrams: 8,
      });
      this.#socket = socket;
      native.attachFilter(socket.descriptor, transactionFilter());
      this.#readiness = new Readiness(socket.descriptor, () => this.#receive());
    } catch (error) {
      this.#failed = true;
      this.#closeSocket();
      const reason = error instanceof Error ? error.message : String(error);
      this.#trouble(`tables of nftables that somebody removes are not made again: ${reason}`);
    }
  }

  #closeSocket(): void {
    this.#readiness?.close();
    this.#readiness = undefined;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #receive(): void {
    try {
      while ((this.#socket?.receive().length ?? 0) > 0);
    } catch {
      // Messages were lost, which says as much as each of them.
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#news();
    }, PAUSE);
  }
}

/** True when there is such a table. */
export function tableExists(table: NftTable): boolean {
  return shownOf(table) !== "";
}

/** What the kernel shows of a table and its chains; empty when there is none, or it cannot be asked. */
function shownOf(table: NftTable): string {
  for (let listing = 0; listing < LISTINGS; listing++) {
    try {
      const about = { object: table.name, protocol: NETLINK_NETFILTER };
      const tables = exchange({ syscall: "NFT_MSG_GETTABLE", ...about }, (seq) => tableRequest(table, seq));
      const chains = exchange({ syscall: "NFT_MSG_GETCHAIN", ...about }, (seq) =>
        chainsRequest(table.family, seq),
      );
      if ([...tables, ...chains].some(({ flags }) => (flags & Flags.DUMP_INTR) !== 0)) continue;
      const ours = chains.filter((chain) => isChainOf(chain, table));
      return [...tables, ...ours].map(contentOf).join("\n");
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return "";
    }
  }
  return "";
}
