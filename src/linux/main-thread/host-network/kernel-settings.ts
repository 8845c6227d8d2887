/** Settings of the kernel under /proc/sys that are changed while the daemon runs, and the way back. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { InetConf } from "./virtual-link-messages.js";
import { setInetConf } from "./virtual-links.js";

const IPV4 = "/proc/sys/net/ipv4/conf";

const PROMOTE = "promote_secondaries";

/** What an interface with VMACs on it must have: it answers ARP for its own addresses only. */
const BASE_CONF = { arp_ignore: 1, arp_filter: 1 } as const;

/** Who needs a setting; once nobody does, it goes back. */
export interface SettingsNeed {
  /** Interfaces below VMACs for IPv4. */
  readonly bases: ReadonlySet<string>;
  /** Interfaces with `promote_secondaries`. */
  readonly promoting: ReadonlySet<string>;
}

/** Who hears of what was changed. */
export interface SettingsListener {
  /** A setting is about to get another value; `path` with `before` undoes it. */
  changing(path: string, before: string): void;
  /** It has its old value again. */
  restored(path: string, before: string): void;
  notice(text: string): void;
}

/** What was changed, in the order of the changes. */
export class KernelSettings {
  readonly #listener: SettingsListener;
  readonly #before = new Map<string, string>();

  constructor(listener: SettingsListener) {
    this.#listener = listener;
  }

  /** The interface below a VMAC for IPv4. */
  prepareBase(name: string): void {
    for (const [setting, value] of Object.entries(BASE_CONF)) this.#set(`${IPV4}/${name}/${setting}`, value);
  }

  /** Secondary addresses of an interface outlive the primary one. keepalived does not tell. */
  promoteSecondaries(name: string): void {
    this.#set(`${IPV4}/${name}/${PROMOTE}`, 1, false);
  }

  /** What is needed no more goes back, the last change first; the reverse path filter when there is no VMAC. */
  restoreUnneeded({ bases, promoting }: SettingsNeed): void {
    for (const path of [...this.#before.keys()].reverse()) {
      const [name = "", setting = ""] = path.slice(IPV4.length + 1).split("/");
      const needed =
        setting === PROMOTE ? promoting.has(name) : setting in BASE_CONF ? bases.has(name) : bases.size > 0;
      if (!needed) this.#restore(path);
    }
  }

  /**
   * A VMAC hears adverts whose source has a route through another interface, so that it must not be filtered. The larger of the
   * setting of all and of the interface's own counts: the one of all goes into the others.
   */
  freeFromReversePathFilter(): void {
    const all = Number(read(`${IPV4}/all/rp_filter`) ?? 0);
    if (all === 0) return;
    for (const name of readdirSync(IPV4)) {
      const path = `${IPV4}/${name}/rp_filter`;
      if (name === "all" || name === "lo" || Number(read(path) ?? all) >= all) continue;
      this.#set(path, all);
    }
    this.#set(`${IPV4}/all/rp_filter`, 0);
  }

  /** No IPv6 on an interface; goes with the interface. */
  disableIpv6(name: string): void {
    const path = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
    if (read(path) === undefined) return;
    try {
      writeFileSync(path, "1");
    } catch (error) {
      this.#listener.notice(`cannot switch IPv6 off on ${name}: ${(error as Error).message}`);
    }
  }

  #set(path: string, value: number, tell = true): void {
    const before = read(path);
    if (before === undefined || before === String(value)) return;
    if (!this.#before.has(path)) {
      this.#before.set(path, before);
      this.#listener.changing(path, before);
    }
    if (tell) {
      const name = path.replace(/^\/proc\/sys\//, "").replace(/\//g, ".");
      this.#listener.notice(`NOTICE: setting sysctl ${name} from ${before} to ${value}`);
    }
    this.#write(path, value);
  }

  #restore(path: string): void {
    const before = this.#before.get(path);
    if (before === undefined) return;
    this.#before.delete(path);
    if (read(path) !== undefined) this.#write(path, Number(before));
    this.#listener.restored(path, before);
  }

  #write(path: string, value: number): void {
    try {
      writeFileSync(path, String(value));
    } catch (error) {
      this.#writeByMessage(path, value, error as Error);
    }
  }

  /** In a container /proc/sys may be read-only; what belongs to one interface can be set by rtnetlink. */
  #writeByMessage(path: string, value: number, error: Error): void {
    const [name, setting] = path.slice(IPV4.length + 1).split("/");
    try {
      if (name === undefined || name === "all" || name === "default") throw error;
      setInetConf(name, { [setting as keyof InetConf]: value });
    } catch (refused) {
      this.#listener.notice(`cannot set ${path} to ${value}: ${(refused as Error).message}`);
    }
  }
}

/** Undefined for a setting that there is not. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    // No such interface, or no IPv6 in this kernel.
    return undefined;
  }
}
