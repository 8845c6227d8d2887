/** What this node tells its peers about one of its virtual routers. */

import type { Micros } from "../../base/time.js";
import { micros } from "../../base/time.js";
import type { VrrpInstance } from "../../config/config.js";
import type { Fault } from "../../vrrp/cause.js";
import { MOST_REASONS, type PeerHello, type PeerReport } from "../../wire/peer-hello.js";
import { shortDigest } from "../../wire/peer-signature.js";
import type { Member } from "../member.js";

/** Whether this node could take the addresses of an instance, and what speaks against it. */
export interface OwnFitness {
  readonly fit: boolean;
  /** In few words; empty when it is fit. */
  readonly reasons: readonly string[];
}

/** How an instance stands. `unsteady`: its checks are well again, but not for long enough to be believed. */
export function fitnessOf(faults: readonly Fault[], failing: boolean, unsteady: boolean): OwnFitness {
  const reasons = faults.map(reasonOf);
  if (failing && !faults.some(({ kind }) => kind === "checkFailed")) reasons.push("a check fails");
  if (unsteady) reasons.push("a check is well again, but not for long enough");
  return { fit: reasons.length === 0, reasons: reasons.slice(0, MOST_REASONS) };
}

/** The hello of an instance; undefined for one without virtual addresses. The version is filled in where it is sent. */
export function ownHello(member: Member, own: OwnFitness, asks: boolean, now: Micros): PeerHello | undefined {
  const { family, vrid, virtualAddresses } = member.instance;
  const [first] = virtualAddresses;
  if (first === undefined) return undefined;
  return { family, vrid, address: first.address, fit: own.fit, asks, report: reportOf(member, own, now) };
}

function reportOf(member: Member, { reasons }: OwnFitness, now: Micros): PeerReport {
  const { priority, lastCause, lastTransitionAt } = member.router.snapshot();
  const transition =
    lastCause === undefined || lastTransitionAt === undefined
      ? undefined
      : { age: micros(now - lastTransitionAt), cause: lastCause.kind };
  const digest = configDigest(member.instance);
  return { state: member.router.stateName, priority, reasons, digest, version: "", transition };
}

const digests = new WeakMap<VrrpInstance, string>();

/** Equal on all nodes of a cluster whose files agree where they must; no secret has a part in it. */
function configDigest(instance: VrrpInstance): string {
  const known = digests.get(instance);
  if (known !== undefined) return known;
  const { family, vrid, version, advertInterval, virtualAddresses, excludedAddresses, authentication } =
    instance;
  const lists = [virtualAddresses, excludedAddresses].map((lines) =>
    lines.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  );
  const hmac = instance.authHmac !== undefined;
  const digest = shortDigest(
    JSON.stringify([family, vrid, version, advertInterval, lists, authentication.type, hmac]),
  );
  digests.set(instance, digest);
  return digest;
}

function reasonOf(fault: Fault): string {
  switch (fault.kind) {
    case "interfaceMissing":
    case "interfaceDown":
    case "trackedInterfaceDown":
    case "noAddress":
    case "interfaceEnslaved":
      return `${fault.kind} ${fault.interface}`;
    case "checkFailed":
      return `check ${fault.check}: ${fault.because}`;
    case "scriptFailed":
    case "scriptPending":
      return `${fault.kind} ${fault.script}`;
    case "syncGroup":
      return `syncGroup ${fault.group}`;
    case "drained":
      return fault.reason === "" ? "drained" : `drained: ${fault.reason}`;
    default:
      return fault.kind;
  }
}
