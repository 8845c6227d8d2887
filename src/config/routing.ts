/** Routes and policy rules of `virtual_routes`, `static_routes`, `virtual_rules` and `static_rules`, as data. */

import type { Family, IpAddress, Prefix } from "../base/ip-address.js";

/** One way of a route. */
export interface NextHop {
  readonly via?: IpAddress;
  readonly interface?: string;
  /** 1…256; 1 by default. */
  readonly weight: number;
  readonly onlink: boolean;
}

/** `unicast` unless the line says otherwise. */
export const ROUTE_TYPES = [
  "unicast",
  "local",
  "broadcast",
  "anycast",
  "multicast",
  "throw",
  "unreachable",
  "prohibit",
  "blackhole",
  "nat",
  "xresolve",
] as const;

/** Type of a route. */
export type RouteType = (typeof ROUTE_TYPES)[number];

/** A line of `virtual_routes` or `static_routes`. */
export interface Route {
  readonly family: Family;
  readonly type: RouteType;
  /** `default` is a prefix of length 0. */
  readonly destination: Prefix;
  /** Preferred source address. */
  readonly source?: IpAddress;
  /** `from`. */
  readonly from?: Prefix;
  /** At least one for unicast routes, more with `nexthop`. */
  readonly nextHops: readonly NextHop[];
  /** Name or number. */
  readonly table?: string;
  /** Name or number. */
  readonly scope?: string;
  /** Name or number; only with no_track. */
  readonly protocol?: string;
  readonly metric?: number;
  readonly tos?: string;
  /** How it joins routes to the same destination. */
  readonly position: "add" | "prepend" | "append";
  readonly vrf?: string;
  readonly noTrack: boolean;
  readonly trackGroup?: string;
  /** Further options and their values as written: mtu, hoplimit, encap, … */
  readonly options: Readonly<Record<string, string>>;
}

/** What a rule does when it matches. */
export type RuleAction =
  | { readonly kind: "table"; readonly table: string }
  | { readonly kind: "goto"; readonly preference: number }
  | { readonly kind: "nop" | "blackhole" | "unreachable" | "prohibit" | "l3mdev" };

/** A line of `virtual_rules` or `static_rules`. */
export interface Rule {
  readonly family: Family;
  readonly not: boolean;
  readonly from?: Prefix;
  readonly to?: Prefix;
  /** `dev` or `iif`. */
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly preference: number;
  readonly action: RuleAction;
  readonly noTrack: boolean;
  readonly trackGroup?: string;
  /** Further options and their values as written: fwmark, tos, ipproto, sport, … */
  readonly options: Readonly<Record<string, string>>;
}
