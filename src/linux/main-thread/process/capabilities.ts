/** What this process and its parent may do, from /proc/self/status; capabilities(7). */

import { readFileSync } from "node:fs";

/** One of linux/capability.h, with what it is needed for. */
interface Capability {
  readonly name: string;
  readonly bit: bigint;
  readonly purpose: string;
}

/** Without one of them nothing works. */
const NEEDED: readonly Capability[] = [
  { name: "CAP_NET_ADMIN", bit: 12n, purpose: "to add and remove addresses" },
  { name: "CAP_NET_RAW", bit: 13n, purpose: "to send and receive VRRP packets" },
];

/** One line for each capability without which nothing works; none when all are there. */
export function missingCapabilities(): string[] {
  return lacking(NEEDED).map(
    ({ name, purpose }) => `${name} is missing, needed ${purpose}: run as root or grant it`,
  );
}

/** The parent, whose starter starts scripts. */
const PARENT = process.ppid;

/** For scripts that run as somebody else; without them the daemon works, and those scripts do not. */
const FOR_OTHER_USERS: readonly Capability[] = [
  { name: "CAP_SETUID", bit: 7n, purpose: "scripts cannot be run as another user" },
  { name: "CAP_SETGID", bit: 6n, purpose: "scripts cannot be run as another group" },
  { name: "CAP_KILL", bit: 5n, purpose: "scripts of another user cannot be ended at their timeout" },
];

/**
 * One line for each capability that the parent lacks for running scripts as others.
 * @param owners `uid:gid` that scripts run as; those that are our own need nothing.
 */
export function missingForScripts(owners: readonly string[]): string[] {
  const own = `${process.geteuid?.()}:${process.getegid?.()}`;
  const others = [...new Set(owners)].filter((owner) => owner !== own);
  if (others.length === 0) return [];
  return lacking(FOR_OTHER_USERS, PARENT).map(
    ({ name, purpose }) => `${name} is missing: ${purpose} (${others.join(", ")})`,
  );
}

function lacking(capabilities: readonly Capability[], pid = process.pid): readonly Capability[] {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  if (effective === undefined) return [];
  const held = BigInt(`0x${effective}`);
  return capabilities.filter(({ bit }) => (held & (1n << bit)) === 0n);
}
