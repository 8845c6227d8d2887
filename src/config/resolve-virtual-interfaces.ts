/** VMACs and ipvlans of an instance: which ones there must be, and which addresses are on them. */

import type { InterfaceAddress } from "../base/interface-address.js";
import { type Family, familyOf } from "../base/ip-address.js";
import { type MacAddress, virtualRouterMac } from "../base/mac-address.js";
import { candidateNames, type VirtualInterface } from "../base/virtual-interface.js";
import type { AddressDraft, ConfigDraft } from "./draft.js";
import type { InstanceBasics } from "./resolve-instance.js";
import type { InstanceFindings } from "./resolve-instance-findings.js";

/** keepalived's default for `vmac_prefix` and `vmac_addr_prefix`. */
const PREFIX = "vrrp";

/** What cannot go together with a VMAC, or not without one. */
export function resolveVmac(
  { draft, strict }: InstanceBasics,
  findings: InstanceFindings,
): { transmitOnBase: boolean; promoteSecondaries: boolean } {
  const { vmac, ipvlan } = draft;
  let { transmitOnBase, promoteSecondaries } = draft;
  if (strict && vmac?.mac !== undefined) {
    findings.complain("cannot specify MAC address with strict mode - clearing", ["use_vmac"], undefined, ":");
    delete vmac.mac;
  }
  if (vmac === undefined && transmitOnBase && ipvlan === undefined) {
    findings.complain("vmac_xmit_base is only valid with a vmac", ["vmac_xmit_base"]);
    transmitOnBase = false;
  } else if (vmac !== undefined && strict && transmitOnBase) {
    findings.complain("xmit_base is incompatible with strict mode - resetting", ["vmac_xmit_base"]);
    transmitOnBase = false;
  }
  if (ipvlan !== undefined && ipvlan.address === undefined && (draft.family ?? 4) === 4) {
    const message =
      "IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state";
    findings.complain(message, ["use_ipvlan"], "write: use_ipvlan NAME IP");
  }
  if (promoteSecondaries && (vmac !== undefined || ipvlan !== undefined)) {
    findings.complain("promote_secondaries is automatically set for vmacs - ignoring", [
      "promote_secondaries",
    ]);
    promoteSecondaries = false;
  }
  return { transmitOnBase, promoteSecondaries };
}

/** The interfaces of one instance, made as its addresses need them. */
export class VirtualInterfaces {
  /** That of `use_vmac` or `use_ipvlan`. */
  readonly main: VirtualInterface | undefined;
  readonly all: VirtualInterface[] = [];
  readonly #basics: InstanceBasics;
  readonly #root: ConfigDraft;

  constructor(basics: InstanceBasics, root: ConfigDraft) {
    this.#basics = basics;
    this.#root = root;
    this.main = this.#makeMain();
    if (this.main !== undefined) this.all.push(this.main);
  }

  /** The address on its interface: the one of its line or of the instance, or what was made on top of that. */
  place(address: AddressDraft): InterfaceAddress {
    const { text: _text, place: _place, useVmac, trackGroup: _trackGroup, ...rest } = address;
    const { draft, family } = this.#basics;
    const base = address.interface ?? draft.interface ?? this.#root.global.defaultInterface;
    const own = familyOf(address.address);
    if (this.main !== undefined && base === draft.interface && own === family) {
      return { ...rest, interface: this.main.name };
    }
    if (!useVmac && !draft.vmacForOtherAddresses) return { ...rest, interface: base };
    return { ...rest, interface: this.#vmacFor(base, own).name };
  }

  #makeMain(): VirtualInterface | undefined {
    const { draft, family } = this.#basics;
    const { vmac, ipvlan } = draft;
    const wanted = vmac ?? ipvlan;
    if (wanted === undefined || draft.interface === undefined) return undefined;
    const kind = vmac === undefined ? "ipvlan" : "macvlan";
    const prefix = this.#root.global.vmacPrefix ?? PREFIX;
    const addresses = [...draft.addresses, ...draft.excluded];
    return {
      ...this.#named(prefix, family, wanted.name),
      kind,
      base: draft.interface,
      family,
      mac: kind === "macvlan" ? this.#mainMac() : undefined,
      ipv6: family === 6 || addresses.some((line) => familyOf(line.address) === 6),
      group: groupNumber(wanted.group),
      mode: ipvlan?.mode ?? "bridge",
    };
  }

  #mainMac(): MacAddress {
    const { draft, family, strict } = this.#basics;
    const { mac, macOfVrid } = draft.vmac ?? {};
    const standard = virtualRouterMac(family, draft.vrid ?? 0);
    if (mac === undefined || strict) return standard;
    return macOfVrid === true ? (`${mac.slice(0, -2)}${standard.slice(-2)}` as MacAddress) : mac;
  }

  #vmacFor(base: string, family: Family): VirtualInterface {
    const found = this.all.find(
      (one) => one !== this.main && one.base === base && one.family === family && one.kind === "macvlan",
    );
    if (found !== undefined) return found;
    const prefix = this.#root.global.other.get("vmac_addr_prefix")?.[0] ?? PREFIX;
    const made: VirtualInterface = {
      ...this.#named(prefix, family, undefined),
      kind: "macvlan",
      base,
      family,
      mac: virtualRouterMac(family, this.#basics.draft.vrid ?? 0),
      ipv6: family === 6,
      group: 0,
      mode: "bridge",
    };
    this.all.push(made);
    return made;
  }

  /** A name that nothing else in the file has. */
  #named(prefix: string, family: Family, given: string | undefined) {
    const { name: instance, vrid = 0 } = this.#basics.draft;
    const taken = this.#root.virtualInterfaces;
    let name = given;
    for (const candidate of candidateNames(prefix, vrid, family)) {
      name ??= taken.has(candidate) ? undefined : candidate;
      if (name !== undefined) break;
    }
    name ??= `${prefix}.${vrid}`;
    taken.set(name, instance);
    return { name, named: given !== undefined, prefix, vrid, instance };
  }
}

/** A number; names of groups are not looked up and mean the default group. */
function groupNumber(text: string | undefined): number {
  const number = Number(text ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}
