/** Name lookups for probes: one at a time for a name, however many probes ask. A resolver that hangs must not fill the thread pool. */

import { type LookupAddress, type LookupOptions, lookup } from "node:dns";

type Answer = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

const waiting = new Map<string, Answer[]>();

/** As `dns.lookup`, for the `lookup` option of sockets. */
export function lookupOnce(hostname: string, options: LookupOptions, answer: Answer): void {
  const key = JSON.stringify([hostname, options]);
  const others = waiting.get(key);
  if (others !== undefined) {
    others.push(answer);
    return;
  }
  const answers = [answer];
  waiting.set(key, answers);
  lookup(hostname, options, (error, address, family) => {
    waiting.delete(key);
    for (const each of answers) each(error, address, family);
  });
}
