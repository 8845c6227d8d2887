/** `$NAME=value` definitions and their references `$NAME`, `${NAME}`, including the built-in ones. */

import { MAX_EXPANDED_LENGTH, MAX_LINE_REPLACEMENTS } from "./bounds.js";
import { directoryOf } from "./file-source.js";
import type { MappedText } from "./mapped-text.js";

/** A definition: its lines; more than one only for a multi-line definition. */
interface Definition {
  readonly lines: readonly string[];
  readonly multiline: boolean;
}

/** What built-in definitions need to know. */
export interface DefinitionWorld {
  readonly configId: string;
  readonly environment: ReadonlyMap<string, string>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** The outcome of substituting references in a line. */
export type Substitution =
  | { readonly kind: "unchanged" }
  | {
      readonly kind: "changed";
      readonly line: MappedText;
      /** Further lines of a multi-line definition, to be read next. */
      readonly following: readonly string[];
      /** References replaced. */
      readonly replacements: number;
    }
  | {
      readonly kind: "error";
      readonly message: string;
      readonly hint?: string;
      /** No end was in sight, where keepalived would not come to one. */
      readonly endless?: true;
    };

/** Start of a definition line: name, and value with the backslash of a multi-line definition taken off. */
export interface DefinitionStart {
  readonly name: string;
  readonly value: string;
  readonly continues: boolean;
}

/** Recognises `$NAME=VALUE`; blanks are allowed after the `=` only. */
export function parseDefinition(text: string): DefinitionStart | undefined {
  const match = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*(.*)$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const continues = match[2].endsWith("\\");
  const value = continues ? match[2].slice(0, -1).trimEnd() : match[2];
  return { name: match[1], value, continues };
}

/** All definitions known at a point of the reading. */
export class Definitions {
  readonly #definitions = new Map<string, Definition>();
  readonly #world: DefinitionWorld;

  constructor(world: DefinitionWorld) {
    this.#world = world;
  }

  /** Defines or redefines a name with a value of one line. */
  set(name: string, value: string): void {
    this.#definitions.set(name, { lines: [value], multiline: false });
  }

  /** Defines or redefines a name with several lines. */
  setLines(name: string, lines: readonly string[]): void {
    this.#definitions.set(name, { lines, multiline: true });
  }

  /**
   * Replaces every reference in the line; what a definition contains is replaced too. An unknown reference stays as
   * written. A multi-line definition is replaced only at the end of the line. `file` is the file being read, for `_PWD`.
   */
  substitute(source: MappedText, file: string): Substitution {
    let line = source;
    let following: readonly string[] = [];
    let replacements = 0;
    /** The definitions whose text the place is in, and how much of the line is left behind each. */
    let within: readonly { readonly name: string; readonly behind: number }[] = [];
    let at = line.text.indexOf("$");
    while (at >= 0 && at + 1 < line.text.length) {
      const reference = parseReference(line.text, at);
      const found = reference === undefined ? undefined : this.#resolve(reference, line.text, file);
      if (reference === undefined || found === undefined) {
        at = line.text.indexOf("$", at + 1);
        continue;
      }
      if (found.kind === "error") return found;
      const behind = line.text.length - reference.end;
      within = within.filter((one) => one.behind <= behind);
      const again = within.findIndex(({ name }) => name === reference.name);
      if (again >= 0) return circular(within.slice(again).map(({ name }) => name));
      within = [...within, { name: reference.name, behind }];
      if (++replacements > MAX_LINE_REPLACEMENTS) return doubling(source);
      if (line.text.length - (reference.end - at) + found.value.length > MAX_EXPANDED_LENGTH) {
        return {
          kind: "error",
          message: "Parameter substitution on line would exceed maximum line length",
          hint: `a line may have ${MAX_EXPANDED_LENGTH} characters after replacement: write several lines`,
        };
      }
      if (found.following.length > 0) following = [...found.following, ...following];
      line = line.splice(at, reference.end, found.value);
      if (found.value.trimStart().startsWith("~")) break;
      at = line.text.indexOf("$", at);
    }
    return replacements === 0 ? { kind: "unchanged" } : { kind: "changed", line, following, replacements };
  }

  #resolve(
    reference: Reference,
    text: string,
    file: string,
  ):
    | { kind: "value"; value: string; following: readonly string[] }
    | { kind: "error"; message: string }
    | undefined {
    const definition = this.#definitions.get(reference.name);
    if (definition !== undefined) {
      if (reference.parameters !== undefined) return undefined;
      if (definition.multiline && reference.end !== text.length) return undefined;
      return { kind: "value", value: definition.lines[0] ?? "", following: definition.lines.slice(1) };
    }
    return this.#builtIn(reference, file);
  }

  #builtIn(
    reference: Reference,
    file: string,
  ):
    | { kind: "value"; value: string; following: readonly string[] }
    | { kind: "error"; message: string }
    | undefined {
    const parameters = reference.parameters?.split(/[ \t]+/) ?? [];
    const value = (text: string) => ({ kind: "value" as const, value: text, following: [] });
    if (reference.parameters !== undefined && reference.name !== "_RANDOM" && reference.name !== "_ENV")
      return undefined;
    switch (reference.name) {
      case "_PWD":
        return value(directoryOf(file));
      case "_INSTANCE":
        return value(this.#world.configId);
      case "_HASH":
        return value("#");
      case "_BANG":
        return value("!");
      case "_ENV":
        if (parameters.length !== 1) {
          return {
            kind: "error",
            message: `Definition _ENV requires between 1 and 1 parameters, ${parameters.length} specified.`,
          };
        }
        return value(this.#world.environment.get(parameters[0] ?? "") ?? "");
      case "_RANDOM": {
        if (!parameters.every((parameter) => /^[0-9]+$/.test(parameter))) {
          return { kind: "error", message: "Definition _RANDOM requires numeric parameters only." };
        }
        if (parameters.length > 2) {
          return {
            kind: "error",
            message: `Definition _RANDOM requires between 0 and 2 parameters, ${parameters.length} specified.`,
          };
        }
        const low = Number(parameters[0] ?? 0);
        const high = Math.max(low, Number(parameters[1] ?? 32_767));
        return value(String(low + Math.floor(this.#world.random() * (high - low + 1))));
      }
      default:
        return undefined;
    }
  }
}

/** `names`: each refers to the next one, the last to the first. */
function circular(names: readonly string[]): Substitution {
  const [first = ""] = names;
  const by = names.length > 1 ? ` through ${names.slice(1).join(", ")}` : "";
  const hint = `give $${names.at(-1)} a value without $${first}`;
  return { kind: "error", message: `Definition ${first} refers to itself${by}`, hint, endless: true };
}

function doubling({ text }: MappedText): Substitution {
  const name = /\$\{?([A-Za-z0-9_]+)/.exec(text)?.[1] ?? "";
  return {
    kind: "error",
    message: `Definition ${name} needs more than ${MAX_LINE_REPLACEMENTS} replacements in one line`,
    hint: "definitions that hold others twice grow with each level: write out what is meant",
    endless: true,
  };
}

/** A reference in a text: its name, what stands behind the name in braces, and the index behind it. */
interface Reference {
  readonly name: string;
  readonly parameters: string | undefined;
  readonly end: number;
}

const BRACED = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?:[ \t]+([A-Za-z0-9_]+(?:[ \t]+[A-Za-z0-9_]+)*))?\}/y;
const PLAIN = /\$([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)/y;

function parseReference(text: string, at: number): Reference | undefined {
  for (const pattern of [BRACED, PLAIN]) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match?.[1] !== undefined) return { name: match[1], parameters: match[2], end: at + match[0].length };
  }
  return undefined;
}
