/** `virtual_server_group` and `SSL`: known and checked, not run. */

import {
  addressBytes,
  familyOf,
  hostPrefixLength,
  type IpAddress,
  parseIpAddress,
} from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, list } from "../keyword-table.js";
import { ServerGroupDraft } from "../lvs-draft.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { LVS_CODE as CODE } from "./lvs-values.js";
import { wordKeyword } from "./value-keywords.js";

function readEntry(group: ServerGroupDraft, statement: Statement): void {
  if (statement.keyword === "fwmark") {
    readMark(group, statement);
    return;
  }
  const [range, portText] = [statement.required(0), statement.word(1)];
  const port = portText === undefined ? 0 : readUnsigned(statement, 1, 1, 65_535);
  const address = parseIpAddress(range.split(/[-/]/)[0] ?? "");
  if (address === undefined || port === undefined) {
    const shown = portText === undefined ? "" : `/port/${portText}`;
    const message = `Invalid virtual server group IP address ${range} ${shown} - skipping`;
    statement.complain(CODE, message, 0, "IP[-LAST|/LENGTH] [PORT]");
    return;
  }
  const problem = rangeProblem(range, address);
  if (problem !== undefined) {
    statement.complain(CODE, problem, 0);
    return;
  }
  group.entries++;
  group.kinds.add(familyOf(address) === 4 ? "4" : "6");
  group.ranges.push({ label: `[${range},${port}]`, port });
}

function readMark(group: ServerGroupDraft, statement: Statement): void {
  if (statement.word(1) === undefined) {
    statement.refuse(
      "ERR_CONFIG_MISSING_PARAMETER",
      "*** Configuration line starting `fwmark` is missing a parameter after keyword `fwmark` at word position 2",
      1,
      "write: fwmark N [inet|inet6]",
    );
    return;
  }
  const mark = readUnsigned(statement, 1, 0, UINT32_MAX);
  const family = statement.word(2);
  if (mark === undefined) {
    const message = `(${group.name}): fwmark '${statement.required(1)}' must be in [0, ${UINT32_MAX}] - ignoring`;
    statement.complain(CODE, message, 1);
  } else if (family !== undefined && family !== "inet" && family !== "inet6") {
    statement.complain(
      CODE,
      `(${group.name}): fwmark '${mark}' family ${family} unknown - ignoring`,
      2,
      "inet or inet6",
    );
  } else {
    group.entries++;
    group.marks++;
    group.kinds.add(family === undefined ? "fwmark" : family === "inet" ? "4" : "6");
  }
}

/** True when an address stands before another one of its family. */
function isBelow(one: Uint8Array, other: Uint8Array): boolean {
  const at = one.findIndex((byte, i) => byte !== other[i]);
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
}

/** What is wrong with `FIRST-LAST` or `ADDRESS/LENGTH`. LAST is an address, or counts in the last part of the first one. */
function rangeProblem(range: string, first: IpAddress): string | undefined {
  const bytes = addressBytes(first);
  const [, kind, end = ""] = /([-/])(.*)$/.exec(range) ?? [];
  if (kind === "/") {
    const bits = hostPrefixLength(familyOf(first));
    if (!/^[0-9]+$/.test(end) || Number(end) > bits) return `Invalid netmask - ${range} - skipping`;
    const host = [...bytes].some((byte, i) => {
      const kept = Math.min(8, Math.max(0, Number(end) - 8 * i));
      return (byte & (0xff >> kept)) !== 0;
    });
    return host ? `Address mask bits not empty - ${range} - skipping` : undefined;
  }
  if (kind === undefined) return undefined;
  const v4 = familyOf(first) === 4;
  if (end.includes(v4 ? "." : ":")) {
    const whole = parseIpAddress(end);
    if (whole === undefined || familyOf(whole) !== familyOf(first))
      return `Invalid range end ${range} - skipping`;
    const message = `Address range end is less than address range start - ${range} - skipping`;
    return isBelow(addressBytes(whole), bytes) ? message : undefined;
  }
  const rest = end.replace(v4 ? /^[0-9]+/ : /^[0-9a-fA-F]+/, "");
  if (rest !== "") return `Virtual server group range '${range}' has extra characters at end '${rest}'`;
  const last = Number.parseInt(end, v4 ? 10 : 16);
  const start = v4 ? (bytes[3] ?? 0) : ((bytes[14] ?? 0) << 8) | (bytes[15] ?? 0);
  if (last > (v4 ? 255 : 65_535)) return `Virtual server group range '${range}' end '${end}' too large`;
  if (!(last > start))
    return `Address range end is not greater than address range start - ${range} - skipping`;
  return undefined;
}

const virtualServerGroup = list<ConfigDraft>(
  "virtual_server_group",
  { argument: "NAME {…}", required: 1, doc: "addresses and marks of a service: checked, not run" },
  (root, statement) => {
    const group = root.virtualServerGroups.at(-1);
    if (group !== undefined) readEntry(group, statement);
  },
  {
    open: (root, statement) => {
      if (statement.words.length > 2) {
        const message =
          "*** Configuration line starting `***MISSING ***` is missing a parameter at word position 1";
        statement.refuse("ERR_CONFIG_MISSING_PARAMETER", message, 2, "write: virtual_server_group NAME {");
      }
      root.virtualServerGroups.push(new ServerGroupDraft(statement.required(1)));
      const place = statement.placeOf(0);
      root.unused.push({ keyword: "virtual_server_group", arguments: statement.args, place });
      return true;
    },
    close: (root, { end }) => {
      const group = root.virtualServerGroups.at(-1);
      if (group === undefined) return;
      if (group.entries === 0)
        end.complain(CODE, `virtual server group ${group.name} has no entries - removing`);
      else if (group.kinds.has("4") && group.kinds.has("6") && group.kinds.has("fwmark")) {
        const message = `virtual server group ${group.name} cannot have IPv4, IPv6 and fwmark without family - removing`;
        end.complain(CODE, message);
      }
    },
  },
);

/** Known inside SSL; the values are secrets or their files. */
const SSL = ["password", "ca", "certificate", "key"] as const;

const SSL_MISSING = { password: "password", ca: "cafile", certificate: "certfile", key: "keyfile" } as const;

const ssl = block<ConfigDraft, ConfigDraft>(
  "SSL",
  { doc: "TLS material of SSL_GET: checked, not run" },
  new KeywordTable<ConfigDraft>(
    SSL.map((name) =>
      wordKeyword<ConfigDraft>(
        name,
        {
          argument: name === "password" ? "STRING" : "FILE",
          doc: "for TLS of checks",
          code: CODE,
          missing: `SSL ${SSL_MISSING[name]} missing`,
        },
        (root, _value, statement) => {
          if (root.tlsGiven.has(name))
            statement.complain(CODE, `SSL ${SSL_MISSING[name]} already specified - replacing`, 0);
          root.tlsGiven.add(name);
        },
      ),
    ),
  ),
  {
    open: (root, statement) => {
      if (root.unused.some(({ keyword }) => keyword === "SSL")) {
        statement.complain(CODE, "SSL context already specified - replacing", 0);
      }
      root.tlsGiven.clear();
      root.unused.push({ keyword: "SSL", arguments: [], place: statement.placeOf(0) });
      return root;
    },
  },
);

/** The root keywords. */
export const groupKeywords: readonly Keyword<ConfigDraft>[] = [virtualServerGroup, ssl];
