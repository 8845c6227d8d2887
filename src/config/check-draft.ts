/** A `vrrp_check` as far as it was read. */

import { type Micros, seconds } from "../base/time.js";
import type { CheckProbe } from "./config.js";
import { type ConfigDraft, PlacedDraft } from "./draft.js";

/** What its keywords fill. */
export class CheckDraft extends PlacedDraft {
  readonly name: string;
  readonly root: ConfigDraft;
  /** The kind that was written; the words about the answer are put in when the block ends. */
  probe: CheckProbe | undefined;
  ca: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
  serverName: string | undefined;
  insecure = false;
  status: { from: number; to: number }[] = [];
  body: string | undefined;
  user: { user: string; group?: string } | undefined;
  interval: Micros = seconds(1);
  timeout: Micros | undefined;
  weight = 0;
  reverse = false;
  rise = 1;
  fall = 3;
  initFail = false;
  proof = true;
  suspicion = true;
  damping = true;
  /** Names of instances and groups to be tracked by, or `all`. */
  trackIn: string[] = [];
  /** Tracked by an instance or group. */
  used = false;

  constructor(name: string, root: ConfigDraft) {
    super();
    this.name = name;
    this.root = root;
  }
}
