/** `vrrp_instance NAME`: one virtual router. The table is put together from its parts by subject. */

import { type AddressDraft, type ConfigDraft, InstanceDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, line, list } from "../keyword-table.js";
import type { Statement } from "../statement.js";
import { readAddress } from "./addresses.js";
import { authentication, authHmac } from "./authentication.js";
import { announcementKeywords } from "./instance-announcements.js";
import { electionKeywords } from "./instance-election.js";
import { networkKeywords } from "./instance-network.js";
import { instanceNotify } from "./notify.js";
import { readRoute } from "./routes.js";
import { readRule } from "./rules.js";
import { trackerKeywords } from "./trackers.js";

const CODE = "ERR_CONFIG_VIRTUAL_ADDRESS";

const addressKeywords: readonly Keyword<InstanceDraft>[] = [
  list(
    "virtual_ipaddress",
    { doc: "addresses of the virtual router, carried in adverts" },
    (instance, statement) => {
      const address = readAddress(statement, instance.root, "virtual");
      if (address === undefined) return;
      if (!instance.acceptsFamily(address.address.includes(":") ? 6 : 4)) {
        statement.complain(
          CODE,
          `(${instance.name}): address family must match VRRP instance [${address.text}] - ignoring`,
          0,
          "put addresses of the other family into virtual_ipaddress_excluded or another instance",
        );
      } else if (!isDuplicate(instance, statement, address, "")) instance.addresses.push(address);
    },
  ),
  list(
    "virtual_ipaddress_excluded",
    { doc: "addresses held by the MASTER but not carried in adverts" },
    (instance, statement) => {
      const address = readAddress(statement, instance.root, "virtual");
      if (address !== undefined && !isDuplicate(instance, statement, address, "Excluded ")) {
        instance.excluded.push(address);
      }
    },
  ),
  line("no_virtual_ipaddress", { doc: "having no virtual address is intended" }, (instance) => {
    instance.noVirtualAddress = true;
  }),
  list("virtual_routes", { doc: "routes that are there while MASTER" }, (instance, statement) => {
    const route = readRoute(statement, instance.root, "virtual");
    if (route !== undefined) instance.routes.push(route);
  }),
  list("virtual_rules", { doc: "policy rules that are there while MASTER" }, (instance, statement) => {
    const rule = readRule(statement, instance.root, "virtual");
    if (rule !== undefined) instance.rules.push(rule);
  }),
];

const TABLE = new KeywordTable<InstanceDraft>([
  ...networkKeywords,
  ...electionKeywords,
  ...addressKeywords,
  authentication,
  authHmac,
  ...trackerKeywords<InstanceDraft>(),
  ...instanceNotify,
  ...announcementKeywords,
]);

/** The root keyword. */
export const vrrpInstance = block<ConfigDraft, InstanceDraft>(
  "vrrp_instance",
  { argument: "NAME {…}", doc: "one virtual router" },
  TABLE,
  {
    open: (root, statement) => {
      const name = statement.word(1);
      if (name === undefined || statement.words.length !== 2) {
        statement.complain(
          "ERR_CONFIG_NAME",
          "vrrp_instance must have a name",
          1,
          "write: vrrp_instance NAME {",
        );
        return undefined;
      }
      if (root.instances.has(name)) {
        statement.complain(
          "ERR_CONFIG_DUPLICATE",
          `vrrp instance ${name} already defined`,
          1,
          "give it another name",
        );
        return undefined;
      }
      const instance = new InstanceDraft(name, root);
      instance.place = statement.placeOf(0);
      return instance;
    },
    close: (root, instance, { end }) => {
      checkTogether(instance, end);
      root.instances.add(instance);
    },
  },
);

/** What keepalived checks at the end of the block. */
function checkTogether(instance: InstanceDraft, statement: Statement): void {
  const ownInterface = instance.vmac !== undefined || instance.ipvlan !== undefined;
  if (instance.unicastConfigured && ownInterface) {
    if (instance.interface === undefined) {
      statement.complain(
        "ERR_CONFIG_VMAC",
        `(${instance.name}): Cannot use VMAC/ipvlan with unicast and no interface - clearing use_vmac`,
      );
      instance.vmac = undefined;
      instance.ipvlan = undefined;
    } else if (!instance.transmitOnBase) {
      statement.complain(
        "ERR_CONFIG_VMAC",
        `(${instance.name}) unicast with use_vmac requires vmac_xmit_base - setting`,
      );
      instance.transmitOnBase = true;
    }
  }
  if (instance.peers.size === 0 && instance.unicastTtl !== undefined) {
    statement.complain(
      "ERR_CONFIG_UNICAST",
      `(${instance.name}): Cannot use unicast_ttl without unicast peers - resetting`,
    );
    instance.unicastTtl = undefined;
  }
}

/**
 * Reports an address that the instance has already; otherwise remembers it. An excluded address may be there once more
 * on another interface.
 */
function isDuplicate(
  instance: InstanceDraft,
  statement: Statement,
  { address, interface: device = "" }: AddressDraft,
  kind: "" | "Excluded ",
): boolean {
  const excluded = kind !== "";
  const inAddresses = instance.addressKeys.has(excluded ? `VIP ${address} ${device}` : `VIP ${address}`);
  const inExcluded = instance.addressKeys.has(`excluded ${address} ${device}`);
  const where = inAddresses ? "a VIP" : inExcluded ? "an excluded VIP" : undefined;
  const list = excluded ? "excluded" : "VIP";
  instance.addressKeys.add(`${list} ${address}`).add(`${list} ${address} ${device}`);
  if (where === undefined) return false;
  statement.note(
    CODE,
    `(${instance.name}): ${kind}VIP duplicates ${where} ${statement.required(0)} - ignoring`,
    0,
    "remove one of the two",
  );
  return true;
}
