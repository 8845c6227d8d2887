/** One node of the lab: a network namespace with `eth0` on the LAN, and the programs that run in it. */

import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { attempt, type CommandOptions, type CommandResult, run } from "./commands.js";
import { LabProcess } from "./lab-process.js";

/** One address of a host, as `ip -j address` tells it. */
export interface HostAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
  /** False while the kernel keeps the interface down (a macvlan of a backup of FRR). */
  readonly usable: boolean;
}

interface IpLink {
  readonly ifname: string;
  readonly operstate: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local?: string; readonly prefixlen: number }[];
}

/** A network namespace with one interface on the lab's LAN. */
export class Host {
  readonly name: string;
  /** Name of the network namespace. */
  readonly namespace: string;
  /** Its own folder, for configurations, pid files and dumps. */
  readonly directory: string;
  /** 10.77.0.N */
  readonly ipv4: string;
  /** fd00:77::N */
  readonly ipv6: string;
  /** fe80::…, made from the MAC address: a host with a higher N has the higher one. */
  readonly linkLocal: string;
  /** Everything started in it, oldest first. */
  readonly processes: LabProcess[] = [];
  #etc: string | undefined;

  /** Called by Lab, which makes the namespace. @param number N of its addresses, 1…99. */
  constructor(name: string, number: number, namespace: string, directory: string) {
    this.name = name;
    this.namespace = namespace;
    this.directory = directory;
    this.ipv4 = `10.77.0.${number}`;
    this.ipv6 = `fd00:77::${number}`;
    this.linkLocal = `fe80::77:ff:fe00:${number}`;
  }

  /** Runs a command in the namespace; throws when it fails. */
  exec(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return run(this.#inNamespace(argv), options);
  }

  /** Runs a command in the namespace and tells how it ended. */
  attempt(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return attempt(this.#inNamespace(argv), options);
  }

  /** Starts a program in the namespace. Its pid is that of the program, not of a wrapper. */
  spawn(
    argv: readonly string[],
    name = argv[0] ?? "",
    env: Readonly<Record<string, string>> = {},
  ): LabProcess {
    const process = new LabProcess(`${name} on ${this.name}`, this.#inNamespace(argv), {
      TMPDIR: this.directory,
      VIGIL_CONTROL_SOCKET: this.controlSocket,
      VIGIL_STATE_DIR: this.directory,
      ...env,
    });
    this.processes.push(process);
    return process;
  }

  /** Writes a file into the host's folder and returns its path. */
  file(name: string, content: string, mode = 0o644): string {
    const path = join(this.directory, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, content, { mode });
    return path;
  }

  /**
   * Makes `/etc/<name>` exist for every program started afterwards on this host, in a private mount namespace: they see a copy
   * of /etc with this file in it. Nobody else does.
   */
  provideEtc(name: string, content: string, mode = 0o644): void {
    const etc = join(this.directory, "etc");
    if (!existsSync(etc)) {
      cpSync("/etc", etc, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    }
    this.#etc = etc;
    const path = join(etc, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, content, { mode });
  }

  /** Where a Vigil on this host listens for `vigil`. */
  get controlSocket(): string {
    return join(this.directory, "control.sock");
  }

  /** All addresses but those of the loopback. */
  async addresses(): Promise<HostAddress[]> {
    const links = JSON.parse(await run(["ip", "-n", this.namespace, "-j", "address"])) as IpLink[];
    return links
      .filter((link) => link.ifname !== "lo")
      .flatMap((link) =>
        link.addr_info.map((info) => ({
          interface: link.ifname,
          address: info.local ?? "",
          prefixLength: info.prefixlen,
          usable: link.ifname === "eth0" || link.flags.includes("LOWER_UP"),
        })),
      );
  }

  /** Whether the host would answer for this address. */
  async holds(address: string): Promise<boolean> {
    return (await this.addresses()).some((held) => held.usable && held.address === address);
  }

  /** The last lines of everything that ran here. */
  logs(): string {
    return this.processes.map((process) => process.tail()).join("\n");
  }

  #inNamespace(argv: readonly string[]): string[] {
    const enter = ["ip", "netns", "exec", this.namespace];
    if (this.#etc === undefined) return [...enter, ...argv];
    // `ip netns exec` has already made a mount namespace for this one program.
    return [...enter, "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', this.#etc, ...argv];
  }
}
