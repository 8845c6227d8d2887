/**
 * Short games against the engine: two hosts, and everything that a simulated run of scenario.ts leaves out. Configurations are random
 * and change while it runs; packets, announcements and addresses are refused; scripts fail or hang; interfaces come, go and
 * flap; a host stands still. After each step time must move, and nothing may be sent more often than any configuration asks for.
 */

import { type Micros, micros } from "../base/time.js";
import { GAME_INTERFACES, gameConfig } from "./game-config.js";
import { GameHost } from "./game-host.js";
import { Random } from "./random.js";

/** How a game went. */
export interface GameResult {
  readonly seed: number;
  /** What was broken first; undefined: nothing. */
  readonly violation: string | undefined;
  /** What was done, in order. */
  readonly story: readonly string[];
  /** Virtual time that passed, µs. */
  readonly length: Micros;
  /** Packets and frames that the hosts handed over. */
  readonly attempts: number;
}

/** Steps of a game. */
const STEPS = { least: 6, most: 18 } as const;

/** The longest step, µs. */
const LONGEST_STEP = 4_000_000;

/** What two hosts may send in a second, at most: three instances of 100 ms that answer each other, bursts, refreshes. */
const MOST_PER_SECOND = 2_000;

/** How often a host may be served within a second. */
const MOST_TURNS_PER_SECOND = 4_000;

/** Answers of the kernel at one instant that may be due at once each. */
const MOST_ANSWERS = 5;

/** Plays the game that belongs to `seed`. The same seed gives the same game. */
export function playGame(seed: number): GameResult {
  return new Game(seed).play();
}

class Game {
  readonly #seed: number;
  readonly #random: Random;
  readonly #hosts: readonly GameHost[];
  readonly #story: string[] = [];
  /** Hosts that stand still, with what queued up in their sockets. */
  readonly #still = new Map<GameHost, { name: string; packet: Uint8Array }[]>();
  #now: Micros = micros(1_000_000);
  #violation: string | undefined;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#hosts = [1, 2].map((id) => new GameHost(id, gameConfig(this.#random)));
  }

  play(): GameResult {
    for (const host of this.#hosts) {
      for (const name of GAME_INTERFACES) if (this.#random.chance(0.95)) host.links.set(name, true);
      host.start(this.#now);
    }
    for (let step = this.#random.integer(STEPS.least, STEPS.most); step > 0; step--) {
      this.#advance(micros(this.#random.next() ** 2 * LONGEST_STEP));
      if (this.#violation !== undefined) break;
      this.#disturb(this.#random.pick(this.#hosts));
    }
    return {
      seed: this.#seed,
      violation: this.#violation,
      story: this.#story,
      length: micros(this.#now - 1_000_000),
      attempts: this.#hosts.reduce((sum, { attempts }) => sum + attempts, 0),
    };
  }

  #note(host: GameHost, text: string): void {
    this.#story.push(`${(this.#now / 1_000_000).toFixed(3)} host ${host.id}: ${text}`);
  }

  // ---- time

  #advance(length: Micros): void {
    const end = micros(this.#now + length);
    const before = this.#hosts.map(({ attempts }) => attempts);
    let turns = 0;
    const allowed = 100 + (length / 1_000_000 + 1) * MOST_TURNS_PER_SECOND;
    while (this.#violation === undefined) {
      this.#deliver();
      const next = this.#firstDue();
      if (next === undefined || next.at > end) break;
      this.#now = micros(Math.max(this.#now, next.at));
      next.host.serve(this.#now);
      this.#checkTime(next.host);
      if (++turns > allowed) this.#violation = `${turns} turns in ${length} µs`;
    }
    this.#now = micros(Math.max(this.#now, end));
    this.#deliver();
    for (const [index, host] of this.#hosts.entries()) {
      const sent = host.attempts - (before[index] ?? 0);
      if (sent > 200 + (length / 1_000_000) * MOST_PER_SECOND)
        this.#violation ??= `host ${host.id} sent ${sent} packets in ${length} µs`;
    }
  }

  #firstDue(): { readonly host: GameHost; readonly at: Micros } | undefined {
    let first: { host: GameHost; at: Micros } | undefined;
    for (const host of this.#hosts) {
      if (this.#still.has(host)) continue;
      const at = host.engine.nextDeadline();
      if (at !== undefined && (first === undefined || at < first.at)) first = { host, at };
    }
    return first;
  }

  /** Whatever was due at this instant is done. What the kernel answered may be due at once; serving that must end it. */
  #checkTime(host: GameHost): void {
    for (let answer = 0; answer < MOST_ANSWERS; answer++) {
      const next = host.engine.nextDeadline();
      if (next === undefined || next > this.#now) break;
      if (answer === MOST_ANSWERS - 1) this.#violation ??= `host ${host.id}: time does not move`;
      host.serve(this.#now);
    }
    const reported = host.events.find(({ kind }) => kind === "DeadlineStandsStill");
    if (reported?.kind === "DeadlineStandsStill")
      this.#violation ??= `host ${host.id}: time does not move: ${reported.what}`;
  }

  #deliver(): void {
    for (let round = 0; round < 50; round++) {
      let delivered = false;
      for (const from of this.#hosts)
        for (const { interface: name, packet } of from.sent.splice(0))
          for (const to of this.#hosts) {
            if (to === from) continue;
            delivered = true;
            const queue = this.#still.get(to);
            if (queue === undefined) to.receive(name, packet, this.#now);
            else queue.push({ name, packet });
          }
      if (!delivered) return;
    }
    this.#violation ??= "two hosts answer each other for ever";
  }

  // ---- what befalls a host

  #disturb(host: GameHost): void {
    const random = this.#random;
    switch (random.integer(0, 9)) {
      case 0:
      case 1:
      case 2:
        this.#note(host, "reload");
        host.input({ kind: "ReloadRequested", config: gameConfig(random) }, this.#now);
        break;
      case 3:
        host.sendError = random.chance(0.5) ? undefined : random.pick(["ENOBUFS", "EPERM", "EMSGSIZE"]);
        this.#note(host, `sends fail with ${host.sendError}`);
        break;
      case 4:
        host.addressError = random.chance(0.6) ? undefined : random.pick(["EPERM", "ENOBUFS", "EINVAL"]);
        this.#note(host, `addresses are refused with ${host.addressError}`);
        break;
      case 5: {
        const name = random.pick(GAME_INTERFACES);
        const up = ([true, true, false, undefined] as const)[random.integer(0, 3)];
        this.#note(host, `${name} ${up === undefined ? "goes" : up ? "up" : "down"}`);
        host.setLink(name, up, this.#now);
        break;
      }
      case 6:
        host.scriptStatus = random.pick([0, 0, 1, -1]);
        this.#note(host, `scripts end with ${host.scriptStatus}`);
        break;
      case 7:
        this.#pause(host);
        break;
      case 8:
        this.#note(host, "another program removes an address");
        host.removeForeign(
          `10.0.0.${random.integer(100, 103)}` as Parameters<GameHost["removeForeign"]>[0],
          this.#now,
        );
        break;
      default:
        this.#note(host, "is drained or not");
        host.input(
          { kind: "DrainsChanged", drains: random.chance(0.5) ? [] : [{ instance: "A", reason: "" }] },
          this.#now,
        );
    }
    if (!this.#still.has(host)) this.#checkTime(host);
  }

  #pause(host: GameHost): void {
    const queue = this.#still.get(host);
    if (queue === undefined) {
      this.#note(host, "stands still");
      this.#still.set(host, []);
      return;
    }
    this.#note(host, "goes on");
    this.#still.delete(host);
    for (const { name, packet } of queue) host.receive(name, packet, this.#now);
  }
}
