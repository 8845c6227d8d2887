/** Configurations made at random mean the same in every layout that the language allows. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeUtf8 } from "../../../src/base/utf8.js";
import { MemoryFiles } from "../../../src/config/file-source.js";
import { loadConfig } from "../../../src/config/load.js";
import { Random } from "../../../src/sim/random.js";
import { generateConfig, printPlainly } from "../../support/config/generated-config.js";
import {
  CONFIG_ID,
  FEATURES,
  MAIN_FILE,
  type OddFiles,
  printOddly,
} from "../../support/config/odd-layout.js";

/** The meaning: the configuration, and what there is to say about it wherever it stands. */
function read({ files, environment }: OddFiles) {
  const bytes = new Map([...files].map(([path, text]) => [path, encodeUtf8(text)]));
  const { config, diagnostics } = loadConfig({
    path: MAIN_FILE,
    configId: CONFIG_ID,
    files: new MemoryFiles(bytes),
    environment,
  });
  const findings = diagnostics.map(({ severity, code, message }) => `${severity} ${code} ${message}`);
  return { config, findings: [...new Set(findings)].sort() };
}

const plain = (text: string): OddFiles => ({ files: new Map([[MAIN_FILE, text]]), environment: new Map() });

/** For the message of a failure. */
const filesOf = ({ files }: OddFiles) => [...files].map(([path, text]) => `${path}:\n${text}`).join("\n");

test("the same meaning in every layout", () => {
  const runs = Number(process.env.VIGIL_FUZZ_RUNS ?? 400);
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.subarray([...FEATURES]), (seed, layout, features) => {
      const nodes = generateConfig(new Random(seed));
      const text = printPlainly(nodes);
      const odd = printOddly(nodes, features, new Random(layout));
      const wanted = read(plain(text));
      const found = read(odd);
      expect(found.findings, filesOf(odd)).toEqual(wanted.findings);
      expect(found.config, filesOf(odd)).toEqual(wanted.config);
    }),
    { numRuns: runs },
  );
});

test("what is generated is understood, not thrown away", () => {
  const words = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const nodes = generateConfig(new Random(seed));
    const { config, findings } = read(plain(printPlainly(nodes)));
    const named = (keyword: string) => nodes.filter(({ text }) => text.startsWith(`${keyword} `)).length;
    expect(config.instances).toHaveLength(named("vrrp_instance"));
    expect(findings.filter((finding) => /UNKNOWN_KEYWORD|MISSING_PARAMETER/.test(finding))).toEqual([]);
    for (const line of printPlainly(nodes).split("\n")) words.add(line.split(" ")[0] ?? "");
  }
  for (const word of ["virtual_routes", "auth_hmac", "track_process", "notify_stop", "garp_group", "vrf"])
    expect(words).toContain(word);
});
