/** Names of routing tables, protocols and so on as this machine has them: iproute2's files and /etc/protocols. */

import { readdirSync, readFileSync } from "node:fs";
import type { RoutingNameKind } from "../config/routing-names.js";

/** Where iproute2 keeps its files; the first one that exists counts, as for iproute2 itself. */
const FOLDERS = ["/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2"];

/** File of each kind. */
const FILES: Record<Exclude<RoutingNameKind, "ipProtocol">, string> = {
  table: "rt_tables",
  protocol: "rt_protos",
  scope: "rt_scopes",
  dsfield: "rt_dsfield",
  realm: "rt_realms",
  group: "group",
};

/** The names, each file read when it is first needed. */
export class RoutingNames {
  readonly #tables = new Map<RoutingNameKind, ReadonlyMap<string, number>>();

  /** The number of a name; undefined when no file has it. */
  number(kind: RoutingNameKind, name: string): number | undefined {
    let table = this.#tables.get(kind);
    if (table === undefined) {
      table = kind === "ipProtocol" ? protocols() : namesOf(FILES[kind]);
      this.#tables.set(kind, table);
    }
    return table.get(name);
  }
}

/** `NUMBER NAME` a line; the files of the folder `FILE.d` add to the file. */
function namesOf(file: string): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const folder of FOLDERS) {
    const text = textOf(`${folder}/${file}`);
    if (text === undefined) continue;
    const more = filesIn(`${folder}/${file}.d`).map((path) => textOf(path) ?? "");
    for (const line of [text, ...more].join("\n").split("\n")) {
      const match = /^\s*(0x[0-9a-fA-F]+|[0-9]+)\s+(\S+)/.exec(line);
      if (match?.[2] !== undefined) names.set(match[2], Number(match[1]));
    }
    break;
  }
  return names;
}

/** `NAME NUMBER ALIAS…` a line. */
function protocols(): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const line of (textOf("/etc/protocols") ?? "").split("\n")) {
    const [name, number, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (name === undefined || number === undefined || !/^[0-9]+$/.test(number)) continue;
    for (const each of [name, ...aliases]) names.set(each, Number(number));
  }
  return names;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".conf"))
      .sort()
      .map((name) => `${folder}/${name}`);
  } catch {
    // Most machines have no such folder.
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Without the file there are no names; numbers still serve.
    return undefined;
  }
}
