/** The native parent: what tools see of it, its pid files, and what it starts for the daemon. */

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { attempt } from "../support/lab/commands.js";
import { childrenOf, familyOf } from "../support/lab/family.js";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import { withOwnRun } from "../support/lab/private-root.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

/** Daemons that are started at the same time. */
const STARTS = 6;

function configure(host: Host, before = "", instance: readonly string[] = []): string {
  return host.file("k.conf", before + keepalivedConf(MODE, { priority: 200, instance }, host, []));
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

describe.concurrent("without a daemon", () => {
  test("--version and --signum need no PATH, no Node.js and no blocked signal", async () => {
    const bare = (...words: string[]) =>
      attempt(["env", "-i", "PATH=/sbin:/usr/sbin", "VIGIL_NODE=/nonexistent", VIGIL, ...words]);
    const version = await bare("--version");
    expect(version).toMatchObject({ status: 0, stdout: "" });
    expect(lines(version.stderr)[0]).toMatch(/^Keepalived v2\.2\.7 \(\d\d\/\d\d,\d{4}\)$/);
    expect(version.stderr).toContain("--enable-json");
    expect(await bare("--signum=JSON")).toMatchObject({ status: 0, stdout: "36\n", stderr: "" });
    expect(await bare("--signum", "NONE")).toMatchObject({ status: 1, stderr: "Unknown sigfunc NONE\n" });
    expect(await bare("-n")).toMatchObject({
      status: 1,
      stderr:
        "vigil: cannot run /nonexistent: install Node.js 20.5 or newer, or set VIGIL_NODE to its path\n",
    });
  });

  test("the version after a mistake, which Node.js tells, is the same", async () => {
    const alone = await attempt([VIGIL, "-v"]);
    const after = await attempt([VIGIL, "-Q", "-v"]);
    expect(after).toMatchObject({ status: 0, stderr: `Unknown option -Q\n${alone.stderr}` });
  });
});

describe.concurrent("as tools see it", () => {
  test("names, pids and the file of the program", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const exe = realpathSync(VIGIL);
      const script = `
        ${VIGIL} -G -f ${configure(host)}
        parent=$(cat /run/keepalived.pid) child=$(cat /run/vrrp.pid)
        [ "$(pgrep -o keepalived)" = $parent ] && echo "oldest"
        [ "$(ps -C keepalived -o pid= | tr -d ' ' | sort -n | tr '\\n' ' ')" = "$parent $child " ] && echo "two"
        pidof keepalived | wc -w
        pidof ${exe} | tr ' ' '\\n' | grep -cx $parent
        tr '\\0' '\\n' < /proc/$child/cmdline | head -1 | sed 's/.*bin.//'
        start-stop-daemon --stop --quiet --retry 10 --exec ${exe}; echo "stop $?"
        [ -e /proc/$parent ] || [ -e /proc/$child ] || echo "both gone"
        ls /run/*.pid 2> /dev/null`;
      const own = ["unshare", "-p", "-f", "--mount-proc", ...withOwnRun(script)];
      const { stdout } = await host.attempt(own);
      expect(lines(stdout)).toEqual(["oldest", "two", "2", "1", "keepalived", "stop 0", "both gone"]);
      expect(await host.holds(vipOf(MODE))).toBe(false);
    }));

  test("of any number of starts at the same time one lives", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const argv = [VIGIL, "-nlG", ...files, "-f", configure(host)];
      host.file("k.pid", "");
      host.file("v.pid", "999999\n");
      const starts = Array.from({ length: STARTS }, (_, i) => host.spawn(argv, `start ${i}`));
      await lab.waitFor("all but one have ended", () => starts.filter(({ end }) => end).length >= STARTS - 1);
      const [winner] = starts.filter(({ end }) => end === undefined);
      await winner?.waitForLine(/Entering MASTER STATE/);
      for (const each of starts.filter((one) => one !== winner)) {
        expect(each.end).toEqual({ code: 0, signal: null });
        expect(each.lines.join("\n")).toContain("daemon is already running");
      }
      expect(readFileSync(`${host.directory}/k.pid`, "utf8")).toBe(`${winner?.pid}\n`);
      winner?.signal("SIGTERM");
      expect(await winner?.ended).toEqual({ code: 0, signal: null });
      expect(existsSync(`${host.directory}/k.pid`)).toBe(false);
    }));

  test("a pid file that is a symbolic link is not followed", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const victim = host.file("victim", "precious");
      await host.exec(["ln", "-s", victim, `${host.directory}/k.pid`]);
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const end = await host.attempt([VIGIL, "-nlG", ...files, "-f", configure(host)]);
      expect(end.status).toBe(1);
      expect(end.stderr).toContain(`pidfile_write : Cannot open ${host.directory}/k.pid pidfile (ELOOP)`);
      expect(readFileSync(victim, "utf8")).toBe("precious");
    }));
});

/** Tells of itself what a program inherits, and ends well. */
const TELL = `#!/bin/sh
exec > $0.$(id -u) 2>&1
id -u; id -g; id -G
grep -E '^(CapInh|CapAmb|SigBlk|SigIgn|NoNewPrivs|Umask):' /proc/self/status
ls /proc/self/fd | tr '\\n' ' '; echo
env | grep -E '^(NODE_DEBUG|LD_PRELOAD|NOTIFY_SOCKET|IFS|VIGIL_(CHANNELS|ARGV0|FOLDER|UNCONFINED))='
[ "$(ps -o sid= -p $$ | tr -d ' ')" = $$ ] && echo "own session"
:
`;

/** Capabilities as a daemon that is not root gets them from its service manager. */
const AMBIENT = ["net_admin", "net_raw", "setuid", "setgid", "kill", "sys_nice", "dac_override", "chown"];

describe.concurrent("scripts", () => {
  test.each(["root", "a user with ambient capabilities"])("of a daemon that runs as %s", (who) =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      await host.exec(["chmod", "777", host.directory]);
      const script = host.file("tell.sh", TELL, 0o755);
      const check = `vrrp_script s {\n script ${script}\n interval 1\n user nobody\n}\n`;
      const path = configure(host, check, ["track_script {", "s", "}"]);
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const caps = AMBIENT.map((name) => `+${name}`).join(",");
      const as =
        who === "root"
          ? []
          : [
              "setpriv",
              "--reuid=998",
              "--regid=998",
              "--clear-groups",
              `--inh-caps=${caps}`,
              `--ambient-caps=${caps}`,
            ];
      // A descriptor of the starter's own, as a shell may leave one open.
      const argv = [
        "sh",
        "-c",
        'exec 9< /etc/passwd; exec "$@"',
        "sh",
        ...as,
        VIGIL,
        "-nlG",
        ...files,
        "-f",
        path,
      ];
      const daemon = host.spawn(argv, "vigil", { NOTIFY_SOCKET: "/nonexistent", IFS: "x", NODE_DEBUG: "fs" });
      await daemon.waitForLine(/Entering MASTER STATE/);
      await lab.waitFor("the script has run", () => existsSync(`${script}.65534`));
      await lab.waitFor("to its end", () =>
        readFileSync(`${script}.65534`, "utf8").endsWith("own session\n"),
      );
      expect(lines(readFileSync(`${script}.65534`, "utf8"))).toEqual([
        "65534",
        "65534",
        "65534",
        "Umask:\t0177",
        "SigBlk:\t0000000000000000",
        "SigIgn:\t0000000000000000",
        "CapInh:\t0000000000000000",
        "CapAmb:\t0000000000000000",
        "NoNewPrivs:\t0",
        // The last one is that of the directory which ls reads.
        "0 1 2 3 ",
        "own session",
      ]);
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
    }),
  );

  test("the starter is killed: another one serves, and the address stays", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const runs = () => {
        const log = `${host.directory}/runs`;
        return existsSync(log) ? readFileSync(log, "utf8").length : 0;
      };
      const script = host.file("count.sh", `#!/bin/sh\nprintf x >> ${host.directory}/runs\n`, 0o755);
      const check = `vrrp_script s {\n script ${script}\n interval 1\n fall 3\n user root\n}\n`;
      const path = configure(host, check, ["track_script {", "s", "}"]);
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const daemon = host.spawn([VIGIL, "-nlG", ...files, "-f", path], "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      const { starter } = familyOf(daemon.pid);
      process.kill(starter, "SIGKILL");
      await daemon.waitForLine(/The starter of scripts has died: starting another one/);
      const before = runs();
      await lab.waitFor("the script runs again", () => runs() > before);
      expect(familyOf(daemon.pid).starter).not.toBe(starter);
      expect(childrenOf(daemon.pid)).toHaveLength(2);
      expect(await host.holds(vipOf(MODE))).toBe(true);
      expect(daemon.lines.join("\n")).not.toContain("FAULT");
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
    }));

  test("the daemon's process is confined: few capabilities, no new privileges, a filter of system calls", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
      const daemon = host.spawn([VIGIL, "-nlG", ...files, "-f", configure(host)], "vigil");
      await daemon.waitForLine(/Entering MASTER STATE/);
      const statusOf = (pid: number, field: string) =>
        new RegExp(`^${field}:\\t(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      const { parent, child } = familyOf(daemon.pid);
      const held = BigInt(`0x${statusOf(child, "CapBnd")}`)
        .toString(2)
        .replaceAll("0", "");
      expect(held.length).toBeLessThanOrEqual(9);
      expect(statusOf(child, "CapEff")).toBe(statusOf(child, "CapBnd"));
      expect(statusOf(child, "NoNewPrivs")).toBe("1");
      expect(statusOf(child, "Seccomp")).toBe("2");
      expect(statusOf(parent, "Seccomp")).toBe("2");
      expect(daemon.lines.join("\n")).not.toContain("Less confined");
      daemon.signal("SIGTERM");
      expect(await daemon.ended).toEqual({ code: 0, signal: null });
    }));
});
