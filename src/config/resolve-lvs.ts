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
  checkSorryServer(server, complain);
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
  const group = root.virtualServerGroups.find(({ name }) => name === subject);
  return kind === "group" && !(group?.ranges.some(({ port }) => port === 0) ?? false);
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

/** A sorry server that is also a real one is treated alike as both. */
function checkSorryServer(
  server: VirtualServerDraft,
  complain: (message: string, ...places: string[]) => void,
): void {
  const { sorryServer: sorry, label } = server;
  if (sorry === undefined) return;
  for (const real of server.realServers) {
    const inhibit = real.inhibit ?? server.inhibit;
    const same = real.target.address === sorry.address && real.target.port === sorry.port;
    if (!same || inhibit === server.sorryInhibit) continue;
    const message = `Virtual server ${label}: real server ${real.label} matches sorry server, but inhibit setting differs`;
    complain(`${message}, ${inhibit ? "sett" : "clear"}ing on sorry server`, "sorry_server");
    server.sorryInhibit = inhibit;
  }
}

/** Only NAT can change the port: other servers must have that of the service, and none where the service has none. */
function checkPorts(root: ConfigDraft, server: VirtualServerDraft): void {
  const removed = new Set(duplicates(server.realServers));
  const reals = server.realServers
    .filter((real) => !removed.has(real) && (real.method ?? server.method ?? "NAT") !== "NAT")
    .filter((real) => real.target.port !== 0);
  const forwarded = (server.sorryMethod ?? server.method ?? "NAT") !== "NAT";
  const sorry = forwarded && server.sorryServer?.port !== 0 ? server.sorryServer?.port : undefined;
  const group = root.virtualServerGroups.find(
    ({ name }) => server.kind === "group" && name === server.subject,
  );
  const ofReal = (real: RealServerDraft, message: string) =>
    finding(root, "complaint", CODE, message, real.place);
  const ofSorry = (message: string) =>
    finding(root, "complaint", CODE, message, server.placeOf("sorry_server"));
  const { label } = server;
  if (server.kind === "fwmark" || (group !== undefined && group.marks > 0)) {
    const end = server.kind === "fwmark" ? "clearing" : "port will be ignored";
    for (const real of reals)
      ofReal(
        real,
        `WARNING - fwmark virtual server ${label}, real server ${real.label} has port specified - ${end}`,
      );
    const kind = server.kind === "fwmark" ? "virtual" : "fwmark virtual";
    if (sorry !== undefined)
      ofSorry(`WARNING - ${kind} server ${label}, sorry server has port specified - ${end}`);
  }
  for (const { label: range, port } of group?.ranges ?? []) {
    for (const real of reals.filter(({ target }) => target.port !== port))
      ofReal(real, `virtual server ${label}:${range} and real server ${real.label} ports don't match`);
    if (sorry !== undefined && sorry !== port)
      ofSorry(`WARNING - virtual server ${label}, sorry server has port specified - port will be ignored`);
  }
  if (server.kind !== "address") return;
  for (const real of reals.filter(({ target }) => target.port !== server.port))
    ofReal(
      real,
      `WARNING - virtual server ${label} and real server ${real.label} ports don't match - resetting`,
    );
  if (sorry !== undefined && sorry !== server.port)
    ofSorry(`WARNING - virtual server ${label} and sorry server ports don't match - resetting`);
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
