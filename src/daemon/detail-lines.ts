/** Lines that keepalived writes with `-D` about the system below it: sockets, addresses, processor time. */

import { readFileSync } from "node:fs";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import type { Family } from "../base/ip-address.js";
import type { VrrpInstance } from "../config/config.js";
import type { PortSocket } from "../linux/engine-thread/sockets/raw-port.js";

/** Units of the times in /proc/PID/stat, per second: USER_HZ is part of the kernel's interface. */
const TICKS = 100;

/** Fields cutime and cstime of /proc/PID/stat, proc(5), counted from the one after the name. */
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

/** One for each socket. Both descriptors are the same one: Vigil receives and sends by one socket. */
export function socketLines(sockets: readonly PortSocket[]): string[] {
  return sockets.map(({ descriptor, interfaceIndex, family, protocol, multicastGroup }) => {
    const index = String(interfaceIndex).padStart(3);
    const where = multicastGroup === undefined ? "unicast" : `multicast, address(${multicastGroup})`;
    return `VRRP sockpool: [ifindex(${index}), family(IPv${family}), proto(${protocol}), fd(${descriptor},${descriptor}) ${where}]`;
  });
}

/**
 * One for each address that adverts may have as their source: of the interfaces of the instances the first one of IPv4 that is
 * not virtual, then the first link-local one of IPv6.
 */
export function addressLines(instances: readonly VrrpInstance[]): string[] {
  const present = networkInterfaces();
  const names = [...new Set(instances.flatMap(({ interface: name }) => name ?? []))];
  const virtual = new Set<string>(
    instances.flatMap(({ virtualAddresses, excludedAddresses }) =>
      [...virtualAddresses, ...excludedAddresses].map(({ address }) => address),
    ),
  );
  const first = (isSource: (info: NetworkInterfaceInfo) => boolean) =>
    names.flatMap((name) => {
      const found = present[name]?.find((info) => isSource(info) && !virtual.has(info.address));
      return found === undefined ? [] : [`Assigned address ${found.address} for interface ${name}`];
    });
  return [
    ...first(({ family }) => family === "IPv4"),
    ...first(({ family, address }) => family === "IPv6" && address.startsWith("fe80:")),
  ];
}

/** The sockets for announcements of new addresses. */
export function announcementLines(instances: readonly VrrpInstance[]): string[] {
  const has = (family: Family) => instances.some((instance) => instance.family === family);
  return [
    ...(has(4) ? ["Registering gratuitous ARP shared channel"] : []),
    ...(has(6) ? ["Registering gratuitous NDISC shared channel"] : []),
  ];
}

/** The parent's last line but one: processor time of this process, and of the scripts that have ended. */
export function usageLine(): string {
  const { user, system } = process.cpuUsage();
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const children = (field: number) => (Number(fields[field]) / TICKS).toFixed(6);
  const self = (micros: number) => (micros / 1_000_000).toFixed(6);
  return `CPU usage (self/children) user: ${self(user)}/${children(CHILDREN_USER)} system: ${self(system)}/${children(CHILDREN_SYSTEM)}`;
}
