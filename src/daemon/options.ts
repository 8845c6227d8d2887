/** What the command line decides about the daemon. */

import type { IncludeChecks } from "../config/include.js";
import type { AbsentProcess } from "../config/load.js";

/** One field an option of keepalived(8) that Vigil acts upon. */
export interface DaemonOptions {
  /** `-f`: main configuration file; absolute when the daemon leaves the directory. */
  readonly configFile: string;
  /** `-i`: what `@id` lines are compared with. */
  readonly configId: string;
  /** `-e`: checks of plain `include`. */
  readonly includeChecks: IncludeChecks | undefined;
  /** False with `-C`: no virtual router runs. */
  readonly vrrp: boolean;
  /** Processes of keepalived that the options take away: their blocks are not read, so a mistake in them stops nothing. */
  readonly absent: readonly AbsentProcess[];
  /** `--all`: pid files of parts that have no configuration are written too, except for those left out by `-P`, `-C`, `-B`. */
  readonly idleParts: readonly ("checkers" | "bfd")[];
  /** False with `-n`: the parent has gone into the background. */
  readonly detach: boolean;
  readonly log: LogChoice;
  /** `-u`, 0…0o777: overrides the keyword `umask`. */
  readonly umask: number | undefined;
  /** `-V`: VIPs stay at the end, and nobody is told of it. */
  readonly keepAddresses: boolean;
  /** False with `-R`: a dying engine ends the daemon. */
  readonly respawn: boolean;
  /** `-d`: the configuration as understood goes to the log. */
  readonly dumpConfiguration: boolean;
  /** `-p`, `-r`, `-c`, `-b`; undefined: keepalived's default. */
  readonly pidFiles: Readonly<Record<PidFileKind, string | undefined>>;
  /** `-s`: overrides the keyword `net_namespace`. */
  readonly namespace: string | undefined;
  /** `-a`: every address that comes or goes is logged. */
  readonly addressMonitoring: boolean;
  /** `-m`. */
  readonly coreDumps: boolean;
  /** `-M`. */
  readonly corePattern: string | undefined;
  /** `--ignore-sigint`. */
  readonly ignoreInterrupt: boolean;
  /** Whole command line, for the log and for the second half of a start in a namespace. */
  readonly commandLine: readonly string[];
}

/** Where log lines go. */
export interface LogChoice {
  /** `-l` together with `-n`: standard error. */
  readonly console: boolean;
  /** `-D`. */
  readonly detail: boolean;
  /** False with `-G`. */
  readonly syslog: boolean;
  /** `-S`: number of the facility, see syslog(3). */
  readonly facility: number;
  /** `-g`: the parent's file; the name of the VRRP process's is made from it. */
  readonly file: string | undefined;
  /** `--flush-log-file`: each line reaches the disk before the next one is written. */
  readonly flush: boolean;
  /** `VIGIL_LOG_FORMAT=json` in the environment; syslog stays as it is. */
  readonly format: "keepalived" | "json";
}

/** keepalived's processes, each with a pid file. */
export type PidFileKind = "parent" | "vrrp" | "checkers" | "bfd";

/** Where keepalived keeps its configuration. */
export const DEFAULT_CONFIG_FILE = "/etc/keepalived/keepalived.conf";

/** Exit statuses of keepalived, section EXIT STATUS of its manual and its sources. */
export const ExitStatus = { ok: 0, fatal: 1, config: 2, permission: 4, noConfig: 6, internal: 70 } as const;
