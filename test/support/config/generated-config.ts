/** Configurations made at random from the keyword tables: what they say, before any layout. */

import type { Keyword, KeywordTable } from "../../../src/config/keyword-table.js";
import { ROOT_TABLE } from "../../../src/config/keywords/root.js";
import type { Random } from "../../../src/sim/random.js";
import { ITEMS, LEFT_OUT, VALUES } from "./keyword-values.js";

/** A statement; with children it is a block. */
export interface Node {
  /** The keyword and what follows, words separated by single blanks. */
  readonly text: string;
  readonly children?: readonly Node[];
}

type Table = KeywordTable<never>;

/** Blocks that have names, with the beginning of the name and how many there may be. */
const NAMED: Readonly<Record<string, readonly [string, number]>> = {
  vrrp_script: ["chk_", 3],
  vrrp_check: ["svc_", 2],
  track_file: ["tf_", 2],
  vrrp_track_process: ["tp_", 2],
  vrrp_instance: ["VI_", 4],
  vrrp_sync_group: ["G_", 2],
  track_group: ["TG_", 1],
};

/** A configuration with the objects that its parts refer to. */
export function generateConfig(random: Random): Node[] {
  const nodes: Node[] = [];
  for (const keyword of (ROOT_TABLE as unknown as Table).entries()) {
    if (LEFT_OUT.has(keyword.name)) continue;
    const named = NAMED[keyword.name];
    if (named === undefined) {
      if (random.chance(0.5)) nodes.push(nodeOf(keyword, keyword.name, random));
      continue;
    }
    const count = random.integer(1, named[1]);
    for (let i = 1; i <= count; i++) nodes.push(nodeOf(keyword, `${keyword.name} ${named[0]}${i}`, random));
  }
  return nodes;
}

function nodeOf(keyword: Keyword<never>, head: string, random: Random): Node {
  if (keyword.inner !== undefined) {
    return { text: head, children: statements(keyword.inner as Table, keyword.name, random) };
  }
  if (keyword.form === "list") {
    const items = ITEMS[keyword.name];
    if (items === undefined) throw new Error(`no items for ${keyword.name}`);
    return { text: head, children: items(random).map((text) => ({ text })) };
  }
  const value = random.pick(valuesOf(keyword));
  return { text: value === "" ? head : `${head} ${value}` };
}

/** Arguments to choose from. */
function valuesOf({ name, argument }: Keyword<never>): readonly string[] {
  const values = VALUES[name];
  if (values !== undefined) return values;
  if (argument === "") return [""];
  if (argument === "[BOOL]" || argument === "[on|off]") return ["", "on", "off", "true", "yes", "no"];
  throw new Error(`no values for ${name}`);
}

/** What a block must say so that it is not thrown away. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  vrrp_instance: ["interface", "virtual_router_id", "virtual_ipaddress"],
  vrrp_script: ["script"],
  vrrp_check: ["exec"],
  track_file: ["file"],
  vrrp_track_process: ["process"],
  vrrp_sync_group: ["group"],
  track_group: ["group"],
  authentication: ["auth_type", "auth_pass"],
  auth_hmac: ["key", "active_key"],
};

function statements(table: Table, block: string, random: Random): Node[] {
  const needed = NEEDED[block] ?? [];
  return table
    .entries()
    .filter(({ name }) => !LEFT_OUT.has(name) && (needed.includes(name) || random.chance(0.35)))
    .map((keyword) => nodeOf(keyword, keyword.name, random));
}

/** One statement a line, nothing else. */
export function printPlainly(nodes: readonly Node[]): string {
  return nodes
    .map(({ text, children }) =>
      children === undefined ? `${text}\n` : `${text} {\n${printPlainly(children)}}\n`,
    )
    .join("");
}
