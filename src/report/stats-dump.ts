/** `keepalived.stats`: the counters of every instance in the shape of keepalived 2.2 (indents of 0, 2 and 4). Pure. */

import type { RouterCounters } from "../vrrp/counters.js";
import type { DropReason } from "../wire/drop-reason.js";

/** An instance's name and what it counted. */
export interface InstanceStatistics {
  readonly name: string;
  readonly counters: RouterCounters;
  /** `auth_hmac` is configured: keepalived 2.4 has a section for its errors, 2.2 does not know it. */
  readonly authHmac?: boolean;
}

/** keepalived's rows for packets that it refuses. */
type ErrorRow =
  | "length"
  | "ttl"
  | "type"
  | "authType"
  | "authTypeMismatch"
  | "authFailure"
  | "advertInterval"
  | "addressList";

/**
 * The row that a reason to drop counts in; undefined where keepalived.stats has none (its version and checksum errors are shown
 * over SNMP only, and what was not meant for the instance is no error of its).
 */
const ROW: Readonly<Record<DropReason, ErrorRow | undefined>> = {
  ipHeader: "length",
  ipLength: "length",
  ipProtocol: undefined,
  ahPresence: "authTypeMismatch",
  ahHeader: "length",
  length: "length",
  unknownVrid: undefined,
  ownPacket: undefined,
  ttl: "ttl",
  version: undefined,
  hmacMissing: undefined,
  hmacMalformed: undefined,
  hmacStale: undefined,
  hmacUnknownKey: undefined,
  hmacInvalid: undefined,
  hmacReplay: undefined,
  authType: "authType",
  authTypeMismatch: "authTypeMismatch",
  authPassword: "authFailure",
  ahIcv: "authFailure",
  ahSpi: "authFailure",
  ahReplay: "authFailure",
  // keepalived has a row for it, and never counts there.
  advertInterval: undefined,
  type: "type",
  checksum: undefined,
  // Surprising, but there keepalived counts them.
  castMode: "addressList",
  unknownPeer: undefined,
  ownerIgnores: undefined,
  notRunning: undefined,
};

/** The whole file; the empty string without instances. */
export function statsDump(instances: readonly InstanceStatistics[]): string {
  return instances.map(block).join("");
}

function block({ name, counters, authHmac = false }: InstanceStatistics): string {
  const rows = errorRows(counters);
  return `VRRP Instance: ${name}
  Advertisements:
    Received: ${counters.advertisementsReceived}
    Sent: ${counters.advertisementsSent}
  Became master: ${counters.becameMaster}
  Released master: ${counters.releasedMaster}
  Packet Errors:
    Length: ${rows.length}
    TTL: ${rows.ttl}
    Invalid Type: ${rows.type}
    Advertisement Interval: ${rows.advertInterval}
    Address List: ${rows.addressList}
  Authentication Errors:
    Invalid Type: ${rows.authType}
    Type Mismatch: ${rows.authTypeMismatch}
    Failure: ${rows.authFailure}
${authHmac ? extensionErrors(counters.dropped) : ""}  Priority Zero:
    Received: ${counters.priorityZeroReceived}
    Sent: ${counters.priorityZeroSent}
`;
}

function extensionErrors(dropped: RouterCounters["dropped"]): string {
  return `  Authentication Extension Errors:
    Missing: ${dropped.hmacMissing}
    Malformed: ${dropped.hmacMalformed}
    Unknown Key: ${dropped.hmacUnknownKey}
    Invalid HMAC: ${dropped.hmacInvalid}
    Stale: ${dropped.hmacStale}
    Replay: ${dropped.hmacReplay}
`;
}

/** The counters in keepalived's rows. */
export function errorRows(counters: RouterCounters): Record<ErrorRow, number> {
  const rows: Record<ErrorRow, number> = {
    length: 0,
    ttl: 0,
    type: 0,
    authType: 0,
    authTypeMismatch: 0,
    authFailure: 0,
    advertInterval: 0,
    addressList: counters.addressListDiffers,
  };
  for (const reason of Object.keys(ROW) as DropReason[]) {
    const row = ROW[reason];
    if (row !== undefined) rows[row] += counters.dropped[reason];
  }
  return rows;
}
