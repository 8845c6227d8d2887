/**
 * Whatever the bytes, the config layer ends, throws nothing, and what it gives is usable. VIGIL_FUZZ_RUNS asks for that many
 * inputs instead of some hundred.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryFiles } from "../../src/config/file-source.js";
import { formatDiagnostic } from "../../src/config/format-diagnostic.js";
import { loadConfig } from "../../src/config/load.js";
import { testVerdict } from "../../src/config/verdict.js";

const corpus = readdirSync("test/corpus")
  .filter((name) => name.endsWith(".conf"))
  .map((name) => new Uint8Array(readFileSync(join("test/corpus", name))));

const wanted = process.env.VIGIL_FUZZ_RUNS === undefined ? undefined : Number(process.env.VIGIL_FUZZ_RUNS);

/** A third of the inputs asked for, else the number given; with a time limit to match, ms. */
function runs(usual: number): { readonly numRuns: number; readonly limit: number } {
  const numRuns = wanted === undefined ? usual : Math.ceil(wanted / 3);
  return { numRuns, limit: 60_000 + 10 * numRuns };
}

/** Words that mean something somewhere. */
const TOKENS = [
  "{",
  "}",
  "\n",
  "\n",
  "\n",
  '"',
  "'",
  "\\",
  "#",
  "!",
  "$A",
  "${A}",
  "$A=",
  "$A=x \\\n",
  "${_ENV A}",
  "${_RANDOM 1 2}",
  "~SEQ(A,3) ",
  "~LST(A,b,c) ",
  "~SEQ(",
  "@x ",
  "@^x ",
  "include ",
  "/f",
  "includea *",
  "global_defs",
  "vrrp_instance",
  "vrrp_script",
  "vrrp_sync_group",
  "virtual_ipaddress",
  "unicast_peer",
  "track_script",
  "authentication",
  "auth_pass",
  "auth_type",
  "AH",
  "state",
  "MASTER",
  "priority",
  "advert_int",
  "weight",
  "reverse",
  "interface",
  "eth0",
  "virtual_router_id",
  "10.0.0.1",
  "10.0.0.1/24",
  "fe80::1/64",
  "dev",
  "brd",
  "+",
  "-1",
  "0",
  "1",
  "255",
  "256",
  "1.5",
  "99999999999999999999",
  "script",
  "notify",
  "group",
  "A",
  "B",
  "virtual_routes",
  "static_rules",
  "via",
  "table",
  "nexthop",
  "encap",
  "use_vmac",
  "virtual_server",
  "real_server",
  "auth_hmac",
  "key",
  "track_file",
  "vrrp_strict",
  "version",
  "3",
  "é",
  "\u0000",
  "\r",
  "\t",
  " ",
];

function check(bytes: Uint8Array): void {
  const files = new MemoryFiles(
    new Map([
      ["/f", bytes],
      ["/g", Uint8Array.from([0x61, 0x0a])],
    ]),
  );
  const load = () => loadConfig({ path: "/f", configId: "x", files, environment: new Map([["A", "e"]]) });
  const { config, diagnostics } = load();
  expect([0, 2, 4, 5, 6]).toContain(testVerdict(diagnostics));
  for (const diagnostic of diagnostics) {
    expect(formatDiagnostic(diagnostic)).toContain(diagnostic.code);
    if (diagnostic.position !== undefined) {
      expect(diagnostic.position.line).toBeGreaterThan(0);
      expect(diagnostic.position.column).toBeGreaterThan(0);
    }
  }
  for (const instance of config.instances) {
    expect(instance.vrid).toBeGreaterThan(0);
    expect(instance.vrid).toBeLessThan(256);
    expect(instance.priority).toBeGreaterThan(0);
    expect(instance.priority).toBeLessThan(256);
    expect(instance.advertInterval).toBeGreaterThanOrEqual(10_000);
    expect(instance.virtualAddresses.length).toBeLessThan(256);
  }
  // The same again; in long runs for some, as it takes as long as the rest.
  if (wanted === undefined || bytes.length % 16 === 0)
    expect(JSON.stringify(load())).toBe(JSON.stringify({ config, diagnostics }));
}

describe("fuzz: configuration", () => {
  it(
    "token soup",
    () => {
      const soup = fc.array(fc.constantFrom(...TOKENS), { maxLength: 200 }).map((tokens) => {
        const text = tokens.map((token) => (token.trim() === "" ? token : `${token} `)).join("");
        return new TextEncoder().encode(text);
      });
      fc.assert(fc.property(soup, check), { numRuns: runs(400).numRuns });
    },
    runs(400).limit,
  );

  it(
    "corpus files with bytes changed, removed and repeated",
    () => {
      const edit = fc.record({
        at: fc.nat(4_000),
        remove: fc.nat(40),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fc.constantFrom(...TOKENS).map((token) => new TextEncoder().encode(token)),
        ),
      });
      const mutated = fc
        .tuple(fc.constantFrom(...corpus), fc.array(edit, { maxLength: 6 }))
        .map(([file, edits]) => {
          let bytes = [...file];
          for (const { at, remove, insert } of edits) {
            const start = at % (bytes.length + 1);
            bytes = [...bytes.slice(0, start), ...insert, ...bytes.slice(start + remove)];
          }
          return Uint8Array.from(bytes);
        });
      fc.assert(fc.property(mutated, check), { numRuns: runs(300).numRuns });
    },
    runs(300).limit,
  );

  it(
    "any bytes",
    () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), check), { numRuns: runs(200).numRuns });
    },
    runs(200).limit,
  );

  it("a file of many lines, braces or words is read to its end", () => {
    const encode = (text: string) => new TextEncoder().encode(text);
    check(encode("vrrp_instance A {\n".repeat(50_000)));
    check(encode("{".repeat(1_000).concat("\n").repeat(100)));
    check(encode("}\n".repeat(50_000)));
    check(encode(`$A=${"b ".repeat(400)}\n${"x $A $A\n".repeat(20_000)}`));
    check(encode(`vrrp_instance A {\nvirtual_ipaddress {\n${"10.0.0.1\n".repeat(20_000)}`));
    const addresses = Array.from(
      { length: 20_000 },
      (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}\n`,
    ).join("");
    check(encode(`vrrp_instance A {\ninterface a\nvirtual_router_id 1\nvirtual_ipaddress {\n${addresses}`));
    const block = (i: number) =>
      `vrrp_instance A${i} {\ninterface a\nvirtual_router_id 1\nunicast_peer {\n10.0.0.1\n}\nuse_vmac v${i}\n}\n`;
    check(encode(Array.from({ length: 10_000 }, (_, i) => block(i)).join("")));
  });
});
