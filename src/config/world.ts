/** What keepalived's checks ask the machine; all of it optional, so that a configuration can be read anywhere. */

import type { ScriptCommand } from "./config.js";
import type { RoutingNameKind } from "./routing-names.js";

/** What is wrong with a command, as keepalived's script check sees it. */
export type ScriptVerdict = "ok" | "not-found" | "not-executable" | "insecure";

/** A file that holds a key, or why there is none to be had. */
export type KeyFile =
  /** `exposed`: others than its owner may read or write it. */
  | { readonly ok: true; readonly bytes: Uint8Array; readonly exposed: boolean }
  | { readonly ok: false; readonly reason: "cannot be opened" | "is too large" };

/** Knowledge of the machine the configuration is for. Synchronous, never throws. */
export interface World {
  /** True when the interface exists, whatever its state. */
  interfaceExists(name: string): boolean;
  /** True for a loopback interface. */
  isLoopback?(name: string): boolean;
  /** True when an interface can do multicast. */
  isMulticast?(name: string): boolean;
  /** Checks a command; `security` is `enable_script_security`, `symlinks` is `use_symlink_paths`. */
  checkScript?(command: ScriptCommand, options: { security: boolean; symlinks: boolean }): ScriptVerdict;
  /** What a name of a routing table, protocol and so on stands for on this machine; undefined: nothing. */
  routingName?(kind: RoutingNameKind, name: string): number | undefined;
  /** Reads a key that the configuration keeps in a file of its own. */
  readKeyFile?(path: string): KeyFile;
  /** True when a user (and group) of these names or numbers exists. */
  userExists?(user: string, group: string | undefined): boolean;
}
