/**
 * What mehdy/keepalived-exporter takes from the dump files, written anew from what its parsers look for: line prefixes, keys,
 * the closed lists of words for states, and whole numbers.
 */

/** An instance as the exporter knows it. */
export interface ExportedInstance {
  readonly state: string;
  readonly wanted: string;
  readonly interface: string;
  readonly garpDelay: number;
  readonly vrid: number;
  /** Address and interface of each `virtual_ipaddress`. */
  readonly addresses: readonly (readonly [string, string])[];
  readonly excluded: readonly (readonly [string, string])[];
}

/** A script as the exporter knows it. */
export interface ExportedScript {
  readonly name: string;
  readonly status: string;
  readonly state: string;
}

const STATES = ["INIT", "BACKUP", "MASTER", "FAULT"];
const SCRIPT_STATUSES = ["BAD", "GOOD"];
const SCRIPT_STATES = ["idle", "running", "requested termination", "forcing termination"];

/** Instances of keepalived.data by name. @throws {Error} where the exporter would give up. */
export function exportedInstances(text: string): Map<string, ExportedInstance> {
  const found = blocks(text, " VRRP Instance");
  return new Map(
    [...found].map(([name, lines]) => [
      name,
      {
        state: oneOf(STATES, attributeOf(lines, "State")),
        wanted: oneOf(STATES, attributeOf(lines, "Wantstate")),
        interface: attributeOf(lines, "Interface"),
        garpDelay: whole(attributeOf(lines, "Gratuitous ARP delay")),
        vrid: whole(attributeOf(lines, "Virtual Router ID")),
        addresses: listOf(lines, "Virtual IP ("),
        excluded: listOf(lines, "Virtual IP Excluded"),
      },
    ]),
  );
}

/** Scripts of keepalived.data. */
export function exportedScripts(text: string): ExportedScript[] {
  return [...blocks(text, " VRRP Script")].map(([name, lines]) => ({
    name,
    status: oneOf(SCRIPT_STATUSES, attributeOf(lines, "Status")),
    state: oneOf(SCRIPT_STATES, attributeOf(lines, "State")),
  }));
}

/** Counters of keepalived.stats: instance → `section/key` or `key` → number. */
export function exportedCounters(text: string): Map<string, Map<string, number>> {
  const instances = new Map<string, Map<string, number>>();
  let counters = new Map<string, number>();
  let section = "";
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [key = "", value = ""] = line
      .trim()
      .split(":")
      .map((part) => part.trim());
    if (line.startsWith("VRRP Instance")) {
      counters = new Map();
      instances.set(value, counters);
    } else if (line.endsWith(":")) section = key;
    else counters.set(line.startsWith("    ") ? `${section}/${key}` : key, whole(value));
  }
  return instances;
}

/** Lines below each ` KIND = name`, up to the first line that is indented less. */
function blocks(text: string, head: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith(head) && line.includes("=")) {
      current = [];
      found.set(line.split("=")[1]?.trim() ?? "", current);
    } else if (line.startsWith("   ")) current?.push(line);
    else current = undefined;
  }
  return found;
}

function attributeOf(lines: readonly string[], key: string): string {
  const values = lines
    .filter((line) => !line.startsWith("     "))
    .map((line) =>
      line
        .trim()
        .split("=")
        .map((part) => part.trim()),
    )
    .filter(([name]) => name === key);
  const value = values.at(-1)?.[1];
  if (value === undefined) throw new Error(`no ${key}`);
  return value;
}

function listOf(lines: readonly string[], head: string): (readonly [string, string])[] {
  const start = lines.findIndex((line) => line.trim().startsWith(head));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith("     "));
  return rest.slice(0, end < 0 ? undefined : end).map((line) => {
    const words = line.trim().split(" ");
    if (words.length < 3) throw new Error(`fewer than three words: ${line}`);
    return [words[0] ?? "", words[2] ?? ""] as const;
  });
}

function oneOf(words: readonly string[], word: string): string {
  if (!words.includes(word)) throw new Error(`unknown word ${word}`);
  return word;
}

function whole(text: string): number {
  if (!/^-?[0-9]+$/.test(text)) throw new Error(`no whole number: ${text}`);
  return Number(text);
}
