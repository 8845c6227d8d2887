/**
 * What the installed keepalived understands of a file and what Vigil does: the configuration in their keepalived.data, line by
 * line. VIGIL_CORPUS names another folder of files; then agreement is printed and must be high, not complete. VIGIL_ONLY is a
 * regular expression for the names of the files to be compared.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compareDumps, type DumpVerdict } from "../support/oracle/dump-comparison.js";
import { hasKeepalived } from "../support/oracle/keepalived-oracle.js";

const given = process.env.VIGIL_CORPUS;
const folders = given === undefined ? ["test/corpus", "test/oracle/dumped"] : [given];
const only = process.env.VIGIL_ONLY;

/** Lines with mistakes, of which keepalived keeps what it has understood of them until then. */
const WITH_MISTAKES = "routes-and-rules.conf";

const files = folders
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  )
  .filter(
    (name) =>
      name.endsWith(".conf") &&
      !name.endsWith(WITH_MISTAKES) &&
      (only === undefined || new RegExp(only).test(name)),
  )
  .sort()
  .map((name) => resolve(name));

describe.skipIf(!hasKeepalived())("keepalived.data of the installed keepalived and of Vigil", () => {
  const scratch = mkdtempSync(join(tmpdir(), "vigil-dumps-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it("agree on the configuration, line by line", async () => {
    const verdicts: DumpVerdict[] = [];
    for (const [i, file] of files.entries()) {
      const folder = join(scratch, `${i}`);
      const verdict = await compareDumps(readFileSync(file, "latin1"), folder);
      rmSync(folder, { recursive: true, force: true });
      verdicts.push(verdict);
      console.log(`${i + 1}/${files.length} ${basename(file)}: ${textOf(verdict)}`);
    }
    const count = (kind: DumpVerdict["kind"]) => verdicts.filter((verdict) => verdict.kind === kind).length;
    const agree = count("agree");
    const compared = agree + count("differ") + count("failed");
    console.log(
      [
        ...frequencies(verdicts),
        `${agree} of ${compared} files that run agree (${((100 * agree) / compared).toFixed(1)} %); ${count("left out")} left out`,
      ].join("\n"),
    );
    if (given === undefined) expect(agree).toBe(files.length);
    else expect(agree / compared).toBeGreaterThan(0.9);
  }, 1_800_000);
});

function textOf(verdict: DumpVerdict): string {
  if (verdict.kind === "agree") return "agree";
  return verdict.kind === "differ"
    ? ["differ", ...verdict.lines].join("\n    ")
    : `${verdict.kind}: ${verdict.reason}`;
}

/** The fields that differ, those of the most lines first. */
function frequencies(verdicts: readonly DumpVerdict[]): string[] {
  const counts = new Map<string, number>();
  for (const line of verdicts.flatMap((verdict) => (verdict.kind === "differ" ? verdict.lines : []))) {
    const field = line.replace(/^.* \| /, "").replace(/ =.*/, "");
    counts.set(field, (counts.get(field) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([field, count]) => `${count} x ${field}`);
}
