/** Lines of `unicast_peer`. */

import { familyOf } from "../../base/ip-address.js";
import type { InstanceDraft } from "../draft.js";
import { readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";
import { parseHost } from "./addresses.js";

const CODE = "ERR_CONFIG_UNICAST_PEER";

/** `IP [min_ttl N] [max_ttl N]`: a router that adverts are sent to. */
export function readUnicastPeer(instance: InstanceDraft, statement: Statement): void {
  const text = statement.required(0);
  const address = parseHost(text);
  if (address === undefined) {
    statement.complain(
      CODE,
      `Configuration error: VRRP instance[${instance.name}] malformed unicast peer address[${text}]. Skipping...`,
      0,
      "a plain address: no name",
    );
    return;
  }
  if (!instance.acceptsFamily(familyOf(address))) {
    statement.complain(
      CODE,
      `Configuration error: VRRP instance[${instance.name}] and unicast peer address[${text}] MUST be of the same family !!! Skipping...`,
    );
    return;
  }
  const limits: { minTtl?: number; maxTtl?: number } = {};
  for (let i = 1; i < statement.words.length; i += 2) {
    if (!readLimit(instance, statement, i, limits)) break;
  }
  if (instance.peers.has(address)) {
    statement.note(CODE, `(${instance.name}) ${text} - duplicate unicast_peer`, 0, "remove one of the two");
    return;
  }
  const { minTtl = 0, maxTtl = 255 } = limits;
  if (minTtl > maxTtl) {
    statement.complain(
      CODE,
      `(${instance.name}) ${text} - min_ttl ${minTtl} > max_ttl ${maxTtl} - all packets will be discarded`,
    );
  }
  instance.peers.set(address, { address, ...limits });
}

/** False when nothing more of the line is to be read. */
function readLimit(
  instance: InstanceDraft,
  statement: Statement,
  index: number,
  limits: { minTtl?: number; maxTtl?: number },
): boolean {
  const option = statement.required(index);
  const peer = `(${instance.name}) ${statement.required(0)}`;
  if (statement.word(index + 1) === undefined) {
    statement.complain(CODE, `${peer} - ${option} is missing a value`, index);
    return false;
  }
  const value = readUnsigned(statement, index + 1, 0, 255);
  if (value === undefined) return true;
  if (option === "min_ttl") limits.minTtl = value;
  else if (option === "max_ttl") limits.maxTtl = value;
  else {
    statement.complain(
      CODE,
      `${peer} - unknown unicast_peer option ${option}`,
      index,
      "min_ttl N or max_ttl N",
    );
    return false;
  }
  instance.checkUnicastSource = true;
  return true;
}
