/**
 * Whatever the bytes, the config layer ends, throws nothing, and what it gives is usable. VIGIL_FUZZ_RUNS asks for that many
 * inputs instead of some hundred, VIGIL_FUZZ_SECONDS for another time limit of each of the three kinds.
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

/** Longest that one kind may take, s. */
const limit = Number(process.env.VIGIL_FUZZ_SECONDS ?? 60 + Math.ceil((wanted ?? 0) / 200));

/** Inputs between two looks at the clock. */
const BATCH = 2_000;

/**
 * Checks `usual` inputs, or a third of those asked for. In batches, so that the runner hears of us in between, and memory that
 * grows is seen.
 */
async function fuzz(kind: string, inputs: fc.Arbitrary<Uint8Array>, usual: number): Promise<void> {
  const numRuns = wanted === undefined ? usual : Math.ceil(wanted / 3);
  const start = performance.now();
  let heap = 0;
  for (let done = 0; done < numRuns; done += BATCH) {
    fc.assert(fc.property(inputs, check), { numRuns: Math.min(BATCH, numRuns - done) });
    await new Promise((resolve) => setImmediate(resolve));
    heap = Math.max(heap, process.memoryUsage().heapUsed);
    expect(heap, "heap").toBeLessThan(1_000_000_000);
  }
  const seconds = (performance.now() - start) / 1_000;
  if (wanted !== undefined)
    console.log(
      `${kind}: ${numRuns} inputs, ${(numRuns / seconds).toFixed(0)} a second, heap at most ${Math.ceil(heap / 1e6)} MB`,
    );
}

/** A file; in long runs some lines of it, so that there can be many. */
function partOf(file: Uint8Array, start: number): Uint8Array {
  if (wanted === undefined) return file;
  const from = file.indexOf(0x0a, start % file.length) + 1;
  return file.subarray(from, from + 250);
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

/** An expectation that costs nothing when it is met. */
function holds(what: string, met: boolean): void {
  if (!met) expect.fail(what);
}

function check(bytes: Uint8Array): void {
  const files = new MemoryFiles(
    new Map([
      ["/f", bytes],
      ["/g", Uint8Array.from([0x61, 0x0a])],
    ]),
  );
  const load = () => loadConfig({ path: "/f", configId: "x", files, environment: new Map([["A", "e"]]) });
  const { config, diagnostics } = load();
  holds("status", [0, 2, 4, 5, 6].includes(testVerdict(diagnostics)));
  for (const diagnostic of diagnostics) {
    const { position, code } = diagnostic;
    holds("text", formatDiagnostic(diagnostic).includes(code));
    holds("position", position === undefined || (position.line > 0 && position.column > 0));
  }
  for (const { vrid, priority, advertInterval, virtualAddresses } of config.instances) {
    holds("vrid", vrid > 0 && vrid < 256);
    holds("priority", priority > 0 && priority < 256);
    holds("advert_int", advertInterval >= 10_000);
    holds("addresses", virtualAddresses.length < 256);
  }
  // The same again; in long runs for some, as it takes as long as the rest.
  if (wanted === undefined || bytes.length % 16 === 0)
    expect(JSON.stringify(load())).toBe(JSON.stringify({ config, diagnostics }));
}

describe("fuzz: configuration", () => {
  it(
    "token soup",
    async () => {
      const soup = fc
        .array(fc.constantFrom(...TOKENS), { maxLength: wanted === undefined ? 200 : 40 })
        .map((tokens) => {
          const text = tokens.map((token) => (token.trim() === "" ? token : `${token} `)).join("");
          return new TextEncoder().encode(text);
        });
      await fuzz("token soup", soup, 400);
    },
    limit * 1_000,
  );

  it(
    "corpus files with bytes changed, removed and repeated",
    async () => {
      const edit = fc.record({
        at: fc.nat(4_000),
        remove: fc.nat(40),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fc.constantFrom(...TOKENS).map((token) => new TextEncoder().encode(token)),
        ),
      });
      const mutated = fc
        .tuple(fc.constantFrom(...corpus), fc.nat(4_000), fc.array(edit, { maxLength: 6 }))
        .map(([file, start, edits]) =>
          edits.reduce(
            (bytes, { at, remove, insert }) => {
              const cut = at % (bytes.length + 1);
              return Uint8Array.from([...bytes.subarray(0, cut), ...insert, ...bytes.subarray(cut + remove)]);
            },
            partOf(file, start),
          ),
        );
      await fuzz("changed files", mutated, 300);
    },
    limit * 1_000,
  );

  it(
    "any bytes",
    async () => {
      await fuzz("any bytes", fc.uint8Array({ maxLength: 600 }), 200);
    },
    limit * 1_000,
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
