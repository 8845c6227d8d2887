/** Global settings of IPVS with a syntax of their own: checked, not run. */

import { isMulticast, parseIpAddress } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";

const CODE = "ERR_CONFIG_GLOBAL";

/** Longest timeout, s. */
const MAX_TIMEOUT = 31 * 86_400;

/** `[tcp N] [tcpfin N] [udp N]`; false, after a complaint, when nothing is set. */
export function readTimeouts(statement: Statement): boolean {
  const { args } = statement;
  if (args.length < 2) {
    statement.complain(
      CODE,
      "lvs_timeouts requires at least one option",
      1,
      "tcp, tcpfin or udp and seconds",
    );
    return false;
  }
  for (let i = 1; i <= args.length; i++) {
    const option = statement.required(i);
    if (!["tcp", "tcpfin", "udp"].includes(option)) {
      statement.complain(
        CODE,
        `Unknown option ${option} specified for lvs_timeouts`,
        i,
        "tcp, tcpfin or udp",
      );
      continue;
    }
    const value = statement.word(i + 1);
    if (value === undefined) {
      statement.complain(CODE, `No value specified for lvs_timout ${option} - ignoring`, i);
    } else if (readUnsigned(statement, i + 1, 0, MAX_TIMEOUT) === undefined) {
      statement.complain(CODE, `Invalid lvs_timeout ${option} (${value}) - ignoring`, i + 1);
    }
    i++;
  }
  return true;
}

/** `IF [INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group IP]`; the first one counts. */
export function readSyncDaemon(statement: Statement, root: ConfigDraft): boolean {
  const first = root.global.other.get("lvs_sync_daemon");
  if (first !== undefined) {
    const message = `lvs_sync_daemon has already been specified as ${first[0]} ${first[1] ?? ""} - ignoring`;
    statement.complain(CODE, message, 1);
    return false;
  }
  const limits = { id: [0, 255], maxlen: [1, 65_507], port: [1, 65_535], ttl: [1, 255] } as const;
  const isOption = (word: string) => word in limits || word === "group";
  let at = isOption(statement.word(2) ?? "id") ? 2 : 3;
  for (; at < statement.words.length; at += 2) {
    const option = statement.required(at);
    const value = statement.word(at + 1) ?? "";
    if (option === "group") {
      const group = parseIpAddress(value);
      if (group !== undefined && isMulticast(group)) continue;
      statement.complain(CODE, `lvs_sync_daemon group address ${value} is not multicast - ignoring`, at + 1);
    } else if (option === "id" || !(option in limits)) {
      // keepalived takes a word that it does not know for the id, with or without `id` before it.
      const index = option === "id" ? at + 1 : at--;
      const number = statement.word(index) === undefined ? undefined : readUnsigned(statement, index, 0, 255);
      if (number !== undefined) continue;
      statement.complain(CODE, `Invalid syncid (${statement.word(index) ?? ""}) - defaulting to vrid`, index);
    } else {
      const [low, high] = limits[option as keyof typeof limits];
      if (readUnsigned(statement, at + 1, low, high) !== undefined) continue;
      statement.complain(CODE, `Invalid lvs_sync_daemon ${option} (${value}) - ignoring`, at + 1);
    }
  }
  return true;
}
