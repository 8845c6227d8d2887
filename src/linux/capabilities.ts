/** What this process may do, from /proc/self/status; capabilities(7). */

import { readFileSync } from "node:fs";

/** Numbers of linux/capability.h, with what Vigil needs each for. */
const NEEDED: readonly { readonly name: string; readonly bit: bigint; readonly purpose: string }[] = [
  { name: "CAP_NET_ADMIN", bit: 12n, purpose: "to add and remove addresses" },
  { name: "CAP_NET_RAW", bit: 13n, purpose: "to send and receive VRRP packets" },
];

/** One line for each capability without which nothing works; none when all are there. */
export function missingCapabilities(): string[] {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
  if (effective === undefined) return [];
  const held = BigInt(`0x${effective}`);
  return NEEDED.filter(({ bit }) => (held & (1n << bit)) === 0n).map(
    ({ name, purpose }) => `${name} is missing, needed ${purpose}: run as root or grant it`,
  );
}
