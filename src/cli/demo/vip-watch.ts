/** When which master's kernel had the VIP, from the kernel's own notifications, by ip-monitor(8). */

import { type DemoLan, MASTERS, type MasterNumber, VIP } from "./lan.js";

/** A time in which a master had the VIP, ms since the epoch; it still has it while `to` is undefined. */
interface Holding {
  readonly from: number;
  to: number | undefined;
}

/** Listens until the LAN goes down. */
export class VipWatch {
  readonly #holdings = new Map<MasterNumber, Holding[]>(MASTERS.map((master) => [master, []]));

  /** To be made before the daemons start: what was there earlier is not seen. */
  constructor(lan: DemoLan) {
    for (const master of MASTERS) {
      const argv = ["ip", "-o", "-ts", "monitor", "address"];
      lan.start(master, argv, { onLine: (line) => this.#read(master, line) });
    }
  }

  /** True while the master's kernel has the VIP. */
  holds(master: MasterNumber): boolean {
    const last = this.#of(master).at(-1);
    return last !== undefined && last.to === undefined;
  }

  /** How long after `since` (ms since the epoch) the master gave the VIP up, ms; undefined: it has not. */
  letGoAfter(master: MasterNumber, since: number): number | undefined {
    const end = this.#of(master).find(({ to }) => to === undefined || to >= since)?.to;
    return end === undefined ? undefined : Math.round(end - since);
  }

  /** For how long since `since` (ms since the epoch) more than one master had the VIP, ms. */
  twoHolders(since: number): number {
    const now = Date.now();
    const changes = MASTERS.flatMap((master) => this.#of(master))
      .filter(({ to }) => to === undefined || to > since)
      .flatMap(({ from, to }) => [
        { at: Math.max(since, from), by: 1 },
        { at: to ?? now, by: -1 },
      ]);
    changes.sort((a, b) => a.at - b.at || a.by - b.by);
    let holders = 0;
    let before = since;
    let total = 0;
    for (const { at, by } of changes) {
      if (holders > 1) total += at - before;
      holders += by;
      before = at;
    }
    return Math.round(total);
  }

  #of(master: MasterNumber): Holding[] {
    return this.#holdings.get(master) ?? [];
  }

  /** A line is `[TIME] [Deleted ]INDEX: eth0 inet VIP/32 …`, in local time; a change of lifetime looks like an addition. */
  #read(master: MasterNumber, line: string): void {
    const [, time = "", deleted, address] =
      /^\[(\S+)\] (Deleted )?\d+: eth0\s+inet ([0-9.]+)\//.exec(line) ?? [];
    if (address !== VIP) return;
    const at = Date.parse(time);
    const last = this.#of(master).at(-1);
    const held = last !== undefined && last.to === undefined;
    if (deleted !== undefined) {
      if (held) last.to = at;
    } else if (!held) this.#of(master).push({ from: at, to: undefined });
  }
}
