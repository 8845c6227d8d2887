/** Configurations that try every keyword with every kind of value, and files as people break them. */

import { type Keyword, KeywordTable } from "../../../src/config/keyword-table.js";
import { ROOT_TABLE } from "../../../src/config/keywords/root.js";
import { Random } from "../../../src/sim/random.js";
import { NEWER_KEYWORDS, OWN_KEYWORDS } from "./known-differences.js";

/** A configuration and what it tries. */
export interface Sample {
  readonly name: string;
  readonly text: string;
}

/** Values of all kinds, good for some keywords and bad for others; empty: none. */
const VALUES = [
  "",
  "0",
  "1",
  "-1",
  "abc",
  "300",
  "1.5",
  "1.23456789",
  "99999999999",
  "on",
  "true",
  "eth0",
  "lo",
  "nonexistent0",
  "10.0.0.1",
  "10.0.0.1/24",
  "fe80::1",
  "224.0.0.18",
  "1 2",
  "5 reverse",
  "0x10",
  '"a b"',
  "/bin/true",
  '"/bin/true x" root root',
  "/bin/true nobody-there",
  "MASTER",
  "PASS",
  "255",
  "256",
  "65535",
  "65536",
  "-20",
  "3.",
  "10.0.0.1 80",
  "200-299",
  "inet6",
  "rr",
  "NAT",
  "TUN type gue port 5",
  "TCP",
  "255.255.255.0",
];

/** Keywords not tried: those of later versions, those that change what is read next, those on which keepalived crashes. */
const LEFT_OUT = new Set([
  ...NEWER_KEYWORDS,
  ...OWN_KEYWORDS,
  "net_namespace",
  "vrrp_ipsets",
  "config_save_dir",
  "neighbor_ip",
  "neighbour_ip",
  // Values that are cut short count when keepalived runs, not when it tests.
  "unicast_ttl",
  // Fractions of a second are understood.
  "interval",
  "timeout",
  // hexadecimal digits behind 0x are taken by one of the two.
  "require_reply",
]);

type Table = KeywordTable<never>;

/** Lines around a keyword's line: `number` makes them differ. */
type Around = (number: number) => { readonly before: readonly string[]; readonly after: readonly string[] };

const INSTANCE: Around = (number) => ({
  before: [
    `vrrp_instance I${number} {`,
    `interface eth${number % 3}`,
    `virtual_router_id ${1 + (number % 255)}`,
    "virtual_ipaddress {",
    `10.0.${number >> 8}.${number & 255}`,
    "}",
  ],
  after: ["}"],
});

const SERVICE: Around = (number) => ({
  before: [`virtual_server 10.1.0.${number} 80 {`, "lb_kind NAT", "lb_algo rr", "protocol TCP"],
  after: ["real_server 10.2.0.1 80 {", "}", "}"],
});

const REAL: Around = (number) => ({
  before: [...SERVICE(number).before, "real_server 10.2.0.1 80 {"],
  after: ["}", "}"],
});

function inside(around: Around, keyword: string): Around {
  return (number) => {
    const { before, after } = around(number);
    const url = keyword.endsWith("_GET") ? ["url {", "path /", "}"] : [];
    return { before: [...before, `${keyword} {`], after: [...url, "}", ...after] };
  };
}

const named =
  (keyword: string): Around =>
  (number) => ({ before: [`${keyword} N${number} {`], after: ["}"] });

/** Blocks whose keywords are tried, with what must stand around them. */
function blocks(): { readonly name: string; readonly table: Table; readonly around: Around }[] {
  const root = ROOT_TABLE as unknown as Table;
  const found: { name: string; table: Table; around: Around }[] = [
    { name: "root", table: root, around: () => ({ before: [], after: [] }) },
  ];
  const add = (name: string, table: Table | undefined, around: Around) => {
    if (table !== undefined) found.push({ name, table, around });
  };
  add("global_defs", tableOf(root, "global_defs"), () => ({ before: ["global_defs {"], after: ["}"] }));
  add("vrrp_instance", tableOf(root, "vrrp_instance"), INSTANCE);
  for (const name of [
    "vrrp_script",
    "vrrp_sync_group",
    "track_file",
    "vrrp_track_process",
    "bfd_instance",
    "track_group",
    "garp_group",
  ]) {
    add(name, tableOf(root, name), named(name));
  }
  const service = tableOf(root, "virtual_server");
  const real = service && tableOf(service, "real_server");
  add("virtual_server", service, SERVICE);
  add("real_server", real, REAL);
  add("HTTP_GET", real && tableOf(real, "HTTP_GET"), inside(REAL, "HTTP_GET"));
  const shared = new Set(real && tableOf(real, "HTTP_GET")?.names());
  for (const check of ["SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "UDP_CHECK", "FILE_CHECK"]) {
    const own = real && tableOf(real, check);
    const keywords = own?.entries().filter((keyword) => !shared.has(keyword.name)) ?? [];
    add(check, new KeywordTable(keywords), inside(REAL, check));
  }
  return found;
}

function tableOf(table: Table, name: string): Table | undefined {
  return table.get(name)?.inner as Table | undefined;
}

/** For each keyword: one file with all values, and one without a value. */
export function keywordSamples(): Sample[] {
  return blocks().flatMap(({ name, table, around }) =>
    table
      .entries()
      .filter((keyword) => keyword.form !== "block" && !LEFT_OUT.has(keyword.name))
      .flatMap((keyword) => samplesOf(name, keyword, around)),
  );
}

function samplesOf(block: string, keyword: Keyword<never>, around: Around): Sample[] {
  const values = VALUES.filter((value) => value !== "" || keyword.required === 0);
  const tried = values.flatMap((value, i) => {
    const { before, after } = around(i + 1);
    const own = keyword.form === "list" ? [`${keyword.name} {`, value, "}"] : [`${keyword.name} ${value}`];
    return [...before.filter((line) => !line.startsWith(`${keyword.name} `)), ...own, ...after];
  });
  const { before, after } = around(1);
  const bare = [...before.filter((line) => !line.startsWith(`${keyword.name} `)), keyword.name, ...after];
  const name = `${block}-${keyword.name}`;
  const all = { name, text: `${tried.join("\n")}\n` };
  return keyword.form === "list" ? [all] : [all, { name: `${name}-bare`, text: `${bare.join("\n")}\n` }];
}

/** Things people do to a line. */
const ACCIDENTS: readonly ((line: string, random: Random) => string)[] = [
  () => "",
  (line) => `${line}\n${line}`,
  (line, random) => {
    const at = Math.floor(random.next() * line.length);
    return line.slice(0, at) + line.slice(at + 1);
  },
  (line, random) => line.replace(/(\S+\s+)\S+/, `$1${random.pick(VALUES)}`),
  (line) => line.replace(/^(\s*\S+)\s.*$/, "$1"),
  (line, random) => `${line} ${random.pick(VALUES)}`,
  (line) => line.replace(/[{}]/, ""),
  (line) => `}\n${line}`,
  (line) => line.replace(/\S+/, (word) => word.toUpperCase()),
  (line) => line.replace(/\S+/, (word) => word.slice(0, -1)),
  (line) => `${line}\r`,
  (line) => `${line} # comment`,
  (line) => `${line} ! comment`,
  (line) => line.replace(" ", "\t"),
  (line) => `${line};`,
];

/** Copies of configurations, each with one or two accidents. */
export function brokenSamples(originals: readonly Sample[], copies: number, seed: number): Sample[] {
  const random = new Random(seed);
  return originals.flatMap(({ name, text }) =>
    Array.from({ length: copies }, (_, n) => {
      const lines = text.split("\n");
      for (let i = 0; i < 1 + (n % 2); i++) {
        const at = Math.floor(random.next() * lines.length);
        lines[at] = random.pick(ACCIDENTS)(lines[at] ?? "", random);
      }
      return { name: `${name}-${n}`, text: lines.join("\n") };
    }),
  );
}
