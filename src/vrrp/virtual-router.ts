/**
 * One virtual router: the state machine of RFC 9568 §6.4 and RFC 3768 §6.4, and keepalived's where it differs. Pure and
 * synchronous: inputs and the time go in, ordered actions come out. The state holds facts; timer-table.ts derives deadlines.
 *
 * Here is what every state has in common. What each makes of an input is in init-state.ts (§6.4.1), backup-state.ts (§6.4.2),
 * master-state.ts (§6.4.3) and fault-state.ts, in the order of the RFC and in its words; the ways between them are in
 * transitions.ts.
 */

import { unreachable } from "../base/assert.js";
import type { IpAddress } from "../base/ip-address.js";
import { type Micros, micros } from "../base/time.js";
import { acceptAdvertisement } from "./acceptance.js";
import type { RouterAction } from "./actions.js";
import { followedIntervalOf, waitOf, whileBackup } from "./backup-state.js";
import type { VirtualRouterConfig } from "./config.js";
import { newCounters } from "./counters.js";
import { whileFault } from "./fault-state.js";
import { reportNewFaults } from "./faults.js";
import { whileInit } from "./init-state.js";
import type { RouterInput, StateInput } from "./inputs.js";
import { whileMaster } from "./master-state.js";
import type { ReceivedAdvertisement } from "./receive.js";
import { RouterContext } from "./router-context.js";
import type { RouterSnapshot } from "./router-snapshot.js";
import { nextTimer, serveTimers, timersOf } from "./router-timers.js";
import type { RouterState } from "./states.js";

/** The machine. Every method is synchronous, allocates little and never throws for anything that a peer can send. */
export class VirtualRouter {
  readonly #context: RouterContext;
  #state: RouterState = { name: "INIT", faults: [], started: false };
  #accepted: ReceivedAdvertisement | undefined;

  /** `wallOffset`: UTC in µs since 1970 is this much more than the time of the inputs. */
  constructor(config: VirtualRouterConfig, inGroup: boolean, wallOffset: Micros = micros(0)) {
    this.#context = new RouterContext(config, inGroup);
    this.#context.wallOffset = wallOffset;
  }

  /** The advertisement in the last input, if that was a packet which passed the receive ladder. */
  get accepted(): ReceivedAdvertisement | undefined {
    return this.#accepted;
  }

  /** The highest AH sequence number heard from each sender. */
  get ahSequences(): ReadonlyMap<IpAddress, number> {
    return this.#context.advertiser.ahSequences;
  }

  /** Takes back what an earlier run had heard. */
  recallAhSequence(sender: IpAddress, sequence: number): void {
    this.#context.advertiser.recallAhSequence(sender, sequence);
  }

  /** The name of its state. */
  get stateName(): RouterState["name"] {
    return this.#state.name;
  }

  /** True while it belongs to a sync group. */
  get inGroup(): boolean {
    return this.#context.inGroup;
  }

  /** Takes one input at the time `now`; the returned actions are to be carried out in order. */
  handle(input: RouterInput, now: Micros): readonly RouterAction[] {
    this.#context.begin(now);
    this.#accepted = undefined;
    const rest = this.#takeIn(input, now);
    if (rest !== undefined) this.#state = nextState(this.#context, this.#state, rest, now);
    return this.#context.actions;
  }

  /** Serves every deadline up to `now`; called early it does nothing. */
  handleTimeout(now: Micros): readonly RouterAction[] {
    this.#context.begin(now);
    this.#state = serveTimers(this.#context, this.#state, now);
    return this.#context.actions;
  }

  /** The earliest instant at which {@link handleTimeout} has work; undefined: none until the next input. */
  nextDeadline(): Micros | undefined {
    return nextTimer(this.#context, this.#state);
  }

  /** The state as it is now; shared, not copied: do not change it. */
  snapshot(): RouterSnapshot {
    const { config, priority, source, master, lastTransition, counters, withheldAt, heard } = this.#context;
    return {
      config,
      state: this.#state,
      priority,
      source,
      master,
      lastCause: lastTransition?.cause,
      lastTransitionAt: lastTransition?.at,
      counters,
      withheldAt,
      heard: heard.snapshot(),
      sendFailure: this.#context.sending.failure,
      timers: timersOf(this.#context, this.#state),
      ...intervalsOf(this.#context, this.#state),
    };
  }

  /** Begins all counters at zero again. */
  clearCounters(): void {
    this.#context.counters = newCounters();
  }

  /** Does what an input means in every state alike, and returns what is left of it for the state. */
  #takeIn(input: RouterInput, now: Micros): StateInput | undefined {
    const context = this.#context;
    switch (input.kind) {
      case "PacketReceived": {
        const advert = acceptAdvertisement(context, input.packet, this.#state.name, now);
        this.#accepted = advert;
        return advert === undefined ? undefined : { kind: "AdvertisementReceived", advert };
      }
      case "Started":
        context.notBefore = input.notBefore;
        return input;
      case "FaultsChanged":
        reportNewFaults(context, this.#state, input.faults);
        return input;
      case "PriorityChanged": {
        const { config, priority: from } = context;
        if (input.priority === from) return undefined;
        context.priority = input.priority;
        context.emit({ kind: "PriorityChanged", instance: config.name, from, to: input.priority });
        return input;
      }
      case "SourceAddressChanged":
        context.source = input.source;
        return input;
      case "LocalPeersChanged":
        context.leaveOutPeers(input.peers);
        return undefined;
      case "WallClockRead":
        context.wallOffset = input.offset;
        return undefined;
      case "Reconfigured":
        context.inGroup = input.inGroup;
        context.reconfigure(input.config);
        return input;
      default:
        return input;
    }
  }
}

/** The intervals by which it waits, or would wait, for a MASTER. */
function intervalsOf(
  context: RouterContext,
  state: RouterState,
): Pick<RouterSnapshot, "masterAdvertInterval" | "masterDownInterval"> {
  const { advertInterval } = context.config;
  if (state.name !== "BACKUP")
    return { masterAdvertInterval: advertInterval, masterDownInterval: context.downInterval(advertInterval) };
  return {
    masterAdvertInterval: followedIntervalOf(context, state),
    masterDownInterval: waitOf(context, state),
  };
}

function nextState(context: RouterContext, state: RouterState, input: StateInput, now: Micros): RouterState {
  switch (state.name) {
    case "INIT":
      return whileInit(context, state, input, now);
    case "BACKUP":
      return whileBackup(context, state, input, now);
    case "MASTER":
      return whileMaster(context, state, input, now);
    case "FAULT":
      return whileFault(context, state, input, now);
    default:
      return unreachable(state);
  }
}
