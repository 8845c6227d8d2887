/** Lines of `virtual_routes` and `static_routes`, after ip-route(8). */

import { type Family, familyOf, type IpAddress, type Prefix, parseIpAddress } from "../../base/ip-address.js";
import {
  type NextHop,
  PROTOCOL_KEEPALIVED,
  ROUTE_TYPES,
  type Route,
  type RouteType,
  TABLE_MAIN,
  type WeightedNextHop,
} from "../../base/routing.js";
import type { ConfigDraft } from "../draft.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { readPrefix } from "./addresses.js";
import { readEncapsulation } from "./encapsulation.js";
import { RouteMetrics } from "./route-metrics.js";
import { RoutingLine } from "./routing-line.js";

const CODE = "ERR_CONFIG_ROUTE";

/** Router preferences, ICMPV6_ROUTER_PREF_* of linux/icmpv6.h. */
const PREFERENCES: ReadonlyMap<string, number> = new Map([
  ["low", 3],
  ["medium", 0],
  ["high", 1],
]);

/** Words of a `nexthop` clause, and the next one. */
const NEXTHOP_OPTIONS = ["nexthop", "via", "dev", "oif", "weight", "onlink", "encap", "realms"];

const MIXED_FAMILIES = "Cannot mix IPv4 and IPv6 addresses for route";

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
  readonly #line: RoutingLine;
  readonly #kind: "virtual" | "static";
  readonly #metrics: RouteMetrics;
  #type: RouteType = "unicast";
  #destination: Prefix | "default" | undefined;
  /** The only way, outside of `nexthop` clauses. */
  readonly #way: Mutable<NextHop> = { onlink: false };
  readonly #hops: Mutable<WeightedNextHop>[] = [];
  readonly #simple: Partial<Mutable<Route>> = {};
  #protocol: number | undefined;
  #noTrack = false;
  /** A `nexthop` was seen: only what belongs to one may follow. */
  #multipath = false;

  constructor(statement: Statement, root: ConfigDraft, kind: "virtual" | "static") {
    this.#line = new RoutingLine(statement, root, CODE, "route");
    this.#kind = kind;
    this.#metrics = new RouteMetrics(this.#line);
  }

  read(): Route | undefined {
    const line = this.#line;
    if (!line.eachOption((word) => this.#option(word))) return undefined;
    if (this.#destination === undefined) return line.fail("Route must have a destination", 0);
    this.#checkTracking();
    const { family } = line;
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
      noTrack: this.#noTrack,
      ...this.#metrics.fields,
      ...this.#way,
      ...this.#simple,
    };
  }

  #checkTracking(): void {
    if (!this.#noTrack && this.#protocol !== undefined && this.#protocol !== PROTOCOL_KEEPALIVED) {
      const message = "Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol";
      this.#line.complain(message, 0);
      this.#protocol = undefined;
    }
    if (this.#simple.trackGroup !== undefined && this.#way.interface === undefined) {
      this.#line.complain("Static route cannot have track group if no oif specified", 0);
      delete this.#simple.trackGroup;
    }
  }

  #checkFamily(family: Family): boolean {
    if (family === 6) return true;
    if (this.#simple.preference !== undefined) this.#line.fail("pref is only valid for IPv6", 0);
    if (this.#simple.expires !== undefined) this.#line.fail("expires is only valid for IPv6", 0);
    return !this.#line.failed;
  }

  #option(word: string): void {
    if (this.#multipath && !NEXTHOP_OPTIONS.includes(word)) {
      this.#line.ignoreRest(`Route has trailing nonsense - ${word}`, "nexthop clauses come last");
      return;
    }
    if (this.#wayOption(word) || this.#routeOption(word) || this.#metrics.read(word)) return;
    this.#setTypeOrDestination(word);
  }

  /** Options that a `nexthop` clause may have as well as the route itself; false when the word is none. */
  #wayOption(word: string): boolean {
    const line = this.#line;
    const hop = this.#hops.at(-1);
    switch (word) {
      case "via":
      case "gw":
        this.#setVia(word);
        return true;
      case "dev":
      case "oif": {
        const name = line.next();
        if (line.root.knowsInterface(name)) this.#hop().interface = name;
        else line.fail(`WARNING - interface ${name} for VROUTE nexthop doesn't exist`);
        return true;
      }
      case "onlink":
        this.#hop().onlink = true;
        return true;
      case "realms": {
        const realms = line.realms((text) => `Invalid realms ${text} for route`);
        if (realms !== undefined) this.#hop().realms = realms;
        return true;
      }
      case "encap":
        this.#setEncapsulation();
        return true;
      case "nexthop":
        this.#multipath = true;
        this.#hops.push({ onlink: false });
        return true;
      case "or":
        this.#setOr();
        return true;
      case "weight": {
        if (hop === undefined) return false;
        line.next();
        const weight = line.failed ? undefined : readUnsigned(line.statement, line.at, 1, 256);
        if (weight !== undefined) hop.weight = weight;
        return true;
      }
      default:
        return false;
    }
  }

  /** Options of the route as a whole; false when the word is none. */
  #routeOption(word: string): boolean {
    const line = this.#line;
    switch (word) {
      case "inet":
      case "inet6":
        line.setFamily(word);
        return true;
      case "to":
        this.#setDestination(line.next());
        return true;
      case "src":
        this.#set("source", this.#address("invalid route src address"));
        return true;
      case "from":
        this.#set("from", this.#from());
        return true;
      case "table": {
        const table = line.name("table", (text) => `Routing table ${text} not found for route`);
        this.#set("table", table);
        return true;
      }
      case "scope": {
        const scope = line.name("scope", (text) => `Scope ${text} not found or invalid for route`);
        this.#set("scope", scope);
        return true;
      }
      case "protocol":
        this.#protocol = line.name("protocol", (text) => `Protocol ${text} not found or invalid for route`);
        return true;
      case "tos":
      case "dsfield": {
        const tos = line.name("dsfield", (text) => `TOS value ${text} is invalid`);
        this.#set("tos", tos);
        return true;
      }
      case "metric":
      case "priority":
      case "preference": {
        const metric = line.unsigned(UINT32_MAX, (text) => `Invalid metric ${text} specified for route`);
        this.#set("priority", metric);
        return true;
      }
      case "expires": {
        const time = line.unsigned(UINT32_MAX, (text) => `Invalid expires time ${text} specified for route`);
        this.#set("expires", time);
        return true;
      }
      case "pref": {
        const text = line.next();
        const preference = PREFERENCES.get(text) ?? (/^[013]$/.test(text) ? Number(text) : undefined);
        this.#set("preference", preference ?? line.fail(`Invalid pref value ${text} specified for route`));
        return true;
      }
      case "ttl-propagate": {
        const text = line.next();
        if (text === "enabled" || text === "disabled") this.#simple.ttlPropagate = text === "enabled";
        else line.fail(`ttl-propagate value ${text} not recognised`);
        return true;
      }
      case "vrf":
        line.fail(`VRF ${line.next()} not found for route`);
        return true;
      case "add":
      case "prepend":
      case "append":
        this.#simple.position = word;
        return true;
      case "no_track":
        this.#noTrack = true;
        return true;
      case "track_group":
        if (this.#kind === "virtual") return false;
        this.#set("trackGroup", line.trackGroup(this.#simple.trackGroup));
        return true;
      default:
        return false;
    }
  }

  #set<Key extends keyof Route>(key: Key, value: Route[Key] | undefined): void {
    if (value !== undefined) this.#simple[key] = value;
  }

  #setTypeOrDestination(word: string): void {
    const type = ROUTE_TYPES.find((candidate) => candidate === word);
    if (type !== undefined) this.#type = type;
    else this.#setDestination(word);
  }

  #setDestination(word: string): void {
    const line = this.#line;
    if (word === "default" || word === "any" || word === "all" || word === "default6") {
      if (word === "default6") line.useFamily(6, "inet6 specified for IPv4 route");
      this.#destination = "default";
      return;
    }
    if (line.failed) return;
    const prefix = readPrefix(line.statement, line.at);
    if (prefix !== undefined) {
      if (line.useFamily(familyOf(prefix.address), `${MIXED_FAMILIES} (${word})`)) this.#destination = prefix;
    } else if (line.statement.words.length > 1) line.fail(`unknown route keyword ${word}`);
    // keepalived takes it for a keyword whose value is missing.
    else line.refuseMissing(1, "a destination or an option");
  }

  #setVia(word: string): void {
    const line = this.#line;
    if (word === "gw") line.complain('"gw" for routes is deprecated. Please use "via"', line.at, "via");
    line.accept("inet", "inet6");
    const via = this.#address("invalid route via address");
    if (via !== undefined) this.#hop().via = via;
  }

  /** `via A dev I or B`: an old way to write two next hops. */
  #setOr(): void {
    const line = this.#line;
    const message = '"or" for routes is deprecated. Please use "nexthop"';
    line.complain(message, line.at, "nexthop via ADDRESS");
    const via = this.#address('Invalid "or" address');
    if (via === undefined) return;
    if (this.#hops.length === 0) {
      this.#hops.push({ ...this.#way });
      delete this.#way.via;
    }
    this.#hops.push({ via, onlink: false });
  }

  #from(): Prefix | undefined {
    const line = this.#line;
    const text = line.next();
    const prefix = line.failed ? undefined : readPrefix(line.statement, line.at);
    if (prefix === undefined) return line.fail(`invalid route from address ${text}`);
    if (familyOf(prefix.address) === 4)
      return line.fail(`route from address only supported with IPv6 (${text})`);
    return line.useFamily(6, MIXED_FAMILIES) ? prefix : undefined;
  }

  #setEncapsulation(): void {
    const line = this.#line;
    line.at++;
    if (line.statement.word(line.at) === undefined) {
      line.fail("Missing encap type");
      return;
    }
    const result = readEncapsulation(line.statement, line.at);
    line.at = result.end;
    if ("message" in result) line.fail(result.message);
    else this.#hop().encapsulation = result.encapsulation;
  }

  /** What belongs to one way: the `nexthop` clause that is open, or the route itself. */
  #hop(): Mutable<NextHop> {
    return this.#hops.at(-1) ?? this.#way;
  }

  /** An address behind the current word, of the family of the others. */
  #address(message: string): IpAddress | undefined {
    const text = this.#line.next();
    const address = parseIpAddress(text);
    if (address === undefined) return this.#line.fail(`${message} ${text}`);
    return this.#line.useFamily(familyOf(address), MIXED_FAMILIES) ? address : undefined;
  }
}
