/** rtnetlink messages about policy rules (linux/fib_rules.h), as keepalived forms them. */

import { Flags, FlagsNew } from "netlink/dist/constants.js";
import * as rt from "netlink/dist/rt/structs.js";
import {
  AttrStream,
  formatMessage,
  getU32,
  parseAttributes,
  putU8,
  putU16,
  putU32,
} from "netlink/dist/structs.js";
import { addressBytes } from "../../../base/ip-address.js";
import type { NumberRange, Rule, RuleAction } from "../../../base/routing.js";
import { AF_INET, AF_INET6 } from "../../both/address-families.js";
import { bigEndian64 } from "./route-messages.js";

/** FIB_RULE_INVERT. */
const INVERT = 2;

/** Attributes of a rule. */
const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_GOTO = 4;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_FLOW = 11;
const FRA_TUN_ID = 12;
const FRA_SUPPRESS_IFGROUP = 13;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;
const FRA_OIFNAME = 17;
const FRA_L3MDEV = 19;
const FRA_UID_RANGE = 20;
const FRA_PROTOCOL = 21;
const FRA_IP_PROTO = 22;
const FRA_SPORT_RANGE = 23;
const FRA_DPORT_RANGE = 24;

/** FR_ACT_*. */
const ACTIONS: Record<RuleAction["kind"], number> = {
  table: 1,
  l3mdev: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
};

/** Largest table number that fits the header; others stand in an attribute. */
const LARGEST_SHORT_TABLE = 255;

/** A request to add or remove one rule. */
export function ruleRequest(
  operation: "add" | "remove",
  rule: Rule,
  acknowledge: boolean,
  seq: number,
): Buffer {
  const body = new AttrStream();
  body.emit(headerOf(rule));
  for (const [type, data] of attributesOf(rule)) body.push(type, data);
  const flags =
    Flags.REQUEST |
    (acknowledge ? Flags.ACK : 0) |
    (operation === "add" ? FlagsNew.CREATE | FlagsNew.EXCL : 0);
  const type = operation === "add" ? rt.MessageType.NEWRULE : rt.MessageType.DELRULE;
  return Buffer.concat(formatMessage({ type, flags, seq, port: 0, data: body.bufs }));
}

/** `struct fib_rule_hdr`. */
function headerOf(rule: Rule): Buffer {
  const table = tableOf(rule);
  const header = Buffer.alloc(12);
  header[0] = rule.family === 4 ? AF_INET : AF_INET6;
  header[1] = rule.to?.length ?? 0;
  header[2] = rule.from?.length ?? 0;
  header[3] = rule.tos;
  header[4] = table > LARGEST_SHORT_TABLE ? 0 : table;
  header[7] = ACTIONS[rule.action.kind];
  header.set(putU32(rule.not ? INVERT : 0), 8);
  return header;
}

function tableOf({ action }: Rule): number {
  return action.kind === "table" ? action.table : 0;
}

function attributesOf(rule: Rule): [number, Buffer][] {
  const { action, fwmark } = rule;
  const attributes: [number, Buffer | undefined][] = [
    [FRA_TABLE, tableOf(rule) > LARGEST_SHORT_TABLE ? putU32(tableOf(rule)) : undefined],
    [FRA_SRC, rule.from && Buffer.from(addressBytes(rule.from.address))],
    [FRA_DST, rule.to && Buffer.from(addressBytes(rule.to.address))],
    [FRA_PRIORITY, putU32(rule.preference)],
    [FRA_FWMARK, fwmark && putU32(fwmark.value)],
    [FRA_FWMASK, fwmark?.mask === undefined ? undefined : putU32(fwmark.mask)],
    [FRA_FLOW, rule.realms === undefined ? undefined : putU32(rule.realms)],
    [
      FRA_SUPPRESS_PREFIXLEN,
      rule.suppressPrefixLength === undefined ? undefined : putU32(rule.suppressPrefixLength),
    ],
    [FRA_SUPPRESS_IFGROUP, rule.suppressGroup === undefined ? undefined : putU32(rule.suppressGroup)],
    [FRA_IIFNAME, rule.inputInterface === undefined ? undefined : nameBytes(rule.inputInterface)],
    [FRA_OIFNAME, rule.outputInterface === undefined ? undefined : nameBytes(rule.outputInterface)],
    [FRA_TUN_ID, rule.tunnelId === undefined ? undefined : bigEndian64(rule.tunnelId)],
    [FRA_UID_RANGE, rule.userIds && range(rule.userIds, putU32)],
    [FRA_L3MDEV, action.kind === "l3mdev" ? putU8(1) : undefined],
    [FRA_PROTOCOL, rule.protocol === 0 ? undefined : putU8(rule.protocol)],
    [FRA_IP_PROTO, rule.ipProtocol === undefined ? undefined : putU8(rule.ipProtocol)],
    [FRA_SPORT_RANGE, rule.sourcePorts && range(rule.sourcePorts, putU16)],
    [FRA_DPORT_RANGE, rule.destinationPorts && range(rule.destinationPorts, putU16)],
    [FRA_GOTO, action.kind === "goto" ? putU32(action.preference) : undefined],
  ];
  return attributes.flatMap(([type, data]) => (data === undefined ? [] : [[type, data]]));
}

function nameBytes(name: string): Buffer {
  return Buffer.from(`${name}\0`);
}

function range({ first, last }: NumberRange, put: (value: number) => Buffer): Buffer {
  return Buffer.concat([put(first), put(last)]);
}

/** What the kernel shows of a rule: a text that is equal for equal rules, and its RTPROT_*; undefined when it is too short. */
export function readRule(data: Buffer): { readonly key: string; readonly protocol: number } | undefined {
  if (data.length < 12) return undefined;
  const values = new Map<number, Buffer>();
  parseAttributes(data.subarray(12), ({ type, data: value }) => values.set(type, value));
  const table = values.get(FRA_TABLE);
  const header = data.subarray(0, 12);
  const key = keyOf(header, table === undefined ? 0 : getU32(table), (type) => values.get(type));
  return { key, protocol: values.get(FRA_PROTOCOL)?.[0] ?? 0 };
}

/** The text under which the kernel shows a rule that was added. */
export function ruleKey(rule: Rule): string {
  const values = new Map(attributesOf(rule));
  return keyOf(headerOf(rule), tableOf(rule), (type) => values.get(type));
}

/** Of what two rules of ours can differ in; what the kernel fills in by itself is left out. */
function keyOf(header: Buffer, table: number, value: (type: number) => Buffer | undefined): string {
  const attributes = [
    FRA_PRIORITY,
    FRA_SRC,
    FRA_DST,
    FRA_FWMARK,
    FRA_IIFNAME,
    FRA_OIFNAME,
    FRA_TUN_ID,
    FRA_GOTO,
  ];
  const more = [FRA_UID_RANGE, FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE];
  const texts = [...attributes, ...more].map((type) => value(type)?.toString("hex") ?? "");
  return [header[0], header[1], header[2], header[3], header[7], table, ...texts].join("/");
}
