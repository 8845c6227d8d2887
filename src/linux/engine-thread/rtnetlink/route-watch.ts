/**
 * The watch over the routes and rules that we hold (rtnetlink(7), groups RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE and those of
 * IPv6). A message that one of our protocol's went is only the occasion to look: what counts is a list of all that have it,
 * taken afterwards, so that neither our own removals nor messages that come late or not at all lead astray. The kernel removes
 * IPv4 routes without a message when their interface goes down or their source address goes: then the owner asks to look.
 */

import { Flags, FlagsGet, FlagsNew } from "netlink/dist/constants.js";
import * as rt from "netlink/dist/rt/structs.js";
import { formatMessage, type NetlinkMessage } from "netlink/dist/structs.js";
import { routeIdentity, ruleIdentity } from "../../../base/item-identity.js";
import { PROTOCOL_KEEPALIVED, type Route, type Rule } from "../../../base/routing.js";
import { AF_INET, AF_INET6 } from "../../both/address-families.js";
import { native } from "../../both/native.js";
import { NetlinkSocket } from "../../both/netlink-socket.js";
import { Readiness } from "../../both/readiness.js";
import { hasWays, type IndexOf, type RouteRecord, readRoute, routeKey } from "./route-messages.js";
import { readRule, ruleKey } from "./rule-messages.js";

/** Who is told. */
export interface RouteWatchListener {
  /** What was held and is there no more; the watch has forgotten it. Called from the event loop only. */
  lost(routes: readonly Route[], rules: readonly Rule[]): void;
  /** The kernel said that it has these, but what it has is something else in their place; the watch has forgotten them. */
  replaced(routes: readonly Route[], rules: readonly Rule[]): void;
  /** Something is wrong with the watch itself, which goes on by itself: for the log. */
  trouble(message: string): void;
}

/** RTMGRP_IPV4_ROUTE, RTMGRP_IPV4_RULE, RTMGRP_IPV6_ROUTE of linux/rtnetlink.h, and RTNLGRP_IPV6_RULE as such a mask. */
const GROUPS = 0x40 | 0x80 | 0x400 | (1 << 18);

/** linux/netlink.h: requests are checked strictly, and so a list can be limited to one protocol. */
const SOL_NETLINK = 270;
const NETLINK_GET_STRICT_CHK = 12;

const RECEIVE_BUFFER_SIZE = 8 << 20;
const DATAGRAM_SIZE = 1 << 16;
const DATAGRAMS = 8;

/** Calls that receive, each time the socket is readable; then other descriptors have their turn. */
const RECEIVES_PER_TURN = 32;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** The lists of one look, in their order. */
const LISTS = ["rules", "routes4", "routes6"] as const;

/** A look under way. */
interface Look {
  /** Position in {@link LISTS}. */
  list: number;
  readonly ours: Shown;
  /** Of other protocols; listed only while something held may be the host's own. */
  readonly others: Shown;
}

/** What a look has found. */
interface Shown {
  readonly routes: Map<string, RouteRecord[]>;
  readonly rules: Set<string>;
}

/** Something to watch. */
export interface WatchedItem<T> {
  readonly item: T;
  /** False when the kernel said only that it has something like it: the host's own, or another one in its place. */
  readonly certain: boolean;
}

/** Something held; a look that was under way when it was added says nothing about it. */
interface Held<T> {
  readonly item: T;
  certain: boolean;
  /** The host has the same by itself. */
  hosts: boolean;
  readonly newerThan: Look | undefined;
}

/** The watch. Belongs to the network namespace of the thread. Opens its socket when there is something to watch. */
export class RouteWatch {
  readonly #indexOf: IndexOf;
  readonly #listener: RouteWatchListener;
  /** By their identity: after a reload the same line is another object. */
  readonly #routes = new Map<string, Held<Route>>();
  readonly #rules = new Map<string, Held<Rule>>();
  #socket: NetlinkSocket | undefined;
  #readiness: Readiness | undefined;
  #seq = 0;
  #look: Look | undefined;
  /** There is news that the look under way may not have seen. */
  #stale = false;

  constructor(indexOf: IndexOf, listener: RouteWatchListener) {
    this.#indexOf = indexOf;
    this.#listener = listener;
  }

  /** Watches routes, which the kernel has now; those that are not tracked are left out. */
  holdRoutes(routes: readonly WatchedItem<Route>[]): void {
    this.#hold(this.#routes, routes, routeIdentity);
  }

  /** The same for rules. */
  holdRules(rules: readonly WatchedItem<Rule>[]): void {
    this.#hold(this.#rules, rules, ruleIdentity);
  }

  /** Watches these no more: to be told before they are removed. */
  release(items: readonly (Route | Rule)[]): void {
    for (const item of items) {
      if ("destination" in item) this.#routes.delete(routeIdentity(item));
      else this.#rules.delete(ruleIdentity(item));
    }
  }

  /** An interface changed: looks whether a route went with it. */
  interfaceChanged(name: string): void {
    for (const { item: route } of this.#routes.values()) {
      const names = [route, ...route.nextHops].map((way) => way.interface);
      if (names.includes(name) || names.every((one) => one === undefined)) {
        this.#lookAgain();
        return;
      }
    }
  }

  /** Ends the watch. */
  close(): void {
    this.#routes.clear();
    this.#rules.clear();
    this.#closeSocket();
  }

  /** Looks afterwards: what went before it was watched had no message. */
  #hold<T extends Route | Rule>(
    held: Map<string, Held<T>>,
    items: readonly WatchedItem<T>[],
    identity: (item: T) => string,
  ): void {
    for (const { item, certain } of items) {
      if (!item.noTrack) held.set(identity(item), { item, certain, hosts: false, newerThan: this.#look });
    }
    if (this.#socket === undefined) this.#open();
    else this.#lookAgain();
  }

  /** True while something held may not be ours. */
  #isUncertain(): boolean {
    for (const { certain } of this.#routes.values()) if (!certain) return true;
    for (const { certain } of this.#rules.values()) if (!certain) return true;
    return false;
  }

  #open(): void {
    if (this.#socket !== undefined || this.#routes.size + this.#rules.size === 0) return;
    try {
      const socket = new NetlinkSocket({
        groups: GROUPS,
        receiveBufferSize: RECEIVE_BUFFER_SIZE,
        datagramSize: DATAGRAM_SIZE,
        datagrams: DATAGRAMS,
      });
      this.#socket = socket;
      try {
        native.setOption(socket.descriptor, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
      } catch {
        // Before Linux 4.20; the lists are longer then.
      }
      this.#readiness = new Readiness(socket.descriptor, () => this.#receive());
      // What went before the socket was open had no message.
      this.#lookAgain();
    } catch (error) {
      this.#closeSocket();
      this.#listener.trouble(error instanceof Error ? error.message : String(error));
    }
  }

  #closeSocket(): void {
    this.#readiness?.close();
    this.#readiness = undefined;
    this.#socket?.close();
    this.#socket = undefined;
    this.#look = undefined;
  }

  #receive(): void {
    try {
      for (let turn = 0; turn < RECEIVES_PER_TURN; turn++) {
        const messages = this.#socket?.receive() ?? [];
        if (messages.length === 0) break;
        for (const message of messages) this.#take(message);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#listener.trouble(`route messages lost (${reason}), listing routes and rules again`);
      this.#closeSocket();
      this.#open();
    }
    if (this.#stale && this.#look === undefined) this.#lookAgain();
  }

  #take(message: NetlinkMessage): void {
    const { type, data, seq, flags } = message;
    const look = this.#look;
    if (look !== undefined && seq === this.#seq) {
      if ((flags & Flags.DUMP_INTR) !== 0) this.#stale = true;
      if (type === NLMSG_DONE || type === NLMSG_ERROR) this.#nextList(look);
      else record(look, message);
    } else if (type === rt.MessageType.DELROUTE) {
      if (data[5] === PROTOCOL_KEEPALIVED || this.#isUncertain()) this.#stale = true;
    } else if (type === rt.MessageType.NEWROUTE) {
      // One that replaces another has no message of the other's end.
      if ((flags & FlagsNew.REPLACE) !== 0) this.#stale = true;
    } else if (type === rt.MessageType.DELRULE) this.#stale = true;
  }

  #lookAgain(): void {
    if (this.#look !== undefined) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    if (this.#socket === undefined || this.#routes.size + this.#rules.size === 0) return;
    const nothing = () => ({ routes: new Map<string, RouteRecord[]>(), rules: new Set<string>() });
    this.#look = { list: 0, ours: nothing(), others: nothing() };
    this.#request(this.#look);
  }

  #request(look: Look): void {
    this.#seq = (this.#seq + 1) >>> 0;
    const list = LISTS[look.list] ?? "rules";
    const header = Buffer.alloc(12);
    if (list !== "rules") {
      header[0] = list === "routes4" ? AF_INET : AF_INET6;
      if (!this.#isUncertain()) header[5] = PROTOCOL_KEEPALIVED;
    }
    const type = list === "rules" ? rt.MessageType.GETRULE : rt.MessageType.GETROUTE;
    const flags = Flags.REQUEST | FlagsGet.DUMP;
    try {
      this.#socket?.send(
        Buffer.concat(formatMessage({ type, flags, seq: this.#seq, port: 0, data: header })),
      );
    } catch (error) {
      this.#look = undefined;
      this.#listener.trouble(error instanceof Error ? error.message : String(error));
    }
  }

  #nextList(look: Look): void {
    look.list++;
    if (look.list < LISTS.length) {
      this.#request(look);
      return;
    }
    this.#look = undefined;
    const routes = judge(this.#routes, look, ({ routes: shown }, route) => this.#shows(shown, route));
    const rules = judge(this.#rules, look, ({ rules: shown }, rule) => shown.has(ruleKey(rule)));
    if (routes.lost.length + rules.lost.length > 0) this.#listener.lost(routes.lost, rules.lost);
    if (routes.replaced.length + rules.replaced.length > 0)
      this.#listener.replaced(routes.replaced, rules.replaced);
  }

  #shows(shown: Shown["routes"], route: Route): boolean {
    return shown.get(routeKey(route))?.some((one) => hasWays(one, route, this.#indexOf)) === true;
  }
}

function record(look: Look, { type, data }: NetlinkMessage): void {
  if (type === rt.MessageType.NEWRULE) {
    const rule = readRule(data);
    if (rule !== undefined) shownBy(look, rule.protocol).rules.add(rule.key);
  } else if (type === rt.MessageType.NEWROUTE) {
    const route = readRoute(data);
    if (route === undefined) return;
    const { routes } = shownBy(look, route.protocol);
    const same = routes.get(route.key);
    if (same === undefined) routes.set(route.key, [route]);
    else same.push(route);
  }
}

function shownBy(look: Look, protocol: number): Shown {
  return protocol === PROTOCOL_KEEPALIVED ? look.ours : look.others;
}

/** Takes out what a look does not show: of that, what was there before is lost, and the rest was never there. */
function judge<T>(
  all: Map<string, Held<T>>,
  look: Look,
  isIn: (shown: Shown, item: T) => boolean,
): { readonly lost: T[]; readonly replaced: T[] } {
  const lost: T[] = [];
  const replaced: T[] = [];
  for (const [key, held] of all) {
    if (held.newerThan === look) continue;
    if (isIn(look.ours, held.item)) held.certain = true;
    else if (!held.certain && isIn(look.others, held.item)) held.hosts = true;
    else {
      all.delete(key);
      (held.certain || held.hosts ? lost : replaced).push(held.item);
    }
  }
  return { lost, replaced };
}
