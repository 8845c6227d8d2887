/**
 * Making and removing virtual interfaces. Synchronous, on a socket of its own for each piece of work; not for the engine's thread,
 * as the kernel waits for all processors when an interface goes.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { PresentLink, VirtualInterface } from "../../../base/virtual-interface.js";
import { exchange } from "../../both/netlink-exchange.js";
import { SyscallError } from "../../both/syscall-error.js";
import {
  changeRequest,
  createRequest,
  deleteRequest,
  type InetConf,
  type ListedLink,
  linksRequest,
  readListedLink,
  settingsRequest,
  upRequest,
} from "./virtual-link-messages.js";

/** How long a new interface may take until it runs, and how often to look, ms. */
const RUNNING_LIMIT = 1_000;
const RUNNING_CHECK = 5;

/** What keepalived sets on the VMAC of IPv4 addresses, whose MAC differs from that of the interface that has the route to them. */
export const VMAC_CONF: InetConf = { arp_ignore: 1, accept_local: 1, promote_secondaries: 1, rp_filter: 0 };

/** All links of the namespace. @throws {SyscallError} */
export function presentLinks(): PresentLink[] {
  const links = listLinks();
  const names = new Map(links.map(({ index, name }) => [index, name]));
  return links.map(({ baseIndex, ...link }) => ({
    ...link,
    base: baseIndex === undefined ? undefined : names.get(baseIndex),
  }));
}

/**
 * Makes an interface with its settings; it is still down.
 * @returns its index.
 * @throws {SyscallError} EOPNOTSUPP where the kernel has no such interfaces; ENODEV without the interface below.
 */
export function createLink(wanted: VirtualInterface): number {
  const base = indexOf(wanted.base);
  request(`RTM_NEWLINK ${wanted.kind}`, wanted.name, (seq) => createRequest(wanted, base, seq));
  configureLink(wanted);
  return indexOf(wanted.name);
}

/** Gives an interface that is there the settings of a new one. @throws {SyscallError} */
export function configureLink(wanted: VirtualInterface): void {
  const index = indexOf(wanted.name);
  const conf = wanted.family === 4 && wanted.kind === "macvlan" ? VMAC_CONF : {};
  request("RTM_NEWLINK settings", wanted.name, (seq) => settingsRequest(index, conf, true, seq));
}

/** Gives a VMAC its MAC address and mode again. @throws {SyscallError} */
export function restoreLink(wanted: VirtualInterface, index: number): void {
  request("RTM_NEWLINK change", wanted.name, (seq) => changeRequest(index, wanted, seq));
}

/** Sets an interface up. Resolves when it runs, or after a while when it does not. @throws {SyscallError} */
export async function startLink({ name, base }: VirtualInterface): Promise<void> {
  const index = indexOf(name);
  request("RTM_NEWLINK up", name, (seq) => upRequest(index, seq));
  await running(index, indexOf(base));
}

/** Removes an interface; one that is gone already is no error. @throws {SyscallError} */
export function deleteLink(index: number, name: string): void {
  try {
    request("RTM_DELLINK", name, (seq) => deleteRequest(index, seq));
  } catch (error) {
    if (!(error instanceof SyscallError) || error.code !== "ENODEV") throw error;
  }
}

/** Sets `net.ipv4.conf.NAME.*`, also where /proc/sys can only be read. @throws {SyscallError} */
export function setInetConf(name: string, conf: InetConf): void {
  request("RTM_NEWLINK settings", name, (seq) => settingsRequest(indexOf(name), conf, false, seq));
}

async function running(index: number, base: number): Promise<void> {
  for (let waited = 0; waited < RUNNING_LIMIT; waited += RUNNING_CHECK) {
    const links = listLinks();
    const link = links.find((one) => one.index === index);
    if (link === undefined || link.running || !links.some((one) => one.index === base && one.running)) return;
    await sleep(RUNNING_CHECK);
  }
}

function indexOf(name: string): number {
  const link = listLinks().find((one) => one.name === name);
  // ENODEV
  if (link === undefined) throw new SyscallError({ syscall: "RTM_GETLINK", object: name, errno: 19 });
  return link.index;
}

function listLinks(): ListedLink[] {
  return exchange({ syscall: "RTM_GETLINK", object: "all links" }, linksRequest).flatMap(
    ({ type, data }) => readListedLink(type, data) ?? [],
  );
}

function request(syscall: string, object: string, format: (seq: number) => Buffer): void {
  exchange({ syscall, object }, format);
}
