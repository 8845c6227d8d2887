/**
 * Events as the log lines that keepalived's users and tools match on (keepalived 2.2/2.4 wording). A line marked `detail` is
 * written only with `-D`.
 */

import { unreachable } from "../base/assert.js";
import { type Micros, microsToCentiseconds } from "../base/time.js";
import { evidenceOf } from "../check/check-result.js";
import type { EngineEvent, ScriptOutcome } from "../engine/events.js";
import type { Fault, TransitionCause } from "../vrrp/cause.js";
import { holdingLine } from "./holding-text.js";
import { staticItemText } from "./routing-text.js";

/** Why a MASTER whose check fails keeps the addresses no longer. */
const NO_LONGER = {
  peerFit: "a peer says that it is fit",
  stranger: "a node may be there of which nothing trustworthy is known",
  limit: "no peer has become fit for as long as they may be kept",
} as const;

/** One line of the log, without time and process name. */
export interface LogLine {
  readonly text: string;
  /** Only with `--log-detail`. */
  readonly detail: boolean;
}

type Announced = Extract<EngineEvent, { kind: "Announced" }>;

/** The lines for an event, none for an event that keepalived passes over in silence. */
export function logLines(event: EngineEvent): LogLine[] {
  switch (event.kind) {
    case "StateChanged":
      return stateChanged(event);
    case "Stopped":
      return [];
    case "AdvertisementTimeout":
      return [detail(`(${event.instance}) Receive advertisement timeout`)];
    case "UnknownVrid":
      return [
        plain(`Unknown VRID(${event.vrid}) received on interface(${event.interface ?? "any"}). ignoring...`),
      ];
    case "LowerPriorityReceived": {
      const end = event.answered ? ", forcing new election" : "";
      const { instance, from, theirs, ours } = event;
      return [
        plain(`(${instance}) Received advert from ${from} with lower priority ${theirs}, ours ${ours}${end}`),
      ];
    }
    case "LowerPriorityDiscarded":
      return [
        plain(
          `(${event.instance}) received lower priority (${event.theirs}) advert from ${event.from} - discarding`,
        ),
      ];
    case "HigherPriorityReceived": {
      const { instance, from, theirs, ours } = event;
      const what =
        theirs > ours
          ? `higher priority ${theirs}, ours ${ours}`
          : `same priority ${theirs} but higher IP address than ours`;
      return [plain(`(${instance}) Master received advert from ${from} with ${what}`)];
    }
    case "PriorityZeroReceived": {
      const what =
        event.by === "MASTER"
          ? "Master received priority 0 message"
          : "Backup received priority 0 advertisement";
      return [detail(`(${event.instance}) ${what}`)];
    }
    case "PriorityZeroSent":
      return [detail(`(${event.instance}) sent 0 priority`)];
    case "MasterChanged": {
      const { instance, from, to } = event;
      return [detail(`(${instance}) master ${from === undefined ? "set" : `changed from ${from}`} to ${to}`)];
    }
    case "AddressOwnerConflict":
      return [
        plain(
          `(${event.instance}) CONFIGURATION ERROR: local instance and ${event.from} are both configured as address owner, please resolve`,
        ),
      ];
    case "AdvertIntervalDiffers":
      return [
        plain(
          `(${event.instance}) advertisement interval mismatch ours = ${microsToCentiseconds(event.ours)} centi-sec rcv'd=${microsToCentiseconds(event.theirs)} centi-sec from ${event.from}`,
        ),
      ];
    case "AddressListDiffers":
      return [plain(addressListDiffers(event))];
    case "OldChecksumAdopted":
      return [plain(`(${event.instance}) Setting unicast VRRPv3 checksum to old version`)];
    case "ClockSkewed": {
      const { instance, from, skew, window } = event;
      return [
        plain(
          `(${instance}) authentication clock skew ${skew} sec from ${from} approaching window ${window} sec`,
        ),
      ];
    }
    case "PacketDropped":
      return [plain(`(${event.instance}) ${event.detail}`)];
    case "PreemptDelayStarted":
      return [detail(`(${event.instance}) start preempt delay (${secondsAndMicros(event.length)})`)];
    case "PreemptDelayStopped":
      return [detail(`(${event.instance}) stop preempt delay`)];
    case "PriorityChanged":
      return [plain(`(${event.instance}) Changing effective priority from ${event.from} to ${event.to}`)];
    case "LocalPeerLeftOut":
      return [
        plain(
          `(${event.instance}) unicast_peer ${event.address} is an address of this host: no advert is sent to it`,
        ),
      ];
    case "FaultRaised":
      return faultRaised(event.instance, event.fault);
    case "HoldingsChanging": {
      const end = event.which === "VIPs" || event.which === "E-VIPs" ? "." : "";
      return [detail(`(${event.instance}) ${event.action} ${event.which}${end}`)];
    }
    case "ForeignRoutingChange":
      return [detail(`(${event.instance}) ${causeText(event.cause)}`)];
    case "StaticRestored":
      return [plain(`Restoring deleted static ${event.item.kind} ${staticItemText(event.item)}`)];
    case "HoldingFailed":
    case "HoldingContested":
    case "HoldingSettled":
    case "HoldingLost":
    case "LeftoverRemoved":
    case "MacChanged":
      return [plain(holdingLine(event))];
    case "GroupStateChanged":
      return [plain(`VRRP_Group(${event.group}) Syncing instances to ${event.to} state`)];
    case "Announced":
      return announced(event);
    case "ScriptReturned":
      if (event.outcome.kind === "failedToStart") {
        const { script, outcome } = event;
        return [
          plain(`VRRP_Script(${script}) could not be started: ${outcome.error}. NOTHING IS BEING CHECKED`),
        ];
      }
      return event.outcome.kind === "exited"
        ? [plain(`Script \`${event.script}\` now returning ${event.outcome.status}`)]
        : [];
    case "ScriptChanged":
      return [plain(`VRRP_Script(${event.script}) ${event.ok ? "succeeded" : failure(event.outcome)}`)];
    case "ScriptStillRunning":
      return [plain(`Track script ${event.script} is already running, expect idle - skipping run`)];
    case "ProcessQuorumChanged":
      return [plain(`Quorum ${event.ok ? "gained" : "lost"} for tracked process ${event.process}`)];
    case "LinkDelayed":
      return [plain(linkDelayed(event))];
    case "LinkChanged": {
      const source = event.polled ? "Linkbeat" : "Netlink";
      return [plain(`${source} reports ${event.interface} ${event.up ? "up" : "down"}`)];
    }
    case "CheckReturned": {
      const { check, result } = event;
      return [
        detail(`Check \`${check}\`: ${result.ok ? "" : `${evidenceOf(result.failure)}: `}${result.text}`),
      ];
    }
    case "CheckChanged": {
      const { check, ok, because } = event;
      const why = because === undefined ? "" : ` (${because.evidence}: ${because.text})`;
      return [plain(`VRRP_Check(${check}) ${ok ? "succeeded" : `failed${why}`}`)];
    }
    case "AddressesKept":
      return [
        plain(`(${event.instance}) keeps the addresses although a check fails: nobody better is known`),
      ];
    case "AddressesKeptNoLonger":
      return [plain(`(${event.instance}) keeps the addresses no longer: ${NO_LONGER[event.because]}`)];
    case "CheckContradicted":
      return [
        plain(`VRRP_Check(${event.check}) is not believed: the script of this name goes on to succeed`),
      ];
    case "InterfaceAdded":
      return [detail(`Interface ${event.interface} added`)];
    case "InterfaceDeleted":
      return [detail(`Interface ${event.interface} deleted`)];
    case "AddressesRestored":
      return [plain(`(${event.instance}) addresses may have gone while nothing ran here, adding them again`)];
    case "ForeignAddressChange": {
      const what = event.added ? "added to" : "removed from";
      return [detail(`Netlink reflector reports IP ${event.address} ${what} ${event.interface}`)];
    }
    case "SendingFailed":
      return [plain(sendingFailed(event))];
    case "SendingRecovered": {
      const { what, subject, count, length } = event;
      return [
        plain(`(${subject}): ${what}s are sent again; ${count} failed in ${secondsAndMicros(length)} s`),
      ];
    }
    case "LongIntervalDoubted": {
      const { instance, from, theirs, used } = event;
      return [
        plain(
          `(${instance}) ${from} claims to advertise every ${secondsAndMicros(theirs)} s; until it repeats that ${secondsAndMicros(used)} s count`,
        ),
      ];
    }
    case "DeadlineStandsStill":
      return [
        plain(`This is an error in Vigil, please report it: the deadline of ${event.what} does not move`),
      ];
    default:
      return unreachable(event);
  }
}

/** A cause in words, for logs, events and `explain`. */
export function causeText(cause: TransitionCause): string {
  switch (cause.kind) {
    case "startup":
      return "startup";
    case "addressOwner":
      return "priority 255: address owner";
    case "masterDownExpired":
      return `no advert for ${secondsAndMicros(cause.silentFor)} s`;
    case "priorityZeroReceived":
      return `${cause.from} resigned with priority 0`;
    case "higherPriority":
      return `${cause.from} has the higher priority ${cause.priority}`;
    case "tieBreakLost":
      return `${cause.from} has the same priority ${cause.priority} and the higher address`;
    case "fault":
      return faultText(cause.fault);
    case "faultsCleared":
      return "all faults cleared";
    case "addressLost":
      return `${cause.address} was removed by somebody else`;
    case "routeLost":
      return `route ${cause.route} was removed by somebody else`;
    case "ruleLost":
      return `rule ${cause.preference} was removed by somebody else`;
    case "syncGroup":
      return `sync group ${cause.group}`;
    case "wokeLate":
      return `this process did not run for ${secondsAndMicros(cause.by)} s`;
    case "reload":
      return "removed by a reload";
    case "shutdown":
      return "shutdown";
    default:
      return unreachable(cause);
  }
}

/** A fault in words. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case "interfaceMissing":
      return `interface ${fault.interface} does not exist`;
    case "interfaceDown":
      return `interface ${fault.interface} is down`;
    case "noAddress":
      return `no address on interface ${fault.interface}`;
    case "interfaceEnslaved":
      return `interface ${fault.interface} is a port of ${fault.type} ${fault.master}, which receives in its place`;
    case "onlyVirtualAddress":
      return `the virtual address ${fault.address} is ${fault.interface}'s only own address`;
    case "addressContested":
      return `others remove ${fault.address} from ${fault.interface} again and again`;
    case "noSourceAddress":
      return `${fault.keyword} ${fault.address} ${sourceTrouble(fault)}`;
    case "trackedInterfaceDown":
      return `tracked interface ${fault.interface} is down`;
    case "scriptFailed":
      return `script ${fault.script} failed`;
    case "checkFailed":
      return `check ${fault.check} failed: ${fault.because}`;
    case "scriptPending":
      return `script ${fault.script} has not finished its first run`;
    case "fileFault":
      return `tracked file ${fault.file}`;
    case "noProcessQuorum":
      return `tracked process ${fault.process} quorum not achieved`;
    case "syncGroup":
      return `another member of sync group ${fault.group} is in FAULT`;
    case "cannotSend":
      return `no advert could be sent (${fault.error})`;
    case "noUnicastPeer":
      return "no unicast peer";
    case "drained":
      return fault.reason === "" ? "drained" : `drained: ${fault.reason}`;
    case "staticItemMissing":
      return `static ${fault.item} cannot be there`;
    default:
      return unreachable(fault);
  }
}

function sourceTrouble({ because, interface: own }: Extract<Fault, { kind: "noSourceAddress" }>): string {
  switch (because) {
    case "missing":
      return "is not on this host";
    case "moved":
      return `has left interface ${own}, and is on another one now`;
    case "elsewhere":
      return `is not on interface ${own}`;
    case "tentative":
      return "is not usable yet: duplicate address detection is under way";
    case "duplicate":
      return "is not usable: another host has it (duplicate address detection)";
    default:
      return unreachable(because);
  }
}

function sendingFailed({ what, subject, error }: Extract<EngineEvent, { kind: "SendingFailed" }>): string {
  return `(${subject}): send ${what} error ${error}; more of the same are counted, not logged`;
}

function linkDelayed({ interface: name, up, length }: Extract<EngineEvent, { kind: "LinkDelayed" }>): string {
  if (length === undefined) return `Delay timer for ${name} cancelled`;
  return `${name}: ${up ? "up" : "down"} counts in ${secondsAndMicros(length)} s if it lasts`;
}

function stateChanged(event: Extract<EngineEvent, { kind: "StateChanged" }>): LogLine[] {
  const initial = event.from === "INIT" && event.cause.kind !== "faultsCleared" && event.to !== "MASTER";
  const line = plain(`(${event.instance}) Entering ${event.to} STATE${initial ? " (init)" : ""}`);
  if (event.cause.kind !== "wokeLate") return [line];
  const late = secondsAndMicros(event.cause.by);
  return [plain(`(${event.instance}) VRRP thread timer expired ${late} seconds ago`), line];
}

function addressListDiffers(event: Extract<EngineEvent, { kind: "AddressListDiffers" }>): string {
  const { instance, from, theirs, ours } = event;
  if (theirs.length !== ours.length)
    return `(${instance}) expected ${ours.length} VIPs but received ${theirs.length} from ${from}`;
  const missing = ours.filter((address) => !theirs.includes(address));
  return `(${instance}) ip address associated with VRID not present in advert from ${from}: ${missing.join(" ")}`;
}

function faultRaised(instance: string, fault: Fault): LogLine[] {
  if (fault.kind === "noAddress")
    return [plain(`(${instance}) entering FAULT state (no address for interface ${fault.interface})`)];
  if (fault.kind === "noSourceAddress") {
    // keepalived's words, which tools look for. It binds to the address, so that it has an error number.
    const isBind = fault.keyword === "unicast_src_ip" && fault.because === "missing";
    const bind = `bind unicast_src ${fault.address} failed 99 - Cannot assign requested address`;
    return [
      plain(isBind ? bind : `(${instance}) ${faultText(fault)}`),
      plain(`(${instance}): entering FAULT state (src address not configured)`),
    ];
  }
  return [plain(`(${instance}) entering FAULT state (${faultText(fault)})`)];
}

function announced({ instance, interface: name, address, family, copies }: Announced): LogLine[] {
  const [many, one] =
    family === 4
      ? ["gratuitous ARPs", "gratuitous ARP"]
      : ["Unsolicited Neighbour Adverts", "unsolicited Neighbour Advert"];
  return [
    detail(`(${instance}) Sending/queueing ${many} on ${name} for ${address}`),
    ...Array.from({ length: copies }, () => detail(`Sending ${one} on ${name} for ${address}`)),
  ];
}

function failure(outcome: ScriptOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `failed (exited with status ${outcome.status})`;
    case "signaled":
      return `failed (due to signal ${outcome.signal})`;
    case "failedToStart":
      return `failed (${outcome.error})`;
    case "timedOut":
      return "timed_out";
    default:
      return unreachable(outcome);
  }
}

function secondsAndMicros(length: Micros): string {
  const whole = Math.floor(length / 1_000_000);
  return `${whole}.${String(length - whole * 1_000_000).padStart(6, "0")}`;
}

function plain(text: string): LogLine {
  return { text, detail: false };
}

function detail(text: string): LogLine {
  return { text, detail: true };
}
