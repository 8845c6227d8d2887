/** Lines of `virtual_routes` and `static_routes`, after ip-route(8). */

import { type Family, familyOf, type IpAddress, type Prefix, parseIpAddress } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import { type NextHop, ROUTE_TYPES, type Route, type RouteType } from "../routing.js";
import type { Statement } from "../statement.js";
import { readPrefix } from "./addresses.js";

const CODE = "ERR_CONFIG_ROUTE";

/** Options kept as written; those in the second list may be followed by `lock`. */
const PLAIN_OPTIONS = [
  "hoplimit",
  "window",
  "initcwnd",
  "initrwnd",
  "quickack",
  "features",
  "realms",
  "expires",
  "pref",
  "ttl-propagate",
  "fastopen_no_cookie",
];
const LOCK_OPTIONS = [
  "mtu",
  "advmss",
  "rtt",
  "rttvar",
  "reordering",
  "cwnd",
  "ssthresh",
  "rto_min",
  "congctl",
];

/** Words of an `encap` after its type that take a value. */
const ENCAP_OPTIONS = ["id", "dst", "src", "tos", "tc", "ttl", "hoplimit", "flags"];

/** Words of a `nexthop` clause, and the next one. */
const NEXTHOP_OPTIONS = ["nexthop", "via", "dev", "oif", "weight", "onlink", "encap", "realms"];

interface MutableHop {
  via?: IpAddress;
  interface?: string;
  weight: number;
  onlink: boolean;
}

/** A route line; undefined after a complaint when it must be skipped. */
export function readRoute(
  statement: Statement,
  root: ConfigDraft,
  kind: "virtual" | "static",
): Route | undefined {
  return new RouteReader(statement, root, kind).read();
}

class RouteReader {
  readonly #statement: Statement;
  readonly #root: ConfigDraft;
  readonly #kind: "virtual" | "static";
  #at = 0;
  #family: Family | undefined;
  #type: RouteType = "unicast";
  #destination: Prefix | "default" | undefined;
  readonly #hops: MutableHop[] = [];
  readonly #options: Record<string, string> = {};
  readonly #simple: { -readonly [Key in keyof Route]?: Route[Key] } = {};
  #position: Route["position"] = "prepend";
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
    const family = this.#family ?? 4;
    const anywhere = parseIpAddress(family === 4 ? "0.0.0.0" : "::");
    const destination =
      this.#destination !== "default" ? this.#destination : anywhere && { address: anywhere, length: 0 };
    if (destination === undefined) return undefined;
    if (!this.#noTrack && this.#simple.protocol !== undefined) {
      this.#complain(
        "Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
        0,
      );
      delete this.#simple.protocol;
    }
    if (this.#simple.trackGroup !== undefined && !this.#hops.some((hop) => hop.interface !== undefined)) {
      this.#complain("Static route cannot have track group if no oif specified", 0);
      delete this.#simple.trackGroup;
    }
    const nextHops: readonly NextHop[] = this.#hops;
    return {
      family,
      type: this.#type,
      destination,
      nextHops,
      position: this.#position,
      noTrack: this.#noTrack,
      options: this.#options,
      ...this.#simple,
    };
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
      case "weight": {
        const weight = this.#number(1, 256);
        if (weight !== undefined) this.#hop().weight = weight;
        return;
      }
      case "or":
        this.#complain(
          '"or" for routes is deprecated. Please use "nexthop"',
          this.#at,
          "nexthop via ADDRESS",
        );
        this.#hops.push({ weight: 1, onlink: false });
        this.#at--;
        this.#setOr();
        return;
      case "table":
      case "scope":
      case "protocol":
      case "vrf":
        this.#simple[word] = this.#next();
        return;
      case "tos":
      case "dsfield":
        this.#simple.tos = this.#next();
        return;
      case "metric":
      case "priority":
      case "preference": {
        const metric = this.#number(0, UINT32_MAX);
        if (metric !== undefined) this.#simple.metric = metric;
        return;
      }
      case "add":
      case "prepend":
      case "append":
        this.#position = word;
        return;
      case "no_track":
        this.#noTrack = true;
        return;
      default:
        this.#otherOption(word);
    }
  }

  #otherOption(word: string): void {
    if (word === "track_group" && this.#kind === "static") this.#setTrackGroup(this.#next());
    else if (word === "encap") this.#readEncap();
    else if (PLAIN_OPTIONS.includes(word)) this.#options[word] = this.#next();
    else if (LOCK_OPTIONS.includes(word)) {
      const first = this.#next();
      this.#options[word] = first === "lock" ? `lock ${this.#next()}` : first;
    } else {
      const type = ROUTE_TYPES.find((candidate) => candidate === word);
      if (type !== undefined) this.#type = type;
      else this.#setDestination(word);
    }
  }

  #setDestination(word: string): void {
    if (word === "default" || word === "any" || word === "all" || word === "default6") {
      if (word === "default6") this.#useFamily(6, "inet6 specified for IPv4 route");
      this.#destination = "default";
      return;
    }
    const prefix = readPrefix(this.#statement, this.#at);
    if (prefix === undefined) {
      this.#complain(`unknown route keyword ${word}`, this.#at);
      this.#failed = true;
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

  #setOr(): void {
    this.#at++;
    const via = this.#address('Invalid "or" address');
    if (via !== undefined) this.#hop().via = via;
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

  /** `encap TYPE …` up to the first word that does not belong to it; kept as written. */
  #readEncap(): void {
    const words = [this.#next()];
    if (words[0] === "mpls" || words[0] === "ila") words.push(this.#next());
    while (ENCAP_OPTIONS.includes(this.#statement.word(this.#at + 1) ?? "")) {
      this.#at++;
      words.push(this.#statement.required(this.#at), this.#next());
    }
    this.#options.encap = words.join(" ");
  }

  #hop(): MutableHop {
    const last = this.#hops.at(-1);
    if (last !== undefined) return last;
    const hop = { weight: 1, onlink: false };
    this.#hops.push(hop);
    return hop;
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

  #number(low: number, high: number): number | undefined {
    this.#next();
    return this.#failed ? undefined : readUnsigned(this.#statement, this.#at, low, high);
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
