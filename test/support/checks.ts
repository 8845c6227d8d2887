/** A `vrrp_check` for tests of the engine. */

import { seconds } from "../../src/base/time.js";
import type { EngineConfig } from "../../src/engine/platform.js";

/** A check as the engine is configured with it. */
export type Check = EngineConfig["checks"][number];

/** A check `api`: 1 s, rise 2, fall 3, with proof, suspicion and damping, unless said otherwise. */
export function aCheck(overrides: Partial<Check> = {}): Check {
  return {
    name: "api",
    probe: { kind: "tcp", host: "127.0.0.1", port: 443 },
    interval: seconds(1),
    timeout: seconds(1),
    weight: 0,
    reverse: false,
    rise: 2,
    fall: 3,
    initFail: false,
    proof: true,
    suspicion: true,
    damping: true,
    refinesScript: false,
    ...overrides,
  };
}
