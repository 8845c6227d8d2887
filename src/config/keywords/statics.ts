/** Root blocks of lists: static items, track groups, GARP groups and interface settings. */

import { micros } from "../../base/time.js";
import type { InterfaceDelay, LinkbeatInterface } from "../config.js";
import type { ConfigDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, line, list } from "../keyword-table.js";
import { INT32_MAX, readDecimal } from "../numbers.js";
import type { Statement } from "../statement.js";
import { readAddress } from "./addresses.js";
import { readRoute } from "./routes.js";
import { readRule } from "./rules.js";

interface OpenTrackGroup {
  readonly name: string;
  /** Its group block had no members. */
  empty: boolean;
  members: string[] | undefined;
}

const TRACK_GROUP_CODE = "ERR_CONFIG_TRACK_GROUP";

const TRACK_GROUP = new KeywordTable<OpenTrackGroup>([
  list(
    "group",
    { doc: "names of instances" },
    (group, statement) => {
      for (const word of statement.words) group.members?.push(word.text);
    },
    {
      open: (group, statement) => {
        if (group.members !== undefined) {
          statement.complain(TRACK_GROUP_CODE, `Group list already specified for sync group ${group.name}`);
          return false;
        }
        group.members = [];
        return true;
      },
      close: (group, { end }) => {
        if (group.members?.length !== 0) return;
        group.members = undefined;
        group.empty = true;
        end.complain(TRACK_GROUP_CODE, `Warning - track group ${group.name} has empty group block`);
      },
    },
  ),
]);

const trackGroup = block<ConfigDraft, OpenTrackGroup>(
  "track_group",
  { argument: "NAME {…}", doc: "instances that static items are tied to" },
  TRACK_GROUP,
  {
    open: (root, statement) => {
      const name = statement.word(1);
      if (name === undefined || statement.words.length !== 2) {
        statement.complain(
          TRACK_GROUP_CODE,
          "track_group must have a name - skipping",
          1,
          "write: track_group NAME {",
        );
        return undefined;
      }
      if (root.trackGroups.has(name)) {
        statement.complain("ERR_CONFIG_DUPLICATE", `track_group ${name} already defined`, 1);
        return undefined;
      }
      return { name, empty: false, members: undefined };
    },
    close: (root, group, { end }) => {
      if (group.members !== undefined) root.trackGroups.add({ name: group.name, members: group.members });
      else if (!group.empty) {
        end.complain(TRACK_GROUP_CODE, `Static track group ${group.name} has no members - removing`);
      }
    },
  },
);

interface OpenGarpGroup {
  readonly root: ConfigDraft;
  garpInterval: number | undefined;
  gnaInterval: number | undefined;
  readonly interfaces: string[];
  /** Names in the list being read. */
  readonly listed: string[];
}

const GARP_CODE = "ERR_CONFIG_GARP_GROUP";

/** Adds an interface; complaints go to `place`. */
function addGarpInterface(group: OpenGarpGroup, name: string, place: Statement): void {
  if (!group.root.knowsInterface(name)) {
    place.complain(GARP_CODE, `WARNING - interface ${name} specified for garp_group doesn't exist`, 1);
  } else if (group.root.garpInterfaces.has(name)) {
    place.complain(GARP_CODE, `garp_group already specified for ${name} - ignoring`, 1);
  } else {
    group.root.garpInterfaces.add(name);
    group.interfaces.push(name);
  }
}

const GARP_GROUP = new KeywordTable<OpenGarpGroup>([
  line(
    "garp_interval",
    { argument: "SECS", doc: "least gap between gratuitous ARPs" },
    (group, statement) => {
      const value = readDecimal(statement, 1, { low: 0, high: INT32_MAX, places: 6 });
      if (value !== undefined) group.garpInterval = value;
      else statement.complain(GARP_CODE, `garp_group garp_interval '${statement.required(1)}' invalid`, 1);
    },
  ),
  line("gna_interval", { argument: "SECS", doc: "least gap between unsolicited NAs" }, (group, statement) => {
    const value = readDecimal(statement, 1, { low: 0, high: INT32_MAX, places: 6 });
    if (value !== undefined) group.gnaInterval = value;
    else statement.complain(GARP_CODE, `garp_group gna_interval '${statement.required(1)}' invalid`, 1);
  }),
  line("interface", { argument: "IF", doc: "a member" }, (group, statement) =>
    addGarpInterface(group, statement.required(1), statement),
  ),
  list(
    "interfaces",
    { doc: "members" },
    (group, statement) => {
      group.listed.push(...statement.words.map(({ text }) => text));
    },
    {
      // As in keepalived, what is wrong with the members is said at the end of the list.
      close: (group, { end }) => {
        const names = group.listed.splice(0);
        if (names.length === 0) end.complain(GARP_CODE, "Warning - empty garp_group interfaces block");
        for (const name of names) addGarpInterface(group, name, end);
      },
    },
  ),
]);

const garpGroup = block<ConfigDraft, OpenGarpGroup>(
  "garp_group",
  { doc: "limits announcements of a group of interfaces" },
  GARP_GROUP,
  {
    open: (root) => ({ root, garpInterval: undefined, gnaInterval: undefined, interfaces: [], listed: [] }),
    close: (root, group, { end }) => {
      if (group.garpInterval === undefined && group.gnaInterval === undefined) {
        const message = `garp group ${root.garpGroups.length + 1} does not have any delay set - removing`;
        end.complain(GARP_CODE, message);
        return;
      }
      root.garpGroups.push({
        garpInterval: micros(group.garpInterval ?? 0),
        gnaInterval: micros(group.gnaInterval ?? 0),
        interfaces: group.interfaces,
      });
    },
  },
);

const LINKBEAT_METHODS: readonly NonNullable<LinkbeatInterface["method"]>[] = ["MII", "ETHTOOL", "IOCTL"];

/** Codes of a finding for which `-t` ends with 4 when there is nothing worse. */
const INTERFACE_CODE = "ERR_CONFIG_UNKNOWN_INTERFACE";

function readLinkbeat(root: ConfigDraft, statement: Statement): void {
  const name = statement.required(0);
  if (!interfaceExists(root, name)) {
    statement.complain(INTERFACE_CODE, `unknown interface ${name} specified for linkbeat interface`);
    return;
  }
  const method = LINKBEAT_METHODS.find((candidate) => candidate === statement.word(1));
  if (statement.word(1) !== undefined && method === undefined) {
    const message = `extra characters ${statement.required(1)} in linkbeat interface`;
    statement.complain("ERR_CONFIG_LINKBEAT", message, 1, LINKBEAT_METHODS.join(", "));
  }
  root.linkbeatInterfaces.push(method === undefined ? { interface: name } : { interface: name, method });
}

function readDelays(root: ConfigDraft, statement: Statement): void {
  const name = statement.required(0);
  if (!interfaceExists(root, name)) {
    statement.complain(INTERFACE_CODE, `unknown interface ${name} specified for up/down delay`);
    return;
  }
  if (statement.words.length === 1) {
    statement.note("ERR_CONFIG_INTERFACE_DELAY", `No timeouts specified for ${name} up/down delays`);
    return;
  }
  const limits = { low: 0, high: 255_000_000, places: 6 };
  const down = readDecimal(statement, 1, limits);
  const up = statement.word(2) === undefined ? 0 : readDecimal(statement, 2, limits);
  if (down === undefined || up === undefined) return;
  const delay: InterfaceDelay = { interface: name, down: micros(down), up: micros(up) };
  root.interfaceDelays.push(delay);
}

function interfaceExists(root: ConfigDraft, name: string): boolean {
  return root.world === undefined || root.global.dynamicInterfaces || root.world.interfaceExists(name);
}

/** The root keywords. */
export const staticKeywords: readonly Keyword<ConfigDraft>[] = [
  trackGroup,
  garpGroup,
  list("static_ipaddress", { doc: "addresses added at the start" }, (root, statement) => {
    const address = readAddress(statement, root, "static");
    if (address !== undefined) root.staticAddresses.push(address);
  }),
  list("static_routes", { doc: "routes added at the start" }, (root, statement) => {
    const route = readRoute(statement, root, "static");
    if (route !== undefined) root.staticRoutes.push(route);
  }),
  list("static_rules", { doc: "policy rules added at the start" }, (root, statement) => {
    const rule = readRule(statement, root, "static");
    if (rule !== undefined) root.staticRules.push(rule);
  }),
  list("linkbeat_interfaces", { doc: "poll these links: IF [MII|ETHTOOL|IOCTL]" }, readLinkbeat),
  list(
    "interface_up_down_delays",
    { doc: "how long a change of an interface must last: IF DOWN [UP]" },
    readDelays,
  ),
];
