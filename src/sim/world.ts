/** Hosts on a LAN under one virtual clock; the second world, beside Linux, in which the engine runs. */

import type { IpAddress } from "../base/ip-address.js";
import { after, type Micros, micros } from "../base/time.js";
import { Clock } from "./clock.js";
import { Host, type HostSpec } from "./host.js";
import { Invariants } from "./invariants.js";
import { HEALTHY, Lan } from "./lan.js";
import { Random } from "./random.js";

/** Everything a run depends on. */
export interface WorldSpec {
  /** Decides every delay, loss and duplication. */
  readonly seed: number;
  readonly hosts: readonly HostSpec[];
  /** Keep the traffic for a pcap file. */
  readonly record: boolean;
}

/** How often the invariants are looked at: so many times in the shortest advert interval. */
const CHECKS_PER_INTERVAL = 20;

/** A LAN with its hosts. */
export class World {
  readonly hosts: readonly Host[];
  readonly lan: Lan;
  readonly invariants: Invariants;
  readonly #clock = new Clock();
  readonly #instances = new Map<string, readonly IpAddress[]>();
  #disturbances = 0;

  constructor(spec: WorldSpec) {
    const random = new Random(spec.seed);
    this.lan = new Lan(this.#clock, random, spec.record);
    this.hosts = spec.hosts.map((host) => new Host(host, this.#clock, this.lan, random));
    for (const host of spec.hosts) {
      for (const instance of host.config.instances) {
        const addresses = [...instance.virtualAddresses, ...instance.excludedAddresses];
        this.#instances.set(
          instance.name,
          addresses.map((line) => line.address),
        );
      }
    }
    this.invariants = new Invariants(this);
    const intervals = spec.hosts.flatMap((host) =>
      host.config.instances.map((instance) => instance.advertInterval),
    );
    this.#watch(micros(Math.min(...intervals) / CHECKS_PER_INTERVAL));
  }

  /** µs since the start of the world. */
  get now(): Micros {
    return this.#clock.now;
  }

  /** True while nothing disturbs the LAN or a host. */
  get calm(): boolean {
    return this.#disturbances === 0 && this.lan.conditions === HEALTHY;
  }

  /** Marks the beginning of a disturbance; the returned function its end. */
  disturb(): () => void {
    this.#disturbances++;
    let over = false;
    return () => {
      if (!over) this.#disturbances--;
      over = true;
    };
  }

  /** Lets the world go on for this long. */
  run(length: Micros): void {
    this.#clock.runUntil(after(this.#clock.now, length));
  }

  /** Runs something at a later time. */
  at(when: Micros, run: () => void): void {
    this.#clock.schedule(when, run);
  }

  /** Names of all instances on any host. */
  get instanceNames(): IterableIterator<string> {
    return this.#instances.keys();
  }

  /** The addresses of an instance. */
  virtualAddresses(name: string): readonly IpAddress[] {
    return this.#instances.get(name) ?? [];
  }

  /** `advert_int` of an instance on a host, µs. */
  advertInterval(host: Host, name: string): Micros {
    const instance = host.spec.config.instances.find((candidate) => candidate.name === name);
    return instance?.advertInterval ?? micros(0);
  }

  /** Hosts that are MASTER of the instance. */
  masters(name: string): Host[] {
    return this.hosts.filter((host) => host.masters().includes(name));
  }

  #watch(every: Micros): void {
    this.#clock.schedule(after(this.#clock.now, every), () => {
      this.invariants.check();
      this.#watch(every);
    });
  }
}
