import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../../src/base/time.js";
import { parseConfig } from "../../../src/config/load.js";
import { splitUrl } from "../../../src/config/url.js";
import { complaints, findings, instance, loadFiles } from "../../support/config/findings.js";

const check = (lines: string, name = "c") => `vrrp_check ${name} {\n${lines}\n}\n`;
const tracked = (lines: string, entry = "c") => instance(`track_check {\n${entry}\n}`, check(lines));
const first = (lines: string) => parseConfig(tracked(lines)).config.checks[0];

describe("vrrp_check", () => {
  it("https_get with everything that can be said about it", () => {
    expect(
      first(`https_get https://127.0.0.1:6443/livez?verbose
ca /pki/ca.crt
cert /pki/c.crt
key /pki/c.key
server_name kubernetes
status 200 300-399
body "ok"
interval 0.1
timeout 2
weight -20
rise 2
fall 4
init_fail
proof off
damping off`),
    ).toEqual({
      name: "c",
      probe: {
        kind: "http",
        host: "127.0.0.1",
        port: 6443,
        path: "/livez?verbose",
        tls: {
          ca: "/pki/ca.crt",
          certificate: "/pki/c.crt",
          key: "/pki/c.key",
          serverName: "kubernetes",
          insecure: false,
        },
        status: [
          { from: 200, to: 200 },
          { from: 300, to: 399 },
        ],
        body: "ok",
        report: "any",
      },
      interval: milliseconds(100),
      timeout: seconds(2),
      weight: -20,
      reverse: false,
      rise: 2,
      fall: 4,
      initFail: true,
      proof: false,
      suspicion: true,
      damping: false,
      refinesScript: false,
    });
  });

  it("the other kinds", () => {
    const probe = (lines: string) => first(lines)?.probe;
    expect(probe("http_get http://[::1]/healthz")).toMatchObject({ host: "::1", port: 80, tls: undefined });
    expect(probe("tcp_connect ::1 443")).toEqual({ kind: "tcp", host: "::1", port: 443 });
    expect(probe("etcd https://127.0.0.1:2379")).toMatchObject({ path: "/health", report: "etcd" });
    expect(probe("icmp 10.0.0.254")).toEqual({ kind: "icmp", host: "10.0.0.254" });
    expect(probe('exec "/usr/lib/x -w 5"\nuser nobody')).toEqual({
      kind: "exec",
      command: { argv: ["/usr/lib/x", "-w", "5"], user: "nobody" },
    });
  });

  it("the timeout is the interval unless given, fall is 3", () => {
    expect(first("tcp_connect h 1\ninterval 3")).toMatchObject({ timeout: seconds(3), rise: 1, fall: 3 });
  });

  it("complaints", () => {
    const about = (lines: string) => complaints(tracked(lines)).filter((text) => !text.includes("not found"));
    expect(about("https_get http://x/")).toEqual([
      "2:11 (c): vrrp_check 'http://x/' is no https URL",
      "3:1 (c): vrrp_check no https_get, http_get, tcp_connect, etcd, icmp or exec - removing",
    ]);
    expect(about("tcp_connect h\ninterval 0")).toEqual([
      "2:14 (c): vrrp_check tcp_connect needs a host and a port",
      "3:10 number '0' outside range [0.001, 4294.000]",
      "3:10 (c): vrrp_check interval '0' must be between 0.001 and 4294 - ignoring",
      "4:1 (c): vrrp_check no https_get, http_get, tcp_connect, etcd, icmp or exec - removing",
    ]);
    expect(about("icmp h\nstatus 700\nproof maybe\nrise 0")).toEqual([
      "3:8 (c): vrrp_check status '700' is no code or range such as 200-299",
      "4:7 (c): vrrp_check proof 'maybe' must be on or off",
      "5:6 number '0' outside range [1, 2147483647]",
      "5:6 (c): vrrp_check rise value '0' invalid - ignoring",
    ]);
    expect(about("https_get https://x/\ncert /a")).toEqual([
      "4:1 (c): vrrp_check cert and key go together - removing",
    ]);
    expect(complaints(check("icmp h"))).toEqual(
      ["Warning - check c is not used"].map((text) => `1:1 ${text}`),
    );
  });

  it("track_script finds a check when there is no script of that name", () => {
    const text = instance("track_script {\nc weight 5\n}", check("icmp h"));
    expect(complaints(text)).toEqual([]);
    expect(parseConfig(text).config.instances[0]).toMatchObject({
      trackScripts: [],
      trackChecks: [{ name: "c", weight: 5, reverse: false }],
    });
  });

  it("an overlay with the name of a script refines it, wherever that is tracked", () => {
    const main = instance("track_script {\ns\n}", "vrrp_script s {\nscript /x\n}\n");
    const result = loadFiles({ "/main": main, "/overlay": check("icmp h", "s") }, { overlay: "/overlay" });
    expect(findings(result)).toEqual([]);
    expect(result.config.checks).toMatchObject([{ name: "s", refinesScript: true }]);
    expect(result.config.scripts).toHaveLength(1);
  });

  it.each(["@vigil vrrp_check c {\n@vigil icmp h\n@vigil }\n"])("stands on @vigil lines too", (lines) => {
    expect(
      parseConfig(instance("@vigil track_check {\n@vigil c\n@vigil }", lines)).config.checks,
    ).toHaveLength(1);
  });
});

describe("track_in: a check that attaches itself", () => {
  const c = (lines: string) => `vrrp_check c {\nicmp h\n${lines}\n}\n`;
  const three = (checks: string, more = "") =>
    `${checks}${["A", "B", "C"]
      .map(
        (name, i) =>
          `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${i + 1}\nvirtual_ipaddress {\n10.0.0.${i + 1}\n}\n}\n`,
      )
      .join("")}${more}`;
  const tracks = (text: string) => {
    const { config } = parseConfig(text);
    return Object.fromEntries(
      [...config.instances, ...config.syncGroups].map(({ name, trackChecks }) => [name, trackChecks]),
    );
  };
  const entry = { name: "c", weight: 0, reverse: false };

  it("all instances, or those that are named; before them or behind them", () => {
    expect(tracks(three(c("track_in all")))).toEqual({ A: [entry], B: [entry], C: [entry] });
    const named = { A: [{ ...entry, weight: -20 }], B: [], C: [{ ...entry, weight: -20 }] };
    expect(tracks(three("", c("weight -20\ntrack_in A C")))).toEqual(named);
    expect(tracks(three(c("weight -20\ntrack_in A\ntrack_in C")))).toEqual(named);
    expect(complaints(three(c("track_in all")))).toEqual([]);
  });

  it("what tracks it by a line keeps that line's weight", () => {
    const own = "vrrp_instance D {\ninterface eth0\nvirtual_router_id 9\ntrack_check {\nc weight 7\n}\n}\n";
    const { A, D } = tracks(three(c("track_in all"), own));
    expect([A, D]).toEqual([[entry], [{ ...entry, weight: 7 }]]);
  });

  it("of a sync group the group tracks it, where weights count", () => {
    const group = "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n";
    const weighed = { ...entry, weight: -20 };
    const text = three(c("weight -20\ntrack_in all"), group);
    expect(tracks(text)).toEqual({ A: [], B: [], C: [weighed], G: [weighed] });
    expect(tracks(three(c("track_in G"), group))).toEqual({ A: [], B: [], C: [], G: [entry] });
  });

  it("a name that is not there is told; a check without any place is not used", () => {
    expect(complaints(three(c("track_in Aa")))).toEqual([
      "3:1 (c): vrrp_check track_in Aa: no vrrp_instance or vrrp_sync_group of that name",
      "1:1 Warning - check c is not used",
    ]);
    expect(complaints(three(c("track_in")))[0]).toContain("track_in");
  });
});

describe("the overlays that are shipped", () => {
  it("k0s: the file has no check, the overlay guards its instance", () => {
    const result = loadFiles(
      {
        "/main": readFileSync("test/corpus/k0s-cplb.conf", "utf8"),
        "/overlay": readFileSync("conf/vigil.conf.k0s", "utf8"),
      },
      { overlay: "/overlay" },
    );
    expect(result.diagnostics).toEqual([]);
    expect(result.config.instances).toMatchObject([
      { name: "k0s-vip-0", trackScripts: [], trackChecks: [{ name: "apiserver", weight: 0 }] },
    ]);
  });

  it.each([
    ["platform9", "platform9-nodelet.conf", "chk_apiserver"],
    ["kubeadm", "kubeadm-docs-master.conf", "check_apiserver"],
  ])("%s refines the script of %s", (overlay, main, name) => {
    const result = loadFiles(
      {
        "/main": readFileSync(`test/corpus/${main}`, "utf8"),
        "/overlay": readFileSync(`conf/vigil.conf.${overlay}`, "utf8"),
      },
      { overlay: "/overlay" },
    );
    expect(result.diagnostics.filter(({ position }) => position?.file === "/overlay")).toEqual([]);
    expect(result.config.checks).toMatchObject([{ name, refinesScript: true, probe: { kind: "http" } }]);
  });
});

describe("URLs", () => {
  it("are split", () => {
    expect(splitUrl("https://a.b:1/c?d=e")).toEqual({
      scheme: "https",
      host: "a.b",
      port: 1,
      path: "/c?d=e",
    });
    expect(splitUrl("https://[fd00::1]")).toEqual({
      scheme: "https",
      host: "fd00::1",
      port: 443,
      path: undefined,
    });
    expect(splitUrl("http://h?x")).toEqual({ scheme: "http", host: "h", port: 80, path: "/?x" });
  });

  it.each([
    "",
    "h",
    "ftp://h",
    "http://",
    "http://h:0",
    "http://h:70000",
    "http://u@h/",
    "http://h/\n",
    "http://h/ x",
  ])("%j is none", (text) => {
    expect(splitUrl(text)).toBeUndefined();
  });
});
