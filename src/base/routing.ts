/** Routes and policy rules with everything RTM_NEWROUTE and RTM_NEWRULE can say about them; of all names the numbers. */

import type { Family, IpAddress, Prefix } from "./ip-address.js";

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

/** Type of a route, RTN_* of linux/rtnetlink.h. */
export type RouteType = (typeof ROUTE_TYPES)[number];

/** Numbers that a route carries for TCP and for the path, RTAX_* of linux/rtnetlink.h. */
export const ROUTE_METRICS = [
  "mtu",
  "window",
  "rtt",
  "rttvar",
  "ssthresh",
  "cwnd",
  "advmss",
  "reordering",
  "hoplimit",
  "initcwnd",
  "features",
  "rto_min",
  "initrwnd",
  "quickack",
  "fastopen_no_cookie",
] as const;

/** One of them. */
export type RouteMetric = (typeof ROUTE_METRICS)[number];

/** `encap`: what packets on a route are wrapped into. */
export type Encapsulation =
  | {
      readonly kind: "ip" | "ip6";
      /** Tunnel id, a decimal number of up to 64 bits. */
      readonly id?: string;
      readonly destination?: IpAddress;
      readonly source?: IpAddress;
      /** TOS or traffic class, 0…255. */
      readonly tos?: number;
      /** TTL or hop limit, 0…255. */
      readonly ttl?: number;
      readonly flags?: number;
    }
  | {
      readonly kind: "mpls";
      /** Outermost first, each below 2^20. */
      readonly labels: readonly number[];
    }
  | {
      readonly kind: "ila";
      /** Four groups of 16 bits. */
      readonly locator: readonly number[];
    };

/** One way of a route: the only one, or a `nexthop` clause. */
export interface NextHop {
  readonly via?: IpAddress;
  readonly interface?: string;
  readonly onlink: boolean;
  /** Of IPv4 routes: the source realm in the upper 16 bits, the destination realm in the lower ones. */
  readonly realms?: number;
  readonly encapsulation?: Encapsulation;
}

/** A `nexthop` clause. */
export interface WeightedNextHop extends NextHop {
  /** 1…256; absent: 1. */
  readonly weight?: number;
}

/** RT_TABLE_MAIN of linux/rtnetlink.h. */
export const TABLE_MAIN = 254;

/** RTPROT_KEEPALIVED of linux/rtnetlink.h: the mark of every route and rule that is tracked. */
export const PROTOCOL_KEEPALIVED = 18;

/** A line of `virtual_routes` or `static_routes`. Its own `via` and `interface` are the only way unless there are next hops. */
export interface Route extends NextHop {
  readonly family: Family;
  readonly type: RouteType;
  /** `default` is a prefix of length 0. */
  readonly destination: Prefix;
  /** Preferred source address. */
  readonly source?: IpAddress;
  /** `from`, of IPv6 routes. */
  readonly from?: Prefix;
  /** `nexthop` clauses, in their order. */
  readonly nextHops: readonly WeightedNextHop[];
  /** 0…2^32−1; 254 is the main one, 0 leaves the choice to the kernel. */
  readonly table: number;
  /** RT_SCOPE_*. */
  readonly scope: number;
  /** RTPROT_*; another one than 18 only with no_track. */
  readonly protocol: number;
  readonly priority?: number;
  readonly tos: number;
  /** How it joins routes to the same destination. */
  readonly position: "add" | "prepend" | "append";
  /** In the kernel's units: rtt in 1/8 ms, rttvar in 1/4 ms, rto_min in ms, features as RTAX_FEATURE_*. */
  readonly metrics: Readonly<Partial<Record<RouteMetric, number>>>;
  /** Metrics that the kernel must not change by what it learns. */
  readonly locked: readonly (RouteMetric | "congctl")[];
  /** `congctl`. */
  readonly congestionControl?: string;
  /** Seconds until an IPv6 route goes. */
  readonly expires?: number;
  /** Router preference of IPv6 routes, as the number that the kernel takes: 0 medium, 1 high, 3 low. */
  readonly preference?: number;
  readonly ttlPropagate?: boolean;
  /** Not watched: its loss has no consequences. */
  readonly noTrack: boolean;
  /** Static routes only. */
  readonly trackGroup?: string;
}

/** What a rule does when it matches. */
export type RuleAction =
  | { readonly kind: "table"; readonly table: number }
  | { readonly kind: "goto"; readonly preference: number }
  | { readonly kind: "nop" | "blackhole" | "unreachable" | "prohibit" | "l3mdev" };

/** Two numbers, both included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

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
  readonly fwmark?: { readonly value: number; readonly mask?: number };
  readonly tos: number;
  /** As {@link NextHop.realms}. */
  readonly realms?: number;
  /** A decimal number of up to 64 bits. */
  readonly tunnelId?: string;
  readonly userIds?: NumberRange;
  /** IPPROTO_*. */
  readonly ipProtocol?: number;
  readonly sourcePorts?: NumberRange;
  readonly destinationPorts?: NumberRange;
  /** Results with a prefix of at most this length do not count. */
  readonly suppressPrefixLength?: number;
  /** Results through interfaces of this group do not count. */
  readonly suppressGroup?: number;
  /** RTPROT_*; another one than 18 only with no_track, where 0, no protocol, is the default. */
  readonly protocol: number;
  /** Not watched: its loss has no consequences. */
  readonly noTrack: boolean;
  /** Static rules only. */
  readonly trackGroup?: string;
}
