/**
 * Vigil beside the installed keepalived on files made for the purpose: every keyword with good and bad values and without
 * one, odd layouts, and real files as people break them. VIGIL_BROKEN_COPIES makes more of the last kind, VIGIL_CORPUS takes the
 * originals from another folder.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agreement, crashed } from "../support/oracle/agreement.js";
import { hasKeepalived, KeepalivedOracle } from "../support/oracle/keepalived-oracle.js";
import { KNOWN_DIFFERENCES } from "../support/oracle/known-differences.js";
import { LAYOUTS } from "../support/oracle/layouts.js";
import { brokenSamples, keywordSamples, type Sample } from "../support/oracle/samples.js";

const CONFIG_ID = "oracle";
const INTERFACES = ["eth0", "eth1", "eth2"];
const copies = Number(process.env.VIGIL_BROKEN_COPIES ?? 12);
const corpus = resolve(process.env.VIGIL_CORPUS ?? "test/corpus");

/** Real files, their interfaces renamed to those that exist, outside of any namespace of theirs. */
function originals(): Sample[] {
  return readdirSync(corpus)
    .filter((name) => name.endsWith(".conf"))
    .sort()
    .map((name) => ({
      name,
      text: readFileSync(join(corpus, name), "latin1")
        .replaceAll(/^([ \t]*(?:@\S+[ \t]+)?)net_namespace/gm, "$1#")
        .replaceAll(/\b(interface|dev|default_interface)([ \t]+)[a-zA-Z][\w.:-]*/g, "$1$2eth0"),
    }));
}

describe.skipIf(!hasKeepalived())("the installed keepalived on files made for the purpose", () => {
  const folder = mkdtempSync(join(tmpdir(), "vigil-samples-"));
  let oracle: KeepalivedOracle | undefined;

  beforeAll(() => {
    oracle = new KeepalivedOracle(CONFIG_ID, INTERFACES);
  });
  afterAll(() => {
    oracle?.close();
    rmSync(folder, { recursive: true });
  });

  /** What differs, a file each; the agreement in percent is printed. */
  async function disagreements(kind: string, samples: readonly Sample[]): Promise<string[]> {
    const agreement = new Agreement(CONFIG_ID, INTERFACES, KNOWN_DIFFERENCES);
    const files = samples.map(({ name, text }, i) => {
      const path = join(folder, `${kind}-${i}-${name}.conf`);
      writeFileSync(path, text, "latin1");
      return path;
    });
    const answers = (await oracle?.ask(files)) ?? [];
    const compared = answers.flatMap((theirs, i) => {
      if (crashed(theirs)) return [];
      const { verdict, lines } = agreement.differences(files[i] ?? "", theirs);
      return [
        verdict.length + lines.length === 0 ? "" : [samples[i]?.name, ...verdict, ...lines].join("\n  "),
      ];
    });
    const different = compared.filter((text) => text !== "");
    const agreed = ((100 * (compared.length - different.length)) / compared.length).toFixed(1);
    console.log(`${kind}: ${agreed} % of ${compared.length} files agree`);
    return different;
  }

  it("every keyword with values of all kinds and without one", async () => {
    expect(await disagreements("keywords", keywordSamples())).toEqual([]);
  }, 120_000);

  it("odd layouts", async () => {
    expect(await disagreements("layouts", LAYOUTS)).toEqual([]);
  }, 120_000);

  it("real files with accidents", async () => {
    const samples = brokenSamples(originals(), copies, 20_261_124);
    const different = await disagreements("accidents", samples);
    // Where several blocks are torn apart, keepalived's processes lose their places in ways of their own.
    if (different.length > 0) console.log(different.join("\n"));
    expect(different.length / samples.length).toBeLessThan(0.05);
  }, 600_000);
});
