/**
 * AH sequence numbers over a restart: without them a BACKUP that has just started believes a recording of a MASTER that is dead, for
 * as long as the recording lasts. They count in the same boot only: after a boot of the whole cluster all numbers begin anew.
 */

import { parseIpAddress } from "../base/ip-address.js";
import type { Member } from "./member.js";
import { routerKeyOf } from "./ports.js";

/** Numbers that are kept at most. */
const MOST_KEPT = 1_024;

/** The numbers that the members have heard, one text for each sender: to be kept until the next start. */
export function ahSequencesOf(members: readonly Member[]): readonly string[] {
  const all = members.flatMap((member) =>
    [...member.router.ahSequences].map(([sender, sequence]) => `${keyOf(member)} ${sender} ${sequence}`),
  );
  return all.slice(-MOST_KEPT);
}

/** Gives the members what an earlier run had heard; texts that are damaged say nothing. */
export function recallAhSequences(members: readonly Member[], texts: readonly string[]): void {
  const byKey = new Map(members.map((member) => [keyOf(member), member]));
  for (const text of texts.slice(0, MOST_KEPT)) {
    const [key = "", address = "", number] = text.split(" ");
    const sender = parseIpAddress(address);
    const sequence = Number(number);
    if (sender !== undefined && isSequence(sequence))
      byKey.get(key)?.router.recallAhSequence(sender, sequence);
  }
}

/** Without blanks, which part the fields. */
function keyOf(member: Member): string {
  return encodeURI(routerKeyOf(member.instance));
}

function isSequence(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;
}
