/** Lines of `virtual_rules` and `static_rules`, after ip-rule(8). */

import { type Family, familyOf, type Prefix } from "../../base/ip-address.js";
import { type NumberRange, PROTOCOL_KEEPALIVED, type Rule, type RuleAction } from "../../base/routing.js";
import type { ConfigDraft } from "../draft.js";
import { UINT32_MAX } from "../numbers.js";
import { parseCNumber } from "../routing-names.js";
import type { Statement } from "../statement.js";
import { readPrefix } from "./addresses.js";
import { RoutingLine } from "./routing-line.js";

const CODE = "ERR_CONFIG_RULE";

/** Largest port. */
const PORT_MAX = 0xffff;

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
  readonly #line: RoutingLine;
  readonly #kind: "virtual" | "static";
  #action: RuleAction | undefined;
  #preference: number | undefined;
  #not = false;
  #noTrack = false;
  readonly #simple: Partial<Mutable<Rule>> = {};

  constructor(statement: Statement, root: ConfigDraft, kind: "virtual" | "static") {
    this.#line = new RoutingLine(statement, root, CODE, "rule");
    this.#kind = kind;
  }

  read(): Rule | undefined {
    const line = this.#line;
    if (!line.eachOption((word) => this.#option(word))) return undefined;
    const action = this.#action;
    if (action === undefined) return line.fail("No action specified for rule - ignoring", 0);
    if (action.kind === "goto" && !this.#checkGoto(action.preference)) return undefined;
    if (this.#simple.trackGroup !== undefined && this.#simple.inputInterface === undefined) {
      line.complain("Static rule cannot have track_group if dev/iif not specified", 0);
      delete this.#simple.trackGroup;
    }
    const { family } = line;
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
    if (realms !== undefined && family === 6) this.#line.fail("realms is only valid for IPv4", 0);
    const some = realms !== undefined || suppressPrefixLength !== undefined || suppressGroup !== undefined;
    if (some && action.kind !== "table")
      this.#line.fail("suppressor/realm specified for non table action - skipping", 0);
    return !this.#line.failed;
  }

  #checkProtocol(): void {
    const { protocol } = this.#simple;
    if (this.#noTrack || protocol === undefined || protocol === PROTOCOL_KEEPALIVED) return;
    this.#line.complain(
      "Rule cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
      0,
    );
    delete this.#simple.protocol;
  }

  #checkGoto(target: number): boolean {
    if (this.#preference === undefined) {
      this.#line.fail(`Invalid rule - goto target ${target} specified without preference`, 0);
      return false;
    }
    if (this.#preference < target) return true;
    this.#line.fail(`Invalid rule - preference ${this.#preference} >= goto target ${target}`, 0);
    return false;
  }

  #automaticPreference(family: Family): number {
    const preference = this.#line.root.nextPreference[family]--;
    this.#line.complain(
      `Rule has no preference specified - setting to ${preference}. This is probably not what you want.`,
      0,
      "add: preference N",
    );
    return preference;
  }

  #option(word: string): void {
    if (this.#selector(word) || this.#other(word)) return;
    this.#setAction(word === "type" ? this.#line.next() : word);
  }

  /** Options that are neither selectors nor, with the exception of a table, actions; false when the word is none. */
  #other(word: string): boolean {
    const line = this.#line;
    switch (word) {
      case "inet":
      case "inet6":
        line.setFamily(word);
        return true;
      case "table":
      case "lookup": {
        const table = line.name("table", (text) => `Routing table ${text} not found for rule`);
        if (table === 0) line.fail("Table 0 is not valid");
        else if (table !== undefined) this.#act({ kind: "table", table });
        return true;
      }
      case "preference":
      case "order":
      case "priority":
        this.#preference = line.unsigned(UINT32_MAX, (text) => `Invalid rule preference ${text} specified`);
        return true;
      case "no_track":
        this.#noTrack = true;
        return true;
      case "track_group":
        if (this.#kind === "virtual") return false;
        this.#set("trackGroup", line.trackGroup(this.#simple.trackGroup));
        return true;
      default:
        return false;
    }
  }

  #setAction(word: string): void {
    switch (word) {
      case "goto": {
        const preference = this.#line.unsigned(UINT32_MAX, (text) => `Invalid target ${text} specified`);
        if (preference !== undefined) this.#act({ kind: "goto", preference });
        return;
      }
      case "nop":
      case "blackhole":
      case "unreachable":
      case "prohibit":
      case "l3mdev":
        this.#act({ kind: word });
        return;
      default:
        this.#line.fail(`Unknown rule option ${word}`);
    }
  }

  /** What a packet must be like for the rule to count; false when the word is no such option. */
  #selector(word: string): boolean {
    const line = this.#line;
    switch (word) {
      case "not":
        this.#not = true;
        return true;
      case "from":
      case "to":
        this.#set(word, this.#prefix(word));
        return true;
      case "dev":
      case "iif":
      case "oif":
        this.#set(word === "oif" ? "outputInterface" : "inputInterface", this.#interface());
        return true;
      case "tos":
      case "dsfield": {
        const tos = line.name("dsfield", (text) => `TOS value ${text} is invalid`);
        this.#set("tos", tos);
        return true;
      }
      case "fwmark":
        this.#set("fwmark", this.#fwmark());
        return true;
      case "realms": {
        const realms = line.realms((text) => `invalid realms ${text} for rule`);
        this.#set("realms", realms);
        return true;
      }
      case "tunnel-id":
        this.#set("tunnelId", this.#tunnelId());
        return true;
      case "uidrange": {
        const userIds = this.#range(UINT32_MAX, (text) => `Invalid uidrange ${text} specified`);
        this.#set("userIds", userIds);
        return true;
      }
      case "sport": {
        const ports = this.#range(PORT_MAX, (text) => `invalid sport range ${text}`);
        this.#set("sourcePorts", ports);
        return true;
      }
      case "dport": {
        const ports = this.#range(PORT_MAX, (text) => `invalid dport range ${text}`);
        this.#set("destinationPorts", ports);
        return true;
      }
      case "ipproto": {
        const protocol = line.name("ipProtocol", (text) => `Invalid ipproto ${text}`);
        this.#set("ipProtocol", protocol);
        return true;
      }
      case "protocol": {
        const protocol = line.unsigned(255, (text) => `Invalid protocol ${text}`);
        this.#set("protocol", protocol);
        return true;
      }
      case "suppress_prefixlength":
      case "sup_pl":
        this.#set("suppressPrefixLength", this.#suppressPrefixLength());
        return true;
      case "suppress_ifgroup":
      case "sup_group": {
        const group = line.name("group", (text) => `suppress_group ${text} is invalid`);
        this.#set("suppressGroup", group);
        return true;
      }
      default:
        return false;
    }
  }

  #set<Key extends keyof Rule>(key: Key, value: Rule[Key] | undefined): void {
    if (value !== undefined) this.#simple[key] = value;
  }

  #fwmark(): Rule["fwmark"] {
    const text = this.#line.next();
    const [value, mask, ...rest] = text.split("/").map(parseCNumber);
    const fits = (number: number | undefined) => number !== undefined && number <= UINT32_MAX;
    if (value === undefined || !fits(value) || rest.length > 0 || (text.includes("/") && !fits(mask)))
      return this.#line.fail(`Invalid rule fwmark ${text} specified`);
    return mask === undefined ? { value } : { value, mask };
  }

  #tunnelId(): string | undefined {
    const text = this.#line.next();
    if (/^[0-9]+$/.test(text) && BigInt(text) <= MAX_ID) return BigInt(text).toString();
    return this.#line.fail(`Invalid tunnel-id ${text} specified`);
  }

  #suppressPrefixLength(): number | undefined {
    const text = this.#line.next();
    const length = parseCNumber(text);
    if (length !== undefined && length <= UINT32_MAX) return length;
    return this.#line.fail(`Invalid suppress_prefixlength ${text} specified`);
  }

  /** `A-B`; both are cut to what fits. */
  #range(high: number, message: (text: string) => string): NumberRange | undefined {
    const text = this.#line.next();
    const match = /^([0-9]+)-([0-9]+)$/.exec(text);
    if (match === null) return this.#line.fail(message(text));
    return { first: Math.min(Number(match[1]), high), last: Math.min(Number(match[2]), high) };
  }

  #interface(): string | undefined {
    const name = this.#line.next();
    if (this.#line.root.knowsInterface(name)) return name;
    return this.#line.fail(`WARNING - interface ${name} for rule doesn't exist`);
  }

  #act(action: RuleAction): void {
    if (this.#action !== undefined) {
      this.#line.fail(
        "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule",
      );
    } else this.#action = action;
  }

  #prefix(word: string): Prefix | undefined {
    const line = this.#line;
    const text = line.next();
    if (text === "all" || text === "any" || text === "default") return undefined;
    const prefix = line.failed ? undefined : readPrefix(line.statement, line.at);
    if (prefix === undefined) return line.fail(`Invalid rule ${word} address ${text}`);
    const message = "rule specification has mixed IPv4 and IPv6";
    return line.useFamily(familyOf(prefix.address), message) ? prefix : undefined;
  }
}
