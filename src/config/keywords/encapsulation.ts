/** `encap TYPE …` of a route, after ip-route(8). */

import { familyOf, parseIpAddress } from "../../base/ip-address.js";
import type { Encapsulation } from "../../base/routing.js";
import { parseCNumber } from "../routing-names.js";
import type { Statement } from "../statement.js";

/** What was read, and the index of its last word; or what is wrong with the word at an index. */
export type EncapsulationResult =
  | { readonly encapsulation: Encapsulation; readonly end: number }
  | { readonly message: string; readonly end: number };

/** Largest MPLS label. */
const MAX_LABEL = 0xf_ffff;

/** Largest tunnel id. */
const MAX_ID = 0xffff_ffff_ffff_ffffn;

type Tunnel = {
  -readonly [Key in keyof Extract<Encapsulation, { kind: "ip" | "ip6" }>]: Extract<
    Encapsulation,
    { kind: "ip" | "ip6" }
  >[Key];
};

/** Reads what stands behind the word `encap`; `start` is the index of the type. */
export function readEncapsulation(statement: Statement, start: number): EncapsulationResult {
  const type = statement.word(start);
  if (type === "ip" || type === "ip6") return readTunnel(statement, start, type);
  const value = statement.word(start + 1) ?? "";
  if (type === "mpls") {
    const labels = value.split("/").map(parseCNumber);
    if (labels.every((label): label is number => label !== undefined && label <= MAX_LABEL))
      return { encapsulation: { kind: "mpls", labels }, end: start + 1 };
    return { message: `invalid mpls address ${value} for encapsulation`, end: start + 1 };
  }
  if (type === "ila") {
    const groups = value.split(":");
    if (groups.length === 4 && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
      const locator = groups.map((group) => Number.parseInt(group, 16));
      return { encapsulation: { kind: "ila", locator }, end: start + 1 };
    }
    return { message: `invalid locator ${value} for ila encapsulation`, end: start + 1 };
  }
  return { message: `Unknown encap type - ${type ?? ""}`, end: start };
}

function readTunnel(statement: Statement, start: number, kind: "ip" | "ip6"): EncapsulationResult {
  const tunnel: Tunnel = { kind };
  let end = start;
  for (;;) {
    const option = statement.word(end + 1) ?? "";
    const value = statement.word(end + 2) ?? "";
    const known = setOption(tunnel, option, value);
    if (known === undefined) return { encapsulation: tunnel, end };
    if (!known) return { message: `${option} ${value} is not valid for ${kind} encapsulation`, end: end + 2 };
    end += 2;
  }
}

/** False for a bad value; undefined for a word that does not belong to a tunnel of this kind. */
function setOption(tunnel: Tunnel, option: string, value: string): boolean | undefined {
  const octet = octetOf(value);
  switch (option) {
    case "id": {
      const id = /^[0-9]+$/.test(value) ? BigInt(value) : undefined;
      if (id === undefined || id > MAX_ID) return false;
      tunnel.id = id.toString();
      return true;
    }
    case "dst":
    case "src": {
      const address = parseIpAddress(value);
      if (address === undefined || familyOf(address) !== (tunnel.kind === "ip" ? 4 : 6)) return false;
      tunnel[option === "dst" ? "destination" : "source"] = address;
      return true;
    }
    case "flags": {
      const flags = parseCNumber(value);
      if (flags === undefined || flags > 0xffff) return false;
      tunnel.flags = flags;
      return true;
    }
    case tunnel.kind === "ip" ? "tos" : "tc":
      if (octet === undefined) return false;
      tunnel.tos = octet;
      return true;
    case tunnel.kind === "ip" ? "ttl" : "hoplimit":
      if (octet === undefined) return false;
      tunnel.ttl = octet;
      return true;
    default:
      return undefined;
  }
}

function octetOf(text: string): number | undefined {
  const number = parseCNumber(text);
  return number !== undefined && number <= 255 ? number : undefined;
}
