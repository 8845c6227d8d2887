/** Settings of one virtual router in a test, as keepalived.conf. */

import type { Host } from "./host.js";

/** What all nodes of a virtual router must agree on. */
export interface VrrpMode {
  /** For titles and file names: "v2 AH". */
  readonly name: string;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  /** Seconds between adverts. */
  readonly interval: number;
  readonly auth?: "PASS" | "AH";
  readonly unicast?: boolean;
}

/** What differs between the nodes. */
export interface NodeSettings {
  readonly priority: number;
  readonly nopreempt?: boolean;
  /** Lines for `global_defs`. */
  readonly global?: readonly string[];
  /** Lines for the `vrrp_instance` block. */
  readonly instance?: readonly string[];
}

/** The virtual router of every test that has only one. */
export const VRID = 51;

/** The password of tests with authentication, 8 characters. */
export const PASSWORD = "t0psecrt";

/** The virtual address of a mode. */
export function vipOf(mode: VrrpMode): string {
  return mode.family === 4 ? "10.77.0.100" : "fd00:77::100";
}

/** Where a node's adverts of this mode come from. */
export function sourceOf(mode: VrrpMode, host: Host): string {
  if (mode.family === 4) return host.ipv4;
  return mode.unicast === true ? host.ipv6 : host.linkLocal;
}

/** keepalived.conf of a node with the one instance `VI_1`. @param peers the other nodes, needed for unicast. */
export function keepalivedConf(
  mode: VrrpMode,
  settings: NodeSettings,
  self: Host,
  peers: readonly Host[],
): string {
  const prefix = mode.family === 4 ? 24 : 64;
  const instance = [
    "state BACKUP",
    "interface eth0",
    `version ${mode.version}`,
    `virtual_router_id ${VRID}`,
    `priority ${settings.priority}`,
    `advert_int ${mode.interval}`,
    ...(settings.nopreempt === true ? ["nopreempt"] : []),
    ...(mode.auth === undefined
      ? []
      : block("authentication", [`auth_type ${mode.auth}`, `auth_pass ${PASSWORD}`])),
    ...(mode.unicast === true
      ? [
          `unicast_src_ip ${sourceOf(mode, self)}`,
          ...block(
            "unicast_peer",
            peers.map((peer) => sourceOf(mode, peer)),
          ),
        ]
      : []),
    ...block("virtual_ipaddress", [`${vipOf(mode)}/${prefix}`]),
    ...(settings.instance ?? []),
  ];
  const global = ["router_id test", "vrrp_garp_master_delay 1", ...(settings.global ?? [])];
  return `${[...block("global_defs", global), ...block("vrrp_instance VI_1", instance)].join("\n")}\n`;
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), "}"];
}
