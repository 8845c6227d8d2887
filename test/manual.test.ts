/** The manual: every keyword and every code of a finding has its entry, and the pages are well formed. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { KeywordTable } from "../src/config/keyword-table.js";
import { ROOT_TABLE } from "../src/config/keywords/root.js";

const page = readFileSync("man/keepalived.conf.5", "utf8").replaceAll("\\-", "-");

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

/** The first words of all entries. */
const entries = new Set([...page.matchAll(/^\.BR? (\S+)/gm)].map((match) => match[1]));

describe("man/keepalived.conf.5", () => {
  it("has an entry for every keyword", () => {
    const names = new Set(keywords(ROOT_TABLE as unknown as KeywordTable<never>));
    expect([...names].filter((name) => !entries.has(name))).toEqual([]);
  });

  it("has an entry for every code of a finding, and for no other", () => {
    const used = new Set(
      sources("src/config").flatMap((text) => text.match(/ERR_CONFIG_[A-Z_]*[A-Z]/g) ?? []),
    );
    const listed = [...entries].filter((entry) => entry?.startsWith("ERR_CONFIG_"));
    expect(listed.sort()).toEqual([...used].sort());
  });

  const hasMandoc = spawnSync("mandoc", ["-T", "lint", "/dev/null"]).error === undefined;
  it.skipIf(!hasMandoc)("is well formed", () => {
    expect(spawnSync("mandoc", ["-T", "lint", "man/keepalived.conf.5"], { encoding: "utf8" }).stdout).toBe(
      "",
    );
  });
});
