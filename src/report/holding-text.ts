/** What is kept in the kernel, in words: lines of the log about refusals, losses and leftovers. */

import type { EngineEvent, HeldItem } from "../engine/events.js";
import { routeText, ruleText } from "./routing-text.js";
import { lengthText } from "./wall-clock.js";

/** The events that these lines are about. */
export type HoldingEvent = Extract<
  EngineEvent,
  {
    kind:
      | "HoldingFailed"
      | "HoldingContested"
      | "HoldingSettled"
      | "HoldingLost"
      | "LeftoverRemoved"
      | "MacChanged";
  }
>;

/** One line. */
export function holdingLine(event: HoldingEvent): string {
  switch (event.kind) {
    case "HoldingFailed": {
      const what = `Cannot ${event.stays ? "remove" : "add"} ${heldItemText(event.item)}`;
      return `${what}: ${errnoText(event.error)}; trying again`;
    }
    case "HoldingContested":
      return `Others have removed ${heldItemText(event.item)} ${event.losses} times; it is added again after pauses from now on`;
    case "HoldingSettled": {
      const why = event.error === "" ? "" : ` (${event.error})`;
      return `The kernel has accepted ${heldItemText(event.item)} after ${lengthText(event.after)}${why}`;
    }
    case "HoldingLost": {
      const { instance, address, interface: name, steps } = event;
      const end = steps ? "back as soon as this node is MASTER again" : "adding it again";
      return `(${instance}) ${address} was removed from ${name} by others: ${end}`;
    }
    case "LeftoverRemoved":
      return `(${event.instance}) ${event.address} was on ${event.interface} although another node is MASTER: removed`;
    case "MacChanged":
      return `The MAC address of ${event.interface} changed from ${event.from} to ${event.to}: announcing the addresses on it`;
  }
}

/** An item in the fewest words that tell it apart. */
export function heldItemText(item: HeldItem): string {
  switch (item.kind) {
    case "address":
      return `address ${item.address.address}/${item.address.prefixLength} on ${item.address.interface}`;
    case "route":
      return `route ${routeText(item.route)}`;
    case "rule":
      return `rule ${ruleText(item.rule)}`;
  }
}

/** What an errno means where an item is added. */
export function errnoText(error: string): string {
  const meaning = MEANINGS[error];
  return meaning === undefined ? error : `${error}, ${meaning}`;
}

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "IPv6 is switched off on the interface",
  EEXIST: "another one is in its place",
  EINVAL: "the kernel does not take it as it is written",
  ENETUNREACH: "its gateway is in no network of this host",
  ENETDOWN: "its interface is down",
  ENODEV: "its interface does not exist",
  ENOENT: "something that it names does not exist",
  EPERM: "the daemon may not (CAP_NET_ADMIN)",
  ENOMEM: "the kernel has no memory for it",
  ENOBUFS: "the kernel has no memory for it",
  EOPNOTSUPP: "this kernel has no such thing",
  ENOTSUP: "this kernel has no such thing",
};
