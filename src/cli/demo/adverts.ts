/** Counts adverts on the demo's bridge, with tcpdump(1). */

import type { DemoLan } from "./lan.js";
import type { AdvertCounts } from "./view.js";

/** Listens until the LAN goes down; the returned function tells the counts of the last second. */
export function countAdverts(lan: DemoLan): () => AdvertCounts {
  const seen: { readonly at: number; readonly from: string }[] = [];
  const argv = ["tcpdump", "-l", "-n", "-p", "-i", "br0", "ip proto 112 or ip proto 51"];
  const onLine = (line: string) => {
    const from = /IP ([0-9.]+) > 224\.0\.0\.18/.exec(line)?.[1];
    if (from !== undefined) seen.push({ at: Date.now(), from });
  };
  lan.start("worker", argv, { onLine });
  return () => {
    const counts = new Map<string, number>();
    const since = Date.now() - 1_000;
    while ((seen[0]?.at ?? since) < since) seen.shift();
    for (const { from } of seen) counts.set(from, (counts.get(from) ?? 0) + 1);
    return counts;
  };
}
