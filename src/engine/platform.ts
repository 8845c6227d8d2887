/**
 * The ports: what the engine asks of the world. `linux/` answers with sockets, rtnetlink and processes,
 * `sim/` in memory. Every call is fire-and-forget; what comes of it returns as an {@link EngineInput}.
 * Calls are made in the order in which they must take effect.
 */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { Family, IpAddress } from "../base/ip-address.js";
import type { MacAddress } from "../base/mac-address.js";
import type { Route, Rule } from "../base/routing.js";
import type { Micros } from "../base/time.js";
import type { CheckResult } from "../check/check-result.js";
import type { ProcessChange } from "../check/process-quorum.js";
import type { Config } from "../config/config.js";
import type { HeardHello } from "../peers/trust.js";
import type { PacketTicket } from "../vrrp/sending.js";
import type { PeerHello } from "../wire/peer-hello.js";
import type { EngineEvent } from "./events.js";

export type { HeardHello, PeerHello };

/** What the engine is configured with: a checked keepalived.conf. Named here for the layers that see only the ports. */
export type EngineConfig = Config;

export type { CheckResult };

/** One raw socket pair: every virtual router with the same key shares it. */
export interface PortSpec {
  /** Unique text made from the fields below; equal specs have equal ids. */
  readonly id: string;
  /** Bound to this interface; absent for unicast without an interface, unless that has a VRF, whose device this is then. */
  readonly interface: string | undefined;
  readonly family: Family;
  /** IP protocol: 112 VRRP, 51 AH. */
  readonly protocol: 112 | 51;
  /** Group to join, or undefined for a unicast port. */
  readonly multicastGroup: IpAddress | undefined;
  /** VRIDs the kernel filter lets through. */
  readonly vrids: readonly number[];
  /** SO_RCVBUF, bytes; absent: the driver's own choice. */
  readonly receiveBuffer?: number;
}

/** A `vrrp_script` run; the engine owns its deadline. */
export interface ScriptRun {
  readonly script: string;
  /** Counts the runs of this script, so that a late result of an old run is recognised. */
  readonly run: number;
}

/** A probe of a `vrrp_check`; the engine owns its deadline. */
export interface CheckRun {
  readonly check: string;
  /** Counts the probes of this check, so that a late result of an old one is recognised. */
  readonly run: number;
}

/**
 * `exclusive`: only one host of a LAN may have it, so that it must not outlive the daemon, however that ends. `shared`: the
 * host's own, which stays when the daemon crashes.
 */
export type Sharing = "exclusive" | "shared";

/** An instance that is to stay out. */
export interface Drain {
  readonly instance: string;
  /** Why, in the operator's words; may be empty. */
  readonly reason: string;
}

/** What the engine may ask for. */
export interface Platform {
  /** Opens, changes the filter of, or closes ports until exactly `ports` are open. */
  setPorts(ports: readonly PortSpec[]): void;
  /**
   * Sends one IP packet, complete with its IPv4 or IPv6 header, to the header's destination. The IPv4 header checksum
   * is filled in; an IPv6 hop limit of 0 stands for the kernel's default. A failure returns as `SendFailed`, before the turn ends,
   * in the order of the packets.
   */
  sendPacket(port: string, packet: Uint8Array, ticket: SendTicket): void;
  /**
   * What shall be sent for a virtual router, after its addresses are gone, should the daemon die: whole IP packets, out of this
   * interface (undefined: of any). None: nothing any more.
   */
  setFarewell(router: string, interfaceName: string | undefined, packets: readonly Uint8Array[]): void;
  /**
   * Sends Ethernet frames (gratuitous ARP, unsolicited NA) out of an interface, in one system call where possible. Failures return
   * as `FramesFailed`, before the turn ends.
   */
  sendFrames(interfaceName: string, frames: readonly Uint8Array[]): void;
  /**
   * Adds addresses; one that is there already is left as it is. The result returns as `AddressesAnswered`.
   * @param lifetime seconds, at least 1, after which the kernel removes them unless they are renewed; undefined: never.
   */
  addAddresses(addresses: readonly InterfaceAddress[], sharing: Sharing, lifetime?: number): void;
  /**
   * Gives those of the addresses that were added with a lifetime another one, counted from now, or with undefined none. It may
   * wait for a moment, but for nothing that takes long; what was removed meanwhile stays so.
   */
  renewAddresses(addresses: readonly InterfaceAddress[], lifetime: number | undefined): void;
  /** Takes back what {@link renewAddresses} was asked for in this turn. */
  withdrawRenewal(addresses: readonly InterfaceAddress[]): void;
  /**
   * Removes addresses; one that is gone already is no error. The result returns as `AddressesAnswered`.
   * @param then `gone`: they leave this host, and their connections are reset where that is wanted. `back`: they are added again
   * in another shape at once, and their connections go on.
   */
  removeAddresses(addresses: readonly InterfaceAddress[], then: "gone" | "back"): void;
  /** Addresses that are held already are held in this way from now on; with `shared` they lose their lifetime. */
  handAddresses(addresses: readonly InterfaceAddress[], sharing: Sharing): void;
  /**
   * Adds routes, in their order, and watches those that are tracked: what becomes of them returns as `RoutesAnswered` and
   * `RoutingLost`.
   */
  addRoutes(routes: readonly Route[], sharing: Sharing): void;
  /** Removes routes; one that is gone already is no error. */
  removeRoutes(routes: readonly Route[]): void;
  /** As {@link handAddresses}. */
  handRoutes(routes: readonly Route[], sharing: Sharing): void;
  /** As {@link addRoutes}, with `RulesAnswered`. */
  addRules(rules: readonly Rule[], sharing: Sharing): void;
  /** Removes rules; one that is gone already is no error. */
  removeRules(rules: readonly Rule[]): void;
  /** As {@link handAddresses}. */
  handRules(rules: readonly Rule[], sharing: Sharing): void;
  /**
   * Keeps these identities of addresses until a later run of the same boot, should this one be killed: such an address is
   * one that Vigil has added.
   */
  rememberOurs(keys: readonly string[]): void;
  /** Starts a script in a process group of its own. Returns as `ScriptFinished`. */
  startScript(run: ScriptRun): void;
  /** Signals the script's process group. */
  killScript(run: ScriptRun, signal: "SIGTERM" | "SIGKILL"): void;
  /** Probes what a check looks at. Returns as `CheckFinished`. */
  startCheck(run: CheckRun): void;
  /** The probe is over its time: nobody waits for its result any more. */
  abandonCheck(run: CheckRun): void;
  /** Tells the other nodes on the port's link, or its unicast peers. Nothing depends on its arrival. */
  sendHello(instance: string, source: IpAddress, hello: PeerHello): void;
  /** Something worth telling: transitions, log lines, notify scripts. Never waits. */
  emit(event: EngineEvent): void;
}

/** Names a packet and the virtual router that sent it, by what it is: see {@link routerKeyOf}. */
export interface SendTicket extends PacketTicket {
  readonly router: string;
}

/** A network interface as the kernel shows it. */
export interface InterfaceState {
  readonly name: string;
  readonly index: number;
  /** IFF_UP and IFF_RUNNING (RFC 2863 operational status up). */
  readonly up: boolean;
  readonly mac: MacAddress | undefined;
  /** Bytes. */
  readonly mtu: number;
  /** True while it forwards IPv6: what it announces comes from a router (RFC 4861 §4.4). */
  readonly ipv6Router?: boolean;
  /** The interface that this one is a port of, and its kind in the words of the kernel: `bridge`, `bond`, `vrf`. */
  readonly portOf?: { readonly name: string; readonly kind: string };
  /** All addresses, in the kernel's order. */
  readonly addresses: readonly InterfaceStateAddress[];
}

/** An address present on an interface. */
export interface InterfaceStateAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** IFA_F_SECONDARY (IPv4) or IFA_F_TEMPORARY (IPv6). */
  readonly secondary: boolean;
  /** IFA_F_TENTATIVE or IFA_F_DADFAILED. */
  readonly unusable: boolean;
  /** IFA_F_DADFAILED: another host has the address. */
  readonly duplicate?: boolean;
  /** RT_SCOPE_*. */
  readonly scope: number;
}

/** News of what instances track, from whoever watches it off the engine's thread. */
export type TrackerInput = Extract<
  EngineInput,
  { kind: "TrackedFileChanged" | "TrackedProcessChanged" | "LinkPolled" | "DrainsChanged" }
>;

/** Everything that can happen to the engine; plain data: the same inputs at the same times give the same calls. */
export type EngineInput =
  | { readonly kind: "Started" }
  | { readonly kind: "PacketReceived"; readonly port: string; readonly packet: Uint8Array }
  | { readonly kind: "InterfaceChanged"; readonly state: InterfaceState }
  | { readonly kind: "InterfaceRemoved"; readonly interface: string }
  /** The complete truth, after start and after a lost netlink message. */
  | { readonly kind: "InterfacesListed"; readonly states: readonly InterfaceState[] }
  /** `said` is the first line of its output: printable, bounded, absent or empty when there is none. */
  | {
      readonly kind: "ScriptFinished";
      readonly run: ScriptRun;
      readonly result: ScriptResult;
      readonly said?: string;
    }
  /** The number in a `track_file` was read: 0 when there is no file or no number in it. */
  | { readonly kind: "TrackedFileChanged"; readonly file: string; readonly number: number }
  /** That many processes of a `vrrp_track_process` run now. */
  | {
      readonly kind: "TrackedProcessChanged";
      readonly process: string;
      readonly count: number;
      readonly change: ProcessChange;
    }
  /** Polling found a link up or down; undefined: it is polled no longer, and rtnetlink is to be believed. */
  | { readonly kind: "LinkPolled"; readonly interface: string; readonly up: boolean | undefined }
  /** All instances that are drained now, even such as are not configured. */
  | { readonly kind: "DrainsChanged"; readonly drains: readonly Drain[] }
  /** Another Vigil node, or whoever says so, told about itself. */
  | { readonly kind: "PeerHeard"; readonly heard: HeardHello }
  | { readonly kind: "CheckFinished"; readonly run: CheckRun; readonly result: CheckResult }
  /** The other end closed the connection that a check keeps open, while nothing was asked. */
  | { readonly kind: "CheckDisturbed"; readonly check: string }
  /** A packet was not sent. `error`: the name of the errno; `text`: a sentence with it. */
  | {
      readonly kind: "SendFailed";
      readonly ticket: SendTicket;
      readonly error: string;
      readonly text: string;
    }
  /** So many frames were not sent out of an interface. */
  | {
      readonly kind: "FramesFailed";
      readonly interface: string;
      readonly error: string;
      readonly count: number;
    }
  /** What the kernel said to each address that it was asked to add or to remove. */
  | {
      readonly kind: "AddressesAnswered";
      readonly operation: "add" | "remove";
      readonly answers: readonly Answer<InterfaceAddress>[];
    }
  | {
      readonly kind: "RoutesAnswered";
      readonly operation: "add" | "remove";
      readonly answers: readonly Answer<Route>[];
    }
  | {
      readonly kind: "RulesAnswered";
      readonly operation: "add" | "remove";
      readonly answers: readonly Answer<Rule>[];
    }
  /** Tracked routes and rules that were added and are there no more. */
  | { readonly kind: "RoutingLost"; readonly routes: readonly Route[]; readonly rules: readonly Rule[] }
  /** A checked configuration to take over in place. */
  | { readonly kind: "ReloadRequested"; readonly config: Config }
  /** UTC in µs since 1970 is this much more than the time of the inputs. Told before the start, and whenever that changes. */
  | { readonly kind: "WallClockRead"; readonly offset: Micros }
  /** The driver served a deadline this much later than asked. */
  | { readonly kind: "WokeLate"; readonly by: Micros }
  | { readonly kind: "ShutdownRequested" };

/** What the kernel said to one request. */
export interface Answer<T> {
  readonly item: T;
  /** `unchanged`: to be added, but something like it was there before; to be removed, but gone before. */
  readonly result: "done" | "unchanged" | "refused";
  /** Name of the errno, such as `ENETUNREACH`; with `refused` only. */
  readonly error?: string;
}

/** How a script run ended. */
export type ScriptResult =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "signaled"; readonly signal: string }
  /** Could not be started: missing, not executable, no such user. */
  | { readonly kind: "failedToStart"; readonly error: string };
