/** FRR's vrrpd as a node of the lab, with the zebra and the macvlan device it needs. */

import { chmodSync } from "node:fs";
import type { Host } from "./host.js";
import type { LabProcess } from "./lab-process.js";
import type { RouterNode, RouterState } from "./node.js";
import { REAL_TIME } from "./real-time.js";
import { VRID, type VrrpMode, vipOf } from "./vrrp-config.js";
import { waitFor } from "./wait-for.js";

/** One address family of one virtual router in `show vrrp json`. */
interface FrrRouter {
  readonly status: string;
  readonly primaryAddress: string;
  readonly effectivePriority: number;
  readonly stats: Readonly<Record<string, number>>;
}

/** FRR complaining about a received packet, or dropping it; a packet it takes it describes, `checksum` included. */
const PACKET_ERROR = /dropping|discarding|invalid|incorrect|mismatch|malformed/i;

/** A good packet of a lesser router. */
const LOST_ELECTION = /Discarding advertisement from/;

/** FRR on a host: zebra and vrrpd in its namespace, sockets and pid files in its folder. */
export class FrrNode implements RouterNode {
  readonly host: Host;
  readonly implementation = "FRR";
  readonly seesCarrier = false;
  readonly #mode: VrrpMode;
  readonly #priority: number;
  readonly #vrrpd: LabProcess[] = [];
  #zebra: LabProcess | undefined;

  /** The mode must be multicast without authentication: FRR knows nothing else. */
  constructor(host: Host, mode: VrrpMode, priority: number) {
    if (mode.auth !== undefined || mode.unicast === true) throw new RangeError(`FRR has no ${mode.name}`);
    this.host = host;
    this.#mode = mode;
    this.#priority = priority;
  }

  /** Starts vrrpd, with zebra and the macvlan device before it when they are not there yet. */
  async start(): Promise<void> {
    if (this.#zebra === undefined) {
      chmodSync(this.host.directory, 0o777);
      this.host.file("vtysh.conf", "");
      this.host.file("frr.conf", this.#configuration());
      await this.#makeDevice();
      this.#zebra = this.#daemon("zebra", ["-A", "127.0.0.1"]);
      await this.#answering("zebra");
    }
    this.#vrrpd.push(this.#daemon("vrrpd", ["--log", "stdout", "--log-level", "debug"]));
    await this.#answering("vrrpd");
  }

  /** Shuts the virtual router down as `vrrp 51 shutdown` does, which sends priority 0; then ends vrrpd. */
  async stop(): Promise<void> {
    await this.#vtysh(["configure terminal", "interface eth0", `vrrp ${VRID} shutdown`]);
    await this.kill();
  }

  async kill(): Promise<void> {
    await this.#vrrpd.at(-1)?.killAll();
  }

  async state(): Promise<RouterState> {
    const status = (await this.show())?.status;
    if (status === "Master") return "MASTER";
    return status === "Backup" ? "BACKUP" : "other";
  }

  /** `show vrrp json` of the family in use; undefined while vrrpd does not answer. */
  async show(): Promise<FrrRouter | undefined> {
    const vrrpd = this.#vrrpd.at(-1);
    if (vrrpd === undefined || vrrpd.end !== undefined) return undefined;
    const shown = await this.host.attempt(this.#vtyshArgv([`show vrrp json`]));
    if (shown.status !== 0) return undefined;
    const routers = JSON.parse(shown.stdout) as Readonly<Record<"v4" | "v6", FrrRouter>>[];
    return routers[0]?.[this.#mode.family === 4 ? "v4" : "v6"];
  }

  complaints(): readonly string[] {
    return this.#vrrpd.flatMap((run) =>
      run.lines.filter((line) => PACKET_ERROR.test(line) && !LOST_ELECTION.test(line)),
    );
  }

  #configuration(): string {
    const { family, version, interval } = this.#mode;
    return [
      "debug vrrp",
      "interface eth0",
      ` vrrp ${VRID} version ${version}`,
      ` vrrp ${VRID} priority ${this.#priority}`,
      ` vrrp ${VRID} advertisement-interval ${interval * 1000}`,
      ` vrrp ${VRID} ${family === 4 ? "ip" : "ipv6"} ${vipOf(this.#mode)}`,
      "",
    ].join("\n");
  }

  /** vrrpd takes the macvlan whose MAC address is the virtual router's, and moves it up and down. */
  async #makeDevice(): Promise<void> {
    const { family } = this.#mode;
    const vrid = VRID.toString(16).padStart(2, "0");
    const device = `vrrp${family}`;
    const lines = [
      `link add ${device} link eth0 type macvlan mode bridge`,
      `link set ${device} addrgenmode random`,
      `link set ${device} address 00:00:5e:00:0${family === 4 ? 1 : 2}:${vrid}`,
      `address add ${vipOf(this.#mode)}/${family === 4 ? "24" : "64 nodad"} dev ${device}`,
      `link set ${device} up`,
    ];
    await this.host.exec(["ip", "-batch", "-"], { input: `${lines.join("\n")}\n` });
  }

  #daemon(name: string, more: readonly string[]): LabProcess {
    const directory = this.host.directory;
    const paths = [
      "-z",
      `${directory}/zserv.api`,
      "-i",
      `${directory}/${name}.pid`,
      "--vty_socket",
      directory,
    ];
    return this.host.spawn(
      [...REAL_TIME, `/usr/lib/frr/${name}`, ...paths, "-P", "0", "-f", `${directory}/frr.conf`, ...more],
      name,
    );
  }

  async #answering(daemon: string): Promise<void> {
    await waitFor(
      async () => {
        const answer = await this.host.attempt(this.#vtyshArgv(["show version"], daemon));
        return answer.status === 0 && !answer.stderr.includes("failed to connect");
      },
      { what: `${daemon} on ${this.host.name} answers`, every: 100, evidence: () => this.host.logs() },
    );
  }

  #vtysh(commands: readonly string[]): Promise<string> {
    return this.host.exec(this.#vtyshArgv(commands));
  }

  #vtyshArgv(commands: readonly string[], daemon = "vrrpd"): string[] {
    const directory = this.host.directory;
    const paths = ["--vty_socket", directory, "--config_dir", directory, "-d", daemon];
    return ["vtysh", ...paths, ...commands.flatMap((command) => ["-c", command])];
  }
}
