/**
 * The rules of leases as text for nft(8), a table of the netdev family. Each lease is a number. The set `alive` has it for as long
 * as the last advert is good for, as adverts that leave put it there anew; the set `held` has it from the first advert on until the
 * addresses are given back in good order. What an address sends or is sent is dropped while its lease is in `held` and not in
 * `alive`. A chain compares packets with addresses, and goes on to the chain of their lease.
 *
 * nft 1.0.6 looks up nothing but a part of the packet. So the number is made of one: `meta mark & 1 | 1` is always 1.
 */

import { addressBytes, familyOf, type IpAddress } from "../../../base/ip-address.js";
import { BEAT_ETHER_TYPE, BEAT_MAGIC, type Lease } from "../../../base/lease.js";

/** Behind what others may drop on the way out, so that what counts does leave; before everything else on the way in. */
const LAST = 500;
const FIRST = -500;

/** Elements of a set at most; expired ones count for up to a second. */
const SET_SIZE = 65_535;

/** Bits: AH of 96-bit integrity check values in front of the VRRP header, RFC 4302 §2. */
const AH_BITS = 24 * 8;
/** Bits in a VRRP header, RFC 9568 §5.1: the VRID, the priority. */
const VRID_OFFSET = 8;
const PRIORITY_OFFSET = 16;
/** Bits in a neighbour solicitation or advertisement, RFC 4861 §4.3: the target. */
const TARGET = "@th,64,128";
/** Bits in an Ethernet frame: its type and the magic of a beat; family and VRID behind that. */
const BEAT = `@ll,96,48 0x${((BigInt(BEAT_ETHER_TYPE) << 32n) | BigInt(BEAT_MAGIC)).toString(16)}`;
const BEAT_FOR = "@ll,144,16";

/** A segment with nothing but ACK and numbers 0, see wire/bare-ack.ts: it takes nothing, and ends connections that are lost. */
const BARE_ACK = "tcp sequence 0 tcp ackseq 0 tcp flags & (fin | syn | rst | ack) == ack";

/** What the rules are made for. */
export interface LeaseTableSettings {
  readonly table: string;
  /** Interfaces that are there: the kernel refuses rules for others. */
  readonly devices: ReadonlySet<string>;
  /** The number of a lease that these instances have together, or that one has; ≥ 1, and always the same. */
  numberOf(instances: readonly string[]): number;
  /** Instances that are MASTER: their leases begin anew. */
  readonly masters: ReadonlySet<string>;
  /** What an earlier daemon held may still be there. */
  readonly holdsAll: boolean;
}

interface GuardedAddress {
  readonly address: IpAddress;
  readonly device: string;
}

/** Addresses that have one lease: those of an instance, or those that several instances have. */
interface Guarded {
  readonly number: number;
  readonly instances: readonly string[];
  readonly addresses: readonly GuardedAddress[];
  readonly length: number;
}

/** Replaces the table in one transaction. */
export function leaseRuleset(leases: readonly Lease[], settings: LeaseTableSettings): string {
  const { table, masters, holdsAll } = settings;
  const groups = groupsOf(leases, settings);
  const alive = groups.filter(({ instances }) => instances.some((name) => masters.has(name)));
  const held = holdsAll ? groups : alive;
  const devices = [...new Set(leases.flatMap(devicesOf))].filter((name) => settings.devices.has(name));
  const chains = new Chains(leases, groups);
  const bases = devices.flatMap((device) => chains.base(device));
  return [
    ...removal(table),
    ...block(`table netdev ${table}`, [
      'comment "Vigil: addresses of a MASTER whose adverts no longer leave are silent"',
      ...set(
        "alive",
        "dynamic,timeout",
        alive.map(({ number, length }) => `${hex(number)} timeout ${length}ms`),
      ),
      ...set(
        "held",
        "dynamic",
        held.map(({ number }) => hex(number)),
      ),
      ...chains.ofLeases(),
      ...bases,
    ]),
    "",
  ].join("\n");
}

/** Makes `held` what it should be: the leases of the instances that are MASTER. */
export function heldRuleset(leases: readonly Lease[], settings: LeaseTableSettings): string {
  const { table, masters } = settings;
  const held = groupsOf(leases, settings)
    .filter(({ instances }) => instances.some((name) => masters.has(name)))
    .map(({ number }) => hex(number));
  const elements = held.length === 0 ? [] : [`add element netdev ${table} held { ${held.join(", ")} }`];
  return [`flush set netdev ${table} held`, ...elements, ""].join("\n");
}

function removal(table: string): string[] {
  return [`add table netdev ${table}`, `delete table netdev ${table}`];
}

function devicesOf({ device, addresses }: Lease): string[] {
  return [...(device === undefined ? [] : [device]), ...addresses.flatMap(({ devices }) => devices)];
}

/** Addresses by who has them there: one that several instances have speaks as long as the adverts of one of them leave. */
function groupsOf(leases: readonly Lease[], settings: LeaseTableSettings): Guarded[] {
  const places = new Map<string, GuardedAddress & { owners: Set<Lease> }>();
  for (const lease of leases)
    for (const { address, devices } of lease.addresses)
      for (const device of devices) {
        const place = places.get(`${address} ${device}`) ?? { address, device, owners: new Set() };
        place.owners.add(lease);
        places.set(`${address} ${device}`, place);
      }
  const groups = new Map<number, Guarded & { addresses: GuardedAddress[] }>();
  for (const { address, device, owners } of places.values()) {
    const having = [...owners];
    const instances = having.map(({ instance }) => instance);
    const number = settings.numberOf(instances);
    const length = Math.max(...having.map((lease) => lease.length));
    const group = groups.get(number) ?? { number, instances, addresses: [], length };
    group.addresses.push({ address, device });
    groups.set(number, group);
  }
  return [...groups.values()];
}

/** The chains of the table. */
class Chains {
  readonly #leases: readonly Lease[];
  readonly #groups: readonly Guarded[];
  /** Chains that go on to several others, by their text. */
  readonly #shared = new Map<string, string>();

  constructor(leases: readonly Lease[], groups: readonly Guarded[]) {
    this.#leases = leases;
    this.#groups = groups;
  }

  /** To be called after {@link base}, which may need more of them. */
  ofLeases(): string[] {
    const adverts = this.#leases.flatMap((lease) => this.#ofLease(lease));
    const guards = this.#groups.flatMap(({ number, instances }) =>
      block(`chain guard_${number}`, [
        comment(instances.join(", ")),
        `${key(number)} @alive return`,
        `${key(number)} != @held return`,
        `${BARE_ACK} return`,
        "drop",
      ]),
    );
    const shared = [...this.#shared].flatMap(([jumps, name]) => block(`chain ${name}`, jumps.split("\n")));
    return [...adverts, ...shared, ...guards];
  }

  /** The chains that packets of an interface begin with. */
  base(device: string): string[] {
    const name = chainName(device);
    const hook = (direction: string, priority: number) =>
      `type filter hook ${direction} device "${device}" priority ${priority}; policy accept;`;
    return [
      ...block(`chain egress_${name}`, [
        hook("egress", LAST),
        ...this.#adverts(device),
        ...this.#guards(device, "s"),
      ]),
      ...block(`chain ingress_${name}`, [hook("ingress", FIRST), ...this.#guards(device, "d")]),
    ];
  }

  #ofLease(lease: Lease): string[] {
    const { instance, family, protocol, destinations, length, farewell } = lease;
    const numbers = this.#groups
      .filter(({ instances }) => instances.includes(instance))
      .map((one) => one.number);
    const update = (ms: number) =>
      numbers.map((number) => `update @alive { ${key(number)} timeout ${ms}ms }`);
    const hold = numbers.map((number) => `add @held { ${key(number)} }`);
    const toPeers = `${family === 4 ? "ip" : "ip6"} daddr { ${destinations.join(", ")} }`;
    const priority = `@th,${PRIORITY_OFFSET + (protocol === 51 ? AH_BITS : 0)},8`;
    return [
      ...block(`chain open_${this.#at(lease)}`, [comment(instance), [...update(length), ...hold].join(" ")]),
      ...block(`chain advert_${this.#at(lease)}`, [
        comment(instance),
        `${toPeers} ${priority} 0 ${update(farewell).join(" ")} return`,
        `${toPeers} jump open_${this.#at(lease)}`,
      ]),
    ];
  }

  #at(lease: Lease): number {
    return this.#leases.indexOf(lease) + 1;
  }

  /** What prolongs leases: adverts that our own host sends, and beats, which go no further. */
  #adverts(device: string): string[] {
    const leaving = this.#leases.filter((lease) => lease.device === device);
    const rules = ([4, 6] as const).flatMap((family) =>
      ([112, 51] as const).flatMap((protocol) => {
        const some = leaving.filter((one) => one.family === family && one.protocol === protocol);
        const elements = some.map((one) => [`${one.vrid}`, `advert_${this.#at(one)}`] as const);
        const offset = VRID_OFFSET + (protocol === 51 ? AH_BITS : 0);
        const field = family === 4 ? "ip protocol" : "ip6 nexthdr";
        return this.#verdicts(`${field} ${protocol} meta skuid >= 0 @th,${offset},8`, elements);
      }),
    );
    const beating = this.#leases.filter((one) => one.beatDevice === device);
    const beats = beating.map(
      (one) => [`0x${((one.family << 8) | one.vrid).toString(16)}`, `open_${this.#at(one)}`] as const,
    );
    return [
      ...rules,
      ...this.#verdicts(`${BEAT} ${BEAT_FOR}`, beats),
      ...(beats.length > 0 ? [`${BEAT} drop`] : []),
    ];
  }

  /** @param side of the packet that has the address: its source on the way out, its destination on the way in. */
  #guards(device: string, side: "s" | "d"): string[] {
    const elements = (family: 4 | 6, text: (address: IpAddress) => string) =>
      this.#groups.flatMap(({ number, addresses }) =>
        addresses
          .filter((one) => one.device === device && familyOf(one.address) === family)
          .map(({ address }) => [text(address), `guard_${number}`] as const),
      );
    const ipv4 = elements(4, String);
    const ipv6 = elements(6, String);
    const type = side === "s" ? "nd-neighbor-advert" : "nd-neighbor-solicit";
    return [
      ...this.#verdicts(`arp ${side}addr ip`, ipv4),
      ...this.#verdicts(`ip ${side}addr`, ipv4),
      ...this.#verdicts(`ip6 ${side}addr`, ipv6),
      ...this.#verdicts(`icmpv6 type ${type} ${TARGET}`, elements(6, asNumber)),
    ];
  }

  /** A rule that goes on to the chains of what it finds; none where there is nothing to find. */
  #verdicts(expression: string, elements: readonly (readonly [value: string, chain: string])[]): string[] {
    if (elements.length === 0) return [];
    const chains = new Map<string, string[]>();
    for (const [value, chain] of elements) chains.set(value, [...(chains.get(value) ?? []), chain]);
    const entries = [...chains].map(([value, all]) => `${value} : jump ${this.#oneChain(all)}`);
    return [`${expression} vmap { ${entries.join(", ")} }`];
  }

  #oneChain(chains: readonly string[]): string {
    const [only] = chains;
    if (only !== undefined && chains.length === 1) return only;
    const jumps = chains.map((chain) => `jump ${chain}`).join("\n");
    const name = this.#shared.get(jumps) ?? `several_${this.#shared.size + 1}`;
    this.#shared.set(jumps, name);
    return name;
  }
}

/** An interface's name as a part of a chain's; two that differ in odd characters only are told apart by these characters' codes. */
function chainName(device: string): string {
  return device.replace(/[^A-Za-z0-9_]/g, (character) =>
    character === "." || character === "-" ? character : `_${character.charCodeAt(0).toString(16)}_`,
  );
}

/** Always this number, whatever the packet is. */
function key(number: number): string {
  return `meta mark & ${hex(number)} | ${hex(number)}`;
}

/** At most 128 bytes of what nft reads. */
function comment(text: string): string {
  return `comment "${text.replace(/[^\x20-\x7e]|["\\]/g, "?").slice(0, 120)}"`;
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

function asNumber(address: IpAddress): string {
  return `0x${Buffer.from(addressBytes(address)).toString("hex")}`;
}

function set(name: string, flags: string, elements: readonly string[]): string[] {
  const lines = elements.length === 0 ? [] : [`elements = { ${elements.join(", ")} }`];
  return block(`set ${name}`, ["type mark", `size ${SET_SIZE}`, `flags ${flags}`, ...lines]);
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `\t${line}`), "}"];
}
