/** Keywords of a vrrp_instance about where adverts go and come from: interface, unicast, multicast, VMAC. */

import { familyOf, isMulticast } from "../../base/ip-address.js";
import { type MacAddress, parseMacAddress } from "../../base/mac-address.js";
import type { InstanceDraft } from "../draft.js";
import { type Keyword, line, list } from "../keyword-table.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { MAX_INTERFACE_NAME, parseHost } from "./addresses.js";
import { readIpvlan } from "./ipvlan.js";
import { readUnicastPeer } from "./unicast.js";

const CODE = "ERR_CONFIG_INTERFACE";

function complain(statement: Statement, message: string, index = 1, hint?: string): void {
  statement.complain(CODE, message, index, hint);
}

/** All of them. */
export const networkKeywords: readonly Keyword<InstanceDraft>[] = [
  line("interface", { argument: "IF", doc: "where adverts are sent and received" }, (instance, statement) => {
    const name = statement.required(1);
    if (name.length > MAX_INTERFACE_NAME) {
      complain(
        statement,
        `Interface name '${name}' too long - ignoring`,
        1,
        `at most ${MAX_INTERFACE_NAME} characters`,
      );
      return;
    }
    instance.interface = undefined;
    if (!instance.root.knowsInterface(name)) {
      complain(statement, `WARNING - interface ${name} for vrrp_instance ${instance.name} doesn't exist`);
    } else if (instance.root.world?.isLoopback?.(name) === true) {
      complain(statement, `(${instance.name}) cannot use a loopback interface (${name}) for vrrp - ignoring`);
    } else instance.interface = name;
  }),
  line(
    "unicast_src_ip",
    { argument: "IP", doc: "source address of unicast adverts" },
    (instance, statement) => {
      instance.unicastConfigured = true;
      setSource(instance, statement);
    },
  ),
  line("mcast_src_ip", { argument: "IP", doc: "source address of adverts" }, setSource),
  list(
    "unicast_peer",
    { doc: "routers that adverts are sent to instead of multicast: IP [min_ttl N] [max_ttl N]" },
    readUnicastPeer,
    {
      open: (instance) => {
        instance.unicastConfigured = true;
        return true;
      },
    },
  ),
  line("unicast_ttl", { argument: "N", doc: "TTL of unicast adverts, 0..255" }, (instance, statement) => {
    const value = readUnsigned(statement, 1, 0, 255);
    if (value !== undefined) instance.unicastTtl = value;
    else
      complain(
        statement,
        `(${instance.name}): TTL '${statement.required(1)}' not valid - must be between 0 & 255`,
      );
  }),
  line("unicast_fault_no_peer", { doc: "FAULT when unicast is configured without peers" }, (instance) => {
    instance.unicastConfigured = true;
    instance.unicastFaultNoPeer = true;
  }),
  line("check_unicast_src", { doc: "accept adverts from configured peers only" }, (instance) => {
    instance.unicastConfigured = true;
    instance.checkUnicastSource = true;
  }),
  line(
    "old_unicast_checksum",
    { argument: "[never]", doc: "VRRPv3 unicast checksum of old versions" },
    (instance, statement) => {
      instance.unicastConfigured = true;
      const mode = statement.word(1);
      if (mode === undefined) instance.oldUnicastChecksum = "always";
      else if (mode === "never") instance.oldUnicastChecksum = "never";
      else complain(statement, `(${instance.name}) Unknown old_unicast_chksum mode ${mode} - ignoring`);
    },
  ),
  line("mcast_dst_ip", { argument: "IP", doc: "where multicast adverts go" }, setMulticastGroup),
  line("track_src_ip", { doc: "FAULT while the configured source address is not there" }, (instance) => {
    instance.trackSourceAddress = true;
  }),
  line("native_ipv6", { doc: "an IPv6 instance whatever its addresses" }, (instance, statement) => {
    if (instance.family === 4) {
      complain(statement, `(${instance.name}) Cannot specify native_ipv6 with IPv4 addresses`, 0);
      return;
    }
    instance.family = 6;
    instance.version = 3;
  }),
  line(
    "use_vmac",
    { argument: "[NAME] [MAC] [netlink_notify_msg] [group G]", doc: "a macvlan with the virtual router MAC" },
    setVmac,
  ),
  line("vmac_xmit_base", { doc: "adverts leave through the base interface of the VMAC" }, (instance) => {
    instance.transmitOnBase = true;
  }),
  line("use_vmac_addr", { doc: "a VMAC also for addresses on other interfaces" }, (instance) => {
    instance.vmacForOtherAddresses = true;
  }),
  line(
    "use_ipvlan",
    { argument: "[NAME] [IP] [bridge|private|vepa] [group G]", doc: "an ipvlan instead of a macvlan" },
    readIpvlan,
  ),
  line(
    "vrf",
    { argument: "IF", doc: "VRF of a unicast instance without interface" },
    (instance, statement) => {
      const name = statement.required(1);
      if (name.length > MAX_INTERFACE_NAME) {
        complain(statement, `(${instance.name}) VRF interface name '${name}' too long - ignoring`);
      } else if (instance.interface !== undefined) {
        complain(statement, `(${instance.name}) Cannot specify VRF interface and interface - ignoring`);
      } else if (instance.vrf !== undefined) {
        complain(
          statement,
          `(${instance.name}) VRF interface already specified as '${instance.vrf}' - ignoring`,
        );
      } else if (!instance.root.knowsInterface(name)) {
        complain(statement, `(${instance.name}) WARNING - VRF interface ${name} doesn't exist`);
      } else instance.vrf = name;
    },
  ),
  line(
    "kernel_rx_buf_size",
    { argument: "BYTES", doc: "receive buffer of the socket", required: 0 },
    (instance, statement) => {
      const one = statement.words.length === 2;
      const value = one ? readUnsigned(statement, 1, 0, UINT32_MAX) : undefined;
      if (value !== undefined) instance.kernelReceiveBuffer = value;
      else complain(statement, `(${instance.name}) invalid kernel_rx_buf_size specified`);
    },
  ),
  line("promote_secondaries", { doc: "set the sysctl promote_secondaries on the interface" }, (instance) => {
    instance.promoteSecondaries = true;
  }),
  line("linkbeat_use_polling", { doc: "deprecated: use linkbeat_interfaces" }, (instance, statement) => {
    instance.linkbeatPolling = true;
    complain(
      statement,
      `(${instance.name}) 'linkbeat_use_polling' in vrrp instance deprecated - use linkbeat_interfaces block`,
      0,
    );
  }),
  line(
    "lvs_sync_daemon_interface",
    { argument: "IF", doc: "deprecated: use lvs_sync_daemon", required: 1 },
    (instance, statement) => {
      complain(
        statement,
        `(${instance.name}) Specifying lvs_sync_daemon_interface against a vrrp is deprecated.`,
        0,
        "write lvs_sync_daemon in global_defs",
      );
    },
  ),
];

function setSource(instance: InstanceDraft, statement: Statement): void {
  const text = statement.required(1);
  const address = parseHost(text);
  if (address === undefined) {
    complain(
      statement,
      `Configuration error: VRRP instance[${instance.name}] malformed src address[${text}]. Skipping...`,
      1,
      "a plain address: no name",
    );
  } else if (instance.acceptsFamily(familyOf(address))) instance.sourceAddress = address;
  else {
    complain(
      statement,
      `Configuration error: VRRP instance[${instance.name}] and src address[${text}] MUST be of the same family !!! Skipping...`,
    );
    instance.sourceAddress = undefined;
  }
}

function setMulticastGroup(instance: InstanceDraft, statement: Statement): void {
  const text = statement.required(1);
  const address = parseHost(text);
  if (address === undefined) {
    complain(statement, `(${instance.name}) malformed mcast dest address ${text}. Skipping...`);
    return;
  }
  const family = familyOf(address);
  instance.multicastGroup = undefined;
  if (!instance.acceptsFamily(family)) {
    complain(
      statement,
      `(${instance.name}) mcast dest address ${text} MUST match VRRP instance family. Skipping...`,
    );
    return;
  }
  if (family === 4 ? isMulticast(address) : /^ff[0-9a-f]2:/.test(address)) instance.multicastGroup = address;
  else {
    complain(
      statement,
      `(${instance.name}) mcast_dst_ip ${text} not${family === 6 ? " link-local" : ""} multicast. Skipping...`,
    );
  }
}

function setVmac(instance: InstanceDraft, statement: Statement): void {
  instance.vmac ??= { notifyMessage: false };
  const vmac = instance.vmac;
  for (let i = 1; i < statement.words.length; i++) {
    let word = statement.required(i);
    if (word.includes(":")) {
      const mac = readVmacAddress(instance, statement, i);
      if (mac !== undefined) vmac.mac = mac;
      continue;
    }
    if (word === "netlink_notify_msg") {
      vmac.notifyMessage = true;
      continue;
    }
    if (word === "group") {
      vmac.group = statement.word(++i) ?? "";
      continue;
    }
    if (word === "name") word = statement.word(++i) ?? "";
    if (vmac.name !== undefined) complain(statement, "VMAC interface name already specified", i);
    else if (
      word === "" ||
      word.length > MAX_INTERFACE_NAME ||
      word === "." ||
      word === ".." ||
      /[\s/:]/.test(word)
    ) {
      complain(statement, `VMAC interface name '${word}' too long or invalid characters - ignoring`, i);
    } else if (isOtherInterface(instance, word)) {
      const message = `(${instance.name}) interface ${word} already exists and is not a private macvlan; ignoring vmac if_name`;
      complain(statement, message, i, "give the VMAC a name of its own");
    } else {
      const other = instance.root.virtualInterfaces.get(word);
      if (other === undefined) {
        vmac.name = word;
        instance.root.virtualInterfaces.set(word, instance.name);
      } else
        complain(
          statement,
          `(${instance.name}) VRRP instance ${other} is already using ${word} - ignoring name`,
          i,
        );
    }
  }
}

/** True for the name of an interface that is there and is no macvlan. */
function isOtherInterface({ root }: InstanceDraft, name: string): boolean {
  const { world } = root;
  return (
    world?.virtualKind !== undefined && world.interfaceExists(name) && world.virtualKind(name) !== "macvlan"
  );
}

/** A MAC of six octets, or of five when the VRID is to be the sixth: then the last octet is 00 until the VRID is known. */
function readVmacAddress(
  instance: InstanceDraft,
  statement: Statement,
  index: number,
): MacAddress | undefined {
  const text = statement.required(index);
  if (instance.vmac?.mac !== undefined) {
    complain(statement, "VMAC interface address already specified", index);
    return undefined;
  }
  const octets = text.replace(/:$/, "").split(":");
  const ofVrid = octets.length === 5;
  if (ofVrid) octets.push("00");
  const mac = parseMacAddress(octets.map((octet) => octet.padStart(2, "0")).join(":"));
  if (mac === undefined) complain(statement, `VMAC invalid MAC address ${text} - ignored`, index);
  else if (Number.parseInt(mac.slice(0, 2), 16) % 2 === 1) {
    complain(statement, `VMAC MAC address is multicast ${text} - ignoring`, index);
  } else if (/^00:00:5e:00:0[12]:/.test(mac)) {
    complain(statement, `VMAC MAC address not allowed to be RFC5798 address (${text}) - ignoring`, index);
  } else {
    if (instance.vmac !== undefined) instance.vmac.macOfVrid = ofVrid;
    return mac;
  }
  return undefined;
}
