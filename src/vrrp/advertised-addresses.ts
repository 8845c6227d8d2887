/** The address list of an advert. */

import { addressBytes } from "../base/ip-address.js";
import type { VirtualRouterConfig } from "./config.js";

/** `virtual_ipaddress` as in an advert, RFC 9568 §5.2.9: 4 or 16 bytes each, in their order; excluded ones are not in it. */
export function advertisedAddresses({ family, virtualAddresses }: VirtualRouterConfig): Uint8Array {
  const size = family === 4 ? 4 : 16;
  const bytes = new Uint8Array(virtualAddresses.length * size);
  for (const [i, line] of virtualAddresses.entries()) bytes.set(addressBytes(line.address), i * size);
  return bytes;
}
