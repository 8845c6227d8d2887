/** What must hold in every run, whatever befalls the hosts. */

import type { IpAddress } from "../base/ip-address.js";
import { type Micros, micros } from "../base/time.js";
import type { Host } from "./host.js";
import type { World } from "./world.js";

/** A broken invariant. */
export interface Violation {
  readonly at: Micros;
  readonly what: string;
}

/** Scheduling and netlink delays that come on top of the protocol's own times, µs. */
const SLACK: Micros = micros(5_000);

/** The unit of address lifetimes, µs. */
const KERNEL_SECOND: Micros = micros(1_000_000);

/** Watches a world while it runs. */
export class Invariants {
  readonly #world: World;
  readonly #violations: Violation[] = [];
  /** Since when more than one host is MASTER of the instance. */
  readonly #overlapSince = new Map<string, Micros>();
  /** Since when a host holds an address without being MASTER. */
  readonly #strayVipSince = new Map<string, Micros>();
  /** Since when the kernel of a host without a running daemon holds an address. */
  readonly #outlivedSince = new Map<string, Micros>();
  readonly #reported = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** All that was broken so far. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Looks at the world as it is now. */
  check(): void {
    const world = this.#world;
    for (const name of world.instanceNames) {
      this.#checkOverlap(name);
      for (const address of world.virtualAddresses(name)) {
        this.#checkStrayVip(name, address);
        this.#checkOutlived(name, address);
      }
    }
  }

  /**
   * Called when the LAN has been whole and undisturbed for the settling time: exactly one MASTER, and it alone holds the
   * addresses; none where no host can serve.
   */
  checkSettled(): void {
    const world = this.#world;
    for (const name of world.instanceNames) {
      const able = world.hosts.filter((host) => host.alive);
      const masters = world.hosts.filter((host) => host.masters().includes(name));
      const expected = able.length === 0 ? 0 : 1;
      if (masters.length !== expected)
        this.#report(`${name}: ${masters.length} MASTERs after settling, expected ${expected}`);
      this.#checkBest(name, masters);
      for (const address of world.virtualAddresses(name)) {
        const holders = world.hosts.filter((host) => host.holds(address)).map((host) => host.id);
        if (holders.join() !== masters.map((host) => host.id).join())
          this.#report(
            `${name}: ${address} held by [${holders}], MASTERs [${masters.map((host) => host.id)}]`,
          );
      }
    }
  }

  /** Where everybody preempts, the highest priority must have won in the end; equals do not preempt each other. */
  #checkBest(name: string, masters: readonly Host[]): void {
    const routers = this.#world.hosts
      .filter((host) => host.alive)
      .flatMap((host) => (host.engine?.snapshot().routers ?? []).map((router) => ({ host, router })))
      .filter(({ router }) => router.config.name === name);
    const master = routers.find(({ host }) => host === masters[0]);
    if (master === undefined || !routers.every(({ router }) => router.config.preempt)) return;
    const highest = Math.max(...routers.map(({ router }) => router.priority));
    if (master.router.priority < highest)
      this.#report(
        `${name}: host ${master.host.id} is MASTER with ${master.router.priority}, below ${highest}`,
      );
  }

  /** Called at the latest instant at which somebody must have taken over from a MASTER that died in a whole LAN. */
  checkTakenOver(name: string, diedAt: Micros): void {
    if (this.#world.hosts.some((host) => host.masters().includes(name))) return;
    this.#report(`${name}: nobody took over ${this.#world.now - diedAt} µs after the MASTER died`);
  }

  /** The longest time from the death of the MASTER until one of the living hosts must be MASTER, by the formula. */
  takeoverLimit(name: string): Micros {
    const { delay, jitter } = this.#world.lan.conditions;
    const limits = this.#world.hosts
      .filter((host) => host.alive)
      .flatMap((host) => host.engine?.snapshot().routers ?? [])
      .filter((router) => router.config.name === name)
      .map((router) => {
        // Written out once more, from the RFCs: the code under test must not vouch for itself.
        const { version, advertInterval } = router.config;
        return (
          3 * advertInterval + ((256 - router.priority) * (version === 2 ? 1_000_000 : advertInterval)) / 256
        );
      });
    return micros(Math.min(...limits) * 1.01 + delay + jitter + SLACK);
  }

  /** Two MASTERs may overlap for one advert interval and the LAN's delay, once the LAN is whole. */
  #checkOverlap(name: string): void {
    const world = this.#world;
    const masters = world.hosts.filter((host) => host.alive && host.masters().includes(name));
    if (masters.length < 2 || !world.calm) {
      this.#overlapSince.delete(name);
      return;
    }
    const since = this.#overlapSince.get(name);
    if (since === undefined) {
      this.#overlapSince.set(name, world.now);
      return;
    }
    const { delay, jitter } = world.lan.conditions;
    const interval = Math.max(...masters.map((host) => world.advertInterval(host, name)));
    const limit = interval * 1.01 + 2 * (delay + jitter) + SLACK;
    if (world.now - since > limit)
      this.#report(
        `${name}: hosts ${masters.map((host) => host.id)} both MASTER for ${world.now - since} µs`,
      );
  }

  #checkStrayVip(name: string, address: IpAddress): void {
    for (const host of this.#world.hosts) {
      const key = `${host.id}/${address}`;
      const stray = host.engine !== undefined && host.holds(address) && !host.masters().includes(name);
      if (!stray) {
        this.#strayVipSince.delete(key);
        continue;
      }
      const since = this.#strayVipSince.get(key) ?? this.#world.now;
      this.#strayVipSince.set(key, since);
      if (this.#world.now - since > SLACK)
        this.#report(`host ${host.id} holds ${address} without being MASTER`);
    }
  }

  /** What nobody renews goes before a peer can take over, or at least as soon as kernels can. */
  #checkOutlived(name: string, address: IpAddress): void {
    for (const host of this.#world.hosts) {
      const key = `${host.id}/${address}`;
      if (!host.headless || !host.holds(address)) {
        this.#outlivedSince.delete(key);
        continue;
      }
      const since = this.#outlivedSince.get(key) ?? this.#world.now;
      this.#outlivedSince.set(key, since);
      const interval = this.#world.advertInterval(host, name);
      const limit = Math.max(3 * interval, interval / 2 + 2 * KERNEL_SECOND) * 1.01 + SLACK;
      if (this.#world.now - since > limit)
        this.#report(
          `host ${host.id} holds ${address} ${this.#world.now - since} µs after its daemon stopped`,
        );
    }
  }

  /** Called while a MASTER is dead in a LAN that is whole: its addresses must be gone before there is another one. */
  checkSuccession(name: string, dead: Host): void {
    const held = this.#world.virtualAddresses(name).filter((address) => dead.holds(address));
    const [successor] = this.#world.masters(name);
    if (held.length === 0 || successor === undefined) return;
    // No kernel has lifetimes below a second.
    if (3 * this.#world.advertInterval(dead, name) < 3 * KERNEL_SECOND) return;
    this.#report(`${name}: host ${successor.id} is MASTER while the kernel of host ${dead.id} holds ${held}`);
  }

  #report(what: string): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#violations.push({ at: this.#world.now, what });
  }
}
