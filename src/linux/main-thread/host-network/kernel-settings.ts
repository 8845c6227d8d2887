/**
 * Settings of the kernel under /proc/sys that are kept while the daemon runs, and the way back. The kernel tells nobody when others
 * change one, so they are compared with what is wanted from time to time.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { HostProblem } from "../../../base/host-problem.js";
import type { InetConf } from "./virtual-link-messages.js";
import { setInetConf } from "./virtual-links.js";

const IPV4 = "/proc/sys/net/ipv4/conf";
const IPV6 = "/proc/sys/net/ipv6/conf";

const ALL_RP_FILTER = `${IPV4}/all/rp_filter`;

const PROMOTE = "promote_secondaries";

/** What an interface with VMACs on it must have: it answers ARP for its own addresses only. */
const BASE_CONF = { arp_ignore: 1, arp_filter: 1 } as const;

/** So often in a row a setting that others change is set back with a line; after that without one. */
const MOST_LINES = 3;

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

/** What is wanted, and what was changed, in the order of the changes. */
export class KernelSettings {
  readonly #listener: SettingsListener;
  /** Values to go back to. */
  readonly #before = new Map<string, string>();
  readonly #wanted = new Map<string, number>();
  /** How often others have changed a setting. */
  readonly #disturbed = new Map<string, number>();
  readonly #problems = new Map<string, HostProblem>();

  constructor(listener: SettingsListener) {
    this.#listener = listener;
  }

  /** What the system refused to set. */
  problems(): readonly HostProblem[] {
    return [...this.#problems.values()];
  }

  /** The interface below a VMAC for IPv4. */
  prepareBase(name: string): void {
    for (const [setting, value] of Object.entries(BASE_CONF)) this.#set(`${IPV4}/${name}/${setting}`, value);
  }

  /** Secondary addresses of an interface outlive the primary one. keepalived does not tell. */
  promoteSecondaries(name: string): void {
    this.#set(`${IPV4}/${name}/${PROMOTE}`, 1, false);
  }

  /** What an interface of ours was given, and must keep; it goes with the interface. */
  keepOn(name: string, conf: InetConf, ipv6: boolean): void {
    for (const [setting, value] of Object.entries(conf))
      this.#wanted.set(`${IPV4}/${name}/${setting}`, value);
    const path = `${IPV6}/${name}/disable_ipv6`;
    if (read(path) === undefined) return;
    this.#wanted.set(path, ipv6 ? 0 : 1);
    if (read(path) !== String(this.#wanted.get(path))) this.#write(path, ipv6 ? 0 : 1);
  }

  /** An interface of ours is gone, and its settings with it. */
  forget(name: string): void {
    for (const path of [...this.#wanted.keys()]) {
      if (!path.startsWith(`${IPV4}/${name}/`) && !path.startsWith(`${IPV6}/${name}/`)) continue;
      this.#wanted.delete(path);
      this.#problems.delete(path);
    }
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

  /** Compares all that is wanted with what is there, and sets back what others have changed. */
  check(): void {
    for (const [path, value] of this.#wanted) {
      const now = read(path);
      if (now === undefined || now === String(value)) continue;
      if (!this.#problems.has(path)) this.#tellDisturbed(path, now, value);
      if (path === ALL_RP_FILTER) this.freeFromReversePathFilter();
      else this.#write(path, value);
    }
  }

  /**
   * A VMAC hears adverts whose source has a route through another interface, so that it must not be filtered. The larger of the
   * setting of all and of the interface's own counts: the one of all goes into the others.
   */
  freeFromReversePathFilter(): void {
    const all = Number(read(ALL_RP_FILTER) ?? 0);
    this.#wanted.set(ALL_RP_FILTER, 0);
    if (all === 0) return;
    for (const name of readdirSync(IPV4)) {
      const path = `${IPV4}/${name}/rp_filter`;
      const isOurs = this.#wanted.has(path) && path !== ALL_RP_FILTER;
      if (name === "all" || name === "lo" || isOurs || Number(read(path) ?? all) >= all) continue;
      this.#set(path, all);
      // The host may change it, as it may any other interface's.
      this.#wanted.delete(path);
    }
    this.#set(ALL_RP_FILTER, 0);
  }

  #tellDisturbed(path: string, now: string, value: number): void {
    const times = (this.#disturbed.get(path) ?? 0) + 1;
    this.#disturbed.set(path, times);
    if (times > MOST_LINES) return;
    const end = times < MOST_LINES ? "" : ", from now on without a line";
    this.#listener.notice(
      `NOTICE: sysctl ${nameOf(path)} was set to ${now} by others: back to ${value}${end}`,
    );
  }

  #set(path: string, value: number, tell = true): void {
    const before = read(path);
    if (before === undefined) return;
    this.#wanted.set(path, value);
    if (before === String(value)) return;
    if (!this.#before.has(path)) {
      this.#before.set(path, before);
      this.#listener.changing(path, before);
    }
    if (tell) this.#listener.notice(`NOTICE: setting sysctl ${nameOf(path)} from ${before} to ${value}`);
    this.#write(path, value);
  }

  #restore(path: string): void {
    const before = this.#before.get(path);
    if (before === undefined) return;
    this.#before.delete(path);
    this.#wanted.delete(path);
    this.#problems.delete(path);
    if (read(path) !== undefined) this.#write(path, Number(before));
    this.#listener.restored(path, before);
  }

  #write(path: string, value: number): void {
    try {
      writeFileSync(path, String(value));
      this.#succeed(path);
    } catch (error) {
      this.#writeByMessage(path, value, error as Error);
    }
  }

  /** In a container /proc/sys may be read-only; what belongs to one interface can be set by rtnetlink. */
  #writeByMessage(path: string, value: number, error: Error): void {
    const [name, setting] = path.slice(IPV4.length + 1).split("/");
    try {
      const isOne = path.startsWith(`${IPV4}/`) && name !== undefined && name !== "all" && name !== "default";
      if (!isOne) throw error;
      setInetConf(name, { [setting as keyof InetConf]: value });
      this.#succeed(path);
    } catch (refused) {
      this.#fail(path, value, (refused as Error).message);
    }
  }

  #succeed(path: string): void {
    if (this.#problems.delete(path)) this.#listener.notice(`sysctl ${nameOf(path)} is set now`);
  }

  /** Told once until it succeeds. */
  #fail(path: string, value: number, reason: string): void {
    const text = path.startsWith(IPV6)
      ? `cannot switch IPv6 ${value === 0 ? "on" : "off"} on ${path.split("/").at(-2)}: ${reason}`
      : `cannot set ${path} to ${value}: ${reason}`;
    const before = this.#problems.get(path);
    const since = before?.since ?? Date.now();
    const effect = "virtual addresses may answer with the wrong MAC, or adverts not be heard";
    this.#problems.set(path, { what: "setting", instances: [], text, effect, since });
    if (before === undefined) this.#listener.notice(text);
  }
}

function nameOf(path: string): string {
  return path.replace(/^\/proc\/sys\//, "").replace(/\//g, ".");
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
