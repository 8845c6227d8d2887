/**
 * Which of the addresses in the configuration are the host's own. An address that is there before anything here has added it
 * belongs to the host when the instance is the address owner (priority 255, RFC 9568 §6.1), or when the line is a static one:
 * it is neither added nor removed, and has no lifetime. A journal that outlives the daemon says which addresses are ours should
 * they be found at the next start.
 */

import type { InterfaceAddress } from "../../base/interface-address.js";
import { familyOf, type IpAddress } from "../../base/ip-address.js";
import { addressIdentity } from "../../base/item-identity.js";
import type { Config } from "../../config/config.js";
import { allAddresses, type Member } from "../member.js";
import type { Interfaces } from "../tracking/interfaces.js";
import type { Ledger } from "./ledger.js";

/** Priority of the address owner. */
const OWNER = 255;

/** A line of the configuration. */
interface Line {
  readonly line: InterfaceAddress;
  /** An address owner's, or a static one: when it is there, it may be the host's. */
  readonly mayBeHosts: boolean;
  /** It may come to the host later, such as by DHCP. */
  readonly mayCome: boolean;
}

/** The judge of ownership. */
export class HostOwn {
  readonly #ledger: Ledger;
  readonly #interfaces: Interfaces;
  readonly #remember: (keys: readonly string[]) => void;
  /** Identities of addresses that were absent when they were first looked for, so that only we can have added them. */
  readonly #ours: Set<string>;
  /** Identities that were looked for. */
  readonly #judged = new Set<string>();
  #byInterface = new Map<string, Line[]>();

  /** @param journal what {@link remember} was last told, by an earlier run of the same boot. */
  constructor(
    ledger: Ledger,
    interfaces: Interfaces,
    journal: readonly string[],
    remember: (keys: readonly string[]) => void,
  ) {
    this.#ledger = ledger;
    this.#interfaces = interfaces;
    this.#ours = new Set(journal);
    this.#remember = remember;
  }

  /** Adopts the lines of a configuration, and looks for those that are new. */
  configure(config: Config, members: readonly Member[]): void {
    const statics = config.staticAddresses.map((line) => ({ line, mayBeHosts: true, mayCome: false }));
    const virtual = members.flatMap(({ instance }) => {
      const owns = instance.priority === OWNER;
      return allAddresses(instance).map((line) => ({ line, mayBeHosts: owns, mayCome: owns }));
    });
    const lines: readonly Line[] = [...statics, ...virtual];
    this.#byInterface = new Map();
    for (const each of lines) {
      const there = this.#byInterface.get(each.line.interface);
      if (there === undefined) this.#byInterface.set(each.line.interface, [each]);
      else there.push(each);
    }
    const wanted = new Set(lines.map(({ line }) => addressIdentity(line)));
    const owned = new Set(lines.flatMap(({ line, mayBeHosts }) => (mayBeHosts ? addressIdentity(line) : [])));
    for (const item of this.#ledger.addresses.all()) {
      if (item.hosts && !owned.has(item.key)) this.#ledger.addresses.takeFromHost(item);
    }
    let changed = false;
    for (const key of [...this.#judged]) if (!wanted.has(key)) this.#judged.delete(key);
    for (const key of [...this.#ours]) if (!wanted.has(key) && this.#ours.delete(key)) changed = true;
    for (const name of this.#byInterface.keys()) if (this.#look(name)) changed = true;
    if (changed) this.#remember([...this.#ours]);
  }

  /** The addresses of an interface have changed. */
  interfaceShown(name: string): void {
    if (this.#look(name)) this.#remember([...this.#ours]);
  }

  /** An interface is gone: when it is back, what it has by then is the host's. */
  interfaceRemoved(name: string): void {
    for (const { line } of this.#byInterface.get(name) ?? []) this.#judged.delete(addressIdentity(line));
  }

  /** Addresses that we have removed, and that are there again only when we add them. */
  claimOurs(lines: readonly InterfaceAddress[]): void {
    const before = this.#ours.size;
    for (const line of lines) this.#ours.add(addressIdentity(line));
    if (this.#ours.size > before) this.#remember([...this.#ours]);
  }

  /** We leave in good order and have removed what was ours. */
  forgetAll(): void {
    this.#ours.clear();
    this.#remember([]);
  }

  /** True when the address is the host's own. */
  isHosts(line: InterfaceAddress): boolean {
    return this.#ledger.addresses.get(line)?.hosts === true;
  }

  /**
   * True when an address that is there, although nobody here wants it, may be removed: it is ours, or the interface keeps
   * another address of its family that is none of `virtual`.
   */
  mayRemove(line: InterfaceAddress, virtual: ReadonlySet<string>): boolean {
    if (this.isHosts(line)) return false;
    return this.#ours.has(addressIdentity(line)) || !this.isOnly(line, virtual);
  }

  /** True when an interface has no address of a family but virtual ones, `virtual` being address/length of them all. */
  isOnly({ interface: name, address }: InterfaceAddress, virtual: ReadonlySet<string>): boolean {
    return this.#interfaces.primaryAddress(name, familyOf(address), virtual) === undefined;
  }

  /** All virtual addresses but the host's own, as address/length: none of them is a source for adverts. */
  virtualAddresses(members: readonly Member[]): ReadonlySet<`${IpAddress}/${number}`> {
    const lines = members.flatMap(({ instance }) => allAddresses(instance));
    return new Set(
      lines
        .filter((line) => !this.isHosts(line))
        .map(({ address, prefixLength }) => `${address}/${prefixLength}` as const),
    );
  }

  /** Returns true when the journal has changed. */
  #look(name: string): boolean {
    if (this.#interfaces.get(name) === undefined) return false;
    let changed = false;
    for (const each of this.#byInterface.get(name) ?? []) if (this.#judge(each)) changed = true;
    return changed;
  }

  #judge({ line, mayBeHosts, mayCome }: Line): boolean {
    const key = addressIdentity(line);
    const isNew = !this.#judged.has(key);
    if (!isNew && !mayCome) return false;
    const { addresses } = this.#ledger;
    const item = addresses.get(line);
    if (item?.held !== undefined || item?.removedAt !== undefined || item?.hosts === true) return false;
    this.#judged.add(key);
    if (!this.#interfaces.shows(line)) {
      if (!isNew || this.#ours.has(key)) return false;
      this.#ours.add(key);
      return true;
    }
    if (!mayBeHosts || (isNew && this.#ours.has(key))) return false;
    addresses.leaveToHost(line);
    return this.#ours.delete(key);
  }
}
