import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { complaints, instance, loadFiles } from "../../support/config/findings.js";

const global = (lines: string) => parseConfig(`global_defs {\n${lines}\n}`).config.global;
const about = (lines: string) => complaints(`global_defs {\n${lines}\n}`);

describe("§3.2 global_defs", () => {
  it("defaults", () => {
    expect(global("")).toMatchObject({
      routerId: undefined,
      enableScriptSecurity: false,
      scriptUser: undefined,
      vrrpVersion: 2,
      garpInterval: 0,
      gnaInterval: 0,
      dynamicInterfaces: false,
      startupDelay: 0,
      defaultInterface: "eth0",
      firewall: { table: "keepalived", priority: -1, counters: false, configured: false },
      notifyFifos: [],
      mail: { to: [], connectTimeout: 30_000_000 },
      process: { usePidDirectory: false, jsonVersion: 1 },
      other: {},
    });
  });

  it("what VRRP uses", () => {
    expect(
      global(
        "router_id r\nenable_script_security\nscript_user u g\nvrrp_version 3\nvrrp_garp_interval 0.01\nvrrp_gna_interval 1\ndynamic_interfaces allow_if_changes\nvrrp_startup_delay 1.5",
      ),
    ).toMatchObject({
      routerId: "r",
      enableScriptSecurity: true,
      scriptUser: { user: "u", group: "g" },
      vrrpVersion: 3,
      garpInterval: 10_000,
      gnaInterval: 1_000_000,
      dynamicInterfaces: true,
      dynamicInterfacesAllowChanges: true,
      startupDelay: 1_500_000,
    });
  });

  it("nftables: the last table counts, and sets the priority back", () => {
    const firewall = (lines: string) => global(lines).firewall;
    expect(firewall("nftables t\nnftables_priority -20\nnftables_counters")).toEqual({
      table: "t",
      priority: -20,
      counters: true,
      configured: true,
    });
    expect(firewall("nftables_priority -20")).toMatchObject({ priority: -20, configured: false });
    expect(firewall("nftables_priority -20\nnftables t")).toMatchObject({ priority: -1 });
    expect(firewall("nftables t\nvrrp_iptables")).toMatchObject({ table: "keepalived", configured: true });
  });

  it("multicast groups go to instances", () => {
    const defs = "global_defs {\nvrrp_mcast_group4 224.0.0.99\nvrrp_mcast_group6 ff02::99\n}\n";
    expect(parseConfig(instance("", defs)).config.instances[0]?.multicastGroup).toBe("224.0.0.99");
    expect(about("vrrp_mcast_group4 10.0.0.1")).toEqual([
      "2:19 vrrp_mcast_group4 [10.0.0.1] is not multicast. Skipping",
    ]);
    expect(about("vrrp_mcast_group4 ff02::1")).toEqual([
      "2:19 vrrp_mcast_group4 [ff02::1] is not IPv4. Skipping",
    ]);
    expect(about("vrrp_mcast_group6 x")).toEqual(["2:19 Can't parse vrrp_mcast_group6 [x]. Skipping"]);
    expect(about("vrrp_mcast_group6 ff05::1")).toEqual([
      "2:19 vrrp_mcast_group6 [ff05::1] should be link-local multicast.",
    ]);
  });

  it("switches", () => {
    expect(parseConfig(instance("", "global_defs {\nvrrp_strict no\n}\n")).config.instances[0]?.strict).toBe(
      false,
    );
    expect(about("vrrp_strict maybe")).toEqual([]);
    expect(about("vrrp_min_garp maybe")).toEqual(["2:15 Invalid value for vrrp_min_garp specified"]);
  });

  it("FIFOs", () => {
    expect(
      global('notify_fifo /f u g\nnotify_fifo_script "/s a" u\nvrrp_notify_fifo /v').notifyFifos,
    ).toEqual([
      { scope: "all", path: "/f", user: "u", group: "g", script: { argv: ["/s", "a"], user: "u" } },
      { scope: "vrrp", path: "/v" },
    ]);
    expect(about("notify_fifo /a\nnotify_fifo /b")).toEqual([
      "3:13 notify_fifo already specified - ignoring /b",
    ]);
  });

  it("mail", () => {
    expect(
      global(
        "notification_email {\na@b\nc@d e@f\n}\nnotification_email_from x@y\nsmtp_server 10.0.0.1 26\nsmtp_connect_timeout 7",
      ).mail,
    ).toEqual({
      from: "x@y",
      to: ["a@b", "c@d", "e@f"],
      server: { host: "10.0.0.1", port: 26 },
      connectTimeout: 7_000_000,
      heloName: undefined,
      noFaults: false,
    });
    expect(about("notification_email {\n}")).toEqual(["3:1 Warning - empty notification_email block"]);
    expect(about("smtp_server x 0")).toEqual([
      "2:15 number '0' outside range [1, 65535]",
      "2:15 Invalid smtp server x 0",
    ]);
  });

  it("umask in octal or names", () => {
    expect(global("umask 027").process.umask).toBe(0o027);
    expect(global("umask IRWXO | IWGRP").process.umask).toBe(0o027);
    expect(about("umask 8")).toEqual(["2:7 invalid umask value 8"]);
    expect(about("umask IRFOO")).toEqual(["2:7 Unknown umask bit IRFOO"]);
  });

  it("settings of no concern are kept as written, their old names too", () => {
    expect(global("lvs_timeouts tcp 1 udp 2\nenable_dbus\nvrrp_rlimit_rtime 9").other).toEqual({
      lvs_timeouts: ["tcp", "1", "udp", "2"],
      enable_dbus: [],
      vrrp_rlimit_rtime: ["9"],
    });
  });

  it("iptables are replaced by nftables with a complaint", () => {
    expect(about("vrrp_iptables")).toEqual([
      "2:1 iptables not supported, using nftables instead. Please replace 'vrrp_iptables and 'vrrp_ipsets' with 'nftables' config option",
    ]);
  });

  it("include_check decides what plain include checks, until the end of the file", () => {
    const files = (check: string) => ({
      "/k": "include /b\ninclude /missing\n",
      "/b": `global_defs {\ninclude_check ${check}\n}\ninclude /no\n`,
    });
    const severities = (check: string) => loadFiles(files(check)).diagnostics.map(({ severity }) => severity);
    expect(severities("match")).toEqual(["refused", "note"]);
    expect(severities("+match -match")).toEqual(["note", "note"]);
    expect(severities("")).toEqual(["refused", "note"]);
    expect(severities("foo")).toEqual(["complaint", "note", "note"]);
  });
});

describe("§3.1 root level", () => {
  it("what concerns the process", () => {
    const { config } = parseConfig("net_namespace n\ninstance i\nuse_pid_dir\nchild_wait_time 3");
    expect(config.global.process).toMatchObject({
      netNamespace: "n",
      instanceName: "i",
      usePidDirectory: true,
    });
    expect(config.global.other).toEqual({ child_wait_time: ["3"] });
    expect(complaints("net_namespace a\nnet_namespace b")).toEqual([
      "2:15 Duplicate net_namespace definition b - ignoring",
    ]);
  });

  it("garp_group, interface_up_down_delays, linkbeat_interfaces", () => {
    const { config, diagnostics } = parseConfig(
      "garp_group {\ngarp_interval 0.5\ninterfaces {\na b\nc\n}\n}\ninterface_up_down_delays {\na 1.5 2\nb 3\n}\nlinkbeat_interfaces {\na MII\nb\n}",
    );
    expect(diagnostics).toEqual([]);
    expect(config.garpGroups).toEqual([
      { garpInterval: 500_000, gnaInterval: 0, interfaces: ["a", "b", "c"] },
    ]);
    expect(config.interfaceDelays).toEqual([
      { interface: "a", down: 1_500_000, up: 2_000_000 },
      { interface: "b", down: 3_000_000, up: 0 },
    ]);
    expect(config.linkbeat).toEqual({
      all: false,
      interfaces: [{ interface: "a", method: "MII" }, { interface: "b" }],
    });
  });
});

describe("several files", () => {
  it("an overlay is read after the file, when it exists", () => {
    const files = { "/k": instance(""), "/v": "global_defs {\nrouter_id over\n}\n" };
    const { config, diagnostics } = loadFiles(files, { overlay: "/v" });
    expect(diagnostics).toEqual([]);
    expect(config.global.routerId).toBe("over");
    expect(loadFiles(files, { overlay: "/no" }).diagnostics).toEqual([]);
  });

  it("a first file that is missing is a refusal", () => {
    const { diagnostics } = loadFiles({ "/k": "" }, { overlay: "/v" });
    expect(diagnostics).toEqual([]);
    expect(
      parseConfig("", "/k", {
        files: {
          read: () => ({ ok: false, kind: "missing", problem: "gone" }),
          exists: () => false,
          glob: () => [],
        },
      }).diagnostics,
    ).toEqual([
      { severity: "refused", code: "ERR_CONFIG_FILE_MISSING", message: "Config files missing '/k'." },
    ]);
  });

  it("findings name the file they are in", () => {
    const { diagnostics } = loadFiles({ "/k": "include /d/b\n", "/d/b": "\nfoo\n" });
    expect(diagnostics[0]?.position).toEqual({ file: "/d/b", line: 2, column: 1 });
  });
});
