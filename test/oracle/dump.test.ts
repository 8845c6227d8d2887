/**
 * What the installed keepalived understands of a file and what Vigil does: the configuration in their keepalived.data, line by
 * line. VIGIL_CORPUS names another folder of files; then agreement is printed and must be high, not complete.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { differences } from "../support/oracle/dump-agreement.js";
import { dumpOf } from "../support/oracle/dump-runner.js";
import { hasKeepalived, interfacesIn } from "../support/oracle/keepalived-oracle.js";

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
      name.endsWith(".conf") && !name.endsWith(WITH_MISTAKES) && (only === undefined || name.includes(only)),
  )
  .sort()
  .map((name) => resolve(name));

describe.skipIf(!hasKeepalived())("keepalived.data of the installed keepalived and of Vigil", () => {
  const scratch = mkdtempSync(join(tmpdir(), "vigil-dumps-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it("agree on the configuration, line by line", async () => {
    const report: string[] = [];
    let compared = 0;
    let agreed = 0;
    for (const [i, file] of files.entries()) {
      // The namespace is entered already; a dump goes where it is looked for.
      const text = readFileSync(file, "latin1").replaceAll(
        /^([ \t]*(?:@\S+[ \t]+)?)(net_namespace|state_dump_file|data_use_instance)/gm,
        "$1#",
      );
      const interfaces = interfacesIn(text);
      const [theirs, ours] = await Promise.all([
        dumpOf(KEEPALIVED, text, interfaces, join(scratch, `${i}-theirs`)),
        dumpOf(VIGIL, text, interfaces, join(scratch, `${i}-ours`)),
      ]);
      if (theirs.data === undefined && ours.data === undefined) continue;
      if (theirs.log.includes("segmentation fault")) {
        report.push(`${file}\n  keepalived itself does not survive its dump`);
        continue;
      }
      compared++;
      const found =
        theirs.data === undefined || ours.data === undefined
          ? [`only ${theirs.data === undefined ? "Vigil" : "keepalived"} runs\n${theirs.log}\n${ours.log}`]
          : differences(theirs.data, ours.data);
      if (found.length === 0) agreed++;
      else report.push([file, ...found].join("\n  "));
    }
    report.push(
      `${agreed} of ${compared} files that run agree (${((100 * agreed) / compared).toFixed(1)} %)`,
    );
    console.log(report.join("\n"));
    if (given === undefined) expect(agreed, report.join("\n")).toBe(compared);
    else expect(agreed / compared).toBeGreaterThan(0.9);
  }, 1_800_000);
});
