/** Which raw sockets the configuration needs, and which router a packet on one of them is for. */

import type { VrrpInstance } from "../config/config.js";
import type { PortSpec } from "./platform.js";

/** IP protocol numbers. */
const PROTOCOL_VRRP = 112;
const PROTOCOL_AH = 51;

/** The id of the port that a virtual router receives on. */
export function portIdOf(config: VrrpInstance): string {
  return idOn(config, receiveInterface(config));
}

/** The id of the port that it sends on: another one only with `vmac_xmit_base`. */
export function sendPortIdOf(config: VrrpInstance): string {
  return idOn(config, sendInterfaceOf(config));
}

function idOn(config: VrrpInstance, interfaceName: string | undefined): string {
  const cast = config.unicastPeers.length > 0 ? "unicast" : config.multicastGroup;
  return `${interfaceName ?? config.vrf ?? "*"}/ipv${config.family}/${protocolOf(config)}/${cast}`;
}

function protocolOf(config: VrrpInstance): 112 | 51 {
  return config.authentication.type === "AH" ? PROTOCOL_AH : PROTOCOL_VRRP;
}

/**
 * Of a VMAC, which the kernel gives what a peer sends from the same virtual MAC, and nobody else; it gets what is sent from other
 * MACs as well. What is for one host only never reaches it.
 */
function receiveInterface(config: VrrpInstance): string | undefined {
  return config.unicastPeers.length > 0 ? config.interface : (config.vmac ?? config.interface);
}

/** The interface that adverts leave through; undefined for unicast without one. */
export function sendInterfaceOf(config: VrrpInstance): string | undefined {
  return config.transmitOnBase ? config.interface : receiveInterface(config);
}

/** Identity of a virtual router over a reload: keepalived matches by this, not by name. */
export function routerKeyOf(config: VrrpInstance): string {
  const unicast = config.unicastPeers.length > 0;
  const source = unicast ? (config.sourceAddress ?? "primary") : config.multicastGroup;
  const cast = unicast ? "unicast" : "multicast";
  const vmac = config.vmac === undefined ? "" : `/${config.vmac}${config.transmitOnBase ? "/base" : ""}`;
  return `${config.interface ?? config.vrf ?? "*"}/ipv${config.family}/${config.vrid}/${cast}/${source}${vmac}`;
}

/** What is received where adverts for others are wanted too, `log_unknown_vrids`. */
const ALL_VRIDS: readonly number[] = Array.from({ length: 256 }, (_, vrid) => vrid);

/** One port for each distinct id, with the VRIDs to be received on it: its own, or all. */
export function portsOf(configs: readonly VrrpInstance[], allVrids: boolean): PortSpec[] {
  const ports = new Map<string, PortSpec & { readonly vrids: number[]; receiveBuffer?: number }>();
  const portOn = (config: VrrpInstance, interfaceName: string | undefined) => {
    const id = idOn(config, interfaceName);
    const port = ports.get(id) ?? {
      id,
      interface: interfaceName ?? config.vrf,
      family: config.family,
      protocol: protocolOf(config),
      multicastGroup: config.unicastPeers.length > 0 ? undefined : config.multicastGroup,
      vrids: [],
    };
    ports.set(id, port);
    return port;
  };
  for (const config of configs) {
    const port = portOn(config, receiveInterface(config));
    if (!port.vrids.includes(config.vrid)) port.vrids.push(config.vrid);
    // As in keepalived, every instance on the socket adds what it wants.
    const { kernelReceiveBuffer: wanted } = config;
    if (wanted !== undefined) port.receiveBuffer = (port.receiveBuffer ?? 0) + wanted;
    portOn(config, sendInterfaceOf(config));
  }
  return [...ports.values()].map((port) => (allVrids ? { ...port, vrids: ALL_VRIDS } : port));
}
