/** What keepalived's checks ask the machine; all of it optional, so that a configuration can be read anywhere. */

import type { IpAddress } from "../base/ip-address.js";
import type { ScriptCommand } from "./config.js";
import type { RoutingNameFiles, RoutingNameKind } from "./routing-names.js";

/** What is wrong with a command, as keepalived's script check sees it. */
export interface ScriptVerdict {
  readonly kind: "ok" | "not-found" | "not-executable" | "insecure";
  /** What others than root can change and how to prevent it, also of a command that is let through. */
  readonly advice?: string;
  /** The file that is run, where it is known: searched for in PATH, symbolic links followed. */
  readonly path?: string;
}

/** A file that holds a key, or why there is none to be had. */
export type KeyFile =
  /** `exposed`: others than its owner may read or write it. */
  | { readonly ok: true; readonly bytes: Uint8Array; readonly exposed: boolean }
  | { readonly ok: false; readonly reason: "cannot be opened" | "is too large" };

/** Knowledge of the machine the configuration is for. Synchronous, never throws. */
export interface World {
  /** True when the interface exists, whatever its state. */
  interfaceExists(name: string): boolean;
  /** True when the interface is up and has a carrier. */
  isRunning?(name: string): boolean;
  /** True for a loopback interface. */
  isLoopback?(name: string): boolean;
  /** True when an interface can do multicast. */
  isMulticast?(name: string): boolean;
  /** Checks a command; `security` is `enable_script_security`. */
  checkScript?(command: ScriptCommand, options: { security: boolean }): ScriptVerdict;
  /** Number of processors, for CPU sets. */
  readonly processors?: number;
  /** Names of routing tables, protocols and so on that files of this machine give. */
  routingNames?(kind: RoutingNameKind): RoutingNameFiles;
  /** Reads a key that the configuration keeps in a file of its own. */
  readKeyFile?(path: string): KeyFile;
  /** True when an interface of this machine that is up has the address. Asked only for a test of the configuration. */
  hasAddress?(address: IpAddress): boolean;
  /** True when a host name has an address. Asked only for a test of the configuration, as it may take long. */
  hostResolves?(host: string): boolean;
  /** What kind of virtual interface a name is; undefined for any other and for what does not exist. */
  virtualKind?(name: string): "macvlan" | "ipvlan" | undefined;
  /** True when a user (and group) of these names or numbers exists. */
  userExists?(user: string, group: string | undefined): boolean;
}
