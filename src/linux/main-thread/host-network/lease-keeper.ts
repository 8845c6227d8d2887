/** Keeps the table of leases: one thing after the other, in step with the states of the instances, and made again when it is gone. */

import type { Lease } from "../../../base/lease.js";
import { LeaseTable } from "./lease-table.js";
import { NftMonitor } from "./nft-monitor.js";

/** What it is told of and asks. */
export interface LeaseKeeperListener {
  /** A line for the log. */
  notice(text: string): void;
  /** Names of the instances that are MASTER by the word of an engine that answers now. */
  masters(): Promise<ReadonlySet<string>>;
}

/** So long after a failure the table is tried again, ms. */
const RETRY = 5_000;

/** So long after a change of a state the table is told, ms, as one change seldom comes alone. */
const SETTLE = 200;

/** One for the daemon. Nothing rejects, what fails is told. */
export class LeaseKeeper {
  readonly #notice: (text: string) => void;
  readonly #monitor: NftMonitor;
  readonly #table: LeaseTable;
  #masters: ReadonlySet<string> = new Set();
  #settling: NodeJS.Timeout | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  /** @param table name of the table, which no other daemon of the network namespace has. */
  constructor(table: string, listener: LeaseKeeperListener) {
    this.#notice = listener.notice;
    this.#monitor = new NftMonitor(() => void this.#after(() => this.#table.repair()), listener.notice);
    this.#table = new LeaseTable(table, this.#monitor, { ...listener, later: () => this.#retry() });
  }

  /** Makes the table what these leases need. @returns whether it is so. */
  async apply(leases: readonly Lease[]): Promise<boolean> {
    let made = false;
    await this.#after(async () => {
      made = await this.#table.apply(leases);
    });
    return made;
  }

  /** These instances are MASTER now. */
  mastersAre(masters: ReadonlySet<string>): void {
    this.#masters = new Set(masters);
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      void this.#after(() => this.#table.holders(this.#masters));
    }, SETTLE);
  }

  /** An interface is there that was not. */
  interfaceCame(name: string): void {
    void this.#after(() => this.#table.interfaceCame(name));
  }

  /** Removes the table, also where addresses are kept: nobody would prolong their leases. */
  close(): Promise<void> {
    return this.#after(async () => {
      clearTimeout(this.#settling);
      clearTimeout(this.#retrying);
      await this.#table.remove();
      this.#monitor.close();
    });
  }

  #retry(): void {
    clearTimeout(this.#retrying);
    this.#retrying = setTimeout(() => void this.#after(() => this.#table.repair()), RETRY);
  }

  #after(body: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(body).catch((error: Error) => this.#notice(error.message));
    return this.#work;
  }
}
