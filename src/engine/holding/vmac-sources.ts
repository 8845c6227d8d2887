/**
 * Link-local addresses on IPv6 VMACs: adverts leave a VMAC with the address of the interface below, and the kernel sends only from
 * addresses that the sending interface has itself.
 */

import { AddressFlag, type InterfaceAddress } from "../../base/interface-address.js";
import { type IpAddress, isLinkLocal } from "../../base/ip-address.js";
import type { Micros } from "../../base/time.js";
import type { Member } from "../member.js";
import { type Ledger, NOTHING } from "./ledger.js";
import type { Owner, Terms } from "./shelf.js";

/** Prefix length of link-local addresses, RFC 4291 §2.5.6. */
const LINK_LOCAL_PREFIX = 64;

const TERMS: Terms = { sharing: "exclusive", lifetime: undefined };

/** The address that one VMAC shall have: an owner in the ledger. */
interface Source extends Owner {
  line: InterfaceAddress;
}

/** Wants them as interfaces and addresses come. */
export class VmacSources {
  readonly #ledger: Ledger;
  /** By name of the VMAC. */
  readonly #sources = new Map<string, Source>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Gives up the addresses of VMACs that no member has any more. */
  configure(members: readonly Member[], now: Micros): void {
    const names = new Set(members.flatMap(({ instance }) => copiedTo(instance).map(({ name }) => name)));
    for (const [name, source] of this.#sources) {
      if (names.has(name)) continue;
      this.#sources.delete(name);
      this.#ledger.want(source, NOTHING, TERMS, now);
    }
  }

  /**
   * Sees to it that the VMACs of a member have the address.
   * @param primary the address of an interface that adverts would be sent from.
   */
  update(member: Member, primary: (interfaceName: string) => IpAddress | undefined, now: Micros): void {
    for (const { name, base } of copiedTo(member.instance)) {
      const address = name === member.instance.vmac ? (member.source ?? primary(base)) : primary(base);
      if (address !== undefined && isLinkLocal(address)) this.#want(name, address, now);
    }
  }

  /** False when the kernel does not give the VMAC that a member sends from its address: then nothing can be sent. */
  isReady({ instance }: Member): boolean {
    const { vmac } = instance;
    const source = vmac === undefined ? undefined : this.#sources.get(vmac);
    if (source === undefined || !copiedTo(instance).some(({ name }) => name === vmac)) return true;
    const trouble = this.#ledger.addresses.get(source.line)?.trouble;
    return trouble === undefined || trouble.kind === "waits";
  }

  #want(name: string, address: IpAddress, now: Micros): void {
    let source = this.#sources.get(name);
    if (source?.line.address === address) return;
    // Deprecated, so that the kernel does not choose it for other traffic.
    const line: InterfaceAddress = {
      address,
      prefixLength: LINK_LOCAL_PREFIX,
      interface: name,
      scope: 0,
      flags: AddressFlag.nodad,
      preferredLifetime: 0,
      noTrack: true,
    };
    if (source === undefined) {
      source = { line };
      this.#sources.set(name, source);
    } else source.line = line;
    this.#ledger.want(source, { ...NOTHING, addresses: [line] }, TERMS, now);
  }
}

/** The VMACs of an instance that need the address of the interface below. */
function copiedTo({ vmac: main, transmitOnBase, virtualInterfaces }: Member["instance"]) {
  return virtualInterfaces.filter(
    ({ kind, family, name }) => kind === "macvlan" && family === 6 && !(name === main && transmitOnBase),
  );
}
