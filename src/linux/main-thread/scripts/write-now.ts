/** Writing to a descriptor of the process without ever waiting for its reader. */

import { constants } from "node:os";
import { native } from "../../both/native.js";

/** Bytes taken (maybe not all of them); `full`: it would have to wait; `broken`: nobody reads any more. */
export function writeNow(descriptor: number, bytes: Uint8Array): number | "full" | "broken" {
  const taken = native.writeNow(descriptor, bytes);
  if (taken >= 0) return taken;
  return [constants.errno.EAGAIN, constants.errno.EINTR].includes(-taken) ? "full" : "broken";
}
