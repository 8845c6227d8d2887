/** The manual has an entry for everything that there is, and for nothing else; its pages are well formed. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KEEPALIVED_OPTIONS } from "../src/cli/keepalived-options.js";
import type { KeywordTable } from "../src/config/keyword-table.js";
import { ROOT_TABLE } from "../src/config/keywords/root.js";
import { manualEntries } from "./support/manual.js";

/** Names of all keywords, those of inner blocks included. */
function keywords(table: KeywordTable<never>): string[] {
  return table
    .entries()
    .flatMap(({ name, inner }) => [
      name,
      ...(inner === undefined ? [] : keywords(inner as KeywordTable<never>)),
    ]);
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

describe("man/keepalived.conf.5", () => {
  const entries = manualEntries("keepalived.conf.5");
  /** Of the language, which no keyword stands for. */
  const LANGUAGE = ["Files", "Lines and words", "Including files", "Conditional lines", "Definitions"];
  const names = entries
    .filter(({ section }) => !LANGUAGE.includes(section))
    .flatMap(({ heads }) => heads)
    .flatMap((head) => head.split(", ").map((one) => one.split(" ")[0] ?? ""));

  it("has an entry for every keyword, and for no other", () => {
    const known = keywords(ROOT_TABLE as unknown as KeywordTable<never>);
    expect(sorted(names.filter((name) => !name.startsWith("ERR_")))).toEqual(sorted(known));
  });

  it("has an entry for every code of a finding, and for no other", () => {
    const used = sources("src/config").flatMap((text) => text.match(/ERR_CONFIG_[A-Z_]*[A-Z]/g) ?? []);
    expect(sorted(names.filter((name) => name.startsWith("ERR_")))).toEqual(sorted(used));
  });
});

describe("man/keepalived.8", () => {
  const OPTIONS = ["Configuration", "Process", "Log", "Information"];
  const heads = manualEntries("keepalived.8")
    .filter(({ section }) => OPTIONS.includes(section))
    .flatMap((entry) => entry.heads);

  it("has an entry for every option with both of its names, and for no other", () => {
    const known = KEEPALIVED_OPTIONS.map(({ short, long }) =>
      short === undefined ? `--${long}` : `-${short}, --${long}`,
    );
    const described = heads.map((head) => head.replace(/ ?\[?=.*$/, ""));
    expect(sorted(described)).toEqual(sorted(known));
  });

  it("speaks of no other option anywhere", () => {
    const text = readFileSync("man/keepalived.8", "utf8").replaceAll("\\-", "-");
    const known = new Set(KEEPALIVED_OPTIONS.map(({ long }) => `--${long}`));
    expect(sorted(text.match(/(?<![\w-])--[a-z][a-z_-]*/g) ?? []).filter((name) => !known.has(name))).toEqual(
      [],
    );
  });
});

const hasMandoc = spawnSync("mandoc", ["-T", "lint", "/dev/null"]).error === undefined;

describe.skipIf(!hasMandoc)("well formed", () => {
  it.each(readdirSync("man"))("%s", (page) => {
    expect(spawnSync("mandoc", ["-T", "lint", `man/${page}`], { encoding: "utf8" }).stdout).toBe("");
  });
});
