/** Virtual addresses that the host has by itself, as the owner of an address (RFC 9568 §1.2) has. */

import { networkInterfaces } from "node:os";
import { type IpAddress, parseIpAddress } from "../../../base/ip-address.js";

/** Remembers what was there before an instance was MASTER; what appears later is of Vigil's doing. */
export class OwnAddresses {
  /** By instance and address, whether the host had it when the instance was no MASTER. */
  readonly #seen = new Map<string, boolean>();

  /** Looks at the host's addresses of now. @param masters names of the instances that may have added theirs. */
  look(masters: ReadonlySet<string>): (instance: string, address: IpAddress) => boolean {
    const present = new Set(
      Object.values(networkInterfaces()).flatMap(
        (all) => all?.map(({ address }) => parseIpAddress(address)) ?? [],
      ),
    );
    return (instance, address) => {
      const key = `${instance} ${address}`;
      if (!masters.has(instance)) this.#seen.set(key, present.has(address));
      return this.#seen.get(key) ?? false;
    };
  }
}
