/** What the command line decides about the daemon. */

/** One field an option of keepalived(8) that Vigil acts upon. */
export interface DaemonOptions {
  /** `-f`: main configuration file. */
  readonly configFile: string;
  /** `-i`: what `@id` lines are compared with. */
  readonly configId: string;
  /** `-l`: log to stderr, with `-n`. */
  readonly logConsole: boolean;
  /** `-D`: detailed log. */
  readonly logDetail: boolean;
  /** `-p`, `-r`: pid files of parent and VRRP child. */
  readonly pidFile: string;
  readonly vrrpPidFile: string;
  /** Whole command line, for the log. */
  readonly commandLine: readonly string[];
}

/** Where keepalived keeps its configuration. */
export const DEFAULT_CONFIG_FILE = "/etc/keepalived/keepalived.conf";

/** Where keepalived keeps its pid files. */
export const DEFAULT_PID_FILES = { parent: "/run/keepalived.pid", vrrp: "/run/vrrp.pid" } as const;

/** Exit statuses of keepalived, section EXIT STATUS of its manual and its sources. */
export const ExitStatus = { ok: 0, fatal: 1, config: 2, permission: 4, noConfig: 6, internal: 70 } as const;
