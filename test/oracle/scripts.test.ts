/**
 * What the installed keepalived and Vigil execute for the same lines: the words, working folder, umask, user and environment that
 * a program sees that stands in the place of the script. All kinds of scripts, and many ways to quote.
 */

import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";
import { hasKeepalived } from "../support/oracle/keepalived-oracle.js";

/** Writes what it sees beside itself: a file for each run. */
const RECORDER = `#!/bin/sh
{
  printf '%s\\0' "$(pwd -P)" "$(umask)" "$(id -u):$(id -g):$(id -G)" "$@"
} > "$0.seen.$$.part"
tr '\\0' '\\n' < /proc/$$/environ | sort > "$0.environment"
mv "$0.seen.$$.part" "$0.seen.$$"
`;

/** Variables that differ because the two daemons do: the lab's mark, and the folder of each. */
const OWN_VARIABLES = /^(VIGIL_\w+|TMPDIR|PWD|OLDPWD|SHLVL|_)=/;

/** What stands behind \`script\`; \`@\` is the program. */
const WRITTEN = [
  "@",
  '"@"',
  "'@'",
  "@ one two",
  '"@ one two"',
  "'@ one two'",
  '"@ -c \\"exit 0\\""',
  '"@ -c \\"a  b\\" c"',
  "\"@ -c 'a  b' c\"",
  "'@ -c \"a  b\" c'",
  "\"@ ' spaces ' '\\\"s p a c e \\\"'\"",
  "\"@ false ' t r u e' ''\"",
  '"@ 10.0.1.4:80-\\>192.168.1.1:80"',
  '"@ 10.0.1.4:80->192.168.1.1:80"',
  "\"@ 2>&1 | grep -q '^1$'\"",
  '"@ a\\\\b a\\\\\\\\b"',
  '"@ \\x41\\102 \\\\x41 \\\\102"',
  '"@ \\t\\\\t x"',
  '"@ \\x12341"',
  '"@ \\cJ x"',
  '"@ \\\\"',
  '"@ a"b c',
  "\"@ a\" 'b c'",
  'x"@ a"',
  '@" a b"',
  '"@ a#b"',
  '"@ $HOME `id` * ~ ;&|"',
  '"@ ${_HOME}"',
  "\"@ \\'a b\\'\"",
  '"@ é\\xc3\\xa9"',
  '"@ a\\0b"',
  '"@ %s %d"',
];

/** A character or two of which odd quoting is made. Plain double quotes are not among them: an open one ends the line's block. */
const PIECES = [
  "a",
  "b1",
  " ",
  "  ",
  "'",
  '\\"',
  "\\'",
  "\\\\",
  "\\n",
  "\\x4",
  "\\7",
  "\\c",
  "-",
  "#",
  '\\\\\\"',
];

/** Lines made at random, always the same ones. */
function generated(count: number): string[] {
  const odd = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 9 });
  return fc.sample(odd, { seed: 7, numRuns: count }).map((pieces) => `"@ ${pieces.join("")}"`);
}

/** Each command line with its own name for the program. */
function configuration(lines: readonly string[], program: (name: string) => string): string {
  const put = (line: string, name: string) => line.replace("@", program(name));
  const scripts = lines.map(
    (line, i) => `vrrp_script s${i} {\n  script ${put(line, `s${i}`)}\n  interval 3600\n}\n`,
  );
  const quoted = '"@ -c \\"exit 0\\" \'a  b\' \\x41"';
  return `global_defs {
  vrrp_notify_fifo ${program("pipe")}
  vrrp_notify_fifo_script ${put(quoted, "fifo")}
  startup_script ${put(quoted, "startup")} root
  shutdown_script ${put(quoted, "shutdown")}
}
${scripts.join("")}
vrrp_sync_group G {
  group {
    V
  }
  notify ${put(quoted, "group_notify")}
  notify_master ${put(quoted, "group_master")} nobody
  notify_backup ${put('"@ \\"x y\\"" "daemon" "daemon"', "group_backup")}
  notify_stop ${put(quoted, "group_stop")}
}
vrrp_instance V {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.77.0.100/24
  }
  notify ${put(quoted, "notify")}
  notify_master ${put(quoted, "master")}
  notify_backup ${put(quoted, "backup")} nobody
  notify_stop ${put(quoted, "stop")}
  track_script {
${lines.map((_, i) => `    s${i}\n`).join("")}  }
}
`;
}

/** What was seen: a sorted list of runs for each name of the program. */
type Seen = Record<string, string[]>;

async function recorded(lab: Lab, host: Host, daemon: string, lines: readonly string[]): Promise<Seen> {
  const folder = join(host.directory, "run");
  const recorder = host.file("run/recorder", RECORDER, 0o755);
  await host.exec(["chmod", "1777", folder]);
  const program = (name: string) => {
    const path = join(folder, name);
    if (name !== "pipe" && !existsSync(path)) symlinkSync(recorder, path);
    return path;
  };
  const file = host.file("keepalived.conf", configuration(lines, program));
  const pidFiles = ["-p", `${host.directory}/p`, "-r", `${host.directory}/r`];
  // Nothing of the machine's own.
  const environment = ["PATH=/usr/sbin:/sbin:/bin:/usr/bin", "LANG=C", "GIVEN=a  b"];
  const ours = ["VIGIL_CONTROL_SOCKET=off", `VIGIL_STATE_DIR=${host.directory}`, `TMPDIR=${host.directory}`];
  const clean = ["env", "-i", ...environment, ...ours];
  const process = host.spawn([...clean, daemon, "-n", "-l", "-D", "-P", "-f", file, ...pidFiles], daemon);
  const runs = () => readdirSync(folder).filter((name) => /\.seen\.\d+$/.test(name));
  await process.waitForLine(/Entering MASTER STATE/);
  await lab.waitFor("the last state was told", () => runs().some((name) => name.startsWith("master.seen")));
  process.signal("SIGTERM");
  await process.ended;
  await lab.waitFor("the end was told", () => runs().some((name) => name.startsWith("shutdown.seen")));
  const seen: Seen = {};
  for (const name of runs().sort()) {
    const key = name.replace(/\.seen\.\d+$/, "");
    const text = readFileSync(join(folder, name), "latin1").replaceAll(host.directory, "HOST");
    const variables = readFileSync(join(folder, `${key}.environment`), "latin1")
      .split("\n")
      .filter((line) => line !== "" && !OWN_VARIABLES.test(line))
      // The launcher looks for programs there too.
      .map((line) => line.replace(/^(PATH=.*):\/usr\/bin:\/bin$/, "$1"));
    const [cwd, mask, ids, ...words] = text.split("\0").slice(0, -1);
    const run = JSON.stringify({ cwd, mask, ids, words, variables });
    seen[key] = [...(seen[key] ?? []), run].sort();
  }
  return seen;
}

describe.skipIf(!hasKeepalived())("scripts as the installed keepalived runs them", () => {
  test("words, folder, umask, user and environment of every kind of script", () =>
    Lab.use(["k", "v"], async (lab) => {
      const lines = [...WRITTEN, ...generated(60)];
      const [theirs, ours] = await Promise.all([
        recorded(lab, lab.host("k"), KEEPALIVED, lines),
        recorded(lab, lab.host("v"), VIGIL, lines),
      ]);
      const kinds = (seen: Seen) => Object.entries(seen).filter(([name]) => !/^s\d+$/.test(name));
      expect(Object.fromEntries(kinds(ours))).toEqual(Object.fromEntries(kinds(theirs)));
      // The comparison says something.
      expect(Object.keys(theirs).length).toBeGreaterThan(40);
      expect(theirs.s6?.[0]).toContain('"words":["-c","exit 0"]');
    }));
});
