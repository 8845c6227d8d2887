/** `use_ipvlan`: an ipvlan interface for an instance. */

import { familyOf, parseIpAddress } from "../../base/ip-address.js";
import type { InstanceDraft } from "../draft.js";
import type { Statement } from "../statement.js";
import { MAX_INTERFACE_NAME } from "./addresses.js";

const CODE = "ERR_CONFIG_IPVLAN";

const MODES = ["bridge", "private", "vepa"] as const;

/** `[NAME] [IP] [bridge|private|vepa] [group G]` in any order. */
export function readIpvlan(instance: InstanceDraft, statement: Statement): void {
  const complain = (message: string, index: number) => statement.complain(CODE, message, index);
  if (instance.ipvlan !== undefined) {
    complain(`(${instance.name}) use_ipvlan already specified`, 0);
    return;
  }
  const { root } = instance;
  const ipvlan: NonNullable<InstanceDraft["ipvlan"]> = {};
  instance.ipvlan = ipvlan;
  for (let i = 1; i < statement.words.length; i++) {
    let word = statement.required(i);
    const mode = MODES.find((candidate) => candidate === word);
    if (mode !== undefined) {
      if (ipvlan.mode !== undefined)
        complain(`(${instance.name}) ipvlan type already specified - ignoring '${word}'`, i);
      else ipvlan.mode = mode;
      continue;
    }
    if (word === "group") {
      ipvlan.group = statement.word(++i) ?? "";
      continue;
    }
    const address = parseIpAddress(word.split("/")[0] ?? "");
    if (address !== undefined) {
      if (ipvlan.address !== undefined) {
        complain(`(${instance.name}) ipvlan address already specified - ignoring '${word}'`, i);
      } else if (!instance.acceptsFamily(familyOf(address))) {
        complain(
          `(${instance.name}) ipvlan address[${word}] MUST match vrrp instance family !!! Skipping...`,
          i,
        );
      } else {
        ipvlan.address = address;
        instance.sourceAddress ??= address;
      }
      continue;
    }
    if (word === "name") word = statement.word(++i) ?? "";
    if (ipvlan.name !== undefined) {
      complain(`(${instance.name}) IPVLAN interface already specified - ignoring '${word}'`, i);
    } else if (word.length > MAX_INTERFACE_NAME) {
      complain(`(${instance.name}) IPVLAN interface name '${word}' too long - ignoring`, i);
    } else if (root.world?.virtualKind?.(word) !== "ipvlan" && root.world?.interfaceExists(word) === true) {
      const message = `(${instance.name}) interface ${word} already exists and is not an l2 ipvlan; ignoring ipvlan if_name`;
      complain(message, i);
    } else {
      ipvlan.name = word;
      root.virtualInterfaces.set(word, instance.name);
    }
  }
}
