/** What the main thread and the engine's thread say to each other: small and plain. */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";
import type {
  EngineConfig,
  HeardHello,
  PeerHello,
  ScriptResult,
  ScriptRun,
  TrackerInput,
} from "../engine/platform.js";
import type { CheckOrder } from "../linux/engine-thread/engine-driver.js";
import type { PortSocket } from "../linux/engine-thread/sockets/raw-port.js";
import type { CheckNews } from "../linux/main-thread/checks/check-runner.js";
import type { AnsweringEnd } from "./prompt-answers.js";
import type { SnapshotMessage } from "./snapshot-message.js";

/** To the engine's thread. */
export type ToEngine =
  /** Acknowledged by `reloaded` with the same number. */
  | { readonly kind: "reload"; readonly id: number; readonly config: EngineConfig }
  | {
      readonly kind: "scriptFinished";
      readonly run: ScriptRun;
      readonly result: ScriptResult;
      readonly said: string;
    }
  | { readonly kind: "tracked"; readonly input: TrackerInput }
  /** What other nodes told about themselves. */
  | { readonly kind: "peerHeard"; readonly heard: HeardHello }
  /** What probes found, in order. */
  | { readonly kind: "checkNews"; readonly news: readonly CheckNews[] }
  /** A snapshot, after which the counters begin at zero if `thenClear`; `prompt`: the main thread sleeps until it is there. */
  | {
      readonly kind: "snapshot";
      readonly id: number;
      readonly thenClear: boolean;
      readonly prompt: boolean;
    }
  | { readonly kind: "shutdown" };

/** From the engine's thread. */
export type FromEngine =
  | { readonly kind: "ready"; readonly sockets: readonly PortSocket[] }
  /** The configuration is in force, and everything that it led to in its turn was sent. */
  | { readonly kind: "reloaded"; readonly id: number; readonly sockets: readonly PortSocket[] }
  /** Events of one turn, in order, with its time. */
  | { readonly kind: "events"; readonly at: Micros; readonly events: readonly EngineEvent[] }
  | { readonly kind: "startScript"; readonly run: ScriptRun }
  | { readonly kind: "killScript"; readonly run: ScriptRun; readonly signal: "SIGTERM" | "SIGKILL" }
  /** Probes to start and to give up. */
  | { readonly kind: "checkOrders"; readonly orders: readonly CheckOrder[] }
  /** To the other nodes. */
  | {
      readonly kind: "sendHello";
      readonly instance: string;
      readonly source: IpAddress;
      readonly hello: PeerHello;
    }
  /** Addresses that are ours should they be found at the next start. */
  | { readonly kind: "rememberOurs"; readonly keys: readonly string[] }
  /** AH sequence numbers that were heard. */
  | { readonly kind: "rememberSequences"; readonly texts: readonly string[] }
  /** Something the operator should know: a missing capability, a socket that could not be opened. */
  | { readonly kind: "notice"; readonly text: string }
  | SnapshotAnswer
  /** Addresses are gone, the last adverts are out. */
  | { readonly kind: "stopped" };

/** A snapshot that was asked for. */
export interface SnapshotAnswer {
  readonly kind: "snapshot";
  readonly id: number;
  readonly at: Micros;
  readonly snapshot: SnapshotMessage;
  readonly sockets: readonly PortSocket[];
}

/** {@link EngineThreadData}, and what the thread's creator adds to it. */
export interface EngineWorkerData extends EngineThreadData {
  /** Where prompt snapshots are sent. */
  readonly promptAnswers: AnsweringEnd;
}

/** What the engine's thread starts with. */
export interface EngineThreadData {
  readonly config: EngineConfig;
  /** What is known of tracked things before anything is decided. */
  readonly tracked: readonly TrackerInput[];
  /** What `rememberOurs` said last, in this or an earlier run of the same boot. */
  readonly ours: readonly string[];
  /** What `rememberSequences` said last. */
  readonly sequences: readonly string[];
  /** At the end nothing is removed, and nobody is told of it. */
  readonly keepAddresses: boolean;
  /** Every address that comes or goes is told as a notice. */
  readonly addressMonitoring: boolean;
  /** Name of the table of leases. */
  readonly leaseTable: string;
}
