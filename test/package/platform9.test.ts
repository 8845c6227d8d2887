/**
 * The package on a node of Platform9. The tests of nodelet's own phase script run when `VIGIL_NODELET_DIR` names the folder
 * `pf9-kube` of platform9/nodelet (nodelet/pkg/pf9kube/pf9/pf9-kube): nothing of it is in this project.
 */

import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Apiserver } from "../support/lab/apiserver.js";
import { type CommandResult, run } from "../support/lab/commands.js";
import { AH_REPLAY } from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";
import { Machine } from "./support/machine.js";
import { packageFile } from "./support/packages.js";

const NODELET = process.env.VIGIL_NODELET_DIR;
const CONF = "/etc/keepalived/keepalived.conf";
const OVERLAY = "/etc/vigil/vigil.conf";
const CLAIM = "/etc/vigil/compatibility-version";
const PHASE = "/opt/pf9/pf9-kube/phases/configure_start_keepalived.sh";
const VIP = "10.77.0.100";
const VRID = 209;

/** Settings that Platform9's management plane writes for each master. */
const KUBE_ENV = {
  MASTER_VIP_ENABLED: "true",
  MASTER_VIP_IFACE: "eth0",
  MASTER_VIP_VROUTER_ID: `${VRID}`,
  MASTER_IP: VIP,
  K8S_API_PORT: "8443",
  SERVICES_CIDR: "10.21.0.0/16",
  CLOUD_PROVIDER_TYPE: "local",
  RUNTIME: "containerd",
};

/** What the package and the scripts look for on such a node. */
const NODE_FILES = {
  "/etc/pf9/kube.env": Object.entries(KUBE_ENV)
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join(""),
  "/opt/pf9/pf9-kube/defaults.env": 'KEEPALIVED_VERSION="v2.1.3"\n',
};

/** keepalived.conf of a master, as nodelet writes it; `check` is left out for a neighbour without an apiserver. */
const neighbourConf = `vrrp_instance K8S_APISERVER {
    interface eth0
    state BACKUP
    virtual_router_id ${VRID}
    nopreempt
    authentication {
        auth_type AH
        auth_pass m@st3rv1p
    }
    virtual_ipaddress {
        ${VIP}
    }
}
`;

async function versionSeen(machine: Machine): Promise<string> {
  const command = 'keepalived --version 2>&1 >/dev/null | head -1 | cut -d " " -f 2';
  return (await machine.run(["sh", "-c", command])).trim();
}

describe("recognised", () => {
  test("at the installation: version, check at nodelet's port, started though disabled", () =>
    Lab.use(["n1"], async (lab) => {
      const machine = await Machine.boot(lab.host("n1"), { ...NODE_FILES, [CONF]: neighbourConf });
      await machine.install("keepalived");
      await machine.run(["systemctl", "disable", "keepalived"]);
      await machine.install(packageFile("0.1.0"));
      expect(await versionSeen(machine)).toBe("v2.1.3");
      expect(readFileSync(machine.path(OVERLAY), "utf8")).toContain(
        "https_get https://127.0.0.1:8443/healthz",
      );
      expect((await machine.attempt(["systemctl", "is-enabled", "keepalived"])).stdout).toBe("disabled\n");
      await lab.waitFor("it has the address", () => machine.host.holds(VIP));
      expect(await machine.property("ActiveState")).toBe("active");
      const aboutOverlay = (await machine.journal()).filter((line) =>
        /vigil\.conf|chk_apiserver|vrrp_check/.test(line),
      );
      expect(aboutOverlay, "a check without its vrrp_script is one word, as of an unused script").toEqual([
        "Warning - check chk_apiserver is not used",
      ]);

      machine.write(OVERLAY, "# changed by hand\n");
      await machine.install(packageFile("0.1.1~test"));
      expect(readFileSync(machine.path(OVERLAY), "utf8")).toBe("# changed by hand\n");
      expect(await machine.property("ActiveState")).toBe("active");
      await machine.apt("purge", "vigil", "keepalived");
      expect(existsSync(machine.path("/etc/vigil"))).toBe(false);
      expect(existsSync(machine.path(CONF))).toBe(true);
    }));

  test("when it becomes one later, by dpkg's trigger; without a known port there is no check", () =>
    Lab.use(["n1"], async (lab) => {
      const machine = await Machine.boot(lab.host("n1"));
      await machine.install(packageFile("0.1.0"));
      expect(await versionSeen(machine)).toBe("v2.2.7");
      expect(existsSync(machine.path(CLAIM))).toBe(false);
      const control =
        "Package: pf9-kube\nVersion: 1\nArchitecture: all\nMaintainer: test\nDescription: test\n";
      machine.write("/root/pf9/DEBIAN/control", control);
      machine.write("/root/pf9/opt/pf9/pf9-kube/defaults.env", 'KEEPALIVED_VERSION="v2.1.3"\n');
      await machine.run(["dpkg-deb", "--build", "/root/pf9", "/root/pf9.deb"]);
      await machine.run(["dpkg", "--install", "/root/pf9.deb"]);
      expect(await versionSeen(machine)).toBe("v2.1.3");
      expect(existsSync(machine.path(OVERLAY))).toBe(false);
    }));
});

/** A master with nodelet's scripts, its users, and what else they call; an apiserver beside it. */
class Master {
  readonly machine: Machine;
  readonly apiserver: Apiserver;

  private constructor(machine: Machine, apiserver: Apiserver) {
    this.machine = machine;
    this.apiserver = apiserver;
  }

  static async create(host: Host, scripts: string): Promise<Master> {
    const osRelease = 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="20.04"\n';
    const machine = await Machine.boot(host, { "/usr/lib/os-release": osRelease, ...NODE_FILES });
    cpSync(scripts, machine.path("/opt/pf9/pf9-kube"), { recursive: true, force: true });
    machine.write("/opt/pf9/pf9-kube/bin/addr_conv", "#!/bin/sh\necho 10.21.0.1\n", 0o755);
    machine.write("/usr/local/bin/lsb_release", "#!/bin/sh\necho focal\n", 0o755);
    mkdirSync(machine.path("/var/log/pf9/kube"), { recursive: true });
    await machine.run(["groupadd", "pf9group"]);
    await machine.run(["useradd", "-g", "pf9group", "pf9"]);
    const apiserver = await Apiserver.create(host, Number(KUBE_ENV.K8S_API_PORT));
    const certificates = "/etc/pf9/kube.d/certs/admin";
    for (const [from, to] of [
      ["ca.crt", "ca.crt"],
      ["client.crt", "request.crt"],
      ["client.key", "request.key"],
    ]) {
      machine.write(`${certificates}/${to}`, readFileSync(`${host.directory}/pki/${from}`, "utf8"));
    }
    await machine.run(["chown", "-R", "pf9:pf9group", "/etc/pf9/kube.d"]);
    await machine.install("curl", "procps", packageFile("0.1.0"));
    return new Master(machine, apiserver);
  }

  /** Runs the phase as nodeletd does. */
  phase(operation: string): Promise<CommandResult> {
    return this.machine.attempt(["/opt/pf9/pf9-kube/setup_env_and_run_script.sh", PHASE, operation]);
  }
}

describe.skipIf(NODELET === undefined)("nodelet's phase 180, unmodified", () => {
  test("start, status, stop, start: green, and the address follows", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [here, there] = [lab.host("n1"), lab.host("n2")];
      const scripts = NODELET ?? "";
      const { machine, apiserver, ...master } = await Master.create(here, scripts).then((one) => ({
        machine: one.machine,
        apiserver: one.apiserver,
        phase: (operation: string) => one.phase(operation),
      }));
      await run(["diff", "-r", scripts, machine.path("/opt/pf9/pf9-kube"), "--exclude=bin"]);
      const alone = (host: Host, step: string) =>
        lab.waitFor(step, async () => {
          const holders = await lab.holders(VIP);
          return holders.length === 1 && holders[0] === host;
        });
      const green = async (operation: string) => {
        const result = await master.phase(operation);
        expect(result.status, `${operation}: ${result.stdout}${result.stderr}`).toBe(0);
        return result.stdout;
      };

      expect((await master.phase("status")).status, "not running yet").not.toBe(0);
      expect(await green("start")).toContain("Expected Keepalived version is installed");
      await green("status");
      await alone(here, "started: the address is here");
      expect((await machine.attempt(["systemctl", "is-enabled", "keepalived"])).stdout).toBe("disabled\n");
      expect((await machine.attempt(["vigil", "nodelet", "status"])).status).toBe(0);
      const pid = await machine.property("MainPID");
      await green("start");
      expect(await machine.property("MainPID"), "nodelet's passes disturb nothing").toBe(pid);

      const neighbour = new KeepalivedNode(there, KEEPALIVED, neighbourConf, "K8S_APISERVER");
      await neighbour.start();
      await lab.waitFor("the neighbour is BACKUP", async () => (await neighbour.state()) === "BACKUP");
      await apiserver.kill();
      await alone(there, "the apiserver died: the address moves");
      expect((await machine.attempt(["vigil", "nodelet", "status"])).status, "fault").toBe(152);
      await green("status");
      await apiserver.start();

      await green("stop");
      expect(existsSync(machine.path(CONF))).toBe(false);
      expect((await master.phase("status")).status).not.toBe(0);
      expect((await machine.attempt(["vigil", "nodelet", "status"])).status, "not running").toBe(3);
      await alone(there, "stopped: the address stays with the neighbour");

      await green("start");
      await green("status");
      await lab.waitFor("nopreempt: BACKUP", async () =>
        (await machine.property("StatusText")).startsWith("backup: K8S_APISERVER BACKUP"),
      );
      await neighbour.stop();
      await alone(here, "the neighbour stopped: the address is here");
      expect(await machine.run(["dpkg-query", "-W", "-f", "${Status}", "vigil"])).toBe(
        "install ok installed",
      );
      expect(neighbour.complaints().filter((line) => !AH_REPLAY.test(line))).toEqual([]);
    }));
});
