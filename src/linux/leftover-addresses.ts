/** Virtual addresses that are on an interface before anybody became MASTER: what a killed daemon left behind. */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { InterfaceState } from "../engine/platform.js";

/**
 * Those of `virtual` that are present, in their order. Address, prefix length and interface must all agree: the same address
 * with another prefix is somebody else's, such as the host's own address of an address owner.
 */
export function leftoverAddresses(
  interfaces: readonly InterfaceState[],
  virtual: readonly InterfaceAddress[],
): InterfaceAddress[] {
  const present = new Set(
    interfaces.flatMap(({ name, addresses }) =>
      addresses.map(({ address, prefixLength }) => `${name} ${address}/${prefixLength}`),
    ),
  );
  return virtual.filter((wanted) =>
    present.has(`${wanted.interface} ${wanted.address}/${wanted.prefixLength}`),
  );
}
