/**
 * The reading head of a line of routes or rules, after ip-route(8) and ip-rule(8): options with a word or two behind them, one
 * address family for all, and one complaint for a line that is skipped.
 */

import type { Family } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { readUnsigned } from "../numbers.js";
import { type RoutingNameKind, realmsNumber, routingNumber } from "../routing-names.js";
import type { Statement } from "../statement.js";

/** Goes over the words of one statement. */
export class RoutingLine {
  readonly statement: Statement;
  readonly root: ConfigDraft;
  readonly #code: string;
  readonly #what: "route" | "rule";
  /** Index of the current word. */
  at = 0;
  #family: Family | undefined;
  #failed = false;

  constructor(statement: Statement, root: ConfigDraft, code: string, what: "route" | "rule") {
    this.statement = statement;
    this.root = root;
    this.#code = code;
    this.#what = what;
  }

  /** The family of the words so far; IPv4 when none of them told. */
  get family(): Family {
    return this.#family ?? 4;
  }

  /** The line is to be skipped, and a complaint says why. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Hands each option to `take`, which leaves {@link at} on the option's last word; false when the line failed. */
  eachOption(take: (word: string) => void): boolean {
    for (; this.at < this.statement.words.length && !this.#failed; this.at++)
      take(this.statement.required(this.at));
    return !this.#failed;
  }

  /** Ends the line at the current word, which a complaint is about; what was read so far counts. */
  ignoreRest(message: string, hint: string): void {
    this.complain(message, this.at, hint);
    this.at = this.statement.words.length;
  }

  /** The word behind the current one; refuses the line when there is none. */
  next(): string {
    this.at++;
    const word = this.statement.word(this.at);
    if (word === undefined) this.refuseMissing(this.at, "a value for the option");
    return word ?? "";
  }

  /** Moves on when the word behind the current one is one of these. */
  accept(...words: readonly string[]): boolean {
    if (!words.includes(this.statement.word(this.at + 1) ?? "")) return false;
    this.at++;
    return true;
  }

  /** The number 0…`high` behind the current word; `message` is given its text. */
  unsigned(high: number, message: (text: string) => string): number | undefined {
    const text = this.next();
    const value = this.#failed ? undefined : readUnsigned(this.statement, this.at, 0, high);
    return value ?? this.fail(message(text));
  }

  /** The number of the name behind the current word. */
  name(kind: RoutingNameKind, message: (text: string) => string): number | undefined {
    const text = this.next();
    const number = this.#failed ? undefined : routingNumber(kind, text, this.root.world);
    return number ?? this.fail(message(text));
  }

  /** The realms behind the current word. */
  realms(message: (text: string) => string): number | undefined {
    const text = this.next();
    const realms = this.#failed ? undefined : realmsNumber(text, this.root.world);
    return realms ?? this.fail(message(text));
  }

  /** The track group behind the current word, unless the line has one already, or there is no such group. */
  trackGroup(before: string | undefined): string | undefined {
    const name = this.next();
    if (before !== undefined) this.complain(`track_group ${name} is a duplicate`, this.at);
    else if (this.root.trackGroups.has(name)) return name;
    else this.complain(`track_group ${name} not found`, this.at);
    return before;
  }

  /** False when the words so far are of the other family, which fails the line. */
  useFamily(family: Family, message: string): boolean {
    this.#family ??= family;
    if (this.#family === family) return true;
    this.fail(message);
    return false;
  }

  /** The option `inet` or `inet6`. */
  setFamily(word: "inet" | "inet6"): void {
    const [family, other] = word === "inet" ? ([4, 6] as const) : ([6, 4] as const);
    this.useFamily(family, `${word} specified for IPv${other} ${this.#what}`);
  }

  /** Fails the line, with a complaint about the word at `index` when it is the first. */
  fail(message: string, index = this.at): undefined {
    if (!this.#failed) this.complain(message, index);
    this.#failed = true;
    return undefined;
  }

  /** Fails the line, and the configuration, for a word that should be at `index`. */
  refuseMissing(index: number, hint: string): void {
    const { statement } = this;
    const [first, before] = [statement.required(0), statement.required(index - 1)];
    const message =
      `*** Configuration line starting \`${first}\` is missing a parameter after keyword ` +
      `\`${before}\` at word position ${index + 1}`;
    if (!this.#failed) statement.refuse("ERR_CONFIG_MISSING_PARAMETER", message, index, hint);
    this.#failed = true;
  }

  /** A complaint about the word at `index`. */
  complain(message: string, index: number, hint?: string): void {
    this.statement.complain(this.#code, message, index, hint);
  }

  /** A remark about the current word. */
  note(message: string): void {
    this.statement.note(this.#code, message, this.at);
  }
}
