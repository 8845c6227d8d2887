/** Lines of `virtual_rules` and `static_rules`, after ip-rule(8). */

import { type Family, familyOf, type Prefix } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Rule, RuleAction } from "../routing.js";
import type { Statement } from "../statement.js";
import { readPrefix } from "./addresses.js";

const CODE = "ERR_CONFIG_RULE";

const OPTIONS: ReadonlyMap<string, string> = new Map([
  ["tos", "tos"],
  ["dsfield", "tos"],
  ["fwmark", "fwmark"],
  ["realms", "realms"],
  ["tunnel-id", "tunnel-id"],
  ["uidrange", "uidrange"],
  ["ipproto", "ipproto"],
  ["sport", "sport"],
  ["dport", "dport"],
  ["protocol", "protocol"],
  ["suppress_prefixlength", "suppress_prefixlength"],
  ["sup_pl", "suppress_prefixlength"],
  ["suppress_ifgroup", "suppress_ifgroup"],
  ["sup_group", "suppress_ifgroup"],
]);

/** Options that must be a range `A-B`. */
const RANGES = ["sport", "dport", "uidrange"];

/** A rule line; undefined after a complaint when it must be skipped. */
export function readRule(
  statement: Statement,
  root: ConfigDraft,
  kind: "virtual" | "static",
): Rule | undefined {
  return new RuleReader(statement, root, kind).read();
}

class RuleReader {
  readonly #statement: Statement;
  readonly #root: ConfigDraft;
  readonly #kind: "virtual" | "static";
  #at = 0;
  #family: Family | undefined;
  #action: RuleAction | undefined;
  #preference: number | undefined;
  #not = false;
  #noTrack = false;
  #failed = false;
  readonly #options: Record<string, string> = {};
  readonly #simple: { -readonly [Key in keyof Rule]?: Rule[Key] } = {};

  constructor(statement: Statement, root: ConfigDraft, kind: "virtual" | "static") {
    this.#statement = statement;
    this.#root = root;
    this.#kind = kind;
  }

  read(): Rule | undefined {
    while (this.#at < this.#statement.words.length && !this.#failed) {
      this.#option(this.#statement.required(this.#at));
      this.#at++;
    }
    if (this.#failed) return undefined;
    const action = this.#action;
    if (action === undefined) return this.#fail("No action specified for rule - ignoring", 0);
    if (action.kind === "goto" && !this.#checkGoto(action.preference)) return undefined;
    if (this.#simple.trackGroup !== undefined && this.#simple.inputInterface === undefined) {
      this.#complain("Static rule cannot have track_group if dev/iif not specified", 0);
      delete this.#simple.trackGroup;
    }
    const family = this.#family ?? 4;
    return {
      family,
      not: this.#not,
      preference: this.#preference ?? this.#automaticPreference(family),
      action,
      noTrack: this.#noTrack,
      options: this.#options,
      ...this.#simple,
    };
  }

  #checkGoto(target: number): boolean {
    if (this.#preference === undefined) {
      this.#fail(`Invalid rule - goto target ${target} specified without preference`, 0);
      return false;
    }
    if (this.#preference < target) return true;
    this.#fail(`Invalid rule - preference ${this.#preference} >= goto target ${target}`, 0);
    return false;
  }

  #automaticPreference(family: Family): number {
    const preference = this.#root.nextPreference[family]--;
    this.#complain(
      `Rule has no preference specified - setting to ${preference}. This is probably not what you want.`,
      0,
      "add: preference N",
    );
    return preference;
  }

  #option(word: string): void {
    const option = OPTIONS.get(word);
    if (option !== undefined) this.#setOption(option);
    else if (word === "inet" || word === "inet6") {
      this.#useFamily(word === "inet" ? 4 : 6, `${word} specified for IPv${word === "inet" ? 6 : 4} rule`);
    } else if (word === "from" || word === "to") {
      const prefix = this.#prefix(word);
      if (prefix !== undefined) this.#simple[word] = prefix;
    } else if (word === "table" || word === "lookup") {
      const table = this.#next();
      if (table === "0") this.#fail("Table 0 is not valid", this.#at);
      else this.#act({ kind: "table", table });
    } else if (word === "not") this.#not = true;
    else if (word === "preference" || word === "order" || word === "priority") this.#setPreference();
    else if (word === "dev" || word === "iif" || word === "oif") this.#setInterface(word);
    else if (word === "no_track") this.#noTrack = true;
    else if (word === "track_group" && this.#kind === "static") this.#setTrackGroup(this.#next());
    else this.#setAction(word === "type" ? this.#next() : word);
  }

  #setAction(word: string): void {
    if (word === "goto") {
      this.#next();
      const preference = this.#failed ? undefined : readUnsigned(this.#statement, this.#at, 0, UINT32_MAX);
      if (preference === undefined)
        this.#fail(`Invalid target ${this.#statement.word(this.#at) ?? ""} specified`, this.#at);
      else this.#act({ kind: "goto", preference });
    } else if (
      word === "nop" ||
      word === "blackhole" ||
      word === "unreachable" ||
      word === "prohibit" ||
      word === "l3mdev"
    ) {
      this.#act({ kind: word });
    } else this.#fail(`Unknown rule option ${word}`, this.#at);
  }

  #setOption(option: string): void {
    const value = this.#next();
    if (RANGES.includes(option) && !/^[0-9]+-[0-9]+$/.test(value)) {
      const message =
        option === "uidrange" ? `Invalid uidrange ${value} specified` : `invalid ${option} range ${value}`;
      this.#fail(message, this.#at);
    } else this.#options[option] = value;
  }

  #setPreference(): void {
    const text = this.#next();
    const value = this.#failed ? undefined : readUnsigned(this.#statement, this.#at, 0, UINT32_MAX);
    if (value === undefined) this.#fail(`Invalid rule preference ${text} specified`, this.#at);
    else this.#preference = value;
  }

  #setInterface(word: "dev" | "iif" | "oif"): void {
    const name = this.#next();
    if (!this.#root.knowsInterface(name)) {
      this.#fail(`WARNING - interface ${name} for rule doesn't exist`, this.#at);
    } else if (word === "oif") this.#simple.outputInterface = name;
    else this.#simple.inputInterface = name;
  }

  #setTrackGroup(name: string): void {
    if (this.#simple.trackGroup !== undefined) this.#complain(`track_group ${name} is a duplicate`, this.#at);
    else if (this.#root.trackGroups.has(name)) this.#simple.trackGroup = name;
    else this.#complain(`track_group ${name} not found`, this.#at);
  }

  #act(action: RuleAction): void {
    if (this.#action !== undefined) {
      this.#fail(
        "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule",
        this.#at,
      );
    } else this.#action = action;
  }

  #prefix(word: string): Prefix | undefined {
    const text = this.#next();
    if (text === "all" || text === "any" || text === "default") return undefined;
    const prefix = this.#failed ? undefined : readPrefix(this.#statement, this.#at);
    if (prefix === undefined) return this.#fail(`Invalid rule ${word} address ${text}`, this.#at);
    const message = "rule specification has mixed IPv4 and IPv6";
    return this.#useFamily(familyOf(prefix.address), message) ? prefix : undefined;
  }

  #useFamily(family: Family, message: string): boolean {
    this.#family ??= family;
    if (this.#family === family) return true;
    this.#fail(message, this.#at);
    return false;
  }

  #next(): string {
    const option = this.#statement.required(this.#at);
    this.#at++;
    const word = this.#statement.word(this.#at);
    if (word === undefined) this.#fail(`No ${option} parameter specified for rule`, this.#at);
    return word ?? "";
  }

  #fail(message: string, index: number): undefined {
    if (!this.#failed) this.#complain(message, index);
    this.#failed = true;
    return undefined;
  }

  #complain(message: string, index: number, hint?: string): void {
    this.#statement.complain(CODE, message, index, hint);
  }
}
