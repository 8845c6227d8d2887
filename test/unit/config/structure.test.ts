import { describe, expect, it } from "vitest";
import { type AbsentProcess, parseConfig } from "../../../src/config/load.js";
import { complaints } from "../../support/config/findings.js";

const hints = (text: string) => parseConfig(text).diagnostics.map(({ hint }) => hint);

describe("§ structure", () => {
  it("an empty file says nothing", () => {
    expect(complaints("")).toEqual([]);
    expect(complaints("# only\n\n! comments\n")).toEqual([]);
  });

  it("an unknown keyword, with the nearest one that is known there", () => {
    expect(complaints("globl_defs {\n}\n")).toEqual([
      "1:1 Unknown keyword 'globl_defs'",
      "1:12 Unexpected '{' - ignoring",
      "2:1 Unknown keyword '}'",
    ]);
    expect(hints("global_defs {\n  vrrp_strikt\n}\n")).toEqual(["did you mean 'vrrp_strict'?"]);
    expect(hints("vrrp_script a {\n interval 1\n intervall 1\n script x\n}")[0]).toBe(
      "did you mean 'interval'?",
    );
    expect(hints("xyzzy")).toEqual([undefined]);
  });

  it("a keyword of another block is unknown", () => {
    expect(complaints("router_id a\n")).toEqual(["1:1 Unknown keyword 'router_id'"]);
  });

  it("what is in an unknown block is read as belonging to the outer one", () => {
    expect(complaints("global_defs {\n  foo {\n    router_id a\n  }\n}\n")).toEqual([
      "2:3 Unknown keyword 'foo'",
      "2:7 Unexpected '{' - ignoring",
      "5:1 Unknown keyword '}'",
    ]);
  });

  it("a missing parameter ends the reading", () => {
    expect(complaints("global_defs {\n  vrrp_version\n  foo\n}\n")).toEqual([
      "2:15 *** Configuration line starting `vrrp_version` is missing a parameter after keyword `vrrp_version` at word position 2",
    ]);
    expect(hints("vrrp_script\n{\n")).toEqual(["write: vrrp_script NAME {…}", "every '{' needs a '}'"]);
  });

  it("a block without its brace is read all the same; keepalived's other processes stumble over its lines", () => {
    expect(complaints("global_defs\n  router_id a\n}\n")).toEqual([
      "2:3 Missing '{' at beginning of configuration block",
      "2:3 Unknown keyword 'router_id'",
      "3:1 Extra '}' found",
      "3:1 Unknown keyword '}'",
    ]);
  });

  it("the brace may be on the next line or touch the keyword", () => {
    expect(complaints("global_defs\n{\nrouter_id a\n}\nglobal_defs{router_id b}")).toEqual([]);
  });

  it("missing ends are counted", () => {
    expect(complaints("vrrp_script a {\n script x\n user root {\n")).toEqual([
      "3:12 Unexpected '{' - ignoring",
      "There are 2 missing '}'s or extra '{'s",
    ]);
  });

  it("a value block with words before its brace", () => {
    expect(complaints("static_routes x {\n}\n")).toEqual([
      "1:15 Block static_routes has extra parameters x ...",
    ]);
  });

  it("a value block without its brace takes lines until one closes", () => {
    const { config, diagnostics } = parseConfig("static_ipaddress\n10.0.0.1 dev a\n}\n");
    expect(config.staticAddresses.map(({ address }) => address)).toEqual(["10.0.0.1"]);
    expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      "complaint Unknown keyword '10.0.0.1'",
      "note '{' missing from beginning of block static_ipaddress",
      "complaint Extra '}' found",
      "complaint Unknown keyword '}'",
    ]);
  });

  it("an unmatched quote", () => {
    expect(complaints('global_defs {\nrouter_id "a\n}\n')).toEqual([
      "2:1 Unterminated quote 'router_id \"a'",
      "2:1 Unmatched quote: 'router_id \"a'",
      "2:13 routerid name missing - ignoring",
    ]);
  });

  it("blocks of IPVS are understood, with one note for each kind", () => {
    const text = `virtual_server 10.0.0.1 80 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 10.0.0.2 80 {
    HTTP_GET {
      url { path / 
        status_code 200 }
      connect_timeout 3
    }
  }
}
virtual_server fwmark 1 {
  lb_algo rr
  lb_kind DR
  real_server 10.0.0.2 {
  }
}
virtual_server_group G {
  10.0.0.1 80
}
SSL {
  password hunter2
}`;
    const { diagnostics, config } = parseConfig(text);
    expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      "note virtual_server blocks are read but not run: only VRRP runs here",
      "note virtual_server_group blocks are read but not run: only VRRP runs here",
      "note SSL blocks are read but not run: only VRRP runs here",
    ]);
    expect(config.unused).toEqual([
      { keyword: "virtual_server", arguments: ["10.0.0.1", "80"] },
      { keyword: "virtual_server", arguments: ["fwmark", "1"] },
      { keyword: "virtual_server_group", arguments: ["G"] },
      { keyword: "SSL", arguments: [] },
    ]);
  });

  it("a second block of the same name is skipped as a whole", () => {
    const block = "vrrp_sync_group G { group { A } foo { bar } }\n";
    expect(complaints(`${block.replace("foo { bar }", "")}${block}`)).toEqual([
      "2:17 vrrp sync group G already defined",
      "1:29 Virtual router A specified in sync group G doesn't exist - ignoring",
      "1:1 Sync group G, no matching virtual router found in group declaration - removing",
    ]);
  });
});

describe("§ numbers", () => {
  const global = (line: string) => complaints(`global_defs {\n${line}\n}`);

  it("complaints in keepalived's words, at the number", () => {
    expect(global("vrrp_version abc")[0]).toBe("2:14 invalid number 'abc'");
    expect(global("vrrp_version 4")[0]).toBe("2:14 number '4' outside range [2, 3]");
    expect(global("vrrp_version -1")[0]).toBe("2:14 negative number '-1'");
    expect(global("vrrp_garp_master_repeat 99999999999")[0]).toBe(
      "2:25 number '99999999999' outside unsigned integer range",
    );
    expect(global("vrrp_garp_interval 0")[0]).toBe("2:20 number '0' outside range [0.000001, 4294.967295]");
    expect(global("vrrp_garp_interval 1.0000001")[0]).toBe(
      "2:20 number '1.0000001' has too many decimal places",
    );
    expect(global("vrrp_garp_interval x")[0]).toBe("2:20 invalid number 'x'");
  });

  it("a number with something behind it counts after a complaint", () => {
    const { config, diagnostics } = parseConfig(
      "vrrp_instance A {\ngarp_master_delay 7s\nvirtual_router_id 1\ninterface a\n}",
    );
    expect(config.instances[0]?.garp.masterDelay).toBe(7_000_000);
    expect(diagnostics[0]?.message).toBe("invalid number '7s'");
    expect(diagnostics[0]?.hint).toBe("expected 7");
  });

  it("decimals are kept to the microsecond and rounded beyond", () => {
    expect(parseConfig("global_defs {\nvrrp_garp_interval .0015\n}").config.global.garpInterval).toBe(1_500);
    expect(parseConfig("global_defs {\nvrrp_garp_interval 0.0000019\n}").config.global.garpInterval).toBe(2);
  });
});

describe("blocks of processes that do not run", () => {
  const lvs = "virtual_server 10.0.0.5 80 {\nlb_algo\nprotocol TCP\n}\n";
  const bfd = "bfd_instance B {\nneighbor_ip 10.0.0.9\nmin_rx\n}\n";
  const vrrp = "vrrp_instance A {\ninterface a\nvirtual_router_id\n}\n";
  const said = (text: string, absent: readonly AbsentProcess[]) =>
    parseConfig(text, "k.conf", { absent }).diagnostics.map(({ severity }) => severity);

  it("a mistake in them is neither said nor a reason not to start", () => {
    for (const [text, process] of [
      [lvs, "checkers"],
      [vrrp, "vrrp"],
    ] as const) {
      expect(said(text, [])).toContain("refused");
      expect(said(text, [process])).toEqual([]);
    }
    expect(said(bfd, [])).toContain("refused");
    // keepalived's checkers and VRRP read them as well.
    expect(said(bfd, ["bfd", "checkers", "vrrp"])).toEqual([]);
  });

  it("what is left is read", () => {
    const whole = `${lvs}vrrp_instance A {\ninterface a\nvirtual_router_id 1\n}\n`;
    const { config } = parseConfig(whole, "k.conf", { absent: ["checkers", "bfd"] });
    expect(config.instances.map(({ name }) => name)).toEqual(["A"]);
  });
});
