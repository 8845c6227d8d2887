/** What keepalived checks of virtual servers once everything is read; it tells what is wrong, nothing of it runs. */

import { familyOf } from "../base/ip-address.js";
import type { ConfigDraft } from "./draft.js";
import type { RealServerDraft, VirtualServerDraft } from "./lvs-draft.js";
import { finding } from "./resolve-finding.js";

const CODE = "ERR_CONFIG_VIRTUAL_SERVER";

/** Reports on all virtual servers. */
export function checkVirtualServers(root: ConfigDraft): void {
  for (const server of root.virtualServers) checkVirtualServer(root, server);
}

function checkVirtualServer(root: ConfigDraft, server: VirtualServerDraft): void {
  const complain = (message: string, ...places: string[]) =>
    finding(root, "complaint", CODE, message, server.placeOf(...places));
  if (server.realServers.length === 0) {
    complain(`Virtual server ${server.label} has no real servers - ignoring`);
    return;
  }
  for (const twin of duplicates(server.realServers)) {
    const message = `VS ${server.label}: real server ${twin.label} is duplicated - removing second rs`;
    finding(root, "complaint", CODE, message, twin.place);
  }
  checkProtocol(server, complain);
  if (server.scheduler === undefined)
    complain(`Virtual server ${server.label}: no scheduler set, setting default 'wlc'`);
  if (server.method === undefined)
    complain(`Virtual server ${server.label}: no forwarding method set, setting default NAT`);
  if (server.port === 0 && server.kind !== "fwmark" && !usesGroupPorts(server) && !server.persistent) {
    complain(
      `Virtual server ${server.label}: zero port only valid for persistent services - setting`,
      "persistence_timeout",
    );
  }
  checkPorts(root, server);
  checkQuorum(server, complain);
}

/** The real servers that are there already, each a second time. */
function duplicates(servers: readonly RealServerDraft[]): RealServerDraft[] {
  const seen = new Set<string>();
  return servers.filter(({ target }) => {
    const key = `${target.address} ${target.port}`;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  });
}

/** The ports of a group stand in its own block. */
function usesGroupPorts({ kind, subject, root }: VirtualServerDraft): boolean {
  return (
    kind === "group" && !root.virtualServerGroups.some(({ name, portZero }) => name === subject && portZero)
  );
}

function checkProtocol(
  server: VirtualServerDraft,
  complain: (message: string, ...places: string[]) => void,
): void {
  if (server.kind === "fwmark") {
    if (server.protocol !== undefined) {
      const message = `Warning: Virtual server ${server.label}: protocol specified for fwmark - protocol will be ignored`;
      complain(message, "protocol");
    }
  } else if (server.protocol === undefined) {
    complain(`Virtual server ${server.label}: no protocol set - defaulting to UDP`);
    server.protocol = "udp";
  }
  if (server.onePacket && server.protocol !== "udp" && server.kind !== "fwmark") {
    complain(`Virtual server ${server.label}: one packet scheduling requires UDP - resetting`, "ops");
  }
}

/** Only NAT can change the port. */
function checkPorts(root: ConfigDraft, server: VirtualServerDraft): void {
  if (server.kind !== "address") return;
  const removed = new Set(duplicates(server.realServers));
  for (const real of server.realServers) {
    const { port } = real.target;
    if (removed.has(real) || (real.method ?? server.method ?? "NAT") === "NAT") continue;
    if (port === 0 || port === server.port) continue;
    const message = `WARNING - virtual server ${server.label} and real server ${real.label} ports don't match - resetting`;
    finding(root, "complaint", CODE, message, real.place);
  }
  const sorry = server.sorryServer;
  if (sorry === undefined || (server.method ?? "NAT") === "NAT") return;
  if (sorry.port !== 0 && sorry.port !== server.port) {
    const message = `WARNING - virtual server ${server.label} and sorry server ports don't match - resetting`;
    finding(root, "complaint", CODE, message, server.placeOf("sorry_server"));
  }
}

function checkQuorum(
  server: VirtualServerDraft,
  complain: (message: string, ...places: string[]) => void,
): void {
  const removed = new Set(duplicates(server.realServers));
  const total = server.realServers
    .filter((real) => !removed.has(real))
    .reduce((sum, real) => sum + (real.weight ?? server.weight), 0);
  let { quorum } = server;
  if (quorum > total) {
    complain(
      `Warning - quorum ${quorum} for ${server.label} exceeds total weight of real servers ${total}, reducing quorum to ${total}`,
      "quorum",
    );
    quorum = total;
  }
  if (server.hysteresis >= quorum) {
    const lowered = Math.max(0, quorum - 1);
    complain(
      `Virtual server ${server.label}: hysteresis ${server.hysteresis} >= quorum ${quorum}; setting hysteresis to ${lowered}`,
      "hysteresis",
    );
  }
}

/** False when two servers of one service are of different families, which only tunnels can serve. */
export function familiesFit(server: VirtualServerDraft, real: RealServerDraft): boolean {
  const family = familyOf(real.target.address);
  server.familyOfReals ??= family;
  if ((server.family ?? server.familyOfReals) === family) return true;
  return (real.method ?? server.method) === "TUN";
}
