/** The clock that everything in Vigil is timed by: CLOCK_MONOTONIC, which no step of the wall clock moves. */

import { type Micros, micros } from "../../base/time.js";
import { native } from "./native.js";

/** The present, µs since an arbitrary start; the same for all threads and processes of a boot. */
export function now(): Micros {
  return micros(native.monotonicNow());
}
