/** The engine's thread: engine, sockets and rtnetlink, and nothing that may stall. */

import { parentPort, workerData } from "node:worker_threads";
import type { EngineConfig } from "../engine/platform.js";
import { now } from "../linux/both/clock.js";
import { EngineDriver } from "../linux/engine-thread/engine-driver.js";
import { scheduleEngineThread } from "../linux/engine-thread/real-time.js";
import { takeoverPossibleAfter } from "../vrrp/timers.js";
import type { EngineWorkerData, FromEngine, SnapshotAnswer, ToEngine } from "./messages.js";
import { answerPromptly } from "./prompt-answers.js";
import { packSnapshot } from "./snapshot-message.js";

const port = parentPort;
if (port === null) throw new Error("engine-worker.js is the entry of a worker thread");
const post = (message: FromEngine) => port.postMessage(message);

const { config, tracked, ours, sequences, keepAddresses, addressMonitoring, leaseTable, promptAnswers } =
  workerData as EngineWorkerData;
const schedule = (settings: typeof config.global.engineThread) => {
  for (const text of scheduleEngineThread(settings)) post({ kind: "notice", text });
};
schedule(config.global.engineThread);

const driver = new EngineDriver(
  config,
  { addressMonitoring, leaseTable, ours, sequences },
  {
    events: (events) => post({ kind: "events", at: now(), events }),
    startScript: (run) => post({ kind: "startScript", run }),
    killScript: (run, signal) => post({ kind: "killScript", run, signal }),
    sendHello: (instance, source, hello) => post({ kind: "sendHello", instance, source, hello }),
    checkOrders: (orders) => post({ kind: "checkOrders", orders }),
    rememberOurs: (keys) => post({ kind: "rememberOurs", keys }),
    notice: (text) => post({ kind: "notice", text }),
  },
  () => post({ kind: "ready", sockets: driver.sockets }),
);

/** The configurations that this thread was given, by the number of reloads; those that were replaced are forgotten. */
const configs: (EngineConfig | undefined)[] = [config];

// Before the interfaces are listed, and so before the engine decides anything.
for (const input of tracked) driver.input(input);

/** Between two times that AH sequence numbers are kept, ms: of a recording that is younger, a crash makes news. */
const SEQUENCES_KEPT = 30_000;

let kept = "";
const keepSequences = () => {
  const texts = driver.engine.ahSequences();
  const text = texts.join();
  if (text === kept) return;
  kept = text;
  post({ kind: "rememberSequences", texts });
};
setInterval(keepSequences, SEQUENCES_KEPT).unref();

port.on("message", (message: ToEngine) => {
  switch (message.kind) {
    case "reload":
      configs.push(message.config);
      schedule(message.config.global.engineThread);
      driver.input({ kind: "ReloadRequested", config: message.config });
      // After the end of this turn, which is a microtask, too.
      queueMicrotask(() => post({ kind: "reloaded", id: message.id, sockets: driver.sockets }));
      break;
    case "scriptFinished":
      driver.input({ ...message, kind: "ScriptFinished" });
      break;
    case "tracked":
      driver.input(message.input);
      break;
    case "peerHeard":
      driver.input({ kind: "PeerHeard", heard: message.heard });
      break;
    case "checkNews":
      for (const input of message.news) driver.input(input);
      break;
    case "snapshot": {
      const { engine } = driver;
      const snapshot = engine.snapshot();
      // One that was handed over may still wait for its turn.
      const reloads = Math.max(0, configs.indexOf(snapshot.config));
      configs.fill(undefined, 0, reloads);
      const { sockets } = driver;
      const packed = packSnapshot(snapshot, reloads);
      const { id } = message;
      const answer: SnapshotAnswer = { kind: "snapshot", id, at: now(), snapshot: packed, sockets };
      if (message.prompt) answerPromptly(promptAnswers, answer);
      else post(answer);
      if (message.thenClear) engine.clearCounters();
      break;
    }
    case "shutdown":
      keepSequences();
      driver.stop({ keepAddresses }).then(() => {
        post({ kind: "stopped" });
        port.close();
      });
      break;
  }
});

/** The parent hears so many beats within the time after which it takes this thread for one that stands still. */
const BEATS_PER_LIMIT = 4;

/** With nobody to miss our adverts: still longer than any stall that is none, ms. */
const LONGEST_LIMIT = 60_000;

/** Shortest time between two beats, ms. */
const SHORTEST_PAUSE = 250;

/** Tells the parent that this thread lives, which is silent for longer than its peers are patient only when it does not. */
function beat(): void {
  const { instances } = driver.engine.config;
  const limit = Math.min(LONGEST_LIMIT, ...instances.map((each) => takeoverPossibleAfter(each) / 1_000));
  driver.beat(Math.ceil(limit));
  setTimeout(beat, Math.max(SHORTEST_PAUSE, limit / BEATS_PER_LIMIT)).unref();
}
beat();
