/** From the settings of a check to its probe. */

import type { EngineConfig } from "../../../engine/platform.js";
import type { AccountName } from "../scripts/accounts.js";
import { programOf } from "../scripts/script-runner.js";
import { ExecProbe } from "./exec-probe.js";
import { HttpProbe } from "./http-probe.js";
import { IcmpProbe } from "./icmp-probe.js";
import type { Probe } from "./probe.js";
import { TcpProbe } from "./tcp-probe.js";

/** What is asked, and whom. */
export type ProbeSettings = EngineConfig["checks"][number]["probe"];

/** What a probe needs besides. */
export interface ProbeSurroundings {
  /** For a whole look, ms. */
  readonly timeout: number;
  /** `script_user`. */
  readonly scriptUser: AccountName | undefined;
  /** Called when a connection that is kept open is closed while nothing was asked. */
  readonly disturbed: () => void;
}

/** The probe. */
export async function newProbe(settings: ProbeSettings, around: ProbeSurroundings): Promise<Probe> {
  switch (settings.kind) {
    case "http":
      return new HttpProbe(settings, around.timeout, around.disturbed);
    case "tcp":
      return new TcpProbe(settings);
    case "icmp":
      return new IcmpProbe(settings);
    case "exec":
      return new ExecProbe(await programOf(settings.command, around.scriptUser));
  }
}
