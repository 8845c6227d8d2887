/** Names of routing tables, protocols and so on as this machine has them: iproute2's files and /etc/protocols. */

import { readdirSync, readFileSync } from "node:fs";
import {
  parseCNumber,
  type RoutingEntry,
  type RoutingNameFiles,
  type RoutingNameKind,
} from "../config/routing-names.js";

/** Where keepalived reads names, and the other folders of iproute2. */
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
  readonly #folders: readonly string[];
  readonly #files = new Map<RoutingNameKind, RoutingNameFiles>();

  /** @param folders iproute2's; the first one is keepalived's. */
  constructor(folders: readonly string[] = FOLDERS) {
    this.#folders = folders;
  }

  /** What the files say of a kind; without any file there are no entries. */
  of(kind: RoutingNameKind): RoutingNameFiles {
    const known = this.#files.get(kind);
    if (known !== undefined) return known;
    const files = kind === "ipProtocol" ? { main: protocols(), others: [] } : this.#read(FILES[kind]);
    this.#files.set(kind, files);
    return files;
  }

  #read(file: string): RoutingNameFiles {
    const [first = "", ...rest] = this.#folders.map((folder) => `${folder}/${file}`);
    const others = [...filesIn(`${first}.d`), ...rest.flatMap((path) => [path, ...filesIn(`${path}.d`)])];
    return { main: entriesOf(first), others: others.flatMap(entriesOf) };
  }
}

/** `NUMBER NAME` a line, in C notation; keepalived takes no line with anything more. */
function entriesOf(path: string): readonly RoutingEntry[] {
  return (textOf(path) ?? "").split("\n").flatMap((line): RoutingEntry[] => {
    const [digits = "", name, more] = line.trim().split(/\s+/);
    const number = parseCNumber(digits);
    return number === undefined || name === undefined || more !== undefined ? [] : [[name, number]];
  });
}

/** `NAME NUMBER ALIAS…` a line of /etc/protocols, protocols(5). */
function protocols(): readonly RoutingEntry[] {
  return (textOf("/etc/protocols") ?? "").split("\n").flatMap((line): RoutingEntry[] => {
    const [name, number, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (name === undefined || number === undefined || !/^[0-9]+$/.test(number)) return [];
    return [name, ...aliases].map((each): RoutingEntry => [each, Number(number)]);
  });
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
