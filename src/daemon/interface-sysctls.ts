/** What the configuration wants of the kernel's settings of interfaces. */

import type { Config } from "../config/config.js";

/** Paths under /proc/sys, with values. */
export function interfaceSysctls(config: Pick<Config, "instances">): ReadonlyMap<string, string> {
  const wanted = new Map<string, string>();
  for (const { promoteSecondaries, interface: name } of config.instances) {
    if (promoteSecondaries && name !== undefined)
      wanted.set(`net/ipv4/conf/${name}/promote_secondaries`, "1");
  }
  return wanted;
}
