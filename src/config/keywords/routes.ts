/** Lines of `virtual_routes` and `static_routes`, after ip-route(8). */

import { type Family, familyOf, type IpAddress, type Prefix, parseIpAddress } from "../../base/ip-address.js";
import {
  type NextHop,
  PROTOCOL_KEEPALIVED,
  ROUTE_TYPES,
  type Route,
  type RouteMetric,
  type RouteType,
  TABLE_MAIN,
  type WeightedNextHop,
} from "../../base/routing.js";
import type { ConfigDraft } from "../draft.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import { type RoutingNameKind, realmsNumber, routingNumber } from "../routing-names.js";
import type { Statement } from "../statement.js";
import { readPrefix } from "./addresses.js";
import { readEncapsulation } from "./encapsulation.js";

const CODE = "ERR_CONFIG_ROUTE";

/** Metrics that are plain numbers: the largest one, whether `lock` may stand before it, and what a complaint calls it. */
const NUMBERS: ReadonlyMap<string, { metric: RouteMetric; high: number; lock: boolean; name: string }> =
  new Map(
    (
      [
        ["mtu", UINT32_MAX, true, "MTU"],
        ["advmss", UINT32_MAX, true, "advmss value"],
        ["reordering", UINT32_MAX, true, "reordering value"],
        ["cwnd", UINT32_MAX, true, "cwnd value"],
        ["ssthresh", UINT32_MAX, true, "ssthresh value"],
        ["window", UINT32_MAX, false, "window value"],
        ["hoplimit", 255, false, "hoplimit"],
        ["initcwnd", UINT32_MAX, false, "initcwnd value"],
        ["initrwnd", UINT32_MAX, false, "initrwnd value"],
        ["quickack", 1, false, "quickack value"],
        ["fastopen_no_cookie", 1, false, "fastopen_no_cookie value"],
      ] as const
    ).map(([metric, high, lock, name]) => [metric, { metric, high, lock, name }]),
  );

/** Metrics that are times: how many units of the kernel a millisecond has, and the shortest one in ms. */
const TIMES: ReadonlyMap<string, { metric: RouteMetric; scale: number; least: number }> = new Map([
  ["rtt", { metric: "rtt", scale: 8, least: 200 }],
  ["rttvar", { metric: "rttvar", scale: 4, least: 200 }],
  ["rto_min", { metric: "rto_min", scale: 1, least: 0 }],
]);

/** `features`: the only one, RTAX_FEATURE_ECN. */
const FEATURE_ECN = 1;

/** Router preferences, ICMPV6_ROUTER_PREF_* of linux/icmpv6.h. */
const PREFERENCES: ReadonlyMap<string, number> = new Map([
  ["low", 3],
  ["medium", 0],
  ["high", 1],
]);

/** Words of a `nexthop` clause, and the next one. */
const NEXTHOP_OPTIONS = ["nexthop", "via", "dev", "oif", "weight", "onlink", "encap", "realms"];

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A route line; undefined after a complaint when it must be skipped. */
export function readRoute(
  statement: Statement,
  root: ConfigDraft,
  kind: "virtual" | "static",
): Route | undefined {
  const route = new RouteReader(statement, root, kind).read();
  if (route === undefined || route.noTrack || route.interface !== undefined) return route;
  const { address, length } = route.destination;
  const destination = length === 0 ? "default" : `${address}/${length}`;
  const message = `Warning - cannot track route ${destination} with no interface specified, not tracking`;
  // keepalived 2.2 does not watch it; here it is watched, as in 2.4.
  statement.complain(
    CODE,
    message,
    0,
    "it is watched here; write dev IF, so that keepalived 2.2 does it too",
  );
  return route;
}

class RouteReader {
  readonly #statement: Statement;
  readonly #root: ConfigDraft;
  readonly #kind: "virtual" | "static";
  #at = 0;
  #family: Family | undefined;
  #type: RouteType = "unicast";
  #destination: Prefix | "default" | undefined;
  /** The only way, outside of `nexthop` clauses. */
  readonly #way: Mutable<NextHop> = { onlink: false };
  readonly #hops: Mutable<WeightedNextHop>[] = [];
  readonly #metrics: Partial<Record<RouteMetric, number>> = {};
  readonly #locked: (RouteMetric | "congctl")[] = [];
  readonly #simple: Partial<Mutable<Route>> = {};
  #protocol: number | undefined;
  #noTrack = false;
  /** A `nexthop` was seen: only what belongs to one may follow. */
  #multipath = false;
  #failed = false;

  constructor(statement: Statement, root: ConfigDraft, kind: "virtual" | "static") {
    this.#statement = statement;
    this.#root = root;
    this.#kind = kind;
  }

  read(): Route | undefined {
    const { words } = this.#statement;
    while (this.#at < words.length && !this.#failed) {
      const word = this.#statement.required(this.#at);
      if (this.#multipath && !NEXTHOP_OPTIONS.includes(word)) {
        this.#complain(`Route has trailing nonsense - ${word}`, this.#at, "nexthop clauses come last");
        break;
      }
      this.#option(word);
      this.#at++;
    }
    if (this.#failed) return undefined;
    if (this.#destination === undefined) return this.#fail("Route must have a destination", 0);
    this.#checkTracking();
    const family = this.#family ?? 4;
    if (!this.#checkFamily(family)) return undefined;
    const anywhere = parseIpAddress(family === 4 ? "0.0.0.0" : "::");
    const destination =
      this.#destination !== "default" ? this.#destination : anywhere && { address: anywhere, length: 0 };
    if (destination === undefined) return undefined;
    return {
      family,
      type: this.#type,
      destination,
      nextHops: this.#hops,
      table: TABLE_MAIN,
      scope: 0,
      protocol: this.#protocol ?? PROTOCOL_KEEPALIVED,
      tos: 0,
      position: "prepend",
      metrics: this.#metrics,
      locked: this.#locked,
      noTrack: this.#noTrack,
      ...this.#way,
      ...this.#simple,
    };
  }

  #checkTracking(): void {
    if (!this.#noTrack && this.#protocol !== undefined && this.#protocol !== PROTOCOL_KEEPALIVED) {
      this.#complain(
        "Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
        0,
      );
      this.#protocol = undefined;
    }
    if (this.#simple.trackGroup !== undefined && this.#way.interface === undefined) {
      this.#complain("Static route cannot have track group if no oif specified", 0);
      delete this.#simple.trackGroup;
    }
  }

  #checkFamily(family: Family): boolean {
    if (family === 6) return true;
    if (this.#simple.preference !== undefined) this.#fail("pref is only valid for IPv6", 0);
    if (this.#simple.expires !== undefined) this.#fail("expires is only valid for IPv6", 0);
    return !this.#failed;
  }

  #option(word: string): void {
    switch (word) {
      case "inet":
      case "inet6":
        this.#useFamily(word === "inet" ? 4 : 6, `${word} specified for IPv${word === "inet" ? 6 : 4} route`);
        return;
      case "to":
        this.#setDestination(this.#next());
        return;
      case "src": {
        const source = this.#address("invalid route src address");
        if (source !== undefined) this.#simple.source = source;
        return;
      }
      case "from":
        this.#setFrom();
        return;
      case "via":
      case "gw":
        this.#setVia(word);
        return;
      case "dev":
      case "oif":
        this.#setInterface(this.#next());
        return;
      case "onlink":
        this.#hop().onlink = true;
        return;
      case "nexthop":
        this.#multipath = true;
        this.#hops.push({ weight: 1, onlink: false });
        return;
      case "or":
        this.#setOr();
        return;
      case "add":
      case "prepend":
      case "append":
        this.#simple.position = word;
        return;
      case "no_track":
        this.#noTrack = true;
        return;
      case "encap":
        this.#setEncapsulation();
        return;
      default:
        if (!this.#named(word) && !this.#number(word) && !this.#other(word)) this.#setTypeOrDestination(word);
    }
  }

  /** Options that take a name or a number. */
  #named(word: string): boolean {
    switch (word) {
      case "table":
        this.#simple.table = this.#name("table", (text) => `Routing table ${text} not found for route`);
        return true;
      case "scope":
        this.#simple.scope = this.#name("scope", (text) => `Scope ${text} not found or invalid for route`);
        return true;
      case "protocol":
        this.#protocol = this.#name("protocol", (text) => `Protocol ${text} not found or invalid for route`);
        return true;
      case "tos":
      case "dsfield":
        this.#simple.tos = this.#name("dsfield", (text) => `TOS value ${text} is invalid`);
        return true;
      case "realms": {
        const text = this.#next();
        const realms = this.#failed ? undefined : realmsNumber(text, this.#root.world);
        if (realms === undefined) this.#fail(`Invalid realms ${text} for route`, this.#at);
        else this.#hop().realms = realms;
        return true;
      }
      case "vrf": {
        const name = this.#next();
        if (!this.#failed) this.#fail(`VRF ${name} not found for route`, this.#at);
        return true;
      }
      default:
        return false;
    }
  }

  /** Options that take a number or a time. */
  #number(word: string): boolean {
    const plain = NUMBERS.get(word);
    if (plain !== undefined) {
      const locked = plain.lock && this.#lock();
      const value = this.#unsigned(plain.high, `Invalid ${plain.name} %s specified for route`);
      if (value !== undefined) this.#setMetric(plain.metric, value, locked);
      return true;
    }
    const time = TIMES.get(word);
    if (time !== undefined) {
      const locked = this.#lock();
      const value = this.#time(word, time.scale, time.least);
      if (value !== undefined) this.#setMetric(time.metric, value, locked);
      return true;
    }
    switch (word) {
      case "metric":
      case "priority":
      case "preference": {
        const metric = this.#unsigned(UINT32_MAX, `Invalid metric %s specified for route`);
        if (metric !== undefined) this.#simple.priority = metric;
        return true;
      }
      case "expires": {
        const expires = this.#unsigned(UINT32_MAX, "Invalid expires time %s specified for route");
        if (expires !== undefined) this.#simple.expires = expires;
        return true;
      }
      case "weight": {
        const hop = this.#hops.at(-1);
        if (hop === undefined) return false;
        this.#next();
        const weight = this.#failed ? undefined : readUnsigned(this.#statement, this.#at, 1, 256);
        if (weight !== undefined) hop.weight = weight;
        return true;
      }
      default:
        return false;
    }
  }

  #other(word: string): boolean {
    switch (word) {
      case "features": {
        const feature = this.#next();
        if (feature === "ecn") this.#setMetric("features", FEATURE_ECN, false);
        else this.#fail(`feature ${feature} not supported`, this.#at);
        return true;
      }
      case "pref": {
        const text = this.#next();
        const preference = PREFERENCES.get(text) ?? (/^[013]$/.test(text) ? Number(text) : undefined);
        if (preference === undefined) this.#fail(`Invalid pref value ${text} specified for route`, this.#at);
        else this.#simple.preference = preference;
        return true;
      }
      case "congctl":
        if (this.#lock()) this.#locked.push("congctl");
        this.#simple.congestionControl = this.#next();
        return true;
      case "ttl-propagate": {
        const text = this.#next();
        if (text === "enabled" || text === "disabled") this.#simple.ttlPropagate = text === "enabled";
        else this.#fail(`ttl-propagate value ${text} not recognised`, this.#at);
        return true;
      }
      case "track_group":
        if (this.#kind === "virtual") return false;
        this.#setTrackGroup(this.#next());
        return true;
      default:
        return false;
    }
  }

  #setTypeOrDestination(word: string): void {
    const type = ROUTE_TYPES.find((candidate) => candidate === word);
    if (type !== undefined) this.#type = type;
    else this.#setDestination(word);
  }

  #setDestination(word: string): void {
    if (word === "default" || word === "any" || word === "all" || word === "default6") {
      if (word === "default6") this.#useFamily(6, "inet6 specified for IPv4 route");
      this.#destination = "default";
      return;
    }
    const prefix = readPrefix(this.#statement, this.#at);
    if (prefix === undefined) {
      this.#failed = true;
      if (this.#statement.words.length > 1) {
        this.#complain(`unknown route keyword ${word}`, this.#at);
        return;
      }
      // keepalived takes it for a keyword whose value is missing.
      const message = `*** Configuration line starting \`${word}\` is missing a parameter after keyword \`${word}\` at word position ${this.#at + 2}`;
      this.#statement.refuse("ERR_CONFIG_MISSING_PARAMETER", message, this.#at, "a destination or an option");
    } else if (
      this.#useFamily(familyOf(prefix.address), `Cannot mix IPv4 and IPv6 addresses for route (${word})`)
    ) {
      this.#destination = prefix;
    }
  }

  #setVia(word: string): void {
    if (word === "gw") this.#complain('"gw" for routes is deprecated. Please use "via"', this.#at, "via");
    const next = this.#statement.word(this.#at + 1);
    if (next === "inet" || next === "inet6") this.#at++;
    const via = this.#address("invalid route via address");
    if (via !== undefined) this.#hop().via = via;
  }

  /** `via A dev I or B`: an old way to write two next hops. */
  #setOr(): void {
    this.#complain('"or" for routes is deprecated. Please use "nexthop"', this.#at, "nexthop via ADDRESS");
    const via = this.#address('Invalid "or" address');
    if (via === undefined) return;
    if (this.#hops.length === 0) {
      this.#hops.push({ ...this.#way, weight: 1 });
      delete this.#way.via;
    }
    this.#hops.push({ via, weight: 1, onlink: false });
  }

  #setFrom(): void {
    const text = this.#next();
    const prefix = readPrefix(this.#statement, this.#at);
    if (prefix === undefined) this.#fail(`invalid route from address ${text}`, this.#at);
    else if (familyOf(prefix.address) === 4) {
      this.#fail(`route from address only supported with IPv6 (${text})`, this.#at);
    } else if (this.#useFamily(6, "Cannot mix IPv4 and IPv6 addresses for route")) this.#simple.from = prefix;
  }

  #setInterface(name: string): void {
    if (this.#root.knowsInterface(name)) this.#hop().interface = name;
    else this.#fail(`WARNING - interface ${name} for VROUTE nexthop doesn't exist`, this.#at);
  }

  #setTrackGroup(name: string): void {
    if (this.#simple.trackGroup !== undefined) this.#complain(`track_group ${name} is a duplicate`, this.#at);
    else if (this.#root.trackGroups.has(name)) this.#simple.trackGroup = name;
    else this.#complain(`track_group ${name} not found`, this.#at);
  }

  #setEncapsulation(): void {
    this.#next();
    if (this.#failed) return;
    const result = readEncapsulation(this.#statement, this.#at);
    this.#at = result.end;
    if ("message" in result) this.#fail(result.message, this.#at);
    else this.#hop().encapsulation = result.encapsulation;
  }

  #setMetric(metric: RouteMetric, value: number, locked: boolean): void {
    this.#metrics[metric] = value;
    if (locked) this.#locked.push(metric);
  }

  /** What belongs to one way: the `nexthop` clause that is open, or the route itself. */
  #hop(): Mutable<NextHop> {
    return this.#hops.at(-1) ?? this.#way;
  }

  /** An address behind the current word, of the family of the others. */
  #address(message: string): IpAddress | undefined {
    const text = this.#next();
    const address = parseIpAddress(text);
    if (address === undefined) {
      if (!this.#failed) this.#fail(`${message} ${text}`, this.#at);
      return undefined;
    }
    return this.#useFamily(familyOf(address), "Cannot mix IPv4 and IPv6 addresses for route")
      ? address
      : undefined;
  }

  #useFamily(family: Family, message: string): boolean {
    this.#family ??= family;
    if (this.#family === family) return true;
    this.#fail(message, this.#at);
    return false;
  }

  /** The number of a name; 0 when the route fails for it. */
  #name(kind: RoutingNameKind, message: (text: string) => string): number {
    const text = this.#next();
    const number = this.#failed ? undefined : routingNumber(kind, text, this.#root.world);
    if (number === undefined) this.#fail(message(text), this.#at);
    return number ?? 0;
  }

  /** A number behind the current word; `message` has %s for the text. */
  #unsigned(high: number, message: string): number | undefined {
    const text = this.#next();
    const value = this.#failed ? undefined : readUnsigned(this.#statement, this.#at, 0, high);
    if (value === undefined) this.#fail(message.replace("%s", text), this.#at);
    return value;
  }

  /** A time in `s` or `ms`, or a number in the kernel's own units. */
  #time(word: string, scale: number, least: number): number | undefined {
    const text = this.#next();
    const match = /^([0-9]+(?:\.[0-9]*)?)(s|ms|)$/.exec(text);
    const [, number, unit] = match ?? [];
    if (number === undefined) return this.#fail(`Invalid ${word} ${text} for route`, this.#at);
    const raw =
      unit === ""
        ? Math.trunc(Number(number))
        : Math.ceil(Number(number) * (unit === "s" ? 1_000 : 1)) * scale;
    if (raw >= least * scale) return raw;
    this.#statement.note(CODE, `${word} value ${text} below minimum ${least}ms, resetting`, this.#at);
    return least * scale;
  }

  /** Takes a `lock` behind the current word. */
  #lock(): boolean {
    if (this.#statement.word(this.#at + 1) !== "lock") return false;
    this.#at++;
    return true;
  }

  /** The word behind the current one; fails the route when there is none. */
  #next(): string {
    const option = this.#statement.required(this.#at);
    this.#at++;
    const word = this.#statement.word(this.#at);
    if (word === undefined) this.#fail(`No ${option} parameter specified for route`, this.#at);
    return word ?? "";
  }

  #fail(message: string, index: number): undefined {
    if (!this.#failed) this.#complain(message, index);
    this.#failed = true;
    return undefined;
  }

  #complain(message: string, index: number, hint?: string): void {
    this.#statement.complain(CODE, message, index, hint);
  }
}
