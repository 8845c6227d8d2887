/**
 * Opens the raw socket of a port. Sending: IPv4 with our own header, IPv6 with the header's fields as ancillary data (raw(7),
 * ipv6(7)). Receiving: nothing but our VRIDs, and nothing that came before the socket was bound to its interface.
 */

import type { PortSpec } from "../../../engine/platform.js";
import { type Descriptor, native } from "../../both/native.js";
import { attemptSyscall, SyscallError } from "../../both/syscall-error.js";
import { discardWaiting } from "./receive-batch.js";
import { ipv4Membership, ipv6Membership, socketAddress } from "./socket-address.js";
import { rejectAllFilter, vridFilter } from "./vrid-filter.js";

const { constants } = native;

/** Bytes that the kernel may queue in either direction: a second's adverts of 255 routers at 10 ms. */
const QUEUE_BYTES = 8 << 20;

/** TC_PRIO_CONTROL of linux/pkt_sched.h: before other traffic in the interface's queue. */
const PRIORITY_CONTROL = 7;

/** RFC 9568 §5.1.1.3, §5.1.2.3 */
const HOP_LIMIT = 255;

/**
 * @param interfaceIndex of `spec.interface`, or 0 where the port has none.
 * @throws {SyscallError} when a step fails; nothing stays open then.
 */
export function openRawSocket(spec: PortSpec, interfaceIndex: number): Descriptor {
  const { AF_INET, AF_INET6, SOCK_RAW } = constants;
  const family = spec.family === 4 ? AF_INET : AF_INET6;
  const descriptor = attemptSyscall("socket", spec.id, () =>
    native.openSocket(family, SOCK_RAW, spec.protocol),
  );
  try {
    // A raw socket receives from all interfaces as soon as it is open.
    attemptSyscall("setsockopt SO_ATTACH_FILTER", spec.id, () =>
      native.attachFilter(descriptor, rejectAllFilter()),
    );
    configure(descriptor, spec, interfaceIndex);
    discardWaiting(descriptor);
    attachVridFilter(descriptor, spec);
  } catch (error) {
    native.close(descriptor);
    throw error;
  }
  return descriptor;
}

/**
 * Replaces the VRIDs that a port's socket lets through.
 * @throws {SyscallError}
 */
export function attachVridFilter(descriptor: Descriptor, spec: PortSpec): void {
  attemptSyscall("setsockopt SO_ATTACH_FILTER", spec.id, () =>
    native.attachFilter(descriptor, vridFilter(spec)),
  );
}

function configure(descriptor: Descriptor, spec: PortSpec, interfaceIndex: number): void {
  const { interface: device } = spec;
  if (device !== undefined) {
    attemptSyscall("setsockopt SO_BINDTODEVICE", device, () => native.bindToDevice(descriptor, device));
  }
  setOption(descriptor, spec, "SOL_SOCKET", "SO_RCVBUFFORCE", spec.receiveBuffer ?? QUEUE_BYTES);
  setOption(descriptor, spec, "SOL_SOCKET", "SO_SNDBUFFORCE", QUEUE_BYTES);
  setOption(descriptor, spec, "SOL_SOCKET", "SO_PRIORITY", PRIORITY_CONTROL);
  // A timer that an advert starts anew runs from its arrival, not from when this thread got round to it.
  setOption(descriptor, spec, "SOL_SOCKET", "SO_TIMESTAMPNS", 1);
  if (spec.family === 4) configureIpv4(descriptor, spec, interfaceIndex);
  else configureIpv6(descriptor, spec, interfaceIndex);
}

function configureIpv4(descriptor: Descriptor, spec: PortSpec, interfaceIndex: number): void {
  setOption(descriptor, spec, "IPPROTO_IP", "IP_HDRINCL", 1);
  // Else a socket receives the groups that any other socket of the host has joined.
  setOption(descriptor, spec, "IPPROTO_IP", "IP_MULTICAST_ALL", 0);
  const group = spec.multicastGroup;
  if (group === undefined) return;
  setOption(descriptor, spec, "IPPROTO_IP", "IP_MULTICAST_LOOP", 0);
  setOptionBytes(
    descriptor,
    spec,
    "IPPROTO_IP",
    "IP_MULTICAST_IF",
    ipv4Membership(undefined, interfaceIndex),
  );
  setOptionBytes(descriptor, spec, "IPPROTO_IP", "IP_ADD_MEMBERSHIP", ipv4Membership(group, interfaceIndex));
  bindToGroup(descriptor, spec, socketAddress(group, interfaceIndex));
}

function configureIpv6(descriptor: Descriptor, spec: PortSpec, interfaceIndex: number): void {
  setOption(descriptor, spec, "IPPROTO_IPV6", "IPV6_RECVPKTINFO", 1);
  setOption(descriptor, spec, "IPPROTO_IPV6", "IPV6_RECVHOPLIMIT", 1);
  setOption(descriptor, spec, "IPPROTO_IPV6", "IPV6_RECVTCLASS", 1);
  ignoreForeignGroups(descriptor, spec);
  const group = spec.multicastGroup;
  if (group === undefined) return;
  setOption(descriptor, spec, "IPPROTO_IPV6", "IPV6_MULTICAST_HOPS", HOP_LIMIT);
  setOption(descriptor, spec, "IPPROTO_IPV6", "IPV6_MULTICAST_LOOP", 0);
  setOption(descriptor, spec, "IPPROTO_IPV6", "IPV6_MULTICAST_IF", interfaceIndex);
  setOptionBytes(descriptor, spec, "IPPROTO_IPV6", "IPV6_JOIN_GROUP", ipv6Membership(group, interfaceIndex));
  bindToGroup(descriptor, spec, socketAddress(group, interfaceIndex));
}

/** As IP_MULTICAST_ALL above, for sockets bound to a group; kernels before 4.20 do not have it for IPv6. */
function ignoreForeignGroups(descriptor: Descriptor, spec: PortSpec): void {
  try {
    setOption(descriptor, spec, "IPPROTO_IPV6", "IPV6_MULTICAST_ALL", 0);
  } catch (error) {
    if (!(error instanceof SyscallError) || error.code !== "ENOPROTOOPT") throw error;
  }
}

/** A multicast port shall not see what is for a unicast port on the same interface. */
function bindToGroup(descriptor: Descriptor, spec: PortSpec, address: Uint8Array): void {
  attemptSyscall("bind", spec.id, () => native.bind(descriptor, address));
}

type Option = Exclude<keyof typeof constants, `COLUMN_${string}`>;

function setOption(
  descriptor: Descriptor,
  spec: PortSpec,
  level: Option,
  option: Option,
  value: number,
): void {
  attemptSyscall(`setsockopt ${option}`, spec.id, () =>
    native.setOption(descriptor, constants[level], constants[option], value),
  );
}

function setOptionBytes(
  descriptor: Descriptor,
  spec: PortSpec,
  level: Option,
  option: Option,
  value: Uint8Array,
): void {
  attemptSyscall(`setsockopt ${option}`, spec.id, () =>
    native.setOptionBytes(descriptor, constants[level], constants[option], value),
  );
}
