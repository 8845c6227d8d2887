/** Which leases a configuration needs: one for each instance, with everything that the rules have to know. */

import type { IpAddress } from "../../base/ip-address.js";
import type { Lease, LeasedAddress } from "../../base/lease.js";
import type { PresentLink } from "../../base/virtual-interface.js";
import type { Config, VrrpInstance } from "../../config/config.js";
import { leaseTimes } from "../../vrrp/address-lease.js";
import { PRIORITY_OWNER } from "../../vrrp/timers.js";
import { allAddresses } from "../member.js";

/** What of the host decides about leases. */
export interface LeaseHost {
  readonly links: readonly Pick<PresentLink, "name" | "loopback" | "mac">[];
  /** True for an address that the host has by itself; its owner (priority 255) keeps it whatever happens to Vigil. */
  isOwn(instance: string, address: IpAddress): boolean;
}

/**
 * The leases of the instances that have `vrrp_address_lease`; an instance without an address that can have one has none.
 * @param config with the names that virtual interfaces have on the host.
 */
export function leasesOf({ instances }: Pick<Config, "instances">, host: LeaseHost): Lease[] {
  return instances.flatMap((instance) => {
    if (!instance.addressLease || !canProlong(instance, host)) return [];
    const addresses = leasedAddresses(instance, host);
    return addresses.length === 0 ? [] : [leaseOf(instance, addresses)];
  });
}

/** The interface that a beat leaves through: that of the adverts, or for unicast without one that of the first address. */
export function beatDeviceOf(instance: VrrpInstance): string | undefined {
  if (instance.interface !== undefined) return instance.interface;
  const [first] = allAddresses(instance);
  return first === undefined ? undefined : belowVirtual(instance, first.interface);
}

/** Adverts that leave through any interface prolong a lease by their beats alone, which need Ethernet. */
function canProlong(instance: VrrpInstance, { links }: LeaseHost): boolean {
  if (instance.interface !== undefined) return true;
  const device = beatDeviceOf(instance);
  const link = links.find(({ name }) => name === device);
  return device !== undefined && link?.loopback !== true && (link === undefined || link.mac !== undefined);
}

function leaseOf(instance: VrrpInstance, addresses: readonly LeasedAddress[]): Lease {
  const { name, interface: device, family, vrid, authentication, unicastPeers, multicastGroup } = instance;
  return {
    instance: name,
    device,
    family,
    protocol: authentication.type === "AH" ? 51 : 112,
    vrid,
    destinations: unicastPeers.length > 0 ? unicastPeers.map(({ address }) => address) : [multicastGroup],
    beatDevice: unicastPeers.length > 0 ? beatDeviceOf(instance) : undefined,
    ...leaseTimes(instance),
    addresses,
  };
}

function leasedAddresses(instance: VrrpInstance, host: LeaseHost): LeasedAddress[] {
  const loopbacks = new Set(host.links.filter(({ loopback }) => loopback).map(({ name }) => name));
  return allAddresses(instance).flatMap(({ address, interface: name }) => {
    if (instance.priority === PRIORITY_OWNER && host.isOwn(instance.name, address)) return [];
    // The host answers for an address of one interface on the others, too.
    const all = new Set([belowVirtual(instance, name), instance.interface ?? belowVirtual(instance, name)]);
    const devices = [...all].filter((device) => !loopbacks.has(device));
    return devices.length === 0 ? [] : [{ address, devices }];
  });
}

/** The interface that a VMAC or an ipvlan is made on; any other stays as it is. */
function belowVirtual({ virtualInterfaces }: VrrpInstance, name: string): string {
  return virtualInterfaces.find((one) => one.name === name)?.base ?? name;
}
