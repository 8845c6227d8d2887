/** The difference between wanted and present: random owners, losses, refusals and interfaces against a kernel in memory. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InterfaceAddress } from "../../../src/base/interface-address.js";
import { ipAddress } from "../../../src/base/ip-address.js";
import { addressIdentity, routeIdentity } from "../../../src/base/item-identity.js";
import type { Route } from "../../../src/base/routing.js";
import { type Micros, micros } from "../../../src/base/time.js";
import { Ledger, NOTHING } from "../../../src/engine/holding/ledger.js";
import type { Terms } from "../../../src/engine/holding/shelf.js";
import type { EngineInput, Platform } from "../../../src/engine/platform.js";
import { Interfaces } from "../../../src/engine/tracking/interfaces.js";
import { anInterface } from "../../support/engine.js";

const VIRTUAL: Terms = { sharing: "exclusive", lifetime: 2 };
const STATIC: Terms = { sharing: "shared", lifetime: undefined };

/** Lines: five addresses, the second of which comes in two shapes, and one on another interface. */
function line(address: string, more: Partial<InterfaceAddress> = {}): InterfaceAddress {
  const fields = { prefixLength: 24, interface: "eth0", scope: 0, flags: 0, noTrack: false };
  return { address: ipAddress(address), ...fields, ...more };
}

/** New objects each time, as after a reload. */
const LINES: readonly (() => InterfaceAddress)[] = [
  () => line("10.0.0.101"),
  () => line("10.0.0.102"),
  () => line("10.0.0.102", { label: "eth0:vip" }),
  () => line("10.0.0.103"),
  () => line("fd00::104", { prefixLength: 64, flags: 2 }),
  () => line("10.0.0.105", { interface: "eth1" }),
];

function route(destination: string, via: string): Route {
  return {
    family: 4,
    type: "unicast",
    destination: { address: ipAddress(destination), length: 24 },
    via: ipAddress(via),
    interface: "eth0",
    onlink: false,
    nextHops: [],
    table: 254,
    scope: 0,
    protocol: 18,
    tos: 0,
    position: "add",
    metrics: {},
    locked: [],
    noTrack: false,
  };
}

/** The first two are in each other's place. */
const ROUTES: readonly (() => Route)[] = [
  () => route("192.168.1.0", "10.0.0.8"),
  () => route("192.168.1.0", "10.0.0.9"),
  () => route("192.168.2.0", "10.0.0.8"),
];

/** A kernel whose news arrive when {@link World.tell} is called, as rtnetlink's do some time after the change. */
class World {
  readonly addresses = new Map<string, InterfaceAddress>();
  readonly routes = new Map<string, Route>();
  readonly interfaces = new Interfaces(() => {});
  readonly ledger: Ledger;
  readonly answers: EngineInput[] = [];
  readonly owners = [{ name: "v1" }, { name: "v2" }, { name: "statics" }] as const;
  readonly wanted = new Map<object, { addresses: InterfaceAddress[]; routes: Route[] }>();
  /** Identities that were removed while somebody wanted them. */
  readonly wronged: string[] = [];
  readonly refused = new Set<string>();
  up = true;
  now: Micros = micros(0);

  constructor() {
    const world = this;
    const platform = {
      emit() {},
      addAddresses(lines: readonly InterfaceAddress[]) {
        world.answer("AddressesAnswered", "add", lines, (each) => world.add(each));
      },
      removeAddresses(lines: readonly InterfaceAddress[], then: "gone" | "back") {
        for (const each of lines) {
          const key = addressIdentity(each);
          if (then === "gone" && world.isWanted(key)) world.wronged.push(key);
          world.addresses.delete(key);
        }
      },
      addRoutes(routes: readonly Route[]) {
        world.answer("RoutesAnswered", "add", routes, (each) => world.addRoute(each));
      },
      removeRoutes(routes: readonly Route[]) {
        for (const each of routes) {
          if (world.isWanted(routeIdentity(each))) world.wronged.push(routeIdentity(each));
          world.routes.delete(routeIdentity(each));
        }
      },
      handAddresses() {},
      handRoutes() {},
    };
    this.ledger = new Ledger(platform as unknown as Platform, this.interfaces);
    this.tell();
  }

  answer<T>(kind: string, operation: string, items: readonly T[], make: (item: T) => string | undefined) {
    const answers = items.map((item) => {
      const error = make(item);
      return error === undefined ? { item, result: "done" } : { item, result: "refused", error };
    });
    this.answers.push({ kind, operation, answers } as unknown as EngineInput);
  }

  add(each: InterfaceAddress): string | undefined {
    const key = addressIdentity(each);
    if (this.refused.has(key)) return "EACCES";
    if (!this.addresses.has(key)) this.addresses.set(key, each);
    return undefined;
  }

  addRoute(each: Route): string | undefined {
    const { address } = each.destination;
    const taken = [...this.routes.values()].some(({ destination }) => destination.address === address);
    if (taken && !this.routes.has(routeIdentity(each))) return "EEXIST";
    this.routes.set(routeIdentity(each), each);
    return undefined;
  }

  isWanted(key: string): boolean {
    return [...this.wanted.values()].some(
      ({ addresses, routes }) =>
        addresses.some((each) => addressIdentity(each) === key) ||
        routes.some((each) => routeIdentity(each) === key),
    );
  }

  want(owner: number, addresses: readonly number[], routes: readonly number[]): void {
    const who = this.owners[owner] ?? this.owners[0];
    const pick = <T>(all: readonly (() => T)[], chosen: readonly number[]) =>
      [...new Set(chosen)].flatMap((i) => all[i]?.() ?? []);
    const lines = pick(LINES, addresses);
    const unique = lines.filter(
      (each, i) => lines.findIndex((other) => addressIdentity(other) === addressIdentity(each)) === i,
    );
    const wish = { addresses: unique, routes: pick(ROUTES, routes) };
    this.wanted.set(who, wish);
    this.ledger.want(who, { ...NOTHING, ...wish }, owner === 2 ? STATIC : VIRTUAL, this.now);
  }

  /** Everything that the kernel has to say arrives. */
  tell(): void {
    for (const input of this.answers.splice(0)) this.ledger.answered(input as never, this.now);
    for (const name of ["eth0", "eth1"]) {
      const present = [...this.addresses.values()].filter((each) => each.interface === name);
      this.interfaces.set(
        anInterface(name, {
          up: this.up,
          addresses: present.map(({ address, prefixLength }) => {
            return { address, prefixLength, secondary: false, unusable: false, scope: 0 };
          }),
        }),
      );
      const { lost } = this.ledger.interfaceShown(name, this.now);
      for (const item of lost) this.ledger.addresses.takenAway(item, this.now);
      this.ledger.retryOn(name, this.now);
    }
    for (const item of this.ledger.routes.all()) {
      if (item.held !== undefined && !this.routes.has(item.key)) this.ledger.routes.isAbsent(item);
    }
    this.ledger.settle(this.now);
  }

  /** Time passes as the driver lets it: from one deadline to the next. */
  pass(length: number): void {
    const end = this.now + length;
    for (let turns = 0; ; turns++) {
      const deadline = this.ledger.nextDeadline();
      if (deadline === undefined || deadline > end) break;
      if (turns > 5_000) throw new Error("time does not move");
      this.now = micros(Math.max(deadline, this.now));
      this.ledger.handleTimeout(this.now);
      this.tell();
    }
    this.now = micros(end);
  }
}

type Step = (world: World) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.nat(2), fc.array(fc.nat(5), { maxLength: 4 }), fc.array(fc.nat(2), { maxLength: 2 }))
      .map(
        ([owner, addresses, routes]): Step =>
          (world) =>
            world.want(owner, addresses, routes),
      ),
  },
  {
    // A reload: all owners at a time.
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(fc.array(fc.nat(5), { maxLength: 4 }), fc.array(fc.nat(2), { maxLength: 2 })), {
        minLength: 3,
        maxLength: 3,
      })
      .map(
        (wishes): Step =>
          (world) => {
            world.ledger.together(world.now, () => {
              // What is wanted in the end counts, not what is wanted half-way.
              for (const [owner, [addresses, routes]] of wishes.entries())
                world.want(owner, addresses, routes);
            });
          },
      ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(5).map(
      (i): Step =>
        (world) => {
          const victim = [...world.addresses.keys()][i];
          if (victim !== undefined) world.addresses.delete(victim);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(2).map(
      (i): Step =>
        (world) => {
          const victim = [...world.routes.keys()][i];
          if (victim !== undefined) world.routes.delete(victim);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(5).map(
      (i): Step =>
        (world) => {
          const each = LINES[i]?.();
          if (each === undefined) return;
          const key = addressIdentity(each);
          if (world.refused.has(key)) world.refused.delete(key);
          else world.refused.add(key);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>((world) => {
      world.up = !world.up;
      if (!world.up) world.addresses.delete(addressIdentity(line("fd00::104", { prefixLength: 64 })));
    }),
  },
  { weight: 4, arbitrary: fc.constant<Step>((world) => world.tell()) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 20_000_000 }).map(
      (n): Step =>
        (world) =>
          world.pass(n),
    ),
  },
);

function wantedKeys(world: World): string[] {
  const keys = [...world.wanted.values()].flatMap(({ addresses }) => addresses.map(addressIdentity));
  return [...new Set(keys)].sort();
}

describe("the ledger", () => {
  it("after settling, present is wanted; nothing that somebody wants was ever removed; time moves", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World();
        for (const each of steps) each(world);
        world.refused.clear();
        world.up = true;
        world.tell();
        world.pass(200_000_000);
        world.tell();
        expect([...world.addresses.keys()].sort()).toEqual(wantedKeys(world));
        expect(world.wronged).toEqual([]);
        const destinations = (routes: Iterable<Route>) =>
          [...new Set([...routes].map(({ destination }) => destination.address))].sort();
        const wished = [...world.wanted.values()].flatMap(({ routes }) => routes);
        expect(destinations(world.routes.values())).toEqual(destinations(wished));
        const keys = new Set(wished.map(routeIdentity));
        expect([...world.routes.keys()].every((key) => keys.has(key))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("the oldest claim decides the shape; when it leaves, the next one's is adopted", () => {
    const world = new World();
    world.want(0, [1], []);
    world.want(1, [2], []);
    world.tell();
    expect([...world.addresses.values()].map(({ label }) => label)).toEqual([undefined]);
    world.want(0, [], []);
    world.tell();
    expect([...world.addresses.values()].map(({ label }) => label)).toEqual(["eth0:vip"]);
    world.want(1, [], []);
    expect(world.addresses.size).toBe(0);
  });
});
