/** `keepalived.json`: one line in the shape of Debian's keepalived 2.2.7, or of 2.4's `json_version 2`. Pure; passwords masked. */

import type { InstanceNotifyScripts } from "../config/loaded-config.js";
import type { RouterReport } from "../engine/snapshot.js";
import { addressLine, commandText } from "./config-lines.js";
import { type DumpSource, loadedOf } from "./dump-source.js";
import { addressBase, dumpState, MASK, wantedState } from "./instance-dump.js";
import { routeLine, ruleLine } from "./routing-lines.js";
import { errorRows } from "./stats-dump.js";
import { type Tracked, trackedBy } from "./tracked.js";
import { secondsText, wallMicros } from "./wall-clock.js";

/** keepalived's numbers of the states. */
const STATE_NUMBERS = { INIT: 0, BACKUP: 1, MASTER: 2, FAULT: 3 } as const;

/** A number that is written as it stands here. */
class Literal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value =
  | string
  | number
  | boolean
  | Literal
  | readonly Value[]
  | { readonly [key: string]: Value | undefined };

/** The whole file; undefined without an instance, as keepalived writes none then. */
export function jsonDump(source: DumpSource): string | undefined {
  if (source.snapshot.routers.length === 0) return undefined;
  const instances = source.snapshot.routers.map((router) => ({
    data: dataOf(router, source),
    stats: statsOf(router),
  }));
  if (source.config.global.process.jsonVersion === 1) return `${encode(instances)}\n`;
  const processes = source.snapshot.trackProcesses.map(({ config, count, ok }) => ({
    process: config.command[0] ?? "",
    parameters: config.command.length > 1 ? config.command.slice(1) : undefined,
    param_match: config.parameterMatch,
    min_processes: config.quorum,
    max_processes: config.quorumMax,
    current_processes: count,
    have_quorum: ok,
    weight: config.weight,
    terminate_delay: config.terminateDelay / 1_000_000,
    fork_delay: config.forkDelay / 1_000_000,
    fork_delay_timer_running: false,
    terminate_delay_timer_running: false,
    full_command: config.fullCommand,
  }));
  return `${encode({ vrrp: instances, track_process: processes.length > 0 ? processes : undefined })}\n`;
}

function dataOf(router: RouterReport, source: DumpSource): Value {
  const { instance, state, master, priority, present, lastTransitionAt } = router;
  const { config, clock } = source;
  const loaded = loadedOf(router, config);
  const { garp, authentication } = instance;
  const whole = (length: number) => Math.trunc(length / 1_000_000);
  const follows = state.name === "BACKUP" && state.heardAt !== undefined;
  const interval = router.masterAdvertInterval;
  const addresses = (lines: typeof instance.virtualAddresses) =>
    nonEmpty(
      lines.map((line) =>
        addressLine(line, present.includes(line.address), addressBase(router, loaded, line.interface)),
      ),
    );
  const wall = lastTransitionAt === undefined ? 0 : wallMicros(clock, lastTransitionAt);
  return {
    iname: instance.name,
    dont_track_primary: Number(instance.dontTrackPrimary),
    skip_check_adv_addr: Number(instance.skipCheckAdvAddr),
    strict_mode: Number(instance.strict),
    vmac_ifname: instance.vmac ?? "",
    ifp_ifname: instance.vmac ?? instance.interface ?? "",
    master_priority: follows ? (master?.priority ?? 0) : 0,
    last_transition: new Literal(secondsText(wall)),
    garp_delay: whole(garp.masterDelay),
    garp_refresh: whole(garp.masterRefresh),
    garp_rep: garp.masterRepeat,
    garp_refresh_rep: garp.masterRefreshRepeat,
    garp_lower_prio_delay: whole(garp.lowerPrioDelay),
    garp_lower_prio_rep: garp.lowerPrioRepeat,
    lower_prio_no_advert: Number(instance.lowerPrioNoAdvert),
    higher_prio_send_advert: Number(instance.higherPrioSendAdvert),
    vrid: instance.vrid,
    base_priority: instance.priority,
    effective_priority: priority,
    vipset: state.name === "MASTER",
    promote_secondaries: loaded?.promoteSecondaries === true,
    adver_int: instance.advertInterval / 1_000_000,
    master_adver_int: interval / 1_000_000,
    accept: Number(instance.accept),
    nopreempt: !instance.preempt,
    preempt_delay: whole(instance.preemptDelay),
    state: STATE_NUMBERS[dumpState(router)],
    wantstate: STATE_NUMBERS[wantedState(router)],
    version: instance.version,
    smtp_alert: loaded?.smtpAlert === true,
    notify_deleted: loaded?.notify.deleted !== undefined,
    ...scriptsOf(loaded?.notify),
    vips: addresses(instance.virtualAddresses),
    evips: addresses(instance.excludedAddresses),
    vroutes: nonEmpty((loaded?.virtualRoutes ?? []).map(routeLine)),
    vrules: nonEmpty((loaded?.virtualRules ?? []).map(ruleLine)),
    track_ifp: nonEmpty(instance.trackInterfaces.map(({ name }) => name)),
    track_script: nonEmpty(
      instance.trackScripts.flatMap(({ name }) => {
        const script = config.scripts.find((one) => one.name === name);
        return script === undefined ? [] : [commandText(script.command)];
      }),
    ),
    tracking: nonEmpty(trackedBy(router, source.snapshot, clock).map(trackingOf)),
    auth_type: { none: 0, PASS: 1, AH: 2 }[authentication.type],
    auth_data: authentication.type === "none" ? undefined : MASK,
  };
}

/** What is tracked and how it stands: a key of Vigil's own. */
function trackingOf({ kind, name, ok, weight, reverse, contribution, blocks }: Tracked): Value {
  return {
    type: kind,
    name,
    state: ok === null ? "unknown" : ok ? "good" : "bad",
    weight,
    reverse,
    current_weight: contribution,
    fault: blocks,
  };
}

function scriptsOf(notify: InstanceNotifyScripts | undefined) {
  const text = (command: Parameters<typeof commandText>[0] | "no-script" | undefined) =>
    command === undefined || command === "no-script" ? undefined : commandText(command);
  return {
    script_backup: text(notify?.backup),
    script_master: text(notify?.master),
    script_fault: text(notify?.fault),
    script_stop: text(notify?.stop),
    script_deleted: text(notify?.deleted),
    script: text(notify?.notify),
    script_master_rx_lower_pri: text(notify?.masterRxLowerPri),
  };
}

function statsOf({ counters, instance }: RouterReport): Value {
  const rows = errorRows(counters);
  const hmac = instance.authHmac !== undefined;
  const { dropped } = counters;
  return {
    advert_rcvd: counters.advertisementsReceived,
    advert_sent: counters.advertisementsSent,
    become_master: counters.becameMaster,
    release_master: counters.releasedMaster,
    packet_len_err: rows.length,
    advert_interval_err: rows.advertInterval,
    ip_ttl_err: rows.ttl,
    invalid_type_rcvd: rows.type,
    addr_list_err: rows.addressList,
    invalid_authtype: rows.authType,
    authtype_mismatch: rows.authTypeMismatch,
    auth_failure: rows.authFailure,
    auth_ext_missing: hmac ? dropped.hmacMissing : undefined,
    auth_ext_malformed: hmac ? dropped.hmacMalformed : undefined,
    auth_ext_unknown_key: hmac ? dropped.hmacUnknownKey : undefined,
    auth_ext_invalid_hmac: hmac ? dropped.hmacInvalid : undefined,
    auth_ext_stale: hmac ? dropped.hmacStale : undefined,
    auth_ext_replay: hmac ? dropped.hmacReplay : undefined,
    pri_zero_rcvd: counters.priorityZeroReceived,
    pri_zero_sent: counters.priorityZeroSent,
  };
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** JSON as keepalived writes it: without blanks, `/` escaped, absent values left out. */
function encode(value: Value): string {
  if (value instanceof Literal) return value.text;
  if (Array.isArray(value)) return `[${value.map((item: Value) => encode(item)).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value).replaceAll("/", "\\/");
  const members = Object.entries(value).flatMap(([key, member]: [string, Value | undefined]) =>
    member === undefined ? [] : [`${JSON.stringify(key)}:${encode(member)}`],
  );
  return `{${members.join(",")}}`;
}
