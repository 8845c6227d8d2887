/** The command line against the real keepalived: the same words get the same answer on the same streams. */

import { describe, expect, test } from "vitest";
import { attempt } from "../support/lab/commands.js";
import { KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const run = (program: string, line: string) =>
  attempt(["unshare", "-n", program, ...line.split(" ").filter((word) => word !== "")]);

/** Both end by themselves, without a daemon. */
const SAME = [
  "-Z",
  "--foo",
  "-f",
  "-nlZDf",
  "-s",
  "--log",
  "--l",
  "--vrrp=3",
  "--all=2",
  "--core-dump=1",
  "-Z --signum=STOP",
  "--signum=XX",
  "--signum XX",
  "--sig=STOP",
  "--sig RELOAD",
  "--signum=DATA",
  "--signum=STATS",
  "--signum=STATS_CLEAR",
  "--signum=JSON",
  "--signum=stop",
  "--signum STOP foo",
  "foo --signum STOP",
  "-nlD --signum=JSON -Z",
];

/** Tests of a configuration that is not there: the same status and standard output; Vigil says more on standard error. */
const SAME_TEST = [
  "-t -f /nonexistent",
  "-t x y -f /nonexistent",
  "-nt -f/nonexistent",
  "--config-t --use-file=/nonexistent",
  "-PCBlDGXVIRndaxem -t -f /nonexistent",
  "--release -t --use=/nonexistent",
  "-p /a -r /b -c /c -b /d -s e -A f -i g -u 077 -S 1 -Mh -t -f /nonexistent",
];

/** What is known to differ, as status, standard output, standard error of Vigil. */
const DIFFERENT: readonly [string, string, { status: number; stdout?: string; stderr: string | RegExp }][] = [
  [
    "keepalived says --X for a long option without its argument",
    "--use-file",
    { status: 1, stderr: "Missing parameter for option --use-file\n" },
  ],
  ["Debian's keepalived has no log files", "-g/x -Z", { status: 1, stderr: "Unknown option -Z\n" }],
  ["there is no genhash", "-T", { status: 1, stderr: /^Vigil has no genhash/ }],
];

describe.concurrent("options", () => {
  test.each(SAME)("%s", async (line) => {
    const [theirs, ours] = [await run(KEEPALIVED, line), await run(VIGIL, line)];
    expect(ours).toEqual(theirs);
  });

  test.each(SAME_TEST)("%s", async (line) => {
    const [theirs, ours] = [await run(KEEPALIVED, line), await run(VIGIL, line)];
    expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout]);
    expect(ours.stderr).toContain(theirs.stderr.trim());
  });

  test.each(DIFFERENT)("%s: %s", async (_why, line, expected) => {
    const ours = await run(VIGIL, line);
    expect(ours.status).toBe(expected.status);
    if (typeof expected.stderr === "string") expect(ours.stderr).toBe(expected.stderr);
    else expect(ours.stderr).toMatch(expected.stderr);
  });

  test("--version: the shape and the stream of keepalived's, its version the second word of the first line", async () => {
    const [theirs, ours] = [await run(KEEPALIVED, "--version"), await run(VIGIL, "-v")];
    expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout]);
    const firstWords = (text: string) => text.split("\n")[0]?.split(" ").slice(0, 2);
    expect(firstWords(ours.stderr)).toEqual(firstWords(theirs.stderr));
    expect(ours.stderr).toMatch(/^Keepalived v\S+ \(\d\d\/\d\d,\d{4}\)\n\nVigil \d+\.\d+\.\d+ /);
    const labels = (text: string) =>
      text
        .split("\n")
        .flatMap(
          (line) =>
            /^(Built with kernel headers for Linux|Running on Linux|Distro:|configure options:|Config options: |System options: )/.exec(
              line,
            )?.[1] ?? [],
        );
    expect(labels(ours.stderr)).toEqual(labels(theirs.stderr));
    expect(/^Running on .*$/m.exec(ours.stderr)).toEqual(
      expect.arrayContaining([/^Running on .*$/m.exec(theirs.stderr)?.[0]]),
    );
  });

  test("--version: exporters find keepalived's words for its JSON", async () => {
    const { stderr } = await run(VIGIL, "--version");
    expect(stderr).toMatch(/^configure options: .*--enable-json\b/m);
    expect(stderr).toMatch(/^Config options: .*\bJSON\b/m);
  });

  test("--version: the claimed version can be chosen, by nodelet's own way of reading it", async () => {
    const read = `VIGIL_COMPAT_VERSION=v2.1.3 ${VIGIL} --version 2>&1 >/dev/null | head -1 | cut -d" " -f2`;
    expect((await attempt(["sh", "-c", read])).stdout).toBe("v2.1.3\n");
    await Lab.use(["n1"], async (lab) => {
      lab.host("n1").provideEtc("vigil/compatibility-version", "v2.3.4\n");
      const { stderr } = await lab.host("n1").attempt([VIGIL, "--version"]);
      expect(stderr).toMatch(/^Keepalived v2\.3\.4 /);
    });
  });

  test("--help: on the stream of keepalived's, with all its options", async () => {
    const [theirs, ours] = [await run(KEEPALIVED, "--help"), await run(VIGIL, "-h")];
    expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout]);
    const options = (text: string) => new Set(text.match(/^ {2}.{4}--[\w-]+/gm));
    for (const option of options(theirs.stderr)) expect(options(ours.stderr)).toContain(option);
    expect(options(theirs.stderr).size).toBeGreaterThan(30);
  });

  test("-P: a mistake in a block of the checkers stops the start without it, and does not with it", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const conf = host.file(
        "k.conf",
        `vrrp_instance V {
  interface eth0
  virtual_router_id 5
  priority 255
  virtual_ipaddress {
    10.77.0.100/24
  }
}
virtual_server 10.77.0.5 80 {
  lb_algo
  protocol TCP
}
`,
      );
      for (const program of [KEEPALIVED, VIGIL]) {
        // Of its own for each start: keepalived's parent ends before its children do, whose pid files stop the next start.
        let starts = 0;
        const start = (...words: string[]) => {
          const own = `${host.directory}/${program === VIGIL ? "v" : "k"}${starts++}`;
          const pidFiles = ["-p", `${own}.p`, "-r", `${own}.r`, "-c", `${own}.c`];
          return host.spawn([program, "-n", "-l", ...words, "-f", conf, ...pidFiles]);
        };
        expect((await start().ended).code, program).toBe(2);
        const running = start("-P");
        await running.waitForLine(/Entering MASTER STATE/);
        running.signal("SIGTERM");
        expect((await running.ended).code, program).toBe(0);
        expect((await host.attempt([program, "-t", "-P", "-f", conf])).status, program).toBe(2);
      }
    }));
});
