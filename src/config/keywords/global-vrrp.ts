/** Keywords of global_defs that set defaults and limits of VRRP. */

import { familyOf, isMulticast, parseIpAddress } from "../../base/ip-address.js";
import { micros, milliseconds, seconds } from "../../base/time.js";
import { type ConfigDraft, GARP_DEFAULTS, type GlobalDraft } from "../draft.js";
import { type Keyword, line } from "../keyword-table.js";
import { MAX_SECONDS, readDecimal, readSwitch, readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";

const CODE = "ERR_CONFIG_GLOBAL";

/** Of `vrrp_peer_key`, characters: whoever knows it speaks for a peer. */
const SHORTEST_PEER_KEY = 16;

/** µs in the largest interval that fits 32 bits. */
const MAX_MICROS = UINT32_MAX;

function complain(statement: Statement, message: string, index = 1, hint?: string): void {
  statement.complain(CODE, message, index, hint);
}

/** `NAME [BOOL]`; `bad` is keepalived's complaint, with the argument for `%s`. */
export function globalSwitch(
  name: string,
  doc: string,
  bad: string,
  apply: (global: GlobalDraft, value: boolean) => void,
): Keyword<ConfigDraft> {
  return line(name, { argument: "[BOOL]", doc }, (root, statement) => {
    const value = readSwitch(statement);
    const word = statement.required(1);
    const hint = "on, off, true, false, yes, no or nothing";
    if (value !== undefined) apply(root.global, value);
    else if (SILENT_SWITCHES.includes(name)) {
      statement.note(CODE, `${name} is not set by '${word}'`, 1, hint);
    } else complain(statement, bad.replace("%s", word), 1, hint);
  });
}

/** keepalived says nothing about bad values of these. */
const SILENT_SWITCHES = ["vrrp_strict", "vrrp_skip_check_adv_addr"];

/** `NAME` alone. */
export function globalFlag(
  name: string,
  doc: string,
  apply: (global: GlobalDraft) => void,
): Keyword<ConfigDraft> {
  return line(name, { doc }, (root) => apply(root.global));
}

/** A repeat count where 0 means 1, with keepalived's complaint about it. */
function repeats(statement: Statement): number | undefined {
  const value = readUnsigned(statement, 1, 0, UINT32_MAX);
  if (value === undefined) {
    complain(statement, `${statement.keyword} '${statement.required(1)}' invalid - ignoring`);
    return undefined;
  }
  if (value === 0) complain(statement, `${statement.keyword} must be greater than 0, setting to 1`);
  return Math.max(1, value);
}

/** All of them. */
export const globalVrrpKeywords: readonly Keyword<ConfigDraft>[] = [
  line(
    "vrrp_version",
    { argument: "2|3", doc: "default protocol version of IPv4 instances" },
    ({ global }, statement) => {
      const value = readUnsigned(statement, 1, 2, 3);
      if (value === 2 || value === 3) global.vrrpVersion = value;
      else complain(statement, "VRRP Error: Version must be either 2 or 3");
    },
  ),
  globalSwitch(
    "vrrp_strict",
    "strict adherence to the RFC",
    "Invalid value '%s' for global vrrp_strict specified",
    (global, value) => {
      global.strict = value;
    },
  ),
  globalSwitch(
    "vrrp_skip_check_adv_addr",
    "address list checked only when the MASTER changes",
    "Invalid value '%s' for global vrrp_check_adv_addr specified",
    (global, value) => {
      global.skipCheckAdvAddr = value;
    },
  ),
  globalFlag("vrrp_check_unicast_src", "accept unicast adverts from configured peers only", (global) => {
    global.checkUnicastSource = true;
  }),
  line(
    "vrrp_mcast_group4",
    { argument: "IPv4", doc: "where IPv4 adverts go, default 224.0.0.18" },
    ({ global }, statement) => {
      global.multicastGroup4 = multicastGroup(statement, 4) ?? global.multicastGroup4;
    },
  ),
  line(
    "vrrp_mcast_group6",
    { argument: "IPv6", doc: "where IPv6 adverts go, default ff02::12" },
    ({ global }, statement) => {
      global.multicastGroup6 = multicastGroup(statement, 6) ?? global.multicastGroup6;
      if (global.multicastGroup6 !== undefined && !/^ff[0-9a-f]2:/.test(global.multicastGroup6)) {
        complain(statement, `vrrp_mcast_group6 [${statement.required(1)}] should be link-local multicast.`);
      }
    },
  ),
  line(
    "vrrp_garp_master_delay",
    { argument: "SECS", doc: "seconds to the second burst, default 5" },
    ({ global }, statement) => {
      const value = readUnsigned(statement, 1, 0, MAX_SECONDS);
      if (value !== undefined) global.garpDelay = seconds(value);
      else complain(statement, `vrrp_garp_master_delay '${statement.required(1)}' invalid - ignoring`);
    },
  ),
  line(
    "vrrp_garp_master_repeat",
    { argument: "N", doc: "announcements of each address in a burst, default 5" },
    ({ global }, statement) => {
      global.garpRepeat = repeats(statement) ?? global.garpRepeat;
    },
  ),
  line(
    "vrrp_garp_master_refresh",
    { argument: "SECS", doc: "seconds between bursts while MASTER, 0 = never" },
    ({ global }, statement) => {
      const value = readUnsigned(statement, 1, 0, UINT32_MAX);
      if (value === undefined)
        complain(statement, `Invalid vrrp_garp_master_refresh '${statement.required(1)}' - ignoring`);
      global.garpRefresh = seconds(value ?? 0);
    },
  ),
  line(
    "vrrp_garp_master_refresh_repeat",
    { argument: "N", doc: "announcements of each address in a refresh" },
    ({ global }, statement) => {
      global.garpRefreshRepeat = repeats(statement) ?? global.garpRefreshRepeat;
    },
  ),
  line(
    "vrrp_garp_lower_prio_delay",
    { argument: "SECS", doc: "second burst after an advert of lower priority" },
    ({ global }, statement) => {
      const value = readUnsigned(statement, 1, 0, MAX_SECONDS);
      if (value !== undefined) global.garpLowerPrioDelay = seconds(value);
      else complain(statement, `vrrp_garp_lower_prio_delay '${statement.required(1)}' invalid - ignoring`);
    },
  ),
  line(
    "vrrp_garp_lower_prio_repeat",
    { argument: "N", doc: "announcements after an advert of lower priority" },
    ({ global }, statement) => {
      const value = readUnsigned(statement, 1, 0, UINT32_MAX);
      if (value !== undefined) global.garpLowerPrioRepeat = value;
      else complain(statement, `Invalid vrrp_garp_lower_prio_repeat '${statement.required(1)}'`);
    },
  ),
  line(
    "vrrp_garp_interval",
    { argument: "SECS", doc: "least gap between gratuitous ARPs of an interface" },
    ({ global }, statement) => {
      const value = readDecimal(statement, 1, { low: 1, high: MAX_MICROS, places: 6 });
      if (value !== undefined) global.garpInterval = micros(value);
      else complain(statement, `vrrp_garp_interval '${statement.required(1)}' is invalid`);
    },
  ),
  line(
    "vrrp_gna_interval",
    { argument: "SECS", doc: "least gap between unsolicited NAs of an interface" },
    ({ global }, statement) => {
      const value = readDecimal(statement, 1, { low: 1, high: MAX_MICROS, places: 6 });
      if (value !== undefined) global.gnaInterval = micros(value);
      else complain(statement, `vrrp_gna_interval '${statement.required(1)}' is invalid`);
    },
  ),
  globalSwitch(
    "vrrp_min_garp",
    "one announcement and no repetition, where not set otherwise",
    "Invalid value for vrrp_min_garp specified",
    minGarp,
  ),
  line(
    "vrrp_garp_extra_if",
    { argument: "[all] SECS", doc: "announcements on further interfaces of VMACs" },
    extraInterfaces,
  ),
  line(
    "vrrp_vmac_garp_intvl",
    { argument: "[all] SECS", doc: "old name of vrrp_garp_extra_if" },
    (root, statement) => {
      const message = 'Keyword "vrrp_vmac_garp_intvl" is deprecated - please use "vrrp_garp_extra_if"';
      complain(statement, message, 0, "vrrp_garp_extra_if");
      extraInterfaces(root, statement);
    },
  ),
  globalSwitch(
    "vrrp_lower_prio_no_advert",
    "no advert in reply to one of lower priority",
    "Invalid value for vrrp_lower_prio_no_advert specified",
    (global, value) => {
      global.lowerPrioNoAdvert = value;
    },
  ),
  globalSwitch(
    "vrrp_higher_prio_send_advert",
    "a last advert before yielding to a higher priority",
    "Invalid value for vrrp_higher_prio_send_advert specified",
    (global, value) => {
      global.higherPrioSendAdvert = value;
    },
  ),
  globalSwitch(
    "vrrp_owner_ignore_adverts",
    "priority 255 drops all adverts",
    "Invalid value '%s' for global vrrp_owner_ignore_adverts specified",
    (global, value) => {
      global.ownerIgnoreAdverts = value;
    },
  ),
  line(
    "vrrp_down_timer_adverts",
    { argument: "N", doc: "missed adverts before takeover, 1..100, default 3" },
    ({ global }, statement) => {
      const value = readUnsigned(statement, 1, 1, 100);
      if (value !== undefined) global.downTimerAdverts = value;
      else complain(statement, `Invalid vrrp_down_timer_adverts [1:100] '${statement.required(1)}'`);
    },
  ),
  line(
    "vrrp_startup_delay",
    { argument: "SECS", doc: "adverts are ignored this long after the start" },
    ({ global }, statement) => {
      const value = readDecimal(statement, 1, { low: 1, high: MAX_SECONDS * 1_000, places: 3 });
      if (value !== undefined) global.startupDelay = milliseconds(value);
      else complain(statement, `vrrp_startup_delay '${statement.required(1)}' is invalid`);
    },
  ),
  line(
    "vrrp_delay_after_boot",
    { argument: "SECS", doc: "the startup delay, counted from the boot" },
    ({ global }, statement) => {
      const value = readDecimal(statement, 1, { low: 1, high: MAX_SECONDS * 1_000, places: 3 });
      if (value !== undefined) global.delayAfterBoot = milliseconds(value);
      else complain(statement, `vrrp_delay_after_boot '${statement.required(1)}' is invalid`);
    },
  ),
  globalSwitch(
    "vrrp_reset_connections",
    "reset connections of an address before it is removed, default on; Vigil only",
    "Invalid value '%s' for global vrrp_reset_connections specified",
    (global, value) => {
      global.resetConnections = value;
    },
  ),
  globalSwitch(
    "vrrp_address_lifetimes",
    "addresses have a lifetime in the kernel that adverts renew, default off; Vigil only",
    "Invalid value '%s' for global vrrp_address_lifetimes specified",
    (global, value) => {
      global.addressLifetimes = value;
    },
  ),
  globalSwitch(
    "vrrp_address_lease",
    "the packet filter lets addresses speak only while adverts leave, default on; Vigil only",
    "Invalid value '%s' for global vrrp_address_lease specified",
    (global, value) => {
      global.addressLease = value;
    },
  ),
  line(
    "vrrp_peer_key",
    { argument: "KEY", doc: "signs what Vigil nodes tell each other, 16 characters at least; Vigil only" },
    ({ global }, statement) => {
      const key = statement.required(1);
      if (key.length >= SHORTEST_PEER_KEY) global.peerKey = key;
      else complain(statement, `vrrp_peer_key has fewer than ${SHORTEST_PEER_KEY} characters - ignoring`);
    },
  ),
  globalFlag("v3_checksum_as_v2", "VRRPv3 checksum of IPv4 without the pseudo header", (global) => {
    global.v3ChecksumAsV2 = true;
  }),
  line(
    "dynamic_interfaces",
    { argument: "[allow_if_changes]", doc: "interfaces may appear later" },
    ({ global }, statement) => {
      global.dynamicInterfaces = true;
      const option = statement.word(1);
      if (option === "allow_if_changes") global.dynamicInterfacesAllowChanges = true;
      else if (option !== undefined)
        complain(statement, `Unknown dynamic_interfaces option '${option}'`, 1, "allow_if_changes");
    },
  ),
  line(
    "default_interface",
    { argument: "IF", doc: "interface of static addresses without dev, default eth0", required: 0 },
    (root, statement) => {
      const name = statement.word(1);
      if (name === undefined) complain(statement, "default_interface requires interface name");
      else if (root.world === undefined || root.world.interfaceExists(name))
        root.global.defaultInterface = name;
      else statement.note(CODE, `default interface ${name} doesn't exist`, 1);
    },
  ),
  line(
    "vmac_prefix",
    { argument: "STR", doc: "VMAC names are this and the VRID" },
    ({ global }, statement) => {
      if (global.vmacPrefix === undefined) global.vmacPrefix = statement.required(1);
      else complain(statement, `vmac prefix has already been specified - ignoring ${statement.required(1)}`);
    },
  ),
  globalFlag("log_unknown_vrids", "log adverts for VRIDs that are not configured", (global) => {
    global.logUnknownVrids = true;
  }),
];

function multicastGroup(statement: Statement, family: 4 | 6) {
  const text = statement.required(1);
  const keyword = statement.keyword;
  const address = parseIpAddress(text);
  if (address === undefined) complain(statement, `Can't parse ${keyword} [${text}]. Skipping`);
  else if (familyOf(address) !== family)
    complain(statement, `${keyword} [${text}] is not IPv${family}. Skipping`);
  else if (!isMulticast(address)) complain(statement, `${keyword} [${text}] is not multicast. Skipping`);
  else return address;
  return undefined;
}

/** Only what still has its default is lowered. */
function minGarp(global: GlobalDraft, value: boolean): void {
  if (!value) return;
  if (global.garpRepeat === GARP_DEFAULTS.repeat) global.garpRepeat = 1;
  if (global.garpRefreshRepeat === GARP_DEFAULTS.refreshRepeat) global.garpRefreshRepeat = 0;
  if (global.garpDelay === GARP_DEFAULTS.delay) global.garpDelay = micros(0);
}

function extraInterfaces({ global }: ConfigDraft, statement: Statement): void {
  let all = false;
  let interval = 0;
  for (let i = 1; i < statement.words.length; i++) {
    if (statement.word(i) === "all") {
      all = true;
      continue;
    }
    const value = readUnsigned(statement, i, 1, 86_400);
    if (value === undefined) {
      complain(statement, `${statement.keyword} '${statement.required(i)}' invalid - ignoring`, i);
      return;
    }
    interval = value;
  }
  if (interval === 0) complain(statement, `${statement.keyword} specified without time - ignoring`);
  global.garpExtra = { interval: seconds(interval), all };
}
