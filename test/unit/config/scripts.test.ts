import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import type { World } from "../../../src/config/world.js";
import { complaints, findings, instance } from "../../support/config/findings.js";

const script = (lines: string) => `vrrp_script s {\n${lines}\n}\n`;
const tracking = (lines: string, entry = "s") => script(lines) + instance(`track_script {\n${entry}\n}`);

/** A machine where what the test does not say is fine. */
function world(differences: Partial<World>): World {
  return { interfaceExists: () => true, ...differences };
}

describe("§3.5 vrrp_script", () => {
  it("defaults, and the timeout is the interval", () => {
    const { config, diagnostics } = parseConfig(tracking("script \"/bin/check a 'b c'\"\ninterval 2.5"));
    expect(diagnostics).toEqual([]);
    expect(config.scripts).toEqual([
      {
        name: "s",
        command: { argv: ["/bin/check", "a", "b c"] },
        interval: 2_500_000,
        timeout: 2_500_000,
        weight: 0,
        reverse: false,
        rise: 1,
        fall: 1,
        initFail: false,
      },
    ]);
  });

  it("everything", () => {
    const { config } = parseConfig(
      tracking("script /x\ninterval 3\ntimeout 2\nweight -2 reverse\nrise 4\nfall 5\nuser u g\ninit_fail"),
    );
    expect(config.scripts[0]).toMatchObject({
      command: { argv: ["/x"], user: "u", group: "g" },
      timeout: 2_000_000,
      weight: -2,
      reverse: true,
      rise: 4,
      fall: 5,
      initFail: true,
    });
    expect(config.instances[0]?.trackScripts).toEqual([{ name: "s", weight: -2, reverse: true }]);
  });

  it("an unquoted command loses its arguments, with a note", () => {
    const { config, diagnostics } = parseConfig(tracking("script killall -0 haproxy"));
    expect(config.scripts[0]?.command.argv).toEqual(["killall"]);
    expect(diagnostics.map(({ severity, message, hint }) => [severity, message, hint])).toEqual([
      [
        "note",
        "only 'killall' is run, the rest of the line is ignored",
        "quote the command together with its arguments",
      ],
    ]);
  });

  it("complaints", () => {
    expect(complaints(tracking("script /x\ninterval 0"))).toEqual([
      "3:10 (s): vrrp script interval must be greater than 0, setting to 1",
    ]);
    expect(complaints(tracking("script /x\nweight 254"))).toEqual([
      "3:8 number '254' outside range [-253, 253]",
      "3:8 vrrp_script s weight 254 must be in [-253, 253]",
    ]);
    expect(complaints(tracking("script /x\nrise 0"))).toEqual([
      "3:6 number '0' outside range [1, 2147483647]",
      "3:6 (s): vrrp script rise value '0' invalid, defaulting to 1",
    ]);
    expect(complaints(script("interval 1"))).toEqual(["3:1 No script set for vrrp_script s - removing"]);
    expect(complaints(tracking('script "/x \'y"'))).toEqual([
      "2:8 String '/x 'y': missing terminating '",
      "3:1 No script set for vrrp_script s - removing",
      "10:1 (A) track script s not found, ignoring...",
    ]);
  });

  it("one that nothing tracks is a complaint and left out", () => {
    const { config, diagnostics } = parseConfig(script("script /x") + instance(""));
    expect(diagnostics.map(({ message }) => message)).toEqual(["Warning - script s is not used"]);
    expect(config.scripts).toEqual([]);
  });

  it("must be defined before the instance that tracks it", () => {
    const text = instance("track_script {\ns\nt weight 1\n}") + script("script /x");
    expect(complaints(text)).toEqual([
      "7:1 (A) track script s not found, ignoring...",
      "8:1 (A) track script t not found, ignoring...",
    ]);
  });
});

describe("§3.4 trackers", () => {
  it("weights of a tracker, its reverse and noreverse", () => {
    const entries = (entry: string) =>
      parseConfig(tracking("script /x\nweight 5 reverse", entry)).config.instances[0]?.trackScripts;
    expect(entries("s")).toEqual([{ name: "s", weight: 5, reverse: true }]);
    expect(entries("s weight -3")).toEqual([{ name: "s", weight: -3, reverse: true }]);
    expect(entries("s weight 7 noreverse")).toEqual([{ name: "s", weight: 7, reverse: false }]);
  });

  it("complaints", () => {
    const about = (entry: string) =>
      complaints(tracking("script /x", entry)).filter((text) => !text.includes("not used"));
    expect(about("s weight")).toEqual([
      "10:9 (A) weight without value specified for track script s - ignoring",
    ]);
    expect(about("s wait 3")).toEqual(["10:3 (A) unknown track script option wait - ignoring"]);
    expect(about("s weight 254")).toEqual(["10:10 (A) weight for s cannot be +/-254. Setting to +/-253"]);
    expect(about("s weight 3 up")).toEqual(["10:12 (A) unknown track_script s weight option up - ignoring"]);
    expect(about("s\ns")).toEqual(["11:1 (A) duplicate track_script s - ignoring"]);
  });

  it("interfaces, the own one is left out", () => {
    const text = instance("track_interface {\neth0\neth1 weight -20\n}");
    expect(parseConfig(text).config.instances[0]?.trackInterfaces).toEqual([
      { name: "eth1", weight: -20, reverse: false },
    ]);
    expect(complaints(text)).toEqual(["6:1 (A) Ignoring track_interface eth0 since own interface"]);
  });

  it("files and processes", () => {
    const before =
      "track_file f {\nfile /tmp/f\nweight 2 reverse\ninit_file 3 overwrite\n}\nvrrp_track_process p {\nprocess nginx -g x\nquorum 2\nquorum_max 9\ndelay 1.5\nparam_match initial\n}\n";
    const { config, diagnostics } = parseConfig(
      instance("track_file {\nf\n}\ntrack_process {\np weight 9\n}", before),
    );
    expect(diagnostics).toEqual([]);
    expect(config.trackFiles).toEqual([
      { name: "f", path: "/tmp/f", weight: 2, reverse: true, init: { value: 3, overwrite: true } },
    ]);
    expect(config.trackProcesses).toEqual([
      {
        name: "p",
        command: ["nginx", "-g", "x"],
        parameterMatch: "initial",
        fullCommand: false,
        weight: 0,
        reverse: false,
        quorum: 2,
        quorumMax: 9,
        forkDelay: 1_500_000,
        terminateDelay: 1_500_000,
      },
    ]);
    expect(config.instances[0]).toMatchObject({
      trackFiles: [{ name: "f", weight: 2, reverse: true }],
      trackProcesses: [{ name: "p", weight: 9, reverse: false }],
    });
  });

  it("an address owner's weighted trackers are dropped", () => {
    const text =
      script("script /x\nweight 5") +
      instance("priority 255\ntrack_script {\ns\n}\ntrack_interface {\nb weight 3\n}");
    expect(complaints(text)).toEqual([
      "14:1 (A) ignoring b tracked interface due to address owner",
      "11:1 (A) ignoring tracked script s with weights due to address_owner",
    ]);
    expect(parseConfig(text).config.instances[0]).toMatchObject({ trackScripts: [], trackInterfaces: [] });
  });
});

describe("§3.3 vrrp_sync_group", () => {
  const members = instance("") + instance("").replace("A {", "B {").replace("router_id 7", "router_id 8");

  it("joins instances, before or after them", () => {
    const group = 'vrrp_sync_group G {\ngroup {\nA\nB\n}\nnotify_master "/m a" u\nsmtp_alert\n}\n';
    for (const text of [group + members, members + group]) {
      const { config, diagnostics } = parseConfig(text);
      expect(diagnostics).toEqual([]);
      expect(config.syncGroups).toEqual([
        {
          name: "G",
          members: ["A", "B"],
          trackInterfaces: [],
          trackScripts: [],
          trackChecks: [],
          trackFiles: [],
          trackProcesses: [],
          trackBfds: [],
          trackingWeight: false,
          notify: { master: { argv: ["/m", "a"], user: "u" } },
          smtpAlert: true,
        },
      ]);
      expect(config.instances.map(({ syncGroup }) => syncGroup)).toEqual(["G", "G"]);
    }
  });

  it("complaints about members", () => {
    const text = `vrrp_sync_group G {\ngroup {\nA\nC\n}\n}\nvrrp_sync_group H {\ngroup {\nA\n}\n}\nvrrp_sync_group I {\ngroup {\n}\n}\n${members}`;
    expect(complaints(text)).toEqual([
      "14:1 Warning - sync group I has empty group block",
      "12:1 Sync group I has no virtual router(s). removing",
      "4:1 Virtual router C specified in sync group G doesn't exist - ignoring",
      "2:1 Sync group G has only 1 virtual router(s) - this probably isn't what you want",
      "9:1 Virtual router A cannot exist in more than one sync group; ignoring H",
      "7:1 Sync group H, no matching virtual router found in group declaration - removing",
    ]);
  });

  it("members' weights are complained about unless the group keeps them; those of interfaces count all the same", () => {
    const group = (line: string) => `vrrp_sync_group G {\ngroup {\nA\nB\n}\n${line}\n}\n`;
    const weighted = members.replace("10.0.0.1 }", "10.0.0.1 }\ntrack_interface {\nb weight 3\n}");
    expect(complaints(group("") + weighted)).toEqual([
      "13:1 (A) ignoring b tracked interface weight due to SYNC group",
    ]);
    expect(parseConfig(group("") + weighted).config.instances[0]?.trackInterfaces[0]?.weight).toBe(3);
    const kept = parseConfig(group("sync_group_tracking_weight") + weighted);
    expect(kept.diagnostics).toEqual([]);
    expect(kept.config.instances[0]?.trackInterfaces[0]?.weight).toBe(3);
  });
});

describe("§6 notify scripts", () => {
  it("the first of each counts", () => {
    const text = instance('notify_master "/a b" root wheel\nnotify_master /c\nnotify /n\nnotify_deleted');
    expect(complaints(text)).toEqual(["7:15 (A) notify_master script already specified - ignoring /c"]);
    expect(parseConfig(text).config.instances[0]?.notify).toEqual({
      master: { argv: ["/a", "b"], user: "root", group: "wheel" },
      notify: { argv: ["/n"] },
      deleted: "no-script",
    });
  });
});

describe("§6.3 what the machine says about scripts", () => {
  const text = tracking("script /x");

  it("without knowledge of a machine nothing is said", () => {
    expect(complaints(text)).toEqual([]);
  });

  it("a script that is not there is disabled and not tracked", () => {
    const result = parseConfig(text, "k.conf", {
      world: world({ checkScript: () => ({ kind: "not-found" }) }),
    });
    expect(findings(result)).toEqual(["2:1 Disabling track script s since not found/accessible"]);
    expect(result.config.instances[0]?.trackScripts).toEqual([]);
    expect(result.config.scripts).toEqual([]);
  });

  it("a script without script security is a security complaint", () => {
    const result = parseConfig(text, "k.conf", { world: world({ checkScript: () => ({ kind: "ok" }) }) });
    expect(result.diagnostics.map(({ severity, message }) => [severity, message])).toEqual([
      ["security", "SECURITY VIOLATION - scripts are being executed but script_security not enabled."],
    ]);
    const secure = `global_defs {\nenable_script_security\n}\n${text}`;
    expect(complaints(secure, { world: world({ checkScript: () => ({ kind: "ok" }) }) })).toEqual([]);
    expect(complaints(secure, { world: world({ checkScript: () => ({ kind: "insecure" }) }) })).toEqual([
      "5:1 Disabling track script s due to insecure",
    ]);
  });

  it("with script security there must be a user", () => {
    const secure = `global_defs {\nenable_script_security\n}\n${text}`;
    expect(complaints(secure, { world: world({ userExists: () => false }) })).toEqual([
      "6:1 Unable to set default user keepalived_script for script",
      "6:1 Unable to set default user for vrrp script s - removing",
      "13:1 (A) track script s not found, ignoring...",
    ]);
    expect(complaints(text, { world: world({ userExists: () => false }) })).toEqual([]);
  });

  it("an interface that is not there keeps the daemon from starting, unless they are dynamic", () => {
    const missing = { world: world({ interfaceExists: (name) => name !== "eth0" }) };
    expect(complaints(instance(""), missing)).toEqual([
      "2:11 WARNING - interface eth0 for vrrp_instance A doesn't exist",
      "Non-existent interface specified in configuration",
    ]);
    expect(complaints(instance("", "global_defs {\ndynamic_interfaces\n}\n"), missing)).toEqual([]);
    const loopback = { world: world({ isLoopback: (name) => name === "eth0" }) };
    expect(complaints(instance(""), loopback)).toEqual([
      "2:11 (A) cannot use a loopback interface (eth0) for vrrp - ignoring",
      "2:1 (A) Unknown interface!",
    ]);
  });
});
