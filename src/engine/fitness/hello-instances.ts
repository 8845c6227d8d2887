/** Which instances say hello, and with which keys. */

import type { Config } from "../../config/config.js";
import type { HelloInstance } from "../../peers/exchange.js";
import { helloKeysOf } from "../../peers/secret.js";

/** The instances of a configuration, for {@link HelloExchange.configure}; one without virtual addresses has nothing to say. */
export function helloInstancesOf({
  instances,
  global,
}: Pick<Config, "instances" | "global">): HelloInstance[] {
  return instances.flatMap((instance) => {
    const { name, family, vrid, virtualAddresses } = instance;
    const [first] = virtualAddresses;
    if (first === undefined) return [];
    return [{ name, family, vrid, address: first.address, keys: helloKeysOf(instance, global.peerKey) }];
  });
}
