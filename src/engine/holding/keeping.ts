/** Everything that keeps the kernel as the instances and the static blocks want it, put together. */

import type { InterfaceAddress } from "../../base/interface-address.js";
import type { Micros } from "../../base/time.js";
import type { Config } from "../../config/config.js";
import type { Member } from "../member.js";
import type { Platform } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import { Holdings, type Loss } from "./holdings.js";
import { HostOwn } from "./host-own.js";
import { KernelNews } from "./kernel-news.js";
import { Ledger } from "./ledger.js";
import { Leftovers } from "./leftovers.js";
import { Statics } from "./statics.js";
import { VmacSources } from "./vmac-sources.js";

/** What it depends on, and where losses and returns go. */
export interface KeepingParts {
  readonly platform: Platform;
  readonly interfaces: Interfaces;
  /** What {@link Platform.rememberOurs} was last told by an earlier run of the same boot. */
  readonly ours: readonly string[];
  /** A member lost something that it held. */
  lost(member: Member, loss: Loss, now: Micros): void;
  /** Addresses of a member are there again: neighbours may have forgotten them. */
  back(member: Member, lines: readonly InterfaceAddress[], now: Micros): void;
}

/** The parts, and what concerns several of them. */
export class Keeping {
  readonly ledger: Ledger;
  readonly holdings: Holdings;
  readonly statics: Statics;
  readonly vmacSources: VmacSources;
  readonly hostOwn: HostOwn;
  readonly leftovers: Leftovers;
  readonly news: KernelNews;
  readonly #interfaces: Interfaces;

  constructor({ platform, interfaces, ours, lost, back }: KeepingParts) {
    this.#interfaces = interfaces;
    const ledger = new Ledger(platform, interfaces);
    this.ledger = ledger;
    this.holdings = new Holdings(platform, interfaces, ledger);
    this.statics = new Statics(ledger, interfaces);
    this.vmacSources = new VmacSources(ledger);
    this.hostOwn = new HostOwn(ledger, interfaces, ours, (keys) => platform.rememberOurs(keys));
    this.leftovers = new Leftovers({ platform, interfaces, ledger, hostOwn: this.hostOwn });
    const { holdings, statics } = this;
    const emit: Platform["emit"] = (event) => platform.emit(event);
    this.news = new KernelNews({ interfaces, ledger, holdings, statics, emit, lost, back });
  }

  /** Adopts a configuration before anything of it is added: what is there already may be the host's own. */
  adopt(config: Config, members: readonly Member[]): void {
    this.hostOwn.configure(config, members);
    this.leftovers.configure(members);
  }

  /** What the kernel has of an interface is news to the judge of ownership. Returns true when its judgement changed. */
  judgeOwnership(interfaceName: string): boolean {
    const { addresses } = this.ledger;
    const before = addresses.hostsVersion;
    if (this.#interfaces.get(interfaceName) === undefined) this.hostOwn.interfaceRemoved(interfaceName);
    else this.hostOwn.interfaceShown(interfaceName);
    return addresses.hostsVersion !== before;
  }

  /** The kernel has listed all interfaces. */
  listed(now: Micros): void {
    this.ledger.listed();
    this.ledger.settle(now);
  }
}
