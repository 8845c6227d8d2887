/** Metrics of a route, after ip-route(8): numbers and times, some of which `lock` keeps from being changed by the kernel. */

import type { Route, RouteMetric } from "../../base/routing.js";
import { UINT32_MAX } from "../numbers.js";
import { isRouteTime, readRouteTime } from "./route-times.js";
import type { RoutingLine } from "./routing-line.js";

/** Metrics that are plain numbers: the largest one, whether `lock` may stand before it, and what a complaint calls it. */
const NUMBERS: ReadonlyMap<string, { metric: RouteMetric; high: number; lock: boolean; name: string }> =
  new Map(
    (
      [
        ["mtu", UINT32_MAX, true, "MTU"],
        ["advmss", UINT32_MAX, true, "advmss value"],
        ["reordering", UINT32_MAX, true, "reordering value"],
        ["cwnd", UINT32_MAX, true, "cwnd value"],
        ["ssthresh", UINT32_MAX, true, "ssthresh value"],
        ["window", UINT32_MAX, false, "window value"],
        ["hoplimit", 255, false, "hoplimit"],
        ["initcwnd", UINT32_MAX, false, "initcwnd value"],
        ["initrwnd", UINT32_MAX, false, "initrwnd value"],
        ["quickack", 1, false, "quickack value"],
        ["fastopen_no_cookie", 1, false, "fastopen_no_cookie value"],
      ] as const
    ).map(([metric, high, lock, name]) => [metric, { metric, high, lock, name }]),
  );

/** `features`: the only one, RTAX_FEATURE_ECN. */
const FEATURE_ECN = 1;

/** Collects the metrics of one route. */
export class RouteMetrics {
  readonly #line: RoutingLine;
  readonly #metrics: Partial<Record<RouteMetric, number>> = {};
  readonly #locked: (RouteMetric | "congctl")[] = [];
  #congestionControl: string | undefined;

  constructor(line: RoutingLine) {
    this.#line = line;
  }

  /** What was read so far. */
  get fields(): Pick<Route, "metrics" | "locked" | "congestionControl"> {
    const fields = { metrics: this.#metrics, locked: this.#locked };
    const congestionControl = this.#congestionControl;
    return congestionControl === undefined ? fields : { ...fields, congestionControl };
  }

  /** Takes a metric with its value; false when the word is none. */
  read(word: string): boolean {
    const line = this.#line;
    const number = NUMBERS.get(word);
    if (number !== undefined) {
      const locked = number.lock && line.accept("lock");
      const value = line.unsigned(
        number.high,
        (text) => `Invalid ${number.name} ${text} specified for route`,
      );
      this.#set(number.metric, value, locked);
    } else if (isRouteTime(word)) {
      const locked = line.accept("lock");
      const text = line.next();
      const value = line.failed ? undefined : readRouteTime(word, line.statement, line.at);
      const said = word === "rto_min" ? `${word} value ${text} specified` : `${word} ${text}`;
      if (value === undefined) line.fail(`Invalid ${said} for route`);
      this.#set(word, value, locked);
    } else if (word === "congctl") {
      if (line.accept("lock")) this.#locked.push("congctl");
      this.#congestionControl = line.next();
    } else if (word === "features") {
      const feature = line.next();
      if (feature === "ecn") this.#set("features", FEATURE_ECN, false);
      else line.fail(`feature ${feature} not supported`);
    } else return false;
    return true;
  }

  #set(metric: RouteMetric, value: number | undefined, locked: boolean): void {
    if (value === undefined) return;
    this.#metrics[metric] = value;
    if (locked) this.#locked.push(metric);
  }
}
