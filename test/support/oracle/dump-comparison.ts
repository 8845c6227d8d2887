/** One configuration in both daemons, and what came of it. */

import { join } from "node:path";
import { KEEPALIVED, VIGIL } from "../lab/keepalived-node.js";
import { differences } from "./dump-agreement.js";
import { dumpOf, type Dumps } from "./dump-runner.js";
import { interfacesIn } from "./keepalived-oracle.js";

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
  const interfaces = interfacesIn(text);
  const [theirs, ours] = await Promise.all([
    dumpOf(KEEPALIVED, text, interfaces, join(folder, "theirs"), PATIENCE),
    dumpOf(VIGIL, text, interfaces, join(folder, "ours"), PATIENCE),
  ]);
  if (ours.outcome === "crashed" || ours.outcome === "hung")
    return { kind: "failed", reason: `Vigil ${ours.outcome}: ${ours.reason}\n${ours.log}` };
  if (theirs.outcome !== "dumped")
    return {
      kind: "left out",
      reason: `keepalived ${theirs.outcome}: ${theirs.reason}${ours.outcome === "dumped" ? " (Vigil runs)" : ""}`,
    };
  if (ours.outcome !== "dumped") return { kind: "failed", reason: `Vigil refused: ${ours.reason}` };
  const lines = differences(theirs.dumps.data, ours.dumps.data);
  const dumps = { theirs: theirs.dumps, ours: ours.dumps };
  return lines.length === 0 ? { kind: "agree", ...dumps } : { kind: "differ", ...dumps, lines };
}
