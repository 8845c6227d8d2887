/**
 * What virtual routers need of the host besides addresses: virtual interfaces, settings of the kernel, packet filter. It is there
 * before the engine knows of it and goes after; the parent sees to it that nothing stays when the daemon is killed.
 */

import type { FirewallRules, FirewallSettings } from "../../../base/firewall.js";
import type { PresentLink, VirtualInterface } from "../../../base/virtual-interface.js";
import { GuardianChannel, linkHold, sysctlHold, tableHold } from "../../both/guardian-channel.js";
import { Firewall } from "./firewall.js";
import { KernelSettings } from "./kernel-settings.js";
import { configureLink, createLink, deleteLink, presentLinks, startLink } from "./virtual-links.js";

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

interface OwnLink {
  readonly index: number;
  readonly wanted: VirtualInterface;
}

/** One for the daemon. Does one thing at a time; nothing rejects, what fails is told. */
export class HostNetwork {
  readonly #notice: (text: string) => void;
  readonly #settings: KernelSettings;
  readonly #firewall: Firewall;
  /** By name. */
  readonly #links = new Map<string, OwnLink>();
  #wish: HostNetworkWish | undefined;
  #guardian: GuardianChannel | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(notice: (text: string) => void) {
    this.#notice = notice;
    this.#settings = new KernelSettings({
      changing: (path, before) => this.#guard().hold(path, sysctlHold(before, path)),
      restored: (path) => this.#guardian?.release(path),
      notice,
    });
    this.#firewall = new Firewall({
      adding: (table) => this.#guard().hold(`table ${table}`, tableHold(table)),
      removed: (table) => this.#guardian?.release(`table ${table}`),
      notice,
    });
  }

  /** Names of the interfaces that it has made or taken over. */
  get ours(): ReadonlySet<string> {
    return new Set(this.#links.keys());
  }

  /** Makes what is missing. What is not wanted any more stays until {@link finish}, as it may still be in use. */
  prepare(wish: HostNetworkWish): Promise<void> {
    return this.#after(async () => {
      this.#wish = wish;
      this.#promoteSecondaries();
      for (const link of wish.links) await this.#provide(link);
      await this.#firewall.apply(wish.firewall, wish.rules);
    });
  }

  /** Removes what {@link prepare} was not asked for. */
  finish(): Promise<void> {
    return this.#after(async () => this.#removeUnwanted());
  }

  /** An interface came or went: makes again what went with it, as soon as there is something to make it on. */
  interfaceChanged(name: string): void {
    const { links = [], promoting } = this.#wish ?? {};
    const concerned = links.some(({ wanted }) => wanted.name === name || wanted.base === name);
    if (concerned || promoting?.has(name) === true) void this.#after(() => this.#repair());
  }

  /** Removes everything, or leaves everything as it is. */
  close(keep: boolean): Promise<void> {
    return this.#after(async () => {
      this.#wish = undefined;
      if (!keep) {
        this.#removeUnwanted();
        await this.#firewall.remove();
      }
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
        this.#own(wanted, present.index);
      }
      if (wanted.kind === "macvlan") this.#prepareKernel(wanted);
      await startLink(wanted);
    } catch (error) {
      this.#notice(`(${instance}): Unable to create ${kind} interface ${name} on ${base}: ${reason(error)}`);
    }
  }

  #prepareKernel(wanted: VirtualInterface): void {
    if (!wanted.ipv6) this.#settings.disableIpv6(wanted.name);
    if (wanted.family === 4) this.#settings.prepareBase(wanted.base);
  }

  #own(wanted: VirtualInterface, index: number): void {
    const key = `link ${wanted.name}`;
    this.#guardian?.release(key);
    this.#guard().hold(key, linkHold(index));
    this.#links.set(wanted.name, { index, wanted });
  }

  #remove(name: string, index: number): void {
    const own = this.#links.get(name);
    deleteLink(index, name);
    this.#links.delete(name);
    this.#guardian?.release(`link ${name}`);
    const kind = own?.wanted.kind === "ipvlan" ? "ipvlan" : "VMAC";
    if (own !== undefined)
      this.#notice(`(${own.wanted.instance}) Success removing ${kind} interface ${name}`);
  }

  #removeUnwanted(): void {
    const wanted = (this.#wish?.links ?? []).map((link) => link.wanted);
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, { index }] of [...this.#links]) if (!names.has(name)) this.#remove(name, index);
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
    const names = new Set(presentLinks().map(({ name }) => name));
    const missing = wish.links.filter(({ wanted }) => !names.has(wanted.name) && names.has(wanted.base));
    for (const { wanted } of missing) await this.#provide({ wanted, present: undefined, replaces: [] });
    // The rules know interfaces by index.
    if (missing.length > 0) await this.#firewall.apply(wish.firewall, wish.rules);
  }
}

function reason(error: unknown): string {
  const text = (error as Error).message;
  return text.includes("EOPNOTSUPP") || text.includes("ENOTSUP")
    ? `this kernel has no such interfaces (${text})`
    : text;
}
