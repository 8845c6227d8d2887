/**
 * A LAN for tests, of real network namespaces: one switch (a bridge in a namespace of its own) and hosts with one `eth0` each,
 * 10.77.0.N/24, fd00:77::N/64 and a link-local address. Labs are independent of each other and of the machine's own network.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Capture } from "./lab/capture.js";
import { attempt, run } from "./lab/commands.js";
import { Host } from "./lab/host.js";
import { makeLabDirectory, rememberNamespace, removeLab, uniqueLabName } from "./lab/leftovers.js";
import { waitFor } from "./lab/wait-for.js";

/**
 * How a link is cut. `carrier`: the cable is out, and the host sees it. `silent`: the switch forwards nothing, and the host does
 * not know.
 */
export type Cut = "carrier" | "silent";

/** A switch and its hosts. */
export class Lab {
  readonly name: string;
  readonly directory: string;
  /** The namespace of the bridge `br0`, to capture or to filter in. */
  readonly switch: Host;
  readonly #hosts = new Map<string, Host>();

  private constructor(name: string, directory: string) {
    this.name = name;
    this.directory = directory;
    this.switch = this.#newHost("switch", 99);
  }

  /** Makes a LAN with these hosts; the first gets N = 1. */
  static async create(names: readonly string[]): Promise<Lab> {
    const name = uniqueLabName();
    const lab = new Lab(name, makeLabDirectory(name));
    try {
      await lab.#makeSwitch();
      for (const [index, host] of names.entries()) await lab.#makeHost(host, index + 1);
      return lab;
    } catch (error) {
      await lab.dispose();
      throw error;
    }
  }

  /**
   * Runs `body` in a LAN of its own and removes everything afterwards. If the body fails, the error's message ends with the
   * logs of all hosts.
   */
  static async use<T>(names: readonly string[], body: (lab: Lab) => Promise<T>): Promise<T> {
    const lab = await Lab.create(names);
    try {
      return await body(lab);
    } catch (error) {
      if (error instanceof Error && !error.message.includes(LOGS)) error.message += `\n${lab.logs()}`;
      throw error;
    } finally {
      await lab.dispose();
    }
  }

  /** The host of that name. @throws {RangeError} when there is none. */
  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new RangeError(`no host ${name} in this lab`);
    return host;
  }

  /** All hosts in order of N. */
  get hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  /** The hosts that have this address now. */
  async holders(address: string, among: readonly Host[] = this.hosts): Promise<Host[]> {
    const held = await Promise.all(among.map((host) => host.holds(address)));
    return among.filter((_, index) => held[index]);
  }

  /** Cuts the link of a host. */
  async cutLink(host: Host, how: Cut = "carrier"): Promise<void> {
    if (how === "carrier") await this.#port(host, "down");
    else await run(["bridge", "-n", this.switch.namespace, "link", "set", "dev", portOf(host), "state", "0"]);
  }

  /** Undoes {@link cutLink}, whichever way the link was cut. */
  async restoreLink(host: Host): Promise<void> {
    await this.#port(host, "up");
    // A port has no state before it runs, which is a moment after it is up.
    const forward = ["bridge", "-n", this.switch.namespace, "link", "set", "dev", portOf(host), "state", "3"];
    await this.waitFor("the port forwards", async () => (await attempt(forward)).status === 0);
  }

  /** The switch drops what goes from one host to the other, in this direction only. Undone by {@link forwardAll}. */
  async dropOneWay(from: Host, to: Host): Promise<void> {
    const rule = `iifname "${portOf(from)}" oifname "${portOf(to)}" drop`;
    await this.switch.exec(["nft", "add", "rule", "bridge", "lab", "forward", rule]);
  }

  /** The switch forwards everything again. */
  async forwardAll(): Promise<void> {
    await this.switch.exec(["nft", "flush", "chain", "bridge", "lab", "forward"]);
  }

  /** Captures on the switch what any host sends; by default VRRP, AH, ARP and IPv6 neighbour discovery. */
  capture(name = "lan", filter = VRRP_ARP_NDP): Promise<Capture> {
    return Capture.start(this.switch, "br0", name, filter);
  }

  /** {@link waitFor}, with the logs of all hosts as evidence. */
  waitFor<T>(
    what: string,
    condition: () => T | false | undefined | Promise<T | false | undefined>,
    timeout?: number,
  ): Promise<T> {
    const options = { what, evidence: () => this.logs() };
    return waitFor(condition, timeout === undefined ? options : { ...options, timeout });
  }

  /** The last lines of every program of every host. */
  logs(): string {
    return [LOGS, ...this.hosts.map((host) => host.logs())].join("\n");
  }

  /** Kills all programs and removes all namespaces and files; `VIGIL_KEEP_LAB=1` keeps the files, with all logs. */
  async dispose(): Promise<void> {
    const all = [...this.hosts, this.switch];
    if (process.env.VIGIL_KEEP_LAB === "1") {
      for (const host of all)
        host.file("log.txt", host.processes.map((one) => one.tail(Infinity)).join("\n"));
    }
    removeLab(
      all.map((host) => host.namespace),
      this.directory,
    );
    await Promise.all(all.flatMap((host) => host.processes.map((one) => one.ended)));
  }

  #newHost(name: string, number: number): Host {
    const directory = join(this.directory, name);
    mkdirSync(directory, { mode: 0o755 });
    return new Host(name, number, `${this.name}-${name}`, directory);
  }

  async #makeSwitch(): Promise<void> {
    const namespace = this.switch.namespace;
    rememberNamespace(namespace);
    await run(["ip", "netns", "add", namespace]);
    // Nothing of the switch's own shall be on the wire.
    await this.switch.exec([
      "sysctl",
      "-qw",
      "net.ipv6.conf.all.disable_ipv6=1",
      "net.ipv6.conf.default.disable_ipv6=1",
    ]);
    const bridge = "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0\nlink set br0 up\n";
    await run(["ip", "-n", namespace, "-batch", "-"], { input: bridge });
    const chain =
      "table bridge lab {\n chain forward {\n type filter hook forward priority 0; policy accept;\n }\n}\n";
    await this.switch.exec(["nft", "-f", "-"], { input: chain });
  }

  async #makeHost(name: string, number: number): Promise<void> {
    const host = this.#newHost(name, number);
    this.#hosts.set(name, host);
    rememberNamespace(host.namespace);
    await run(["ip", "netns", "add", host.namespace]);
    // Addresses are usable at once, and nobody takes one from a peer's router advertisement (FRR sends them).
    const ipv6 = ["accept_dad=0", "dad_transmits=0", "accept_ra=0", "autoconf=0"];
    await host.exec(["sysctl", "-qw", ...ipv6.map((setting) => `net.ipv6.conf.default.${setting}`)]);
    const mac = `02:77:00:00:00:${number.toString().padStart(2, "0")}`;
    const port = portOf(host);
    await run([
      ..."ip link add eth0 netns".split(" "),
      host.namespace,
      ..."address".split(" "),
      mac,
      ..."type veth peer name".split(" "),
      port,
      "netns",
      this.switch.namespace,
    ]);
    await run(["ip", "-n", this.switch.namespace, "link", "set", port, "master", "br0", "up"]);
    const setup = [
      "link set lo up",
      "link set eth0 up",
      `address add ${host.ipv4}/24 dev eth0`,
      `address add ${host.ipv6}/64 dev eth0 nodad`,
    ];
    await run(["ip", "-n", host.namespace, "-batch", "-"], { input: `${setup.join("\n")}\n` });
    await this.waitFor(`${name} has a link-local address`, () => host.holds(host.linkLocal));
  }

  async #port(host: Host, state: "up" | "down"): Promise<void> {
    await run(["ip", "-n", this.switch.namespace, "link", "set", portOf(host), state]);
  }
}

const LOGS = "=== logs of the lab ===";

const VRRP_ARP_NDP = "vrrp or ah or arp or (icmp6 and (ip6[40] = 135 or ip6[40] = 136)) or (ip6 proto 112)";

/** Name of the switch's port to a host. */
function portOf(host: Host): string {
  return `p-${host.name}`;
}
