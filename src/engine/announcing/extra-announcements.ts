/**
 * `garp_extra_if`: announcements again and again from VMACs that send no adverts, as switches forget a MAC address that they do
 * not hear from.
 */

import type { InterfaceAddress } from "../../base/interface-address.js";
import { after, earlier, type Micros } from "../../base/time.js";
import type { Member } from "../member.js";
import { sendInterfaceOf } from "../ports.js";

/** Sends one announcement for each line. */
export type AnnounceLines = (member: Member, lines: readonly InterfaceAddress[], now: Micros) => void;

/** The next such announcement of each MASTER. */
export class ExtraAnnouncements {
  readonly #announce: AnnounceLines;
  readonly #dueAt = new Map<Member, Micros>();

  constructor(announce: AnnounceLines) {
    this.#announce = announce;
  }

  /** The member holds its addresses now, or has other settings. */
  begin(member: Member, now: Micros): void {
    const { interval } = member.instance.garpExtraInterfaces;
    if (interval > 0 && linesOf(member).length > 0) this.#dueAt.set(member, after(now, interval));
    else this.#dueAt.delete(member);
  }

  /** The member has let go. */
  end(member: Member): void {
    this.#dueAt.delete(member);
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const dueAt of this.#dueAt.values()) deadline = earlier(deadline, dueAt);
    return deadline;
  }

  /** Announces what is due. */
  handleTimeout(now: Micros): void {
    for (const [member, dueAt] of this.#dueAt) {
      if (now < dueAt) continue;
      this.begin(member, now);
      this.#announce(member, linesOf(member), now);
    }
  }
}

/** The first address of each interface concerned. */
function linesOf({ instance, held }: Member): InterfaceAddress[] {
  const { all } = instance.garpExtraInterfaces;
  const vmacs = new Set(instance.virtualInterfaces.map(({ name }) => name));
  const seen = new Set([sendInterfaceOf(instance)]);
  return held.filter(({ interface: name }) => {
    if (seen.has(name) || (!all && !vmacs.has(name))) return false;
    seen.add(name);
    return true;
  });
}
