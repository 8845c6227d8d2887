/** Command lines as getopt_long(3) reads them, which no argv library of npm does: pure. */

/** Whether an option takes an argument. An `optional` one must be attached: `-tFILE`, `--config-test=FILE`. */
export type ArgumentKind = "none" | "required" | "optional";

/** An option by its long name, its letter, or both. */
export interface OptionSpec {
  readonly long?: string;
  readonly short?: string;
  readonly argument: ArgumentKind;
}

/** What was found, in the order of the command line. */
export type Finding<Spec extends OptionSpec> =
  | { readonly kind: "option"; readonly spec: Spec; readonly argument: string | undefined }
  /** `option` as it was written, with its dashes; an abbreviation of several options is unknown too. */
  | { readonly kind: "unknown"; readonly option: string }
  | { readonly kind: "missingArgument"; readonly option: string }
  | { readonly kind: "word"; readonly word: string };

/** Reads words one by one; goes on after a mistake. Words that are no options may stand anywhere, `--` ends the options. */
export function* getopt<Spec extends OptionSpec>(
  words: readonly string[],
  specs: readonly Spec[],
): Generator<Finding<Spec>> {
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") {
      for (const rest of left) yield { kind: "word", word: rest };
      return;
    }
    if (word.startsWith("--")) yield longOption(word, specs, left);
    else if (word.startsWith("-") && word !== "-") yield* bundle(word.slice(1), specs, left);
    else yield { kind: "word", word };
  }
}

function longOption<Spec extends OptionSpec>(
  word: string,
  specs: readonly Spec[],
  left: string[],
): Finding<Spec> {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  const spec = byLongName(name, specs);
  if (spec === undefined || (spec.argument === "none" && attached !== undefined)) {
    return { kind: "unknown", option: word };
  }
  return withArgument(spec, attached, `--${spec.long ?? name}`, left);
}

/** The option of that name, or the only one that begins so. */
function byLongName<Spec extends OptionSpec>(name: string, specs: readonly Spec[]): Spec | undefined {
  const exact = specs.find(({ long }) => long === name);
  if (exact !== undefined) return exact;
  const begun = specs.filter(({ long }) => long?.startsWith(name) === true);
  return begun.length === 1 ? begun[0] : undefined;
}

/** `-nlD`, `-nfFILE`. */
function* bundle<Spec extends OptionSpec>(
  letters: string,
  specs: readonly Spec[],
  left: string[],
): Generator<Finding<Spec>> {
  for (const [i, letter] of [...letters].entries()) {
    const spec = specs.find(({ short }) => short === letter);
    if (spec === undefined) {
      yield { kind: "unknown", option: `-${letter}` };
      continue;
    }
    const rest = [...letters].slice(i + 1).join("");
    if (spec.argument === "none") {
      yield { kind: "option", spec, argument: undefined };
      continue;
    }
    yield withArgument(spec, rest === "" ? undefined : rest, `-${letter}`, left);
    return;
  }
}

function withArgument<Spec extends OptionSpec>(
  spec: Spec,
  attached: string | undefined,
  option: string,
  left: string[],
): Finding<Spec> {
  const argument = attached ?? (spec.argument === "required" ? left.shift() : undefined);
  if (argument === undefined && spec.argument === "required") return { kind: "missingArgument", option };
  return { kind: "option", spec, argument };
}
