/**
 * The package on a clean Debian 12 with systemd and without Node.js, with a neighbour that runs the real keepalived: from
 * keepalived to Vigil, an upgrade, and back. After each step one of the two has the address, and each change of hands is
 * announced.
 */

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";
import { Machine } from "./support/machine.js";
import { packageFile } from "./support/packages.js";

const MODE: VrrpMode = { name: "v2", version: 2, family: 4, interval: 1 };
const VIP = vipOf(MODE);
const CONF = "/etc/keepalived/keepalived.conf";

/** A machine that has the address whenever its daemon runs, and a neighbour that has it otherwise. */
interface Pair {
  readonly lab: Lab;
  readonly machine: Machine;
  readonly neighbour: KeepalivedNode;
  readonly conf: string;
}

async function pair(lab: Lab): Promise<Pair> {
  const [here, there] = [lab.host("n1"), lab.host("n2")];
  const conf = keepalivedConf(MODE, { priority: 150 }, here, [there]);
  const neighbour = new KeepalivedNode(
    there,
    KEEPALIVED,
    keepalivedConf(MODE, { priority: 100 }, there, [here]),
  );
  const machine = await Machine.boot(here, { [CONF]: conf });
  await neighbour.start();
  return { lab, machine, neighbour, conf };
}

/** Waits until this host alone has the address. */
async function holds({ lab, machine, neighbour }: Pair, host: Host, step: string): Promise<void> {
  const state = host === neighbour.host ? "MASTER" : "BACKUP";
  await lab.waitFor(
    `${step}: ${host.name} alone has the address`,
    async () => {
      const holders = await lab.holders(VIP);
      return holders.length === 1 && holders[0] === host && (await neighbour.state()) === state;
    },
    30_000,
  );
  expect((await machine.run(["systemctl", "--failed", "--no-legend"])).trim(), step).toBe("");
}

/** How often the neighbour was told that the address is given away. */
function goodbyes({ neighbour }: Pair): number {
  return neighbour.log.filter((line) => line.includes("received priority 0 advertisement")).length;
}

/** Paths of ours outside of what apt and dpkg keep for themselves. */
async function traces(machine: Machine): Promise<string[]> {
  const folders = ["/etc", "/usr", "/var", "/run", "/lib", "/opt"];
  const found = await machine.run(["find", ...folders, "-xdev", "-iname", "*vigil*"]);
  return found.split("\n").filter((path) => path !== "" && !/^\/var\/(?:cache|log|lib\/apt)\//.test(path));
}

test("keepalived, Vigil over it, upgrade, remove, purge, keepalived again", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const nodes = await pair(lab);
    const { machine, neighbour, conf } = nodes;
    const [here, there] = [machine.host, neighbour.host];
    await machine.install("keepalived", "procps");
    await holds(nodes, here, "keepalived runs");

    await machine.install(packageFile("0.1.0"));
    expect(goodbyes(nodes), "keepalived left in good order").toBe(1);
    await holds(nodes, here, "Vigil over keepalived");
    expect((await machine.attempt(["sh", "-c", "command -v node nodejs npm"])).stdout).toBe("");
    expect(readFileSync(machine.path(CONF), "utf8")).toBe(conf);
    expect(await machine.run(["systemctl", "is-enabled", "keepalived"])).toBe("enabled\n");
    expect((await machine.attempt(["keepalived", "--version"])).stderr).toMatch(
      /^Keepalived v2\.2\.7 .*Vigil/,
    );
    const pids = (await machine.run(["pidof", "keepalived"])).trim().split(" ");
    expect(pids, "the parent and the process below it").toHaveLength(2);
    expect(pids).toContain(await machine.property("MainPID"));
    await lab.waitFor("systemd is told", async () =>
      (await machine.property("StatusText")).startsWith(`holder: VI_1 MASTER with ${VIP}`),
    );
    expect(await machine.run(["vigil", "nodelet", "status"])).toMatch(/^holder: VI_1 MASTER/);

    const states = neighbour.states();
    const pid = await machine.property("MainPID");
    await machine.run(["systemctl", "reload", "keepalived"]);
    await lab.waitFor("it has reloaded", async () => (await machine.journal()).includes("Reload complete"));
    await machine.run(["systemctl", "status", "keepalived"]);
    expect(await machine.property("MainPID")).toBe(pid);
    expect(neighbour.states(), "nothing moves at a reload").toEqual(states);

    // What is left of keepalived after its removal are its conffiles; to purge them must not touch what is Vigil's now.
    expect(existsSync(machine.path("/etc/default/keepalived"))).toBe(true);
    await machine.run(["dpkg", "--purge", "keepalived"]);
    expect(await machine.run(["systemctl", "is-enabled", "keepalived"])).toBe("enabled\n");
    expect(await machine.property("MainPID")).toBe(pid);
    await holds(nodes, here, "the remains of keepalived are purged");

    await machine.install(packageFile("0.1.1~test"));
    expect(await machine.property("MainPID"), "an upgrade starts the new one").not.toBe(pid);
    expect(await machine.run(["dpkg-query", "-W", "-f", "${Version}", "vigil"])).toBe("0.1.1~test");
    expect(goodbyes(nodes), "the old one left in good order").toBe(2);
    await holds(nodes, here, "upgrade");

    await machine.run(["systemctl", "stop", "keepalived"]);
    expect(await machine.property("Result")).toBe("success");
    expect((await machine.attempt(["systemctl", "status", "keepalived"])).status).toBe(3);
    await holds(nodes, there, "systemctl stop");
    await machine.run(["systemctl", "start", "keepalived"]);
    await holds(nodes, here, "systemctl start");

    await machine.apt("remove", "vigil");
    expect(goodbyes(nodes), "removal ends it in good order").toBe(4);
    await holds(nodes, there, "remove");
    expect(existsSync(machine.path("/usr/sbin/keepalived"))).toBe(false);
    await machine.apt("purge", "vigil");
    expect(await traces(machine)).toEqual([]);
    expect(readFileSync(machine.path(CONF), "utf8"), "the user's file stays").toBe(conf);
    expect(existsSync(machine.path("/etc/systemd/system/multi-user.target.wants/keepalived.service"))).toBe(
      false,
    );

    await machine.install("keepalived");
    expect((await machine.attempt(["keepalived", "--version"])).stderr).not.toContain("Vigil");
    expect(await machine.run(["systemctl", "is-enabled", "keepalived"])).toBe("enabled\n");
    await holds(nodes, here, "keepalived again");

    // And directly from one to the other and back, by their conflict alone.
    await machine.install(packageFile("0.1.1~test"));
    await holds(nodes, here, "Vigil in keepalived's place");
    await machine.install("keepalived");
    expect((await machine.attempt(["keepalived", "--version"])).stderr).not.toContain("Vigil");
    expect(await machine.run(["systemctl", "is-enabled", "keepalived"])).toBe("enabled\n");
    await holds(nodes, here, "keepalived in Vigil's place");
    expect(neighbour.complaints()).toEqual([]);
  }));

test("a daemon that was killed or hangs leaves no address behind and is started again", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const nodes = await pair(lab);
    const { machine } = nodes;
    await machine.install(packageFile("0.1.0"));
    await holds(nodes, machine.host, "start");
    const restarts = async () => Number(await machine.property("NRestarts"));

    await machine.run(["systemctl", "kill", "--kill-whom=main", "-s", "KILL", "keepalived"]);
    await lab.waitFor("systemd starts it again", async () => (await restarts()) === 1);
    await holds(nodes, machine.host, "killed");

    await machine.run(["systemctl", "kill", "--kill-whom=main", "-s", "STOP", "keepalived"]);
    await lab.waitFor("the watchdog ends it", async () => (await restarts()) === 2, 60_000);
    await holds(nodes, machine.host, "hung");

    machine.write(CONF, "vrrp_instance VI_1 {\n  interface\n}\n");
    await machine.attempt(["systemctl", "restart", "keepalived"]);
    await lab.waitFor("it gives up", async () => (await machine.property("ActiveState")) === "failed");
    expect(await machine.property("Result")).toBe("exit-code");
  }));

test("the unit is sound, and so is the daemon with the stricter example", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const nodes = await pair(lab);
    const { machine } = nodes;
    await machine.install(packageFile("0.1.0"), "nftables");
    await holds(nodes, machine.host, "start");
    const verified = await machine.attempt([
      "systemd-analyze",
      "--man=no",
      "verify",
      "/lib/systemd/system/keepalived.service",
    ]);
    expect(verified).toEqual({ status: 0, stdout: "", stderr: "" });
    const exposure = async () => {
      const text = await machine.run(["systemd-analyze", "security", "--no-pager", "keepalived"]);
      return Number(/Overall exposure level.*: ([0-9.]+)/.exec(text)?.[1]);
    };
    expect(await exposure()).toBeLessThan(7.5);

    const folder = "/etc/systemd/system/keepalived.service.d";
    await machine.run(["mkdir", folder]);
    await machine.run(["cp", "/usr/share/doc/vigil/examples/hardening.conf", folder]);
    await machine.run(["systemctl", "daemon-reload"]);
    await machine.run(["systemctl", "restart", "keepalived"]);
    await holds(nodes, machine.host, "hardened");
    expect(await exposure()).toBeLessThan(4.5);
    await machine.run(["vigil", "drain", "--persist"]);
    await machine.run(["systemctl", "restart", "keepalived"]);
    await holds(nodes, nodes.neighbour.host, "drained over a restart");
    await machine.run(["vigil", "undrain"]);
    await holds(nodes, machine.host, "undrained");
    await machine.run(["systemctl", "kill", "-s", "USR1", "keepalived"]);
    await lab.waitFor("it writes its dump", () => existsSync(machine.path("/tmp/keepalived.data")));
    const journal = await machine.journal();
    expect(journal.filter((line) => /permit|denied|missing|cannot|EPERM|EACCES/i.test(line))).toEqual([]);
  }));

test("what an administrator has disabled or never configured is not started", () =>
  Lab.use(["n1"], async (lab) => {
    const machine = await Machine.boot(lab.host("n1"));
    await machine.install("keepalived");
    await machine.run(["systemctl", "disable", "keepalived"]);
    await machine.install(packageFile("0.1.0"));
    expect((await machine.attempt(["systemctl", "is-enabled", "keepalived"])).stdout).toBe("disabled\n");
    machine.write(CONF, "vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 1\n}\n");
    await machine.install(packageFile("0.1.1~test"));
    expect(await machine.property("ActiveState")).toBe("inactive");
  }));
