/** Files, interfaces and links that decide about priorities and FAULT, on real systems, Vigil beside keepalived. */

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { statusOf } from "../support/lab/control.js";
import { waitForMaster, waitForRoles } from "../support/lab/election.js";
import { familyOf } from "../support/lab/family.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type NodeSettings, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

const DIRECTIONS = [
  { title: "Vigil tracks, keepalived is the other", programs: [VIGIL, KEEPALIVED] },
  { title: "keepalived tracks, Vigil is the other", programs: [KEEPALIVED, VIGIL] },
] as const;

/** A node whose file begins with more blocks. */
function node(host: Host, program: string, settings: NodeSettings, blocks = ""): KeepalivedNode {
  return new KeepalivedNode(host, program, `${blocks}\n${keepalivedConf(MODE, settings, host, [])}`);
}

/** From whom and to what priorities changed, in the order of the log. */
function priorities(of: KeepalivedNode): string[] {
  return of.log.flatMap((line) => / effective priority from (\d+ to \d+)$/.exec(line)?.[1] ?? []);
}

describe.concurrent("tracking", () => {
  for (const { title, programs } of DIRECTIONS) {
    test(`track_file, ${title}: the number moves the address, −254 is a FAULT, a file that is gone is 0`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const [h1, h2] = [lab.host("n1"), lab.host("n2")];
        const path = join(h1.directory, "weight");
        const tracker = `track_file F {\n file ${path}\n weight 2\n init_file 25 overwrite\n}`;
        const n1 = node(h1, programs[0], { priority: 100, instance: ["track_file {", "F", "}"] }, tracker);
        const n2 = node(h2, programs[1], { priority: 120 });
        await Promise.all([n1.start(), n2.start()]);
        await waitForRoles(lab, MODE, "25 × 2 at the start", n1, n2);
        writeFileSync(path, "-5 too slow\n");
        await waitForRoles(lab, MODE, "100 − 10", n2, n1);
        writeFileSync(`${path}.new`, "0x20\n");
        renameSync(`${path}.new`, path);
        await waitForRoles(lab, MODE, "100 + 2 × 32, by renaming", n1, n2);
        writeFileSync(path, "-127");
        await waitForRoles(lab, MODE, "−254", n2, n1, "FAULT");
        rmSync(path);
        await lab.waitFor("BACKUP without a file", async () => (await n1.state()) === "BACKUP");
        // 2.2.7 says nothing of changes before and out of FAULT; what both say is the same.
        expect(priorities(n1).slice(0, 3)).toEqual(["100 to 150", "150 to 90", "90 to 164"]);
      }));

    test(`track_interface with weights, ${title}: reverse takes away while the link is there`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const [h1, h2] = [lab.host("n1"), lab.host("n2")];
        await h1.exec(["ip", "link", "add", "t0", "type", "veth", "peer", "name", "t1"]);
        await h1.exec(["ip", "link", "set", "t0", "up"]);
        await h1.exec(["ip", "link", "set", "t1", "up"]);
        await h1.exec(["ip", "link", "add", "r0", "type", "veth", "peer", "name", "r1"]);
        const tracked = ["track_interface {", "t0 weight 40", "r0 weight 25 reverse", "}"];
        const n1 = node(h1, programs[0], { priority: 100, instance: tracked });
        const n2 = node(h2, programs[1], { priority: 120 });
        await Promise.all([n1.start(), n2.start()]);
        await waitForRoles(lab, MODE, "100 + 40", n1, n2);
        await h1.exec(["ip", "link", "set", "r0", "up"]);
        await h1.exec(["ip", "link", "set", "r1", "up"]);
        await waitForRoles(lab, MODE, "140 − 25", n2, n1);
        await h1.exec(["ip", "link", "set", "r1", "down"]);
        await waitForRoles(lab, MODE, "140 again", n1, n2);
        await h1.exec(["ip", "link", "set", "t1", "down"]);
        await waitForRoles(lab, MODE, "100", n2, n1);
        expect(priorities(n1)).toEqual(["100 to 140", "140 to 115", "115 to 140", "140 to 100"]);
      }));
  }

  test("vrrp_track_process in a namespace: no process events, and /proc instead", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const name = `trk${process.pid}`;
      const program = host.file(name, '#!/bin/sh\nread -r line <>"$0.wait"\n', 0o755);
      await host.exec(["mkfifo", `${program}.wait`]);
      const tracker = `vrrp_track_process P {\n process ${name}\n quorum 2\n}`;
      const n1 = node(host, VIGIL, { priority: 100, instance: ["track_process {", "P", "}"] }, tracker);
      const first = host.spawn([program], name);
      await n1.start();
      await lab.waitFor("FAULT with one of two", async () => (await n1.state()) === "FAULT");
      expect(n1.log.filter((line) => line.includes("looking through /proc every 1 s"))).toHaveLength(1);
      const second = host.spawn([program], name);
      await waitForMaster(lab, MODE, "two of two", n1);
      second.signal("SIGKILL");
      await lab.waitFor("FAULT again", async () => (await n1.state()) === "FAULT");
      expect(n1.log.filter((line) => line.startsWith("Quorum"))).toEqual([
        "Quorum gained for tracked process P",
        "Quorum lost for tracked process P",
      ]);
      first.signal("SIGKILL");
    }));

  test("dynamic_interfaces: an instance waits in FAULT for its interface, and again when that is made anew", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const configuration = keepalivedConf(MODE, { priority: 100, global: ["dynamic_interfaces"] }, host, []);
      const n1 = new KeepalivedNode(host, VIGIL, configuration.replaceAll("eth0", "late0"));
      await n1.start();
      await lab.waitFor("FAULT without an interface", async () => (await n1.state()) === "FAULT");
      for (const round of ["first", "again"]) {
        await host.exec(["ip", "link", "add", "late0", "type", "veth", "peer", "name", "late1"]);
        await host.exec(["ip", "link", "set", "late1", "up"]);
        await host.exec(["ip", "link", "set", "late0", "up"]);
        await host.exec(["ip", "address", "add", "192.0.2.1/24", "dev", "late0"]);
        await lab.waitFor(`MASTER with its interface, ${round}`, async () => (await n1.state()) === "MASTER");
        await lab.waitFor("it holds the address", () => host.holds(vipOf(MODE)));
        const capture = host.spawn(["tcpdump", "-lnni", "late1", "-c", "2", "vrrp"], "tcpdump");
        await capture.waitForLine(/VRRPv3, Advertisement, vrid 51/);
        await host.exec(["ip", "link", "delete", "late0"]);
        await lab.waitFor(
          `FAULT, its interface is gone, ${round}`,
          async () => (await n1.state()) === "FAULT",
        );
      }
    }));

  test("linkbeat: a polled link counts, with the method that the driver has", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const n1 = node(host, VIGIL, { priority: 100 }, "linkbeat_interfaces {\n eth0 MII\n}");
      await n1.start();
      await waitForMaster(lab, MODE, "polled", n1);
      await lab.cutLink(host);
      await n1.process.waitForLine(/Linkbeat reports eth0 down/);
      await lab.waitFor("FAULT", async () => (await n1.state()) === "FAULT");
      await lab.restoreLink(host);
      await n1.process.waitForLine(/Linkbeat reports eth0 up/);
      await waitForMaster(lab, MODE, "the link is back", n1);
      expect(n1.log).toContain("(eth0): Configured linkbeat type MII not supported, using ETHTOOL");
      expect(n1.log.filter((line) => line.startsWith("Netlink reports eth0"))).toEqual([]);
    }));

  test("a reload keeps what trackers said, and knows at once what new ones say", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const [one, two] = [host.file("one", "10"), host.file("two", "20")];
      const file = (name: string, path: string) => `track_file ${name} {\n file ${path}\n init_file 5\n}`;
      const settings = (...names: string[]): NodeSettings => ({
        priority: 100,
        instance: ["track_file {", ...names, "}"],
      });
      const n1 = node(host, VIGIL, settings("A"), file("A", one));
      await n1.start();
      await waitForMaster(lab, MODE, "start", n1);
      const both = `${file("A", one)}\n${file("B", two)}\n${keepalivedConf(MODE, settings("A", "B"), host, [])}`;
      n1.configure(both);
      n1.reload();
      await n1.process.waitForLine(/Reload complete/);
      await lab.waitFor("the new file counts", () => priorities(n1).length === 2);
      expect(priorities(n1)).toEqual(["100 to 110", "110 to 130"]);
      expect(n1.states()).toEqual(["BACKUP", "MASTER"]);
    }));

  test("a script that ends before the engine's thread says that it runs is heard", () =>
    Lab.use(["n1"], async (lab) => {
      const h1 = lab.host("n1");
      // Fails within execve(2): nothing ends sooner.
      const path = h1.file("script.sh", "#!/no/such/interpreter\n", 0o755);
      const script = `vrrp_script S {\n script ${path}\n user root\n interval 60\n}`;
      const n1 = node(h1, VIGIL, { priority: 100, instance: ["track_script {", "S", "}"] }, script);
      await n1.start();
      await n1.process.waitForLine(/VRRP_Script\(S\) could not be started/);
    }));

  test("SIGHUP while the daemon starts is obeyed once it runs", () =>
    Lab.use(["n1"], async (lab) => {
      const h1 = lab.host("n1");
      const started = join(h1.directory, "started");
      const slow = h1.file(
        "slow.sh",
        `#!/bin/sh\ntouch ${started}\nwhile test -e ${started}; do sleep 0.1; done\n`,
        0o755,
      );
      const global = ["enable_script_security", "script_user root", `startup_script ${slow}`];
      const n1 = node(h1, VIGIL, { priority: 100, global });
      const starting = n1.start();
      await lab.waitFor("the start waits for its script", () => existsSync(started));
      n1.configure(keepalivedConf(MODE, { priority: 123 }, h1, []));
      n1.reload();
      await n1.process.waitForLine(/request queued/);
      rmSync(started);
      await starting;
      await n1.process.waitForLine(/Reload complete/);
      await waitForMaster(lab, MODE, "with the new file", n1);
      expect((await statusOf(h1)).instances[0]?.priority.effective).toBe(123);
    }));

  test("scheduling keywords: name, nice value, real-time priority, and CPUs of the VRRP thread alone", () =>
    Lab.use(["n1"], async (lab) => {
      const global = [
        "vrrp_process_name vrrp-thread",
        "vrrp_priority -7",
        "vrrp_rt_priority 30",
        "vrrp_cpu_affinity 0",
        "max_auto_priority 50",
        "vrrp_rlimit_rttime 10000",
      ];
      const n1 = node(lab.host("n1"), VIGIL, { priority: 100, global });
      await n1.start();
      await waitForMaster(lab, MODE, "start", n1);
      const pid = familyOf(n1.process.pid).child;
      const threads = readdirSync(`/proc/${pid}/task`).map((tid) => {
        const read = (name: string) => readFileSync(`/proc/${pid}/task/${tid}/${name}`, "utf8");
        const stat = read("stat");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return {
          name: read("comm").trim(),
          // proc(5): nice is field 19, rt_priority 40; these begin with field 3.
          nice: Number(fields[16]),
          realTime: Number(fields[37]),
          cpus: /^Cpus_allowed_list:\s*(.*)$/m.exec(read("status"))?.[1],
        };
      });
      // The process has the name as well.
      expect(threads.filter(({ name }) => name === "vrrp-thread")).toHaveLength(2);
      const ours = threads.filter(({ realTime }) => realTime !== 0);
      expect(ours).toEqual([{ name: "vrrp-thread", nice: -7, realTime: 30, cpus: "0" }]);
      expect(threads.filter(({ nice }) => nice !== 0)).toHaveLength(1);
      expect(
        n1.log.filter((line) => line.includes("has no effect")).map((line) => line.split(":")[1]),
      ).toEqual([" max_auto_priority has no effect", " vrrp_rlimit_rttime has no effect"]);
    }));
});
