/** The command line of keepalived(8): what the words mean, by getopt_long(3). */

import { describe, expect, it } from "vitest";
import { type KeepalivedCommand, readKeepalivedCommand } from "../../../src/cli/keepalived-command.js";
import { keepalivedUsage } from "../../../src/cli/keepalived-options.js";
import type { DaemonOptions } from "../../../src/daemon/options.js";

const AROUND = {
  program: "keepalived",
  directory: "/home/ops",
  hostName: "m1.example.org",
  environment: {},
};

const read = (...words: string[]): KeepalivedCommand => readKeepalivedCommand(words, AROUND);

function options(...words: string[]): DaemonOptions {
  const { action } = read(...words);
  if (action.kind !== "run" && action.kind !== "test") throw new Error(`${words.join(" ")}: ${action.kind}`);
  return action.options;
}

describe("keepalived's command line", () => {
  it("has keepalived's defaults", () => {
    expect(options()).toEqual({
      configFile: "/etc/keepalived/keepalived.conf",
      configId: "m1",
      includeChecks: undefined,
      vrrp: true,
      absent: [],
      idleParts: [],
      detach: true,
      log: {
        console: false,
        detail: false,
        syslog: true,
        facility: 3,
        file: undefined,
        flush: false,
        format: "keepalived",
      },
      umask: undefined,
      keepAddresses: false,
      respawn: true,
      dumpConfiguration: false,
      pidFiles: { parent: undefined, vrrp: undefined, checkers: undefined, bfd: undefined },
      namespace: undefined,
      addressMonitoring: false,
      coreDumps: false,
      corePattern: undefined,
      ignoreInterrupt: false,
      commandLine: ["keepalived"],
    });
  });

  it.each<[string, Partial<DaemonOptions> | { log: object }]>([
    ["-f /a", { configFile: "/a" }],
    ["-f/a", { configFile: "/a" }],
    ["--use-file=/a", { configFile: "/a" }],
    ["--use-file /a", { configFile: "/a" }],
    ["--use /a", { configFile: "/a" }],
    ["-f a", { configFile: "/home/ops/a" }],
    ["-n -f a", { configFile: "a" }],
    ["-nDf /a", { configFile: "/a", detach: false }],
    ["-f /a -f /b", { configFile: "/b" }],
    ["x -f /a", { configFile: "/a" }],
    ["-C", { vrrp: false, absent: ["vrrp"] }],
    // keepalived starts neither.
    ["-C -P", { vrrp: false, absent: ["checkers", "vrrp"] }],
    ["-P -B", { vrrp: true, absent: ["checkers", "bfd"] }],
    ["--all", { idleParts: ["checkers", "bfd"] }],
    ["--all -P", { idleParts: ["bfd"] }],
    ["--all --no_b", { idleParts: ["checkers"] }],
    ["-u 022", { umask: 0o022 }],
    ["-V", { keepAddresses: true }],
    ["--dont-release-v", { keepAddresses: true }],
    ["-R", { respawn: false }],
    ["-d", { dumpConfiguration: true }],
    ["-s blue", { namespace: "blue" }],
    ["-a", { addressMonitoring: true }],
    ["-m", { coreDumps: true }],
    ["-M", { corePattern: "core" }],
    ["-Mx", { corePattern: "x" }],
    ["--core-dump-pattern=x", { corePattern: "x" }],
    ["--ignore-sigint", { ignoreInterrupt: true }],
    ["-i blue.x", { configId: "blue.x" }],
    ["-e", { includeChecks: { read: true, match: true, wildcardMatch: true, braceMatch: true } }],
  ])("%s", (line, expected) => {
    expect(options(...line.split(" "))).toMatchObject(expected);
  });

  it.each<[string, object]>([
    ["-l", { console: false }],
    ["-nl", { console: true }],
    ["-D", { detail: true }],
    ["-G", { syslog: false }],
    ["-S 5", { facility: 21 }],
    ["-S local0", { facility: 16 }],
    ["-S user", { facility: 1 }],
    ["-g", { file: "/tmp/keepalived.log" }],
    ["-g/var/log/x", { file: "/var/log/x" }],
    ["--log-file=/var/log/x --flush", { file: "/var/log/x", flush: true }],
  ])("log: %s", (line, expected) => {
    expect(options(...line.split(" ")).log).toMatchObject(expected);
  });

  it("pid files", () => {
    const { pidFiles } = options(..."-p /a -r /b -c /c --bfd_pid /d".split(" "));
    expect(pidFiles).toEqual({ parent: "/a", vrrp: "/b", checkers: "/c", bfd: "/d" });
  });

  it("an optional argument must be attached: the next word is left over", () => {
    const { action, stdout } = read("-t", "/a");
    expect(action).toMatchObject({ kind: "test", log: undefined });
    expect(stdout).toBe("Unexpected argument(s): /a \n");
    expect(read("-t/a").action).toMatchObject({ kind: "test", log: "/a" });
    expect(read("--config-test=/a").action).toMatchObject({ kind: "test", log: "/a" });
  });

  it.each([
    ["-Z", "Unknown option -Z\n"],
    ["-nZl", "Unknown option -Z\n"],
    ["--foo", "Unknown option --foo\n"],
    ["--log", "Unknown option --log\n"],
    ["--vrrp=3", "Unknown option --vrrp=3\n"],
    ["-f", "Missing parameter for option -f\n"],
    ["-nlZDf", "Unknown option -Z\nMissing parameter for option -f\n"],
    ["--use", "Missing parameter for option --use-file\n"],
    ["--signum=XX", "Unknown sigfunc XX\n"],
  ])("%s is refused with status 1", (line, stderr) => {
    const command = read(...line.split(" "));
    expect(command).toEqual({ action: { kind: "exit", status: 1 }, stdout: "", stderr });
  });

  it("goes on after an unknown option: what acts at once still acts", () => {
    expect(read("-Z", "--signum=STOP")).toEqual({
      action: { kind: "exit", status: 0 },
      stdout: "15\n",
      stderr: "Unknown option -Z\n",
    });
    expect(read("-Z", "-v").action).toEqual({ kind: "version" });
  });

  it.each([
    ["STOP", 15],
    ["RELOAD", 1],
    ["DATA", 10],
    ["STATS", 12],
    ["STATS_CLEAR", 63],
    ["JSON", 36],
  ])("--signum=%s prints %i", (name, number) => {
    expect(read(`--signum=${name}`).stdout).toBe(`${number}\n`);
  });

  it("tells of a bad facility or mask and goes on", () => {
    const command = read("-S", "9", "-u", "999");
    expect(command.action.kind).toBe("run");
    expect(command.stderr).toBe("Invalid log facility '9'\nInvalid --umask option 999\n");
  });

  it("words after -- are no options", () => {
    expect(read("-n", "--", "-v").stdout).toBe("Unexpected argument(s): -v \n");
  });

  it("--help names every option", () => {
    expect(read("--help").stderr).toBe(keepalivedUsage());
    expect(keepalivedUsage()).toContain("  -f, --use-file=FILE");
    expect(keepalivedUsage()).toContain("      --signum=SIGFUNC");
  });
});
