/** Lines of `virtual_ipaddress`, `virtual_ipaddress_excluded` and `static_ipaddress`. */

import { AddressFlag } from "../../base/interface-address.js";
import {
  addressBytes,
  familyOf,
  formatIpAddress,
  hostPrefixLength,
  type IpAddress,
  type Prefix,
  parseIpAddress,
} from "../../base/ip-address.js";
import type { AddressDraft, ConfigDraft } from "../draft.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { nearest } from "../suggest.js";

/** Longest interface name and label. */
export const MAX_INTERFACE_NAME = 15;

const CODE = "ERR_CONFIG_ADDRESS";

/** RT_SCOPE_* by name, of linux/rtnetlink.h. */
const SCOPES: ReadonlyMap<string, number> = new Map([
  ["global", 0],
  ["site", 200],
  ["link", 253],
  ["host", 254],
  ["nowhere", 255],
]);

const FLAGS: ReadonlyMap<string, number> = new Map([
  ["home", AddressFlag.home],
  ["mngtmpaddr", AddressFlag.manageTempAddress],
  ["noprefixroute", AddressFlag.noPrefixRoute],
  ["autojoin", AddressFlag.autojoin],
]);

const WITH_VALUE = ["dev", "scope", "brd", "broadcast", "label", "peer", "preferred_lft", "track_group"];
const WITHOUT_VALUE = [...FLAGS.keys(), "-nodad", "no_track", "use_vmac"];

/** `ADDR[/LEN]`; a bad length is reported and replaced by the full one. Undefined for what is no address, without report. */
export function readPrefix(statement: Statement, index: number): Prefix | undefined {
  const text = statement.required(index);
  const slash = text.indexOf("/");
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const full = hostPrefixLength(familyOf(address));
  if (slash < 0) return { address, length: full };
  const length = text.slice(slash + 1);
  if (/^[0-9]+$/.test(length) && Number(length) <= full) return { address, length: Number(length) };
  statement.complain(
    "ERR_CONFIG_PREFIX_LENGTH",
    `Invalid address prefix len ${length} for address ${text} - using ${full}`,
    index,
    `a length from 0 to ${full}`,
  );
  return { address, length: full };
}

/** A host's address, of which keepalived ignores a `/LENGTH` or `-RANGE` behind it. */
export function parseHost(text: string): IpAddress | undefined {
  return parseIpAddress(/^[^-/]*/.exec(text)?.[0] ?? "");
}

/** An address line; undefined after a complaint when it must be skipped. */
export function readAddress(
  statement: Statement,
  root: ConfigDraft,
  kind: "virtual" | "static",
): AddressDraft | undefined {
  const text = statement.required(0);
  const prefix = readPrefix(statement, 0);
  if (prefix === undefined) {
    statement.complain(
      "ERR_CONFIG_INVALID_ADDRESS",
      `VRRP parsed invalid IP ${text}. skipping IP...`,
      0,
      "an IPv4 or IPv6 address, with /LENGTH if not a host address",
    );
    return undefined;
  }
  const draft: AddressDraft = {
    text,
    address: prefix.address,
    prefixLength: prefix.length,
    interface: undefined,
    scope: 0,
    flags: familyOf(prefix.address) === 6 ? AddressFlag.nodad : 0,
    noTrack: false,
    useVmac: false,
    place: statement.placeOf(0),
  };
  const reader = new AddressOptions(draft, statement, root, kind);
  return reader.read() ? draft : undefined;
}

/** Reads the options behind an address into its draft. */
class AddressOptions {
  readonly #draft: AddressDraft;
  readonly #statement: Statement;
  readonly #root: ConfigDraft;
  readonly #kind: "virtual" | "static";
  #broadcast: string | undefined;
  #broadcastIndex = 0;

  constructor(draft: AddressDraft, statement: Statement, root: ConfigDraft, kind: "virtual" | "static") {
    this.#draft = draft;
    this.#statement = statement;
    this.#root = root;
    this.#kind = kind;
  }

  /** False when the address must be skipped. */
  read(): boolean {
    const { words } = this.#statement;
    for (let i = 1; i < words.length; i++) {
      const option = this.#statement.required(i);
      const flag = FLAGS.get(option);
      if (flag !== undefined) this.#draft.flags |= flag;
      else if (option === "-nodad") this.#draft.flags &= ~AddressFlag.nodad;
      else if (option === "no_track") this.#draft.noTrack = true;
      else if (option === "use_vmac" && this.#kind === "virtual") this.#draft.useVmac = true;
      else if (!WITH_VALUE.includes(option) || (option === "track_group" && this.#kind === "virtual")) {
        this.#unknown(i);
      } else if (i + 1 >= words.length) {
        this.#complain(`No ${option} parameter specified for ${this.#draft.text}`, i);
        return false;
      } else if (!this.#option(option, ++i)) return false;
    }
    this.#setBroadcast();
    this.#familyLimits();
    return true;
  }

  #unknown(index: number): void {
    const word = this.#statement.required(index);
    const suggestion = nearest(word, [...WITH_VALUE, ...WITHOUT_VALUE]);
    const hint = suggestion === undefined ? undefined : `did you mean '${suggestion}'?`;
    this.#complain(`Unknown configuration entry '${word}' for ip address - ignoring`, index, hint);
  }

  /** Takes an option's value at `index`; false when the address must be skipped. */
  #option(option: string, index: number): boolean {
    const value = this.#statement.required(index);
    switch (option) {
      case "dev":
        return this.#setInterface(value, index);
      case "scope":
        this.#setScope(value, index);
        return true;
      case "brd":
      case "broadcast":
        return this.#keepBroadcast(value, index);
      case "label":
        if (value.length > MAX_INTERFACE_NAME) {
          this.#complain(
            `Address label ${value} is longer than maximum length ${MAX_INTERFACE_NAME} - removing address`,
            index,
          );
          return false;
        }
        this.#draft.label = value;
        return true;
      case "peer":
        this.#setPeer(value, index);
        return true;
      case "preferred_lft":
        this.#setLifetime(value, index);
        return true;
      default:
        this.#setTrackGroup(value, index);
        return true;
    }
  }

  #setInterface(name: string, index: number): boolean {
    if (this.#draft.interface !== undefined) {
      this.#complain(`Cannot specify ipaddress device more than once for ${this.#draft.text}`, index);
      return false;
    }
    if (!this.#root.knowsInterface(name)) {
      this.#complain(`WARNING - interface ${name} for ip address ${this.#draft.text} doesn't exist`, index);
      return false;
    }
    this.#draft.interface = name;
    return true;
  }

  #setScope(value: string, index: number): void {
    const scope =
      SCOPES.get(value) ?? (/^[0-9]{1,3}$/.test(value) && Number(value) <= 255 ? Number(value) : undefined);
    if (scope !== undefined) this.#draft.scope = scope;
    else {
      this.#complain(
        `Invalid scope '${value}' specified for ${this.#draft.text} - ignoring`,
        index,
        `one of ${[...SCOPES.keys()].join(", ")} or a number`,
      );
    }
  }

  #keepBroadcast(value: string, index: number): boolean {
    if (familyOf(this.#draft.address) === 6) {
      this.#complain(
        `VRRP is trying to assign a broadcast ${value} to the IPv6 address ${this.#draft.text} !!?? WTF... skipping VIP...`,
        index,
        "IPv6 has no broadcast",
      );
      return false;
    }
    const address = value === "+" || value === "-" ? undefined : parseIpAddress(value);
    if (value !== "+" && value !== "-" && (address === undefined || familyOf(address) !== 4)) {
      this.#complain(`VRRP is trying to assign invalid broadcast ${value}. skipping VIP...`, index);
      return false;
    }
    this.#broadcast = value;
    this.#broadcastIndex = index;
    return true;
  }

  #setPeer(value: string, index: number): void {
    if (this.#draft.peer !== undefined) {
      this.#complain(`Peer ${value} - another peer has already been specified`, index);
      return;
    }
    const peer = parseIpAddress(value);
    if (peer === undefined) {
      this.#complain(`VRRP parsed invalid IP ${value}. skipping IP...`, index);
      this.#complain(`Invalid peer address ${value}`, index, "a plain address, without a prefix length");
      return;
    }
    const family = familyOf(this.#draft.address);
    if (familyOf(peer) !== family) {
      this.#complain(`Peer address ${value} does not match address family`, index);
      return;
    }
    if (this.#draft.prefixLength !== hostPrefixLength(family)) {
      this.#complain("Cannot specify address prefix when specifying peer address - ignoring", index);
    }
    this.#draft.peer = peer;
    this.#draft.prefixLength = hostPrefixLength(family);
  }

  #setLifetime(value: string, index: number): void {
    if (value === "forever") {
      this.#draft.preferredLifetime = "forever";
      return;
    }
    const lifetime = readUnsigned(this.#statement, index, 0, UINT32_MAX);
    if (lifetime === undefined) this.#complain(`preferred_lft ${value} is invalid`, index);
    else this.#draft.preferredLifetime = lifetime === UINT32_MAX ? "forever" : lifetime;
  }

  #setTrackGroup(value: string, index: number): void {
    if (this.#draft.trackGroup !== undefined) this.#complain(`track_group ${value} is a duplicate`, index);
    else if (this.#root.trackGroups.has(value)) this.#draft.trackGroup = value;
    else this.#complain(`track_group ${value} not found`, index);
  }

  #setBroadcast(): void {
    if (this.#broadcast === undefined) return;
    if (this.#draft.peer !== undefined) {
      this.#complain(
        "Cannot specify broadcast and peer addresses - ignoring broadcast address",
        this.#broadcastIndex,
      );
    } else if (this.#broadcast !== "+" && this.#broadcast !== "-") {
      const address = parseIpAddress(this.#broadcast);
      if (address !== undefined) this.#draft.broadcast = address;
    } else if (this.#draft.prefixLength > 30) {
      this.#complain(
        `Address prefix length ${this.#draft.prefixLength} too long for broadcast`,
        this.#broadcastIndex,
      );
    } else {
      this.#draft.broadcast = hostBits(
        this.#draft.address,
        this.#draft.prefixLength,
        this.#broadcast === "+",
      );
    }
  }

  #familyLimits(): void {
    if (familyOf(this.#draft.address) === 4) return;
    if (this.#draft.scope !== 0) {
      this.#complain(`Cannot specify scope for IPv6 addresses (${this.#draft.text}) - ignoring scope`, 0);
      this.#draft.scope = 0;
    }
    if (this.#draft.label !== undefined) {
      this.#complain(`Cannot specify label for IPv6 addresses (${this.#draft.text}) - ignoring label`, 0);
      delete this.#draft.label;
    }
    this.#draft.preferredLifetime ??= this.#draft.prefixLength === 128 ? 0 : "forever";
  }

  #complain(message: string, index: number, hint?: string): void {
    this.#statement.complain(CODE, message, index, hint);
  }
}

/** An IPv4 address with the host bits of its prefix all one or all zero. */
function hostBits(address: IpAddress, prefixLength: number, ones: boolean): IpAddress {
  const bytes = addressBytes(address);
  return formatIpAddress(
    bytes.map((byte, i) => {
      const fixed = Math.min(8, Math.max(0, prefixLength - 8 * i));
      const host = 0xff >> fixed;
      return ones ? byte | host : byte & ~host & 0xff;
    }),
  );
}
