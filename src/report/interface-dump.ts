/** One ` Name = …` of the section "Interfaces" of keepalived.data, in the shape of Debian's keepalived 2.2.7. */

import { familyOf, isLinkLocal } from "../base/ip-address.js";
import { micros } from "../base/time.js";
import type { VirtualInterface } from "../base/virtual-interface.js";
import type { InterfaceState } from "../engine/platform.js";
import type { DumpSource } from "./dump-source.js";
import { trackText } from "./instance-dump.js";
import { cTime, secondsText, wallMicros } from "./wall-clock.js";

/** The lines below the name, without their indentation of three blanks; members of lists have two more. */
export function interfaceLines(state: InterfaceState, source: DumpSource): string[] {
  const { name, index, up, mac, mtu, addresses } = state;
  const { config } = source;
  const virtual = new Set(
    config.instances.flatMap((instance) =>
      [...instance.virtualAddresses, ...instance.excludedAddresses].map((line) => line.address),
    ),
  );
  const own = addresses.filter(({ address, secondary }) => !secondary && !virtual.has(address));
  const ipv4 = own.find(({ address }) => familyOf(address) === 4);
  const ipv6 = own.find(({ address }) => familyOf(address) === 6 && isLinkLocal(address));
  const loopback = name === "lo";
  const made = virtualInterfaces(source);
  const ours = made.find((one) => one.name === name);
  const users = userLines(name, source);
  return [
    `index = ${index}`,
    `IPv4 address = ${ipv4?.address ?? "(none)"}`,
    `IPv6 address = ${ipv6?.address ?? "(none)"}`,
    ...(loopback || mac === undefined ? [] : [`MAC = ${mac}`, "MAC broadcast = ff:ff:ff:ff:ff:ff"]),
    `State = ${stateText(up)}${loopback ? ", no broadcast, loopback, no multicast" : ""}`,
    `Seen up = ${up ? 1 : 0}`,
    "Delayed state change running = false",
    "Up debounce timer = 0us",
    "Down debounce timer = 0us",
    ...(ours === undefined ? [] : virtualLines(ours, source)),
    `MTU = ${mtu}`,
    `HW Type = ${loopback ? "LOOPBACK" : "ETHERNET"}`,
    "NIC netlink status update",
    ...settingLines(name, ours, made),
    ...forwardingLines(state, source),
    ...(users.length === 0 ? [] : ["Tracking VRRP instances :", ...users]),
  ];
}

function stateText(up: boolean): string {
  return up ? "UP, RUNNING" : "not UP, not RUNNING";
}

/** Those that the configuration made. */
function virtualInterfaces({ snapshot }: DumpSource): readonly VirtualInterface[] {
  return snapshot.routers.flatMap(({ instance }) => instance.virtualInterfaces);
}

function virtualLines({ kind, base }: VirtualInterface, { snapshot }: DumpSource): string[] {
  const below = snapshot.interfaces.find((state) => state.name === base);
  const type = kind === "macvlan" ? "VMAC type private" : "IPVLAN type L2 bridge";
  return [
    `${type}, underlying interface = ${base}, state = ${stateText(below?.up === true)}`,
    "I/f created by keepalived",
  ];
}

/** What keepalived shows of the kernel settings that VMACs need, on them and on the interface below them. */
function settingLines(
  name: string,
  ours: VirtualInterface | undefined,
  made: readonly VirtualInterface[],
): string[] {
  const above = made.filter(({ kind, base, family }) => kind === "macvlan" && base === name && family === 4);
  const isVmac = ours?.kind === "macvlan" && ours.family === 4;
  const digit = (on: boolean) => (on ? 1 : 0);
  return [
    `Reset ARP config counter ${above.length}`,
    `Original arp_ignore ${digit(isVmac || above.length > 0)}`,
    `Original arp_filter ${digit(above.length > 0)}`,
    `Original promote_secondaries ${digit(isVmac)}`,
    "Reset promote_secondaries counter 0",
  ];
}

/** Where neighbour advertisements were sent: whether they came from a router, which is looked at when a router becomes MASTER. */
function forwardingLines({ name, ipv6Router }: InterfaceState, { snapshot, clock }: DumpSource): string[] {
  const times = snapshot.routers.flatMap(({ instance, state, lastTransitionAt }) => {
    const announces =
      instance.family === 6 && state.name === "MASTER" && (instance.vmac ?? instance.interface) === name;
    return announces && lastTransitionAt !== undefined ? [lastTransitionAt] : [];
  });
  if (times.length === 0) return [];
  const at = wallMicros(clock, micros(Math.max(...times)));
  const seconds = secondsText(at);
  const fraction = seconds.split(".")[1] ?? "";
  return [
    `${ipv6Router === true ? "" : "Not "}IPv6 forwarding. Last checked ${seconds} (${cTime(clock, at)}.${fraction})`,
  ];
}

function userLines(name: string, { config, snapshot }: DumpSource): string[] {
  return config.instances.flatMap((instance) => {
    const running = snapshot.routers.find((router) => router.instance.name === instance.name);
    const track = instance.trackInterfaces.find((entry) => entry.name === name);
    if (instance.interface === name || running?.instance.vmac === name)
      return [`  ${instance.name}, weight ${instance.dontTrackPrimary ? 255 : 0}`];
    return track === undefined ? [] : [`  ${trackText({ ...track, name: instance.name }, ",")}`];
  });
}
