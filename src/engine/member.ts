/** One virtual router with what the engine keeps about it. */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { IpAddress } from "../base/ip-address.js";
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
  /** Addresses that it wants now, in the order of the configuration; empty unless MASTER. */
  held: readonly InterfaceAddress[];
  source: IpAddress | undefined;
  /** The name of an errno: it could send no advert, see {@link RouterAction} `CannotSend`. */
  cannotSend: string | undefined;
  /** The number of the last advert that was handed on. */
  lastAdvert: number;
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
    source: undefined,
    cannotSend: undefined,
    lastAdvert: 0,
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
