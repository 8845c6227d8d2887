/**
 * What virtual routers need of the host besides addresses: virtual interfaces, settings of the kernel, packet filter. It is there
 * before the engine knows of it and goes after. What is wanted is compared with what the kernel has whenever an interface changes,
 * when nftables change, and every few seconds: what others have changed is put back. The parent sees to it that nothing stays when
 * the daemon is killed.
 */

import type { FirewallRules, FirewallSettings } from "../../../base/firewall.js";
import type { HostProblem } from "../../../base/host-problem.js";
import type { PresentLink, VirtualInterface } from "../../../base/virtual-interface.js";
import { GuardianChannel, linkHold, sysctlHold, tableHold } from "../../both/guardian-channel.js";
import { Firewall } from "./firewall.js";
import { KernelSettings } from "./kernel-settings.js";
import {
  configureLink,
  createLink,
  deleteLink,
  presentLinks,
  restoreLink,
  startLink,
  VMAC_CONF,
} from "./virtual-links.js";

/** One virtual interface that shall be there. */
export interface WantedLink {
  readonly wanted: VirtualInterface;
  /** The interface that is it already. */
  readonly present: PresentLink | undefined;
  /** Interfaces that must go first. */
  readonly replaces: readonly PresentLink[];
}

/** All that shall be there. */
export interface HostNetworkWish {
  readonly links: readonly WantedLink[];
  /** Interfaces with `promote_secondaries`. */
  readonly promoting: ReadonlySet<string>;
  readonly firewall: FirewallSettings;
  readonly rules: FirewallRules;
}

/** Where the names of interfaces that were made here are kept, for the next run should this one be killed. */
export interface LinkJournal {
  readonly names: ReadonlySet<string>;
  write(names: readonly string[]): void;
}

interface OwnLink {
  readonly index: number;
  readonly wanted: VirtualInterface;
}

/** How often settings are compared, as the kernel does not tell of them, and what failed is tried again, ms. */
const CHECK_INTERVAL = 5_000;

/** The least time between two repairs of nftables, ms: somebody may remove them as fast as they are made. */
const REPAIR_PAUSE = 1_000;

/** One for the daemon. Does one thing at a time; nothing rejects, what fails is told. */
export class HostNetwork {
  readonly #notice: (text: string) => void;
  readonly #journal: LinkJournal;
  readonly #settings: KernelSettings;
  readonly #firewall: Firewall;
  /** Those that were made here, by name. */
  readonly #links = new Map<string, OwnLink>();
  /** Those whose settings are kept, by name: the host's own among them. */
  readonly #kept = new Set<string>();
  /** Problems with virtual interfaces, by name. */
  readonly #problems = new Map<string, HostProblem>();
  #wish: HostNetworkWish | undefined;
  #guardian: GuardianChannel | undefined;
  #work: Promise<void> = Promise.resolve();
  #checks: NodeJS.Timeout | undefined;
  #repairedAt = -REPAIR_PAUSE;

  constructor(notice: (text: string) => void, journal: LinkJournal) {
    this.#notice = notice;
    this.#journal = journal;
    this.#settings = new KernelSettings({
      changing: (path, before) => this.#guard().hold(path, sysctlHold(before, path)),
      restored: (path) => this.#guardian?.release(path),
      notice,
    });
    this.#firewall = new Firewall({
      adding: (table) => this.#guard().hold(`table ${table}`, tableHold(table)),
      removed: (table) => this.#guardian?.release(`table ${table}`),
      disturbed: () => this.#filterDisturbed(),
      notice,
    });
  }

  /** Names of the interfaces that it has made. */
  get ours(): ReadonlySet<string> {
    return new Set(this.#links.keys());
  }

  /** What is not as it should be. */
  problems(): readonly HostProblem[] {
    return [...this.#problems.values(), ...this.#firewall.problems(), ...this.#settings.problems()];
  }

  /** Makes what is missing. What is not wanted any more stays until {@link finish}, as it may still be in use. */
  prepare(wish: HostNetworkWish): Promise<void> {
    return this.#after(async () => {
      this.#wish = wish;
      this.#problems.clear();
      this.#promoteSecondaries();
      for (const link of wish.links) await this.#provide(link);
      await this.#firewall.apply(wish.firewall, wish.rules);
      this.#checks ??= setInterval(() => void this.#after(() => this.#repair()), CHECK_INTERVAL).unref();
    });
  }

  /** Removes what {@link prepare} was not asked for. */
  finish(): Promise<void> {
    return this.#after(async () => this.#removeUnwanted());
  }

  /** Something about an interface has changed: compares what is there with what is wanted. */
  interfaceChanged(name: string): void {
    const { links = [], promoting } = this.#wish ?? {};
    const concerned = links.some(({ wanted }) => wanted.name === name || wanted.base === name);
    if (concerned || promoting?.has(name) === true) void this.#after(() => this.#repair());
  }

  /** Removes everything, or leaves everything as it is. */
  close(keep: boolean): Promise<void> {
    clearInterval(this.#checks);
    return this.#after(async () => {
      this.#wish = undefined;
      if (!keep) {
        this.#removeUnwanted();
        await this.#firewall.remove();
      }
      this.#firewall.close();
      this.#guardian?.close();
      this.#guardian = undefined;
    });
  }

  #after(body: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(body).catch((error: Error) => this.#notice(error.message));
    return this.#work;
  }

  #guard(): GuardianChannel {
    this.#guardian ??= new GuardianChannel(this.#notice);
    return this.#guardian;
  }

  /** At once, unless that was done a moment ago: then with the next comparison. */
  #filterDisturbed(): void {
    const now = performance.now();
    if (now - this.#repairedAt < REPAIR_PAUSE) return;
    this.#repairedAt = now;
    void this.#after(() => this.#firewall.repair());
  }

  async #provide({ wanted, present, replaces }: WantedLink): Promise<void> {
    for (const link of replaces) this.#remove(link.name, link.index);
    const { name, instance, base } = wanted;
    const kind = wanted.kind === "macvlan" ? "VMAC" : "ipvlan";
    try {
      // First, so that the interface keeps the setting it is made with.
      if (wanted.kind === "macvlan" && wanted.family === 4) this.#settings.freeFromReversePathFilter();
      if (present === undefined) {
        const index = createLink(wanted);
        this.#own(wanted, index);
        this.#notice(`(${instance}): Success creating ${kind} interface ${name}`);
      } else {
        configureLink(wanted);
        // What the host has made by itself is used, and stays.
        if (this.#links.has(name) || this.#journal.names.has(name)) this.#own(wanted, present.index);
      }
      if (wanted.kind === "macvlan") this.#prepareKernel(wanted);
      await startLink(wanted);
      this.#problems.delete(name);
    } catch (error) {
      this.#fail(wanted, `Unable to create ${kind} interface ${name} on ${base}: ${reason(error)}`);
    }
  }

  /** Told once until it succeeds. */
  #fail({ name, instance }: VirtualInterface, text: string): void {
    const before = this.#problems.get(name);
    const since = before?.since ?? Date.now();
    const effect = "the instance is in FAULT or cannot answer";
    this.#problems.set(name, { what: "interface", instances: [instance], text, effect, since });
    if (before?.text !== text) this.#notice(`(${instance}): ${text}`);
  }

  #prepareKernel(wanted: VirtualInterface): void {
    this.#kept.add(wanted.name);
    this.#settings.keepOn(wanted.name, wanted.family === 4 ? VMAC_CONF : {}, wanted.ipv6);
    if (wanted.family === 4) this.#settings.prepareBase(wanted.base);
  }

  #own(wanted: VirtualInterface, index: number): void {
    const key = `link ${wanted.name}`;
    this.#guardian?.release(key);
    this.#guard().hold(key, linkHold(index));
    this.#links.set(wanted.name, { index, wanted });
    this.#journal.write([...this.#links.keys()]);
  }

  #remove(name: string, index: number): void {
    const own = this.#links.get(name);
    deleteLink(index, name);
    // Another interface may have taken the name since.
    if (own === undefined || own.index !== index) return;
    this.#links.delete(name);
    this.#journal.write([...this.#links.keys()]);
    this.#settings.forget(name);
    this.#guardian?.release(`link ${name}`);
    const kind = own.wanted.kind === "ipvlan" ? "ipvlan" : "VMAC";
    this.#notice(`(${own.wanted.instance}) Success removing ${kind} interface ${name}`);
  }

  #removeUnwanted(): void {
    const wanted = (this.#wish?.links ?? []).map((link) => link.wanted);
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, { index }] of [...this.#links]) if (!names.has(name)) this.#remove(name, index);
    for (const name of this.#kept) {
      if (names.has(name)) continue;
      this.#kept.delete(name);
      this.#settings.forget(name);
    }
    const ipv4 = wanted.filter(({ kind, family }) => kind === "macvlan" && family === 4);
    this.#settings.restoreUnneeded({
      bases: new Set(ipv4.map(({ base }) => base)),
      promoting: this.#wish?.promoting ?? new Set(),
    });
  }

  #promoteSecondaries(): void {
    for (const name of this.#wish?.promoting ?? []) this.#settings.promoteSecondaries(name);
  }

  async #repair(): Promise<void> {
    const wish = this.#wish;
    if (wish === undefined) return;
    this.#promoteSecondaries();
    const made = wish.links.length > 0 && (await this.#repairLinks(wish.links));
    this.#settings.check();
    // The rules know interfaces by index.
    if (made) await this.#firewall.apply(wish.firewall, wish.rules);
    else await this.#firewall.repair();
  }

  /** Returns true when an interface was made. */
  async #repairLinks(links: readonly WantedLink[]): Promise<boolean> {
    const present = new Map(presentLinks().map((link) => [link.name, link]));
    let made = false;
    for (const { wanted } of links) {
      const link = present.get(wanted.name);
      if (link !== undefined) this.#repairLink(wanted, link);
      else if (present.has(wanted.base)) {
        await this.#provide({ wanted, present: undefined, replaces: [] });
        made = true;
      }
    }
    return made;
  }

  /** Others may have given it another MAC address or mode. */
  #repairLink(wanted: VirtualInterface, link: PresentLink): void {
    if (wanted.kind !== "macvlan" || link.kind !== "macvlan" || link.base !== wanted.base) return;
    if (link.mac === wanted.mac && link.privateMacvlan) return;
    try {
      restoreLink(wanted, link.index);
      this.#problems.delete(wanted.name);
      this.#notice(`(${wanted.instance}): VMAC interface ${wanted.name} was changed by others: set back`);
    } catch (error) {
      this.#fail(wanted, `VMAC interface ${wanted.name} was changed by others: ${reason(error)}`);
    }
  }
}

function reason(error: unknown): string {
  const text = (error as Error).message;
  return text.includes("EOPNOTSUPP") || text.includes("ENOTSUP")
    ? `this kernel has no such interfaces (${text})`
    : text;
}
