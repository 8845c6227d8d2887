/** Everything that instances track and that is watched off the engine's thread: files, processes, polled links. */

import type { EngineConfig, TrackerInput } from "../../../engine/platform.js";
import { FileWatch, initialiseFiles } from "./file-watch.js";
import { LinkPoller, type PolledLink } from "./link-poller.js";
import { ProcessWatch } from "./process-watch.js";

/** What is watched, and with which buffers. */
export interface TrackWatchConfig
  extends Pick<EngineConfig, "trackFiles" | "trackProcesses" | "linkbeat" | "instances" | "syncGroups"> {
  readonly global: Pick<EngineConfig["global"], "engineThread">;
}

/** The watch; its news are kept until somebody takes them. */
export class TrackWatch {
  readonly #notice: (text: string) => void;
  readonly #files: FileWatch;
  readonly #processes: ProcessWatch;
  readonly #links: LinkPoller;
  #kept: TrackerInput[] = [];
  #initialised = false;
  #take: ((input: TrackerInput) => void) | undefined;

  constructor(notice: (text: string) => void) {
    this.#notice = notice;
    this.#files = new FileWatch({
      number: (file, number) => this.#tell({ kind: "TrackedFileChanged", file, number }),
      notice,
    });
    this.#processes = new ProcessWatch({
      changed: (change) => this.#tell({ kind: "TrackedProcessChanged", ...change }),
      notice,
    });
    this.#links = new LinkPoller({
      polled: (name, up) => this.#tell({ kind: "LinkPolled", interface: name, up }),
      notice,
    });
  }

  /**
   * Begins for an engine that is about to start: writes the `init_file`s, unless an engine before it did, and keeps the news until
   * {@link handOn}.
   */
  start(config: TrackWatchConfig): void {
    this.#take = undefined;
    this.#kept = [];
    if (!this.#initialised) initialiseFiles(config.trackFiles, this.#notice);
    this.#initialised = true;
    this.configure(config);
  }

  /** Watches what the instances of a configuration track, and tells how it is with all of it. */
  configure(config: TrackWatchConfig): void {
    const trackers = [...config.instances, ...config.syncGroups];
    const files = new Set(trackers.flatMap(({ trackFiles }) => trackFiles.map(({ name }) => name)));
    const processes = new Set(
      trackers.flatMap(({ trackProcesses }) => trackProcesses.map(({ name }) => name)),
    );
    this.#files.configure(config.trackFiles.filter(({ name }) => files.has(name)));
    this.#processes.configure(
      config.trackProcesses.filter(({ name }) => processes.has(name)),
      { receiveBuffer: config.global.engineThread.processMonitorBuffer },
    );
    this.#links.configure(this.#polledLinks(config));
  }

  /** What was told so far and not taken; the first thing that an engine must know. */
  news(): readonly TrackerInput[] {
    return this.#kept.splice(0);
  }

  /** Hands all further news on, and what is kept. */
  handOn(take: (input: TrackerInput) => void): void {
    this.#take = take;
    for (const input of this.news()) take(input);
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.#files.close();
    this.#processes.close();
    this.#links.close();
  }

  /** As in keepalived, a link that no instance goes by is not polled. */
  #polledLinks({ linkbeat, instances, syncGroups }: TrackWatchConfig): PolledLink[] {
    const own = instances.flatMap((one) => (one.interface === undefined ? [] : [one.interface]));
    const tracked = [...instances, ...syncGroups].flatMap((one) =>
      one.trackInterfaces.map(({ name }) => name),
    );
    const used = new Set([...own, ...tracked]);
    const listed = new Map(linkbeat.interfaces.map((link) => [link.interface, link]));
    for (const name of listed.keys()) {
      if (!used.has(name)) this.#notice(`Turning off linkbeat for ${name} since not used for tracking`);
    }
    return [...used].flatMap((name) => listed.get(name) ?? (linkbeat.all ? [{ interface: name }] : []));
  }

  #tell(input: TrackerInput): void {
    if (this.#take === undefined) this.#kept.push(input);
    else this.#take(input);
  }
}
