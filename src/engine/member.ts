/** One virtual router with what the engine keeps about it. */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { IpAddress } from "../base/ip-address.js";
import type { Route, Rule } from "../base/routing.js";
import type { Micros } from "../base/time.js";
import type { Config, SyncGroup, VrrpInstance } from "../config/config.js";
import type { Fault } from "../vrrp/cause.js";
import { VirtualRouter } from "../vrrp/virtual-router.js";
import { portIdOf, sendPortIdOf } from "./ports.js";

/** A fault and since when it holds. */
export interface FaultSince {
  readonly fault: Fault;
  readonly since: Micros;
}

/** A `vrrp_instance` at work. */
export interface Member {
  readonly router: VirtualRouter;
  instance: VrrpInstance;
  group: SyncGroup | undefined;
  portId: string;
  sendPortId: string;
  /** Addresses that it holds now, in the order of the configuration; empty unless MASTER, as are the routes and rules. */
  held: readonly InterfaceAddress[];
  /** Of these, what the kernel has shown to us since: only such an address can be lost. */
  readonly confirmed: Set<string>;
  heldRoutes: readonly Route[];
  heldRules: readonly Rule[];
  /** Of the routes, those that wait for their interface. */
  missingRoutes: readonly Route[];
  source: IpAddress | undefined;
  /** Those of its unicast peers that are addresses of this host: no advert is sent to them. */
  localPeers: readonly IpAddress[];
  /** Faults of its own, without the ones it has from its group. */
  ownFaults: readonly Fault[];
  /** All that was last told to the router. */
  toldFaults: readonly Fault[];
  /** The same, with their beginnings. */
  faultsSince: readonly FaultSince[];
}

/** A member that has not started yet. @param wallOffset UTC in µs since 1970 less the time of the inputs. */
export function newMember(instance: VrrpInstance, group: SyncGroup | undefined, wallOffset: Micros): Member {
  return {
    router: new VirtualRouter(instance, group !== undefined, wallOffset),
    instance,
    group,
    portId: portIdOf(instance),
    sendPortId: sendPortIdOf(instance),
    held: [],
    confirmed: new Set(),
    heldRoutes: [],
    heldRules: [],
    missingRoutes: [],
    source: undefined,
    localPeers: [],
    ownFaults: [],
    toldFaults: [],
    faultsSince: [],
  };
}

/** All members of a configuration, not started. @param wallOffset as for {@link newMember}. */
export function newMembers(config: Config, wallOffset: Micros): Member[] {
  return config.instances.map((instance) =>
    newMember(instance, groupOf(instance, config.syncGroups), wallOffset),
  );
}

/** Key of an address on an interface. */
export function heldKey(line: { readonly interface: string; readonly address: IpAddress }): string {
  return `${line.interface}/${line.address}`;
}

/** Virtual and excluded addresses, in the order in which they are set. */
export function allAddresses(instance: VrrpInstance): readonly InterfaceAddress[] {
  return [...instance.virtualAddresses, ...instance.excludedAddresses];
}

/** The faults of now, with the beginnings of those that were there before. */
export function faultsSince(
  before: readonly FaultSince[],
  faults: readonly Fault[],
  now: Micros,
): readonly FaultSince[] {
  return faults.map((fault) => {
    const text = JSON.stringify(fault);
    return before.find((old) => JSON.stringify(old.fault) === text) ?? { fault, since: now };
  });
}

/** The sync group that an instance belongs to. */
export function groupOf(instance: VrrpInstance, groups: readonly SyncGroup[]): SyncGroup | undefined {
  return groups.find((group) => group.members.includes(instance.name));
}
