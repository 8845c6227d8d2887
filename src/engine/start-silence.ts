/** How long nothing is heard and nothing seized after the start. */

import { after, type Micros, micros } from "../base/time.js";
import type { Config } from "../config/config.js";

/** The end of `vrrp_startup_delay` or `vrrp_delay_after_boot`, whichever is later; the clock counts from the boot. */
export function silenceAfterStart({ global }: Config, now: Micros): Micros | undefined {
  const end = Math.max(after(now, global.startupDelay), global.delayAfterBoot);
  return end > now ? micros(end) : undefined;
}
