/** Prints what a configuration says in every layout that the language allows, as people and templates do. */

import type { Random } from "../../../src/sim/random.js";
import type { Node } from "./generated-config.js";

/** Ways in which a layout may be odd. */
export const FEATURES = [
  "blanks",
  "comments",
  "braces",
  "one line",
  "carriage returns",
  "quotes",
  "includes",
  "definitions",
  "blocks of text",
  "environment",
  "sequences",
  "lists",
  "conditions",
  "no last newline",
] as const;

/** One of {@link FEATURES}. */
export type Feature = (typeof FEATURES)[number];

/** Files by path, the first at `/etc/keepalived/keepalived.conf`, and what else they mean themselves to be read with. */
export interface OddFiles {
  readonly files: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
}

/** Where the first file is. */
export const MAIN_FILE = "/etc/keepalived/keepalived.conf";

/** The `-i` that conditional lines are meant for. */
export const CONFIG_ID = "here";

/** A part of a line, or what stands between parts. A `line` has a line of its own. */
type Token =
  | { readonly kind: "text" | "open" | "close"; readonly text: string }
  | { readonly kind: "line"; readonly text: string };

const COMMENTS = [
  "# a comment",
  "! another",
  '#with "one quote',
  "# } or { in it",
  "!has a \\ in it",
  "# $NAME ~SEQ",
];

const UNWANTED = [
  "vrrp_instance X {",
  "priority 1",
  "}",
  "include /nowhere",
  "nonsense {",
  "virtual_ipaddress",
];

/** Prints with the features given. */
export function printOddly(nodes: readonly Node[], features: readonly Feature[], random: Random): OddFiles {
  const printer = new Printer(new Set(features), random);
  printer.file(MAIN_FILE, nodes);
  return { files: printer.files, environment: printer.environment };
}

class Printer {
  readonly files = new Map<string, string>();
  readonly environment = new Map<string, string>();
  readonly #features: ReadonlySet<Feature>;
  readonly #random: Random;
  #names = 0;

  constructor(features: ReadonlySet<Feature>, random: Random) {
    this.#features = features;
    this.#random = random;
  }

  file(path: string, nodes: readonly Node[]): void {
    const text = this.#join(this.#tokens(nodes));
    const end = this.#features.has("carriage returns") && this.#random.chance(0.5) ? "\r\n" : "\n";
    const cut = this.#features.has("no last newline") ? text.trimEnd() : text;
    this.files.set(path, cut.replaceAll("\n", end));
  }

  #sometimes(feature: Feature, probability: number): boolean {
    return this.#features.has(feature) && this.#random.chance(probability);
  }

  #tokens(nodes: readonly Node[]): Token[] {
    const tokens: Token[] = [];
    for (let i = 0; i < nodes.length; ) {
      const many = this.#several(nodes.slice(i));
      if (many !== undefined) {
        tokens.push(...many.tokens);
        i += many.count;
        continue;
      }
      const node = nodes[i++];
      if (node !== undefined) tokens.push(...this.#single(node));
    }
    return tokens;
  }

  /** The first few nodes in one go, by an include, a repetition or a definition of several lines. */
  #several(nodes: readonly Node[]): { tokens: Token[]; count: number } | undefined {
    const random = this.#random;
    if (this.#sometimes("includes", 0.15)) {
      const count = random.integer(1, Math.min(4, nodes.length));
      const name = `part${++this.#names}.conf`;
      this.file(`/etc/keepalived/${name}`, nodes.slice(0, count));
      const pattern = random.pick([name, `/etc/keepalived/${name}`, name.replace(".conf", ".c?nf")]);
      return { tokens: [{ kind: "line", text: `include ${pattern}` }], count };
    }
    const leaves = nodes.findIndex(({ children }) => children !== undefined);
    const lines = (leaves < 0 ? nodes : nodes.slice(0, leaves)).map(({ text }) => text);
    const run = runOf(lines);
    if (run !== undefined && this.#sometimes("sequences", 0.6)) {
      const name = this.#newName();
      const numbers = run.first === 1 && random.chance(0.5) ? `${run.last}` : `${run.first}, ${run.last}`;
      const line = `~SEQ(${name}, ${numbers}) ${run.before}\${${name}}${run.after}`;
      return { tokens: [{ kind: "line", text: line }], count: run.count };
    }
    const plain = lines.findIndex((text) => !/^[\w.:/-]+$/.test(text));
    const words = plain < 0 ? lines : lines.slice(0, plain);
    if (words.length > 1 && this.#sometimes("lists", 0.5)) {
      const name = this.#newName();
      const line = `~LST(${name}, ${words.join(random.pick([",", ", ", " , "]))}) $${name}`;
      return { tokens: [{ kind: "line", text: line }], count: words.length };
    }
    if (lines.length > 1 && this.#sometimes("blocks of text", 0.2)) {
      const name = this.#newName();
      const count = random.integer(2, Math.min(5, lines.length));
      const text = lines.slice(0, count).join(" \\\n  ");
      const definition = random.chance(0.5) ? `$${name}= \\\n${text}` : `$${name}=${text}`;
      return {
        tokens: [
          { kind: "line", text: definition },
          { kind: "line", text: `$${name}` },
        ],
        count,
      };
    }
    return undefined;
  }

  #single({ text, children }: Node): Token[] {
    const words = this.#spelt(text);
    if (children !== undefined) {
      const inside = this.#tokens(children);
      return [...words, { kind: "open", text: "{" }, ...inside, { kind: "close", text: "}" }];
    }
    const last = words.at(-1);
    if (last !== undefined && this.#sometimes("conditions", 0.2)) {
      const condition = this.#random.pick([`@${CONFIG_ID}`, "@^there"]);
      return [...words.slice(0, -1), { kind: "line", text: `${condition} ${last.text}` }];
    }
    return words;
  }

  /** The words of a statement with quotes, blanks and references, and the definitions before it. */
  #spelt(text: string): Token[] {
    const definitions: Token[] = [];
    const [keyword = "", ...rest] = text.split(" ");
    const quoted = text.includes('"') || text.includes("'") || text.includes("\\");
    const words = quoted
      ? rest
      : rest.map((word) => {
          if (this.#sometimes("definitions", 0.1)) return this.#defined(word, definitions);
          if (this.#sometimes("environment", 0.1)) {
            const name = this.#newName();
            this.environment.set(name, word);
            return `\${_ENV ${name}}`;
          }
          return this.#sometimes("quotes", 0.2) && !isCommand(keyword) ? `"${word}"` : word;
        });
    const blank = () => (this.#sometimes("blanks", 0.3) ? this.#random.pick(["  ", "\t", " \t "]) : " ");
    const line = quoted ? text : [keyword, ...words].reduce((left, word) => `${left}${blank()}${word}`);
    return [...definitions, { kind: "text", text: line }];
  }

  /** A reference to the word or to a part of it. */
  #defined(word: string, definitions: Token[]): string {
    const name = this.#newName();
    const cut = this.#random.chance(0.3) ? this.#random.integer(0, word.length - 1) : 0;
    const value = word.slice(cut);
    if (this.#random.chance(0.3)) {
      const inner = this.#newName();
      definitions.push(
        { kind: "line", text: `$${inner}=${value}` },
        { kind: "line", text: `$${name}=\${${inner}}` },
      );
    } else definitions.push({ kind: "line", text: `$${name}=${value}` });
    const reference = cut === 0 && this.#random.chance(0.5) ? `$${name}` : `\${${name}}`;
    return `${word.slice(0, cut)}${reference}`;
  }

  #newName(): string {
    return `N${++this.#names}`;
  }

  /** Tokens with line ends between those that need one, and sometimes elsewhere. */
  #join(tokens: readonly Token[]): string {
    let out = "";
    let previous: Token | undefined;
    for (const token of tokens) {
      out += this.#between(previous, token) + token.text;
      previous = token;
    }
    return `${out}${this.#lineEnd()}`;
  }

  #between(left: Token | undefined, right: Token): string {
    if (left === undefined) return "";
    const separate =
      left.kind === "line" || right.kind === "line" || (left.kind === "text" && right.kind === "text");
    if (separate) return this.#lineEnd();
    // A reference without braces needs something behind it that ends it.
    if (/\$\w+$/.test(left.text)) return " ";
    if (right.kind === "open") {
      if (!this.#features.has("braces")) return " ";
      return this.#random.pick(["", " ", "\t", this.#lineEnd()]);
    }
    return this.#sometimes("one line", 0.7) ? this.#random.pick(["", " "]) : this.#lineEnd();
  }

  /** One line end, with what may stand around it. */
  #lineEnd(): string {
    const comment = this.#sometimes("comments", 0.3)
      ? this.#random.pick(["", " ", "\t"]) + this.#random.pick(COMMENTS)
      : "";
    const more: string[] = [];
    if (this.#sometimes("comments", 0.2)) more.push(this.#random.pick(COMMENTS));
    if (this.#sometimes("blanks", 0.2)) more.push(this.#random.pick(["", "  ", "\t"]));
    if (this.#sometimes("conditions", 0.2))
      more.push(`${this.#random.pick(["@there", `@^${CONFIG_ID}`])} ${this.#random.pick(UNWANTED)}`);
    const indent = this.#sometimes("blanks", 0.5) ? this.#random.pick(["  ", "\t", "        "]) : "";
    return `${comment}\n${more.map((line) => `${line}\n`).join("")}${indent}`;
  }
}

/** Commands have quotes of their own. */
function isCommand(keyword: string): boolean {
  return /^notify|script$|^exec$|^process$/.test(keyword);
}

/** Lines at the beginning that differ in one number only, which counts up. */
function runOf(
  lines: readonly string[],
): { before: string; after: string; first: number; last: number; count: number } | undefined {
  const match = /^(.*\.)(\d+)((?:\/| |$).*)$/.exec(lines[0] ?? "");
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined;
  const [, before, number, after] = match;
  const first = Number(number);
  let count = 1;
  while (lines[count] === `${before}${first + count}${after}`) count++;
  return count < 2 ? undefined : { before, after, first, last: first + count - 1, count };
}
