/** A whole Debian with systemd as process 1, booted in a container on a host of the lab. */

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attempt, type CommandResult, run } from "../../support/lab/commands.js";
import type { Host } from "../../support/lab/host.js";
import { LabProcess } from "../../support/lab/lab-process.js";
import { waitFor } from "../../support/lab/wait-for.js";
import { cleanDebian } from "./clean-debian.js";

/** What commands get as their environment. */
const ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"];

/** Mounts the layers for this process alone, so that they end with it, then becomes the container's supervisor. */
const BOOT = `mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root" || exit
shift 2
exec systemd-nspawn "$@"`;

/** A booted container. Its network is that of the host; it ends when the lab does. */
export class Machine {
  readonly host: Host;
  readonly #leader: number;

  private constructor(host: Host, leader: number) {
    this.host = host;
    this.#leader = leader;
  }

  /** Boots one. @param files path → content, there before the boot. */
  static async boot(host: Host, files: Readonly<Record<string, string>> = {}): Promise<Machine> {
    const layers = join(host.directory, "machine");
    for (const name of ["upper", "work", "root"])
      mkdirSync(join(layers, name), { recursive: true, mode: 0o755 });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(layers, "upper", path)), { recursive: true, mode: 0o755 });
      writeFileSync(join(layers, "upper", path), content);
    }
    const supervisor = [
      `--directory=${join(layers, "root")}`,
      `--network-namespace-path=/run/netns/${host.namespace}`,
      `--machine=${host.namespace}`,
      `--hostname=${host.name}`,
      "--capability=all",
      "--register=no",
      "--keep-unit",
      "--console=pipe",
      "--boot",
    ];
    const boot = ["unshare", "-m", "sh", "-c", BOOT, "boot", await cleanDebian(), layers, ...supervisor];
    const process = new LabProcess(`systemd on ${host.name}`, boot);
    host.processes.push(process);
    const leader = await waitFor(() => systemdBelow(process.pid), {
      what: `${host.name} has a process 1`,
      evidence: () => process.tail(),
    });
    const machine = new Machine(host, leader);
    await waitFor(
      async () => (await machine.attempt(["systemctl", "is-system-running"])).stdout === "running\n",
      {
        what: `${host.name} has booted`,
        timeout: 60_000,
        every: 500,
        evidence: () => process.tail(),
      },
    );
    return machine;
  }

  /** Runs a command inside; throws when it fails. */
  run(argv: readonly string[], environment: readonly string[] = []): Promise<string> {
    return run(this.#inside(argv, environment));
  }

  /** Runs a command inside and tells how it ended. */
  attempt(argv: readonly string[], environment: readonly string[] = []): Promise<CommandResult> {
    return attempt(this.#inside(argv, environment));
  }

  /** A path inside as one that this process can use. */
  path(inside: string): string {
    return join(`/proc/${this.#leader}/root`, inside);
  }

  /** Writes a file inside. */
  write(inside: string, content: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(inside)), { recursive: true, mode: 0o755 });
    writeFileSync(this.path(inside), content, { mode });
  }

  /** Installs packages, by name from apt's cache or by a .deb of ours; returns what apt says. */
  async install(...packages: readonly string[]): Promise<string> {
    const names = packages.map((name) => {
      if (!name.endsWith(".deb")) return name;
      copyFileSync(name, this.path(`/root/${basename(name)}`));
      return `/root/${basename(name)}`;
    });
    return this.apt("install", "--no-install-recommends", ...names);
  }

  /** `apt-get -y`. */
  apt(...args: readonly string[]): Promise<string> {
    return this.run(["apt-get", "-q", "-y", ...args], ["DEBIAN_FRONTEND=noninteractive"]);
  }

  /** One property of the unit keepalived.service, as systemd has it now. */
  async property(name: string): Promise<string> {
    return (await this.run(["systemctl", "show", "--value", "-p", name, "keepalived"])).trim();
  }

  /** The unit's lines in the journal, oldest first. */
  async journal(): Promise<string[]> {
    return (await this.run(["journalctl", "-u", "keepalived", "--no-pager", "-o", "cat"])).split("\n");
  }

  #inside(argv: readonly string[], environment: readonly string[]): string[] {
    const enter = ["nsenter", "-t", `${this.#leader}`, "-m", "-u", "-i", "-n", "-p"];
    return [...enter, "--", "env", "-i", ...ENVIRONMENT, ...environment, ...argv];
  }
}

/** The container's process 1: the supervisor has other children before. */
function systemdBelow(supervisor: number): number | undefined {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, "utf8").split(" ");
  return children.map(Number).find((pid) => {
    try {
      return pid > 0 && readFileSync(`/proc/${pid}/comm`, "utf8") === "systemd\n";
    } catch {
      return false;
    }
  });
}
