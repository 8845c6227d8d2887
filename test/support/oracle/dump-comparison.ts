/** One configuration in both daemons, and what came of it. */

import { join } from "node:path";
import { KEEPALIVED, VIGIL } from "../lab/keepalived-node.js";
import { differences } from "./dump-agreement.js";
import { type Dumps, dumpOf } from "./dump-runner.js";
import { canBeCreated, interfacesIn } from "./keepalived-oracle.js";

/** `left out`: keepalived gives nothing to compare with. `failed`: it does, and Vigil does not. */
export type DumpVerdict =
  | { readonly kind: "agree"; readonly theirs: Dumps; readonly ours: Dumps }
  | {
      readonly kind: "differ";
      readonly theirs: Dumps;
      readonly ours: Dumps;
      readonly lines: readonly string[];
    }
  | { readonly kind: "left out" | "failed"; readonly reason: string };

/** Milliseconds for a start, and for the dumps; a daemon needs less than one second of an idle machine. */
const PATIENCE = 15_000;

/** Both run at once, each in namespaces of its own; `folder` is for what they read and write. */
export async function compareDumps(configuration: string, folder: string): Promise<DumpVerdict> {
  // The namespace is entered already; a dump goes where it is looked for.
  const text = configuration.replaceAll(
    /^([ \t]*(?:@\S+[ \t]+)?)(net_namespace|state_dump_file|data_use_instance)/gm,
    "$1#",
  );
  const run = (interfaces: readonly string[], attempt: string) =>
    Promise.all([
      dumpOf(KEEPALIVED, text, interfaces, join(folder, `theirs-${attempt}`), PATIENCE),
      dumpOf(VIGIL, text, interfaces, join(folder, `ours-${attempt}`), PATIENCE),
    ]);
  const interfaces = interfacesIn(text);
  let [theirs, ours] = await run(interfaces, "first");
  const more = theirs.outcome === "refused" ? missingInterfaces(theirs.log, interfaces) : [];
  if (more.length > 0) [theirs, ours] = await run([...interfaces, ...more], "second");
  if (ours.outcome === "crashed" || ours.outcome === "hung")
    return { kind: "failed", reason: `Vigil ${ours.outcome}: ${ours.reason}\n${ours.log}` };
  if (theirs.outcome !== "dumped")
    return {
      kind: "left out",
      reason: `keepalived ${theirs.outcome}: ${theirs.reason}${ours.outcome === "dumped" ? " (Vigil runs)" : ""}`,
    };
  // Without an instance it has nothing to show of its configuration.
  if (theirs.dumps.stats === "") return { kind: "left out", reason: "keepalived has no instance" };
  if (ours.outcome !== "dumped") return { kind: "failed", reason: `Vigil refused: ${ours.reason}` };
  const lines = differences(theirs.dumps.data, ours.dumps.data, theirs.log);
  const dumps = { theirs: theirs.dumps, ours: ours.dumps };
  return lines.length === 0 ? { kind: "agree", ...dumps } : { kind: "differ", ...dumps, lines };
}

/** Interfaces that keepalived did not find: their names come from definitions, or are written in unusual ways. */
function missingInterfaces(log: string, known: readonly string[]): string[] {
  const names = [...log.matchAll(/interface (\S+) for .* doesn't exist/g)].map(([, name = ""]) => name);
  return [...new Set(names)].filter((name) => !known.includes(name) && canBeCreated(name));
}
