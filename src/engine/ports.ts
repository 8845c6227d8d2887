/** Which raw sockets the configuration needs, and which router a packet on one of them is for. */

import type { VirtualRouterConfig } from "../vrrp/config.js";
import type { PortSpec } from "./platform.js";

/** IP protocol numbers. */
const PROTOCOL_VRRP = 112;
const PROTOCOL_AH = 51;

/** The id of the port that a virtual router sends and receives on. */
export function portIdOf(config: VirtualRouterConfig): string {
  const protocol = config.authentication.type === "AH" ? PROTOCOL_AH : PROTOCOL_VRRP;
  const cast = config.unicastPeers.length > 0 ? "unicast" : config.multicastGroup;
  return `${config.interface ?? "*"}/ipv${config.family}/${protocol}/${cast}`;
}

/** Identity of a virtual router over a reload: keepalived matches by this, not by name. */
export function routerKeyOf(config: VirtualRouterConfig): string {
  const unicast = config.unicastPeers.length > 0;
  const source = unicast ? (config.sourceAddress ?? "primary") : config.multicastGroup;
  return `${config.interface ?? "*"}/ipv${config.family}/${config.vrid}/${unicast ? "unicast" : "multicast"}/${source}`;
}

/** One port for each distinct id, with all the VRIDs on it. */
export function portsOf(configs: readonly VirtualRouterConfig[]): PortSpec[] {
  const ports = new Map<string, PortSpec & { readonly vrids: number[] }>();
  for (const config of configs) {
    const id = portIdOf(config);
    const port = ports.get(id) ?? {
      id,
      interface: config.interface,
      family: config.family,
      protocol: config.authentication.type === "AH" ? PROTOCOL_AH : PROTOCOL_VRRP,
      multicastGroup: config.unicastPeers.length > 0 ? undefined : config.multicastGroup,
      vrids: [],
    };
    if (!port.vrids.includes(config.vrid)) port.vrids.push(config.vrid);
    ports.set(id, port);
  }
  return [...ports.values()];
}
