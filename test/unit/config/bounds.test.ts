/** However large or endless a configuration is, reading it ends soon, with one clear error that says where and what to write. */

import { describe, expect, test, vi } from "vitest";
import { encodeUtf8 } from "../../../src/base/utf8.js";
import type { Diagnostic } from "../../../src/config/diagnostic.js";
import { MemoryFiles } from "../../../src/config/file-source.js";
import { loadConfig } from "../../../src/config/load.js";
import { startVerdict, testVerdict } from "../../../src/config/verdict.js";

// That it ends is what counts; a busy host may take its time over 32 MiB.
vi.setConfig({ testTimeout: 240_000 });

const FIRST = "/etc/k/k.conf";

/** Findings about files in /etc/k; `k.conf` is the first one. */
function findings(files: Record<string, string | Uint8Array>): readonly Diagnostic[] {
  const bytes = Object.entries(files).map(
    ([name, text]) => [`/etc/k/${name}`, typeof text === "string" ? encodeUtf8(text) : text] as const,
  );
  return loadConfig({
    path: FIRST,
    configId: "",
    files: new MemoryFiles(new Map(bytes)),
    environment: new Map(),
  }).diagnostics;
}

/** An instance in which nothing is wrong, so that what is wrong stands out. */
const GOOD = `vrrp_instance A {
  interface eth0
  virtual_router_id 1
  virtual_ipaddress {
    10.0.0.1
  }
}
`;

/** `n` definitions that each hold the one before twice, and a line with the last. */
function doubling(n: number, innermost: string): string {
  const levels = Array.from({ length: n }, (_, i) => `$A${i + 1}=\${A${i}}\${A${i}}\n`);
  return `$A0=${innermost}\n${levels.join("")}router $A${n}\n`;
}

/** Multi-line definitions, each two lines with the one before, so that lines double. */
function doublingLines(n: number): string {
  const levels = Array.from({ length: n }, (_, i) => `$A${i + 1}= \\\nx $A${i} \\\nx $A${i}\n`);
  return `$A0= \\\na \\\nb\n${levels.join("")}$A${n}\n`;
}

interface Bound {
  readonly name: string;
  readonly files: Record<string, string | Uint8Array>;
  /** `FILE:LINE MESSAGE`, the file in /etc/k. */
  readonly says: string;
}

const chain = Object.fromEntries(
  Array.from({ length: 70 }, (_, i) => [`c${i}.conf`, `\ninclude c${i + 1}.conf\n`]),
);

const LAUGHS = "~SEQ(i,65536) ".repeat(70);

const REFUSED: readonly Bound[] = [
  {
    name: "a file that includes itself",
    files: { "k.conf": `${GOOD}include k.conf\n` },
    says: "k.conf:8 Configuration file '/etc/k/k.conf' includes itself",
  },
  {
    name: "files that include each other",
    files: { "k.conf": "include a.conf\n", "a.conf": "\ninclude b.conf\n", "b.conf": "\n\ninclude a.conf\n" },
    says: "b.conf:3 Configuration file '/etc/k/a.conf' includes itself through '/etc/k/b.conf'",
  },
  {
    name: "files that include each other by a pattern",
    files: { "k.conf": "include [ab]*\n", "a.conf": "router x\n", "b.conf": "include *.conf\n" },
    says: "b.conf:1 Configuration file '/etc/k/b.conf' includes itself",
  },
  {
    name: "65 files deep",
    files: { ...chain, "k.conf": "include c0.conf\n" },
    says: "c62.conf:2 includes, definitions and sequences nested more than 64 deep",
  },
  {
    name: "more files than may be read",
    files: { "k.conf": "include a.conf\n".repeat(5_000), "a.conf": "\n" },
    says: "k.conf:4096 more than 4096 configuration files",
  },
  {
    name: "more include statements than may be",
    files: { "k.conf": "include none\n".repeat(5_000) },
    says: "k.conf:4097 more than 4096 include statements",
  },
  {
    name: "braces that multiply",
    files: { "k.conf": `\ninclude ${"{a,b}".repeat(30)}\n` },
    says: `k.conf:2 the braces of '${"{a,b}".repeat(30)}' stand for more than 256 names`,
  },
  {
    name: "a file over 8 MiB that is included",
    files: { "k.conf": `${GOOD}include large\n`, large: new Uint8Array(8 * 1024 * 1024 + 1) },
    says: "k.conf:8 Configuration file '/etc/k/large' is larger than 8 MiB",
  },
  {
    name: "large files included again and again",
    files: { "k.conf": "include large\n".repeat(100), large: new Uint8Array(8_000_000).fill(0x0a) },
    says: "k.conf:5 the configuration files have more than 32 MiB together",
  },
  {
    name: "a definition that refers to itself",
    files: { "k.conf": `${GOOD}$A=$A\nrouter $A\n` },
    says: "k.conf:9 Definition A refers to itself",
  },
  {
    name: "definitions that refer to each other",
    files: { "k.conf": `$A=1 $B\n$B=2 $C\n$C=3 $B\nglobal_defs { router_id $A }\n` },
    says: "k.conf:4 Definition B refers to itself through C",
  },
  {
    name: "an empty definition doubled 60 times",
    files: { "k.conf": doubling(60, "") },
    says: "k.conf:62 Definition A60 needs more than 512 replacements in one line",
  },
  {
    name: "lines doubled 60 times",
    files: { "k.conf": doublingLines(60) },
    says: "k.conf:184 the configuration comes to more than 250000 lines",
  },
  {
    name: "a ~SEQ of a million values",
    files: { "k.conf": `${GOOD}~SEQ(i,1000000) router x\n` },
    says: "k.conf:8 ~SEQ of 1000000 repetitions, more than 65536 '~SEQ(i,1000000) router x'",
  },
  {
    name: "~SEQ in ~SEQ, of lines that come to nothing",
    files: { "k.conf": "~SEQ(i,65536) ~SEQ(j,65536) $X=$i\n" },
    says: "k.conf:1 the configuration comes to more than 250000 lines",
  },
  {
    name: "~SEQ 65 deep",
    files: { "k.conf": `${LAUGHS}x\n` },
    says: "k.conf:1 includes, definitions and sequences nested more than 64 deep",
  },
  {
    name: "~LST in ~LST",
    files: { "k.conf": `${"~LST(i,a,b,c) ".repeat(60)}x\n` },
    says: "k.conf:1 the configuration comes to more than 250000 lines",
  },
  {
    name: "repetitions of a line with many references",
    files: { "k.conf": `$A=\n~SEQ(i,65536) ~LST(j,a,b) x${" $A".repeat(300)}\n` },
    says: "k.conf:2 more than 500000 definitions would be replaced",
  },
];

describe("what is refused as a whole", () => {
  test.each(REFUSED)("$name", ({ files, says }) => {
    const found = findings(files);
    const refused = found.filter(({ severity }) => severity === "refused");
    const shown = refused.map(
      ({ position, message }) => `${position?.file.slice("/etc/k/".length)}:${position?.line} ${message}`,
    );
    expect(shown).toEqual([says]);
    expect(refused[0]?.hint, "what to write instead").toMatch(/\w/);
    expect(startVerdict(found)).toBeDefined();
    expect(testVerdict(found)).not.toBe(0);
  });

  test("the first file, over 8 MiB", () => {
    const found = findings({ "k.conf": new Uint8Array(9 * 1024 * 1024) });
    expect(found.map(({ message }) => message)).toEqual([
      "Configuration file '/etc/k/k.conf' is larger than 8 MiB",
    ]);
    expect(testVerdict(found)).toBe(5);
  });
});

describe("what is complained about, as the rest means what it says", () => {
  test.each<Bound>([
    {
      name: "a line of 1 MB",
      files: { "k.conf": `${GOOD}router ${"x".repeat(1_000_000)}\n` },
      says: "k.conf:8 line too long - ignoring",
    },
    {
      name: "a text doubled 60 times",
      files: { "k.conf": doubling(60, "aaaaaaaa") },
      says: "k.conf:62 Parameter substitution on line would exceed maximum line length",
    },
    {
      name: "a number of a thousand digits",
      files: { "k.conf": GOOD.replace("router_id 1", `router_id ${"9".repeat(1_000)}`) },
      says: `k.conf:3 number '${"9".repeat(1_000)}' outside unsigned integer range`,
    },
  ])("$name", ({ files, says }) => {
    const [first] = findings(files);
    expect(
      `${first?.position?.file.slice("/etc/k/".length)}:${first?.position?.line} ${first?.message}`,
    ).toBe(says);
    expect(first?.hint).toMatch(/\w/);
    expect(first?.source?.length).toBeLessThan(1_100);
  });

  test("a line that is too long shows how it begins, without a secret", () => {
    const [first] = findings({ "k.conf": `auth_pass hunter2 ${"x".repeat(2_000)}\n` });
    expect(first?.source).toBe("auth_pass ********");
  });
});

describe("very many errors", () => {
  test("100,000 of them are reported in bounds, with their number", () => {
    const found = findings({ "k.conf": "bogus\n".repeat(100_000) });
    expect(found).toHaveLength(2_001);
    expect(found[0]?.position?.line).toBe(1);
    expect(found.at(-1)?.message).toBe("findings in 98000 more lines are not listed");
    expect(testVerdict(found)).toBe(5);
  });

  test("what decides the verdict is among those that are kept", () => {
    const found = findings({
      "k.conf": `${"bogus\n".repeat(5_000)}vrrp_instance A {\nvirtual_router_id\n}\n`,
    });
    expect(found.some(({ code }) => code === "ERR_CONFIG_MISSING_PARAMETER")).toBe(true);
    expect(startVerdict(found)).toBe(2);
    expect(testVerdict(found)).toBe(2);
  });

  test("a hundred thousand braces, on one level and nested", () => {
    const open = `${"{".repeat(1_000)}\n`.repeat(100);
    expect(testVerdict(findings({ "k.conf": `${GOOD}${open}` }))).toBe(5);
    expect(testVerdict(findings({ "k.conf": "vrrp_instance A {\n".repeat(100_000) }))).toBe(5);
    expect(testVerdict(findings({ "k.conf": "}".repeat(1_000).concat("\n").repeat(100) }))).toBe(5);
  });
});
