/** The table of leases in the kernel: made, made again, kept in step with the states of the instances, removed. */

import type { Lease } from "../../../base/lease.js";
import { heldRuleset, leaseRuleset } from "./lease-ruleset.js";
import { runNft } from "./nft.js";
import type { NftTable } from "./nft-messages.js";
import { type NftMonitor, tableExists } from "./nft-monitor.js";
import { removeTables } from "./nft-tables.js";
import { presentLinks } from "./virtual-links.js";

/** What the table is told about and by. */
export interface LeaseTableListener {
  /** Names of the instances that are MASTER by the word of an engine that answers now. */
  masters(): Promise<ReadonlySet<string>>;
  /** Call {@link LeaseTable.repair} a little later. */
  later(): void;
  notice(text: string): void;
}

/** One for the daemon. Its methods are called one after the other; none rejects. */
export class LeaseTable {
  readonly #name: string;
  readonly #monitor: NftMonitor;
  readonly #listener: LeaseTableListener;
  readonly #numbers = new Map<string, number>();
  #leases: readonly Lease[] = [];
  /** It was made, and is to be there. */
  #wanted = false;
  /** It could not be made again. */
  #failed = false;
  /** Why it could not be made, told once. */
  #told: string | undefined;
  /** A table of this name may be there that an earlier daemon left. */
  #first = true;

  /** @param name of the table; no other daemon of the network namespace may have it. */
  constructor(name: string, monitor: NftMonitor, listener: LeaseTableListener) {
    this.#name = name;
    this.#monitor = monitor;
    this.#listener = listener;
  }

  /**
   * Makes the table what these leases need; without any there is none.
   * @returns false when that is not possible; why is told.
   */
  async apply(leases: readonly Lease[]): Promise<boolean> {
    const first = this.#first;
    this.#first = false;
    const leftover = first && tableExists(this.#table);
    if (leases.length === 0) {
      this.#wanted ||= leftover;
      await this.remove();
      return true;
    }
    this.#leases = leases;
    this.#failed = false;
    this.#wanted = await this.#make(leftover);
    return this.#wanted;
  }

  /** Makes it again if other programs changed it. */
  async repair(): Promise<void> {
    if (!this.#wanted) return;
    const changed = this.#monitor.isChanged([this.#table]);
    if (changed) {
      this.#listener.notice(`table netdev ${this.#name} is gone or was changed: it is made again`);
    }
    if (changed || this.#failed) await this.#make(false);
  }

  /** Makes it again for an interface that came: rules go with an interface. */
  async interfaceCame(name: string): Promise<void> {
    const concerned = this.#leases.some(
      ({ device, addresses }) => device === name || addresses.some(({ devices }) => devices.includes(name)),
    );
    if (this.#wanted && concerned) await this.#make(false);
  }

  /**
   * Tells the rules which instances hold their addresses. Adverts do that too, but only where they leave, and nothing else tells that
   * addresses were given back.
   */
  async holders(masters: ReadonlySet<string>): Promise<void> {
    if (!this.#wanted || this.#failed) return;
    const failure = await runNft(heldRuleset(this.#leases, this.#settings(masters, false, new Set())));
    // The table is not as it was, or the monitor could not be opened.
    if (failure !== undefined) await this.#make(false);
  }

  /** Removes the table, if it was made. */
  async remove(): Promise<void> {
    if (!this.#wanted) return;
    this.#wanted = false;
    this.#leases = [];
    this.#monitor.expect([this.#table], []);
    const failure = removeTables([this.#table]);
    if (failure !== undefined) this.#listener.notice(`cannot remove table netdev ${this.#name}: ${failure}`);
  }

  get #table(): NftTable {
    return { family: "netdev", name: this.#name };
  }

  async #make(holdsAll: boolean): Promise<boolean> {
    const devices = new Set(presentLinks().map(({ name }) => name));
    const masters = await this.#listener.masters();
    const failure = await runNft(leaseRuleset(this.#leases, this.#settings(masters, holdsAll, devices)));
    const made = failure === undefined;
    this.#monitor.expect([this.#table], made ? [this.#table] : []);
    if (!made && failure !== this.#told) {
      this.#listener.notice(
        `vrrp_address_lease has no effect: ${failure}; virtual addresses go on answering when all of this daemon is killed or stopped at once`,
      );
    }
    this.#told = failure;
    this.#failed = !made;
    // At the start that is for good, as the kernel or the program lacks something.
    if (!made && this.#wanted) this.#listener.later();
    return made;
  }

  #settings(masters: ReadonlySet<string>, holdsAll: boolean, devices: ReadonlySet<string>) {
    return {
      table: this.#name,
      devices,
      masters,
      holdsAll,
      numberOf: (instances: readonly string[]) => this.#numberOf([...instances].sort().join("\0")),
    };
  }

  #numberOf(owners: string): number {
    const number = this.#numbers.get(owners) ?? this.#numbers.size + 1;
    this.#numbers.set(owners, number);
    return number;
  }
}
