/** Lines of `virtual_rules` and `static_rules`, after ip-rule(8). */

import { type Family, familyOf, type Prefix } from "../../base/ip-address.js";
import { type NumberRange, PROTOCOL_KEEPALIVED, type Rule, type RuleAction } from "../../base/routing.js";
import type { ConfigDraft } from "../draft.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import { parseCNumber, type RoutingNameKind, realmsNumber, routingNumber } from "../routing-names.js";
import type { Statement } from "../statement.js";
import { readPrefix } from "./addresses.js";

const CODE = "ERR_CONFIG_RULE";

/** Largest tunnel id. */
const MAX_ID = 0xffff_ffff_ffff_ffffn;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

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
  readonly #simple: Partial<Mutable<Rule>> = {};

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
    if (!this.#checkTableOptions(action, family)) return undefined;
    this.#checkProtocol();
    return {
      family,
      not: this.#not,
      preference: this.#preference ?? this.#automaticPreference(family),
      action,
      tos: 0,
      protocol: this.#noTrack ? 0 : PROTOCOL_KEEPALIVED,
      noTrack: this.#noTrack,
      ...this.#simple,
    };
  }

  /** What belongs to a look-up in a table only. */
  #checkTableOptions(action: RuleAction, family: Family): boolean {
    const { realms, suppressPrefixLength, suppressGroup } = this.#simple;
    if (realms !== undefined && family === 6) this.#fail("realms is only valid for IPv4", 0);
    const some = realms !== undefined || suppressPrefixLength !== undefined || suppressGroup !== undefined;
    if (some && action.kind !== "table")
      this.#fail("suppressor/realm specified for non table action - skipping", 0);
    return !this.#failed;
  }

  #checkProtocol(): void {
    const { protocol } = this.#simple;
    if (this.#noTrack || protocol === undefined || protocol === PROTOCOL_KEEPALIVED) return;
    this.#complain("Rule cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol", 0);
    delete this.#simple.protocol;
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
    if (this.#setSelector(word)) return;
    if (word === "inet" || word === "inet6") {
      this.#useFamily(word === "inet" ? 4 : 6, `${word} specified for IPv${word === "inet" ? 6 : 4} rule`);
    } else if (word === "from" || word === "to") {
      const prefix = this.#prefix(word);
      if (prefix !== undefined) this.#simple[word] = prefix;
    } else if (word === "table" || word === "lookup") {
      const table = this.#name("table", (text) => `Routing table ${text} not found for rule`);
      if (table === 0) this.#fail("Table 0 is not valid", this.#at);
      else if (table !== undefined) this.#act({ kind: "table", table });
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

  /** False when the word is no such option. */
  #setSelector(word: string): boolean {
    switch (word) {
      case "tos":
      case "dsfield":
        this.#set(
          "tos",
          this.#name("dsfield", (text) => `TOS value ${text} is invalid`),
        );
        return true;
      case "fwmark":
        this.#setFwmark(this.#next());
        return true;
      case "realms": {
        const text = this.#next();
        const realms = this.#failed ? undefined : realmsNumber(text, this.#root.world);
        if (realms === undefined) this.#fail(`invalid realms ${text} for rule`, this.#at);
        else this.#simple.realms = realms;
        return true;
      }
      case "tunnel-id": {
        const text = this.#next();
        if (/^[0-9]+$/.test(text) && BigInt(text) <= MAX_ID) this.#simple.tunnelId = BigInt(text).toString();
        else this.#fail(`Invalid tunnel-id ${text} specified`, this.#at);
        return true;
      }
      case "uidrange":
        this.#set(
          "userIds",
          this.#range(UINT32_MAX, (text) => `Invalid uidrange ${text} specified`),
        );
        return true;
      case "sport":
        this.#set(
          "sourcePorts",
          this.#range(0xffff, (text) => `invalid sport range ${text}`),
        );
        return true;
      case "dport":
        this.#set(
          "destinationPorts",
          this.#range(0xffff, (text) => `invalid dport range ${text}`),
        );
        return true;
      case "ipproto":
        this.#set(
          "ipProtocol",
          this.#name("ipProtocol", (text) => `Invalid ipproto ${text}`),
        );
        return true;
      case "protocol":
        this.#set(
          "protocol",
          this.#name("protocol", (text) => `Invalid protocol ${text}`),
        );
        return true;
      case "suppress_prefixlength":
      case "sup_pl": {
        const text = this.#next();
        const length = parseCNumber(text);
        if (length === undefined || length > UINT32_MAX)
          this.#fail(`Invalid suppress_prefixlength ${text} specified`, this.#at);
        else this.#simple.suppressPrefixLength = length;
        return true;
      }
      case "suppress_ifgroup":
      case "sup_group":
        this.#set(
          "suppressGroup",
          this.#name("group", (text) => `suppress_group ${text} is invalid`),
        );
        return true;
      default:
        return false;
    }
  }

  #set<Key extends keyof Rule>(key: Key, value: Rule[Key] | undefined): void {
    if (value !== undefined) this.#simple[key] = value;
  }

  #setFwmark(text: string): void {
    const [value, mask, ...rest] = text.split("/").map(parseCNumber);
    const fits = (number: number | undefined) => number !== undefined && number <= UINT32_MAX;
    if (value === undefined || !fits(value) || rest.length > 0 || (text.includes("/") && !fits(mask)))
      this.#fail(`Invalid rule fwmark ${text} specified`, this.#at);
    else this.#simple.fwmark = mask === undefined ? { value } : { value, mask };
  }

  /** `A-B`; both are cut to what fits. */
  #range(high: number, message: (text: string) => string): NumberRange | undefined {
    const text = this.#next();
    const match = /^([0-9]+)-([0-9]+)$/.exec(text);
    if (match === null) return this.#fail(message(text), this.#at);
    return { first: Math.min(Number(match[1]), high), last: Math.min(Number(match[2]), high) };
  }

  #name(kind: RoutingNameKind, message: (text: string) => string): number | undefined {
    const text = this.#next();
    const number = this.#failed ? undefined : routingNumber(kind, text, this.#root.world);
    return number ?? this.#fail(message(text), this.#at);
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
