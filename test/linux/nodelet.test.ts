/** What nodelet asks of keepalived on a master of Platform9, with the unit of the package in the hands of a small systemctl. */

import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { CommandResult } from "../support/lab/commands.js";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const PHASE = fileURLToPath(new URL("nodelet-phase.sh", import.meta.url));
const SYSTEMCTL = fileURLToPath(new URL("../support/lab/systemctl.py", import.meta.url));
const VIP = "10.77.0.100";
const CONF = "/etc/keepalived/keepalived.conf";

/** A host on which `keepalived` and `systemctl` are found as on a master with the package. */
class Node {
  readonly host: Host;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(host: Host, compatibility: string | undefined) {
    this.host = host;
    const programs = join(host.directory, "bin");
    mkdirSync(programs);
    symlinkSync(VIGIL, join(programs, "keepalived"));
    symlinkSync(join(ROOT, "bin/vigil"), join(programs, "vigil"));
    host.file("bin/systemctl", `#!/bin/sh\nexec python3 ${SYSTEMCTL} "$@"\n`, 0o755);
    host.file("healthy", "");
    chmodSync(host.directory, 0o755);
    host.provideEtc(
      "default/keepalived",
      `DAEMON_ARGS="-l -D -p ${host.directory}/k.pid -r ${host.directory}/v.pid"\n`,
    );
    host.provideEtc("keepalived/.keep", "");
    rmSync(join(host.directory, "etc", "vigil"), { recursive: true, force: true });
    if (compatibility !== undefined) host.provideEtc("vigil/compatibility-version", `${compatibility}\n`);
    this.#environment = {
      PATH: `${programs}:${process.env.PATH}`,
      STANDIN_UNIT: join(ROOT, "packaging/debian/keepalived.service"),
      STANDIN_STATE: host.directory,
      STANDIN_ROOT: programs,
      VIGIL_CONTROL_SOCKET: host.controlSocket,
      INTERFACE: "eth0",
      VRID: "209",
      VIP,
      CHECK: `"/usr/bin/test -e ${host.directory}/healthy"`,
      CONF,
    };
  }

  run(...argv: readonly string[]): Promise<CommandResult> {
    return this.host.attempt(argv, { env: this.#environment });
  }

  async phase(operation: string): Promise<number> {
    return (await this.run("bash", PHASE, operation)).status;
  }

  async pid(): Promise<string> {
    return (await this.run("cat", `${this.host.directory}/main.pid`)).stdout;
  }
}

test("start, status, stop, start: green, and the address follows", () =>
  Lab.use(["n1"], async (lab) => {
    const node = new Node(lab.host("n1"), "v2.1.3");
    const state = async () => (await node.run("vigil", "nodelet", "status")).status;
    expect(await node.phase("status")).toBe(3);
    expect(await node.phase("start")).toBe(0);
    expect(await node.phase("status")).toBe(0);
    await lab.waitFor("the address is here", () => node.host.holds(VIP));
    await lab.waitFor("holder", async () => (await state()) === 0);
    const pid = await node.pid();
    expect(await node.phase("start"), "every pass starts it again").toBe(0);
    expect((await node.run("systemctl", "reload", "keepalived")).status).toBe(0);
    expect(await node.pid()).toBe(pid);

    rmSync(`${node.host.directory}/healthy`);
    await lab.waitFor("the check fails: fault", async () => (await state()) === 152);
    expect(await node.host.holds(VIP)).toBe(false);
    node.host.file("healthy", "");
    await lab.waitFor("holder again", async () => (await state()) === 0);

    expect(await node.phase("stop")).toBe(0);
    expect(await node.host.holds(VIP)).toBe(false);
    expect(existsSync(join(node.host.directory, CONF))).toBe(false);
    expect(await node.phase("status")).toBe(3);
    expect(await state(), "not running").toBe(3);
    expect((await node.run("systemctl", "start", "keepalived")).status, "no file, no daemon").toBe(0);
    expect(await node.phase("status")).toBe(3);

    expect(await node.phase("start")).toBe(0);
    await lab.waitFor("the address is back", () => node.host.holds(VIP));
    expect(await node.phase("stop")).toBe(0);
  }));

test("another version than nodelet's is refused, as by nodelet", () =>
  Lab.use(["n1"], async (lab) => {
    expect(await new Node(lab.host("n1"), undefined).phase("start")).toBe(10);
  }));
