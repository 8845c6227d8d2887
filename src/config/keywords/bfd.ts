/** `bfd_instance`: a BFD session that instances and checks can follow; checked, not run. */

import { type IpAddress, parseIpAddress } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, line } from "../keyword-table.js";
import { readSigned } from "../numbers.js";
import type { Statement } from "../statement.js";
import { flagKeyword } from "./lvs-values.js";
import { decimalKeyword, type NumberLimits, numberKeyword } from "./value-keywords.js";

const CODE = "ERR_CONFIG_BFD";

/** Longest name. */
const MAX_NAME = 31;

/** Largest interval, ms: what fits 32 bits of µs. */
const MAX_INTERVAL = 4_294_967;

interface OpenBfd {
  readonly name: string;
  /** `malformed`: given, but no address. */
  neighbor: IpAddress | "malformed" | undefined;
  source: IpAddress | undefined;
  weight: number;
  reverse: boolean;
}

function address(
  name: string,
  doc: string,
  kind: string,
  end: string,
  apply: (bfd: OpenBfd, value: IpAddress | undefined) => void,
): Keyword<OpenBfd> {
  return line(name, { argument: "IP", doc }, (bfd, statement) => {
    const text = statement.required(1);
    const value = parseIpAddress(text.split("/")[0] ?? "");
    apply(bfd, value);
    if (value !== undefined) return;
    const message = `Configuration error: BFD instance ${bfd.name} has malformed ${kind} address ${text}, ${end}`;
    statement.complain(CODE, message, 1, "an IPv4 or IPv6 address");
  });
}

function number(name: string, doc: string, limits: NumberLimits, word = name): Keyword<OpenBfd> {
  const bad = (value: string, bfd: OpenBfd) =>
    `Configuration error: BFD instance ${bfd.name} ${word} value ${value} not valid (must be in range [${limits.low}-${limits.high}]), ignoring`;
  return numberKeyword(name, { argument: "N", doc, code: CODE, bad }, limits);
}

function interval(name: string, doc: string, low: number): Keyword<OpenBfd> {
  const bad = (value: string, bfd: OpenBfd) =>
    `Configuration error: BFD instance ${bfd.name} ${name} value ${value} is not valid (must be in range [${low}-${MAX_INTERVAL}]), ignoring`;
  const limits = { low: low * 1_000, high: MAX_INTERVAL * 1_000, places: 3 };
  return decimalKeyword(name, { argument: "MS", doc, code: CODE, bad }, limits);
}

const TABLE = new KeywordTable<OpenBfd>([
  ...["neighbor_ip", "neighbour_ip"].map((name) =>
    address(name, "the other end", "neighbor", "ignoring instance", (bfd, value) => {
      bfd.neighbor = value ?? "malformed";
    }),
  ),
  address("source_ip", "own address", "source", "ignoring", (bfd, value) => {
    bfd.source = value;
  }),
  interval("min_rx", "wanted interval of receiving", 1),
  interval("min_tx", "wanted interval of sending", 1),
  interval("idle_tx", "interval while down", 1_000),
  number("multiplier", "missed packets until down", { low: 1, high: 255 }),
  flagKeyword("passive", "wait for the other end"),
  number("ttl", "TTL of packets", { low: 1, high: 255 }, "ttl/hoplimit"),
  number("hoplimit", "hop limit of packets", { low: 1, high: 255 }, "ttl/hoplimit"),
  number("max_hops", "hops accepted", { low: -1, high: 255, signed: true }),
  flagKeyword("multihop", "port of RFC 5883"),
  line("weight", { argument: "N [reverse]", doc: "change of priority, -253..253" }, readWeight),
  flagKeyword("vrrp", "events for VRRP only"),
  flagKeyword("checker", "events for checkers only"),
]);

function readWeight(bfd: OpenBfd, statement: Statement): void {
  const weight = readSigned(statement, 1, -253, 253);
  if (weight === undefined) {
    const message = `Configuration error: BFD instance ${bfd.name} weight value ${statement.required(1)} not valid (must be in range [-253-253]), ignoring`;
    statement.complain(CODE, message, 1);
  } else bfd.weight = weight;
  const option = statement.word(2);
  bfd.reverse = option === "reverse";
  if (option === undefined || bfd.reverse) return;
  const message = `Configuration error: BFD instance ${bfd.name} unknown weight option ${option}`;
  statement.complain(CODE, message, 2, "reverse");
}

/** The root keyword. */
export const bfdInstance = block<ConfigDraft, OpenBfd>(
  "bfd_instance",
  { argument: "NAME {…}", required: 1, doc: "a BFD session; checked, not run" },
  TABLE,
  {
    open: (root, statement) => {
      const name = statement.required(1);
      if (name.length > MAX_NAME) statement.complain(CODE, `BFD name ${name} too long`, 1);
      else if (root.bfds.has(name)) statement.complain(CODE, `BFD ${name} already specified`, 1);
      else {
        // Known by name from here on, even if the block turns out to be incomplete, as in keepalived.
        const bfd: OpenBfd = { name, neighbor: undefined, source: undefined, weight: 0, reverse: false };
        root.bfds.add(bfd);
        return bfd;
      }
      return undefined;
    },
    close: (root, bfd, { start, end }) => {
      const who = `Configuration error: BFD instance ${bfd.name}`;
      if (bfd.neighbor === undefined) {
        end.complain(CODE, `${who} has no neighbor address set, disabling instance`);
        return;
      }
      if (bfd.neighbor === "malformed") return;
      const ends = `${bfd.neighbor} ${bfd.source}`;
      if (root.bfdEnds.has(ends)) {
        end.complain(CODE, `${who} has duplicate neighbor address ${bfd.neighbor}, ignoring instance`);
      } else {
        root.bfdEnds.add(ends);
        root.unused.push({ keyword: "bfd_instance", arguments: start.args, place: start.placeOf(0) });
      }
    },
  },
);
