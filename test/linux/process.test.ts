/** The daemon as a process: background, pid files, namespaces, capabilities, its first and its last word. */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { run } from "../support/lab/commands.js";
import { vigil } from "../support/lab/control.js";
import { familyOf } from "../support/lab/family.js";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import { withOwnRun } from "../support/lab/private-root.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

/** A configuration file on the host, with lines before it. */
function configure(host: Host, before = "", name = "keepalived.conf"): string {
  return host.file(name, before + keepalivedConf(MODE, { priority: 200 }, host, []));
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

describe.concurrent("the daemon as a process", () => {
  test("without -n: returns when it runs, in /, with keepalived's umask and pid files; a second start refuses", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      configure(host);
      const script = `
        cd ${host.directory}
        sleep 60 & stranger=$!
        echo $stranger > /run/vrrp.pid
        ${VIGIL} -G -f keepalived.conf; echo "first $?"
        pid=$(cat /run/keepalived.pid)
        child=$(cat /run/vrrp.pid)
        [ "$(ps -o ppid= -p $child | tr -d ' ')" = $pid ] && echo "parent and child"
        stat -c "%a %n" /run/*.pid
        readlink /proc/$pid/cwd /proc/$pid/fd/0 /proc/$pid/fd/2
        cat /proc/$pid/comm /proc/$child/comm
        readlink /proc/$pid/exe | sed 's/.*Release.//'
        tr '\\0' ' ' < /proc/$pid/cmdline | sed 's/ *$//;s/.*bin.//'; echo
        for found in "$(pidof keepalived)" "$(pgrep -x keepalived)" "$(ps -C keepalived -o pid=)"; do
          echo $found | tr ' ' '\\n' | grep -cx -e $pid -e $child
        done
        grep Umask /proc/$child/status
        [ "$(ps -o sid= -p $pid | tr -d ' ')" = $pid ] && echo "own session"
        ${VIGIL} -G -f keepalived.conf; echo "second $?"
        ${VIGIL} -n -l -G -f keepalived.conf 2>&1 | tail -1 | cut -d: -f4; echo "third"
        kill $pid $stranger
        while [ -e /proc/$pid ]; do sleep 0.1; done
        ls /run/*.pid 2> /dev/null; echo end`;
      const { stdout } = await host.attempt(withOwnRun(script));
      expect(lines(stdout)).toEqual([
        "first 0",
        "parent and child",
        "644 /run/keepalived.pid",
        "644 /run/vrrp.pid",
        "/",
        "/dev/null",
        "/dev/null",
        "keepalived",
        "keepalived",
        "keepalived",
        "keepalived -G -f keepalived.conf",
        "2",
        "2",
        "2",
        "Umask:\t0177",
        "own session",
        "second 0",
        " daemon is already running",
        "third",
        "end",
      ]);
    }));

  test("without -n: a configuration that cannot be run, or read, is the status of the start", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const bad = host.file("bad.conf", "vrrp_instance X {\n interface nonesuch\n virtual_router_id 1\n}\n");
      const start = (path: string) => host.attempt(withOwnRun(`${VIGIL} -G -f ${path}`));
      expect(await start(bad)).toMatchObject({ status: 2, stderr: expect.stringContaining("status 2") });
      expect(await start("/nonexistent")).toMatchObject({ status: 6 });
    }));

  test("a file that may not be read, a read-only /run: says so and ends", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const path = configure(host);
      const unreadable = `chown 12345 ${path} && chmod 600 ${path} &&
        setpriv --bounding-set -dac_override,-dac_read_search ${VIGIL} -n -l -G -f ${path}`;
      const refused = await host.attempt(withOwnRun(unreadable));
      expect(refused.status).toBe(6);
      expect(refused.stderr).toContain(
        `Unable to read configuration file ${path}: open problem (Permission denied)`,
      );
      const readOnly = `mount -o remount,ro /run && ${VIGIL} -n -l -G -f ${configure(host, "", "other.conf")}`;
      const ended = await host.attempt(withOwnRun(readOnly));
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain("pidfile_write : Cannot open /run/keepalived.pid pidfile (EROFS)");
    }));

  test("instance: names of pid files; nothing to run: says so and stays", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const path = host.file("empty.conf", "instance foo\nglobal_defs {\n process_name vrrpd\n}\n");
      const script = `
        ${VIGIL} -n -l -G -f ${path} --all & pid=$!
        until [ -e /run/keepalived/bfd_foo.pid ]; do sleep 0.1; done
        sleep 0.5; cat /proc/$pid/comm; kill $pid; wait $pid; echo $?; ls /run/keepalived`;
      const { stdout, stderr } = await host.attempt(withOwnRun(script));
      expect(lines(stdout)).toEqual(["vrrpd", "0"]);
      expect(stderr).toContain("Warning - keepalived has no configuration to run");
      expect(stderr).toContain("Changing syslog ident to Keepalived_foo");
    }));

  test("interfaces are those of the own network namespace, also where /sys shows those of another one", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      await host.exec(["ip", "link", "add", "only-here", "type", "veth", "peer", "name", "only-here2"]);
      const text = readFileSync(configure(host), "utf8").replaceAll("eth0", "only-here");
      const path = host.file("here.conf", text);
      // Without the fresh /sys that `ip netns exec` mounts.
      const enter = ["nsenter", `--net=/run/netns/${host.namespace}`];
      expect(lines(await run([...enter, "ls", "/sys/class/net"]))).not.toContain("only-here");
      await run([...enter, VIGIL, "-t", "-f", path]);
    }));

  test.each(["-s", "net_namespace"])("%s: started outside, every thread is in the namespace", (how) =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [outside, inside] = [lab.host("n1"), lab.host("n2")];
      const keyword = how === "-s" ? "" : `net_namespace ${inside.namespace}\n`;
      const path = outside.file("ns.conf", keyword + keepalivedConf(MODE, { priority: 200 }, inside, []));
      const option = how === "-s" ? `-s ${inside.namespace}` : "";
      const daemon = outside.spawn(withOwnRun(`exec ${VIGIL} -n -l -G ${option} -f ${path}`), "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      expect(await inside.holds(vipOf(MODE))).toBe(true);
      expect(daemon.lines.filter((line) => line.includes("Starting Keepalived"))).toHaveLength(1);
      const threads = await outside.exec([
        "sh",
        "-c",
        `for p in ${daemon.pid} ${familyOf(daemon.pid).child} ${familyOf(daemon.pid).starter}; do
           readlink /proc/$p/task/*/ns/net; done | sort -u`,
      ]);
      expect(lines(threads)).toEqual([(await inside.exec(["readlink", "/proc/self/ns/net"])).trim()]);
      const root = `/proc/${daemon.pid}/root/run/keepalived/${inside.namespace}`;
      expect(readFileSync(`${root}/keepalived.pid`, "utf8")).toBe(`${daemon.pid}\n`);
      expect(readFileSync(`${root}/vrrp.pid`, "utf8")).toBe(`${familyOf(daemon.pid).child}\n`);
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
      expect(await inside.holds(vipOf(MODE))).toBe(false);
    }),
  );

  test("-s of a namespace that does not exist: says so and ends", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const end = await host.attempt([VIGIL, "-n", "-l", "-G", "-s", "nonesuch", "-f", configure(host)]);
      expect(end.status).toBe(1);
      expect(end.stderr).toContain("Failed to open /run/netns/nonesuch");
    }));

  test("with CAP_NET_ADMIN and CAP_NET_RAW alone it becomes MASTER; without one of them it names it", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const path = configure(host);
      const files = `-p ${host.directory}/k.pid -r ${host.directory}/v.pid`;
      const limited = (caps: string) => [
        "sh",
        "-c",
        `exec setpriv --bounding-set ${caps} ${VIGIL} -n -l -G ${files} -f ${path}`,
      ];
      const refused = await host.attempt(limited("-all,+net_admin"));
      expect(refused.status).toBe(4);
      expect(refused.stderr).toContain("CAP_NET_RAW is missing");
      const daemon = host.spawn(limited("-all,+net_admin,+net_raw"), "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      expect(await host.holds(vipOf(MODE))).toBe(true);
      expect(daemon.lines.join("\n")).toContain("grant CAP_SYS_NICE");
      expect(daemon.lines.join("\n")).not.toContain("CAP_SETUID");
      // Without CAP_DAC_OVERRIDE the modes of its own folders count for root, too.
      expect(await vigil(host, "drain", "--persist")).toMatchObject({ status: 0, stderr: "" });
      expect(await host.exec(["stat", "-c", "%a", `${host.directory}/drained`])).toBe("755\n");
      expect(await vigil(host, "undrain")).toMatchObject({ status: 0, stderr: "" });
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
    }));

  test("without CAP_SETUID, CAP_SETGID and CAP_KILL scripts of other users are named, and it serves", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const check = "vrrp_script s {\n script /bin/true\n interval 1\n user nobody\n}\n";
      const instance = ["track_script {", "s", "}"];
      const path = host.file(
        "user.conf",
        check + keepalivedConf(MODE, { priority: 200, instance }, host, []),
      );
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const few = ["setpriv", "--bounding-set", "-all,+net_admin,+net_raw"];
      const daemon = host.spawn([...few, VIGIL, "-nlG", ...files, "-f", path], "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      const said = daemon.lines
        .filter((line) => /CAP_\w+ is missing/.test(line))
        .map((line) => line.slice(26));
      expect(said).toEqual([
        "CAP_SETUID is missing: scripts cannot be run as another user (65534:65534)",
        "CAP_SETGID is missing: scripts cannot be run as another group (65534:65534)",
        "CAP_KILL is missing: scripts of another user cannot be ended at their timeout (65534:65534)",
      ]);
      expect(daemon.lines.join("\n")).toContain("NOTHING IS BEING CHECKED");
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
    }));

  test("-m, --ignore-sigint; kill -36 and -63 write the JSON, and the statistics before they begin at zero", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const environment = ["env", `TMPDIR=${host.directory}`];
      const argv = [...environment, VIGIL, "-nlGm", "--ignore-sigint", ...files, "-f", configure(host)];
      const daemon = host.spawn(argv, "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      expect(readFileSync(`/proc/${daemon.pid}/limits`, "utf8")).toMatch(/Max core file size +unlimited/);
      daemon.signal("SIGINT");
      const became = async (signal: string) => {
        const path = `${host.directory}/keepalived.stats`;
        await host.exec(["rm", "-f", path]);
        await host.exec(["kill", `-${signal}`, `${daemon.pid}`]);
        await lab.waitFor("the statistics", () => existsSync(path));
        return /Became master: (\d+)/.exec(readFileSync(path, "utf8"))?.[1];
      };
      expect(await became("63")).toBe("1");
      expect(await became("USR2")).toBe("0");
      await host.exec(["kill", "-36", `${daemon.pid}`]);
      const json = `${host.directory}/keepalived.json`;
      await lab.waitFor("the JSON", () => existsSync(json));
      expect(JSON.parse(readFileSync(json, "utf8"))).toHaveLength(1);
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
    }));

  test("-V: the address stays at the end, and nobody is told of it", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const daemon = host.spawn([VIGIL, "-nlDGV", ...files, "-f", configure(host)], "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      await lab.waitFor("the address is there", () => host.holds(vipOf(MODE)));
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
      expect(daemon.lines.join("\n")).not.toContain("sent 0 priority");
      expect(await host.holds(vipOf(MODE))).toBe(true);
    }));

  test("-d: the configuration as understood is in the log", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const daemon = host.spawn([VIGIL, "-nlGd", ...files, "-f", configure(host)], "vigil");
      await daemon.waitForLine(/Global definitions/);
      await daemon.waitForLine(/ VRRP Instance = VI_1/);
      daemon.signal("SIGTERM");
      await daemon.ended;
    }));

  test("-a: every address that comes or goes is in the log", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const daemon = host.spawn([VIGIL, "-nlGa", ...files, "-f", configure(host)], "vigil");
      await daemon.waitForLine(/Startup complete/);
      await host.exec(["ip", "address", "add", "10.99.0.1/32", "dev", "lo"]);
      await daemon.waitForLine(/Netlink reflector reports IP 10\.99\.0\.1 added to lo$/);
      await host.exec(["ip", "address", "del", "10.99.0.1/32", "dev", "lo"]);
      await daemon.waitForLine(/Netlink reflector reports IP 10\.99\.0\.1 removed from lo$/);
      daemon.signal("SIGTERM");
      await daemon.ended;
    }));

  test("as process 1: waits for orphans, and signals reach the daemon", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const orphan = host.file(
        "orphan.sh",
        `#!/bin/sh\n(sleep 0.1; echo done >> ${host.directory}/orphans) &\n`,
        0o755,
      );
      const check = `vrrp_script s {\n script ${orphan}\n interval 1\n user root\n}\n`;
      const path = host.file(
        "pid1.conf",
        check + keepalivedConf(MODE, { priority: 200, instance: ["track_script {", "s", "}"] }, host, []),
      );
      const container = withOwnRun(`exec unshare -p -f --mount-proc ${VIGIL} -n -l -G -f ${path}`);
      const outer = host.spawn(container, "vigil");
      await outer.waitForLine(/Entering MASTER STATE/);
      const count = () =>
        existsSync(`${host.directory}/orphans`)
          ? readFileSync(`${host.directory}/orphans`, "utf8").length / 5
          : 0;
      await lab.waitFor("three orphans have ended", () => count() >= 3);
      const init = (await host.exec(["pgrep", "-P", `${outer.pid}`])).trim();
      expect(readFileSync(`/proc/${init}/comm`, "utf8")).toBe("keepalived\n");
      await lab.waitFor("no zombie is left", async () => {
        const states = await host.exec(["ps", "-o", "stat=", "--ppid", init]);
        return !states.includes("Z");
      });
      process.kill(Number(init), "SIGTERM");
      expect(await outer.ended).toEqual({ code: 0, signal: null });
      expect(await host.holds(vipOf(MODE))).toBe(false);
    }));
});
