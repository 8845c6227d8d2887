/**
 * The config layer against the installed keepalived: the same files, the same machine, the same verdict and the same
 * lines. VIGIL_CORPUS names another folder of files; then agreement is printed and must be high, not complete, because it may
 * hold what docs/config-differences.md explains.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agreement, crashed } from "../support/oracle/agreement.js";
import { hasKeepalived, interfacesIn, KeepalivedOracle } from "../support/oracle/keepalived-oracle.js";
import { KNOWN_DIFFERENCES } from "../support/oracle/known-differences.js";

const given = process.env.VIGIL_CORPUS;
const folder = resolve(given ?? "test/corpus");

/** Lines of other ids are left out. */
const CONFIG_ID = "oracle";

/** Both read copies in which the network namespace is not entered: the right one is entered already. */
const copies = mkdtempSync(join(tmpdir(), "vigil-oracle-"));

function copyOf(file: string, index: number): string {
  const path = join(copies, `${index}-${basename(file)}`);
  const text = readFileSync(file, "latin1").replaceAll(/^([ \t]*(?:@\S+[ \t]+)?)net_namespace/gm, "$1#");
  writeFileSync(path, text, "latin1");
  return path;
}

const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".conf"))
  .map((name) => join(folder, name))
  .sort();

describe.skipIf(!hasKeepalived())("the installed keepalived on the same files", () => {
  const interfaces = [...new Set(files.flatMap((file) => interfacesIn(readFileSync(file, "latin1"))))];
  let oracle: KeepalivedOracle | undefined;

  beforeAll(() => {
    oracle = new KeepalivedOracle(CONFIG_ID, interfaces);
  });
  afterAll(() => {
    oracle?.close();
    rmSync(copies, { recursive: true });
  });

  it("verdicts and lines agree", async () => {
    const agreement = new Agreement(CONFIG_ID, interfaces, KNOWN_DIFFERENCES);
    const report: string[] = [];
    const read = files.map(copyOf);
    const answers = (await oracle?.ask(read)) ?? [];
    let asked = 0;
    let sameVerdict = 0;
    let sameLines = 0;
    for (const [i, theirs] of answers.entries()) {
      if (crashed(theirs)) {
        report.push(`${files[i]}\n  keepalived itself ended with ${theirs.status}`);
        continue;
      }
      asked++;
      const { verdict, lines } = agreement.differences(read[i] ?? "", theirs);
      if (verdict.length === 0) sameVerdict++;
      if (lines.length === 0) sameLines++;
      if (verdict.length + lines.length > 0) report.push([files[i], ...verdict, ...lines].join("\n  "));
    }
    const percent = (count: number) => `${count} of ${asked} (${((100 * count) / asked).toFixed(1)} %)`;
    report.push(`verdict class: ${percent(sameVerdict)}; complained lines: ${percent(sameLines)}`);
    console.log(report.join("\n"));
    if (given === undefined) expect([sameVerdict, sameLines]).toEqual([asked, asked]);
    else expect(sameVerdict / asked).toBeGreaterThan(0.9);
  }, 600_000);
});
