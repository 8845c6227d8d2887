/**
 * What makes an address, a route or a rule the same thing for the kernel, as text. Two lines of a configuration with equal
 * identities cannot both be in the kernel: they are one thing that several owners want. The text is made once for each object.
 */

import type { InterfaceAddress } from "./interface-address.js";
import { AddressFlag } from "./interface-address.js";
import { familyOf } from "./ip-address.js";
import type { Route, Rule } from "./routing.js";

const identities = new WeakMap<object, string>();

/** What an address of an interface is for the kernel: IPv6 allows an address once, IPv4 once for each prefix length and peer. */
export function addressIdentity(line: InterfaceAddress): string {
  return remembered(line, () => {
    const { interface: name, address, prefixLength, peer } = line;
    return familyOf(address) === 6
      ? `${name} ${address}`
      : `${name} ${address}/${prefixLength} ${peer ?? ""}`;
  });
}

/**
 * Everything about an address that the kernel keeps beside its identity. A line that differs in it must be removed and added
 * again, as the kernel changes none of it in place. `nodad` counts only in the moment in which an address is added.
 */
export function addressShape(line: InterfaceAddress): string {
  const { prefixLength, peer, scope, label, broadcast, flags, preferredLifetime } = line;
  return [prefixLength, peer, scope, label, broadcast, flags & ~AddressFlag.nodad, preferredLifetime].join(
    "/",
  );
}

/** A route with all that it says; whether it is tracked is no part of it. */
export function routeIdentity(route: Route): string {
  return remembered(route, () => textOf(route));
}

/** A rule with all that it says; whether it is tracked is no part of it. */
export function ruleIdentity(rule: Rule): string {
  return remembered(rule, () => textOf(rule));
}

function remembered(item: object, make: () => string): string {
  const known = identities.get(item);
  if (known !== undefined) return known;
  const text = make();
  identities.set(item, text);
  return text;
}

/** Fields in the order of their names, so that lines that were read in different blocks are equal. */
function textOf(value: object): string {
  return JSON.stringify(value, (key, field: unknown) => {
    if (key === "noTrack" || key === "trackGroup") return undefined;
    if (typeof field !== "object" || field === null || Array.isArray(field)) return field;
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
