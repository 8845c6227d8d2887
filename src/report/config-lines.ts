/** Addresses and scripts in the form in which keepalived's dumps show them. */

import { AddressFlag, type InterfaceAddress } from "../base/interface-address.js";
import { familyOf, hostPrefixLength } from "../base/ip-address.js";
import type { ScriptCommand } from "../config/config.js";

/** RT_SCOPE_* of linux/rtnetlink.h by name. */
const SCOPES = new Map([
  [0, "global"],
  [200, "site"],
  [253, "link"],
  [254, "host"],
  [255, "nowhere"],
]);

const FLAGS: readonly [number, string][] = [
  [AddressFlag.manageTempAddress, "mngtmpaddr"],
  [AddressFlag.noPrefixRoute, "noprefixroute"],
  [AddressFlag.autojoin, "autojoin"],
];

/** The interface under the VMAC of an address; `asked`: by the `use_vmac` of its line. */
export interface AddressBase {
  readonly base: string;
  readonly asked: boolean;
}

/** `10.0.0.100/24 dev eth0 scope global set`; `below`: absent without a VMAC; `set`: it is there now. */
export function addressLine(line: InterfaceAddress, set: boolean, below?: AddressBase): string {
  const { address, prefixLength, interface: name, broadcast, scope, label, flags, noTrack, peer } = line;
  const host = peer !== undefined || prefixLength === hostPrefixLength(familyOf(address));
  return [
    host ? address : `${address}/${prefixLength}`,
    ...(broadcast === undefined ? [] : [`brd ${broadcast}`]),
    `dev ${name}${below === undefined || below.base === name ? "" : `@${below.base}`}`,
    ...(below?.asked === true ? ["use_vmac"] : []),
    `scope ${SCOPES.get(scope) ?? scope}`,
    ...(label === undefined ? [] : [`label ${label}`]),
    ...(peer === undefined ? [] : [`peer ${peer}/${prefixLength}`]),
    ...(noTrack ? ["no_track"] : []),
    ...((flags & AddressFlag.home) === 0 ? [] : ["home"]),
    // keepalived sets the flag on every IPv6 address, and shows where it is missing.
    ...(familyOf(address) === 6 && (flags & AddressFlag.nodad) === 0 ? ["-nodad"] : []),
    ...FLAGS.filter(([flag]) => (flags & flag) !== 0).map(([, word]) => word),
    ...lifetime(line),
    ...(set ? ["set"] : []),
  ].join(" ");
}

function lifetime({ address, preferredLifetime }: InterfaceAddress): string[] {
  if (familyOf(address) === 4) return [];
  if (preferredLifetime === 0) return ["deprecated"];
  return [`preferred_lft ${preferredLifetime ?? "forever"}`];
}

/** Each word of a command in single quotes: `'/usr/bin/check' 'arg 1'`; a redirection stands without them. */
export function commandText({ argv }: ScriptCommand): string {
  return argv.map((word, i) => (i === 0 && /^[<>]/.test(word) ? word : `'${word}'`)).join(" ");
}
