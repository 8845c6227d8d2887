import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { complaints } from "../../support/config/findings.js";

const route = (line: string) => parseConfig(`static_routes {\n${line}\n}`).config.staticRoutes[0];
const aboutRoute = (line: string) => complaints(`static_routes {\n${line}\n}`);
const rule = (line: string) => parseConfig(`static_rules {\n${line}\n}`).config.staticRules[0];
const aboutRule = (line: string) => complaints(`static_rules {\n${line}\n}`);

describe("§4.2 route lines", () => {
  it("a destination with a gateway", () => {
    expect(route("192.168.1.0/24 via 10.0.0.1 dev eth0 table 5 metric 7 onlink")).toEqual({
      family: 4,
      type: "unicast",
      destination: { address: "192.168.1.0", length: 24 },
      nextHops: [{ via: "10.0.0.1", interface: "eth0", weight: 1, onlink: true }],
      table: "5",
      metric: 7,
      position: "prepend",
      noTrack: false,
      options: {},
    });
  });

  it("types, defaults, options", () => {
    expect(route("blackhole default")).toMatchObject({
      type: "blackhole",
      destination: { address: "0.0.0.0", length: 0 },
      nextHops: [],
    });
    expect(route("inet6 default via fe80::1 dev a mtu lock 1400 append")).toMatchObject({
      family: 6,
      destination: { address: "::", length: 0 },
      options: { mtu: "lock 1400" },
      position: "append",
    });
    expect(route("10.0.0.0/8 dev a encap ip id 1 dst 10.9.9.9 ttl 3 mtu 9")?.options).toEqual({
      encap: "ip id 1 dst 10.9.9.9 ttl 3",
      mtu: "9",
    });
  });

  it("several ways", () => {
    expect(route("10.0.0.0/8 nexthop via 10.0.0.1 weight 3 nexthop via 10.0.0.2 dev b")?.nextHops).toEqual([
      { via: "10.0.0.1", weight: 3, onlink: false },
      { via: "10.0.0.2", interface: "b", weight: 1, onlink: false },
    ]);
    expect(aboutRoute("10.0.0.0/8 nexthop via 10.0.0.1 table 3")).toEqual([
      "2:33 Route has trailing nonsense - table",
    ]);
  });

  it("complaints", () => {
    expect(aboutRoute("via 10.0.0.1")).toEqual(["2:1 Route must have a destination"]);
    expect(aboutRoute("10.0.0.0/8 gw 10.0.0.1")).toEqual([
      '2:12 "gw" for routes is deprecated. Please use "via"',
    ]);
    expect(aboutRoute("10.0.0.0/8 via fe80::1")).toEqual([
      "2:16 Cannot mix IPv4 and IPv6 addresses for route",
    ]);
    expect(aboutRoute("10.0.0.0/8 via x")).toEqual(["2:16 invalid route via address x"]);
    expect(aboutRoute("foo bar")).toEqual(["2:1 unknown route keyword foo"]);
    expect(aboutRoute("10.0.0.0/8 protocol 3")).toEqual([
      "2:1 Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
    ]);
    expect(aboutRoute("10.0.0.0/8 via")).toEqual(["2:15 No via parameter specified for route"]);
  });
});

describe("§4.3 rule lines", () => {
  it("everything common", () => {
    expect(
      rule("not from 10.0.0.0/8 to 10.1.0.1 iif a oif b fwmark 1/3 table 5 preference 9 no_track"),
    ).toEqual({
      family: 4,
      not: true,
      from: { address: "10.0.0.0", length: 8 },
      to: { address: "10.1.0.1", length: 32 },
      inputInterface: "a",
      outputInterface: "b",
      preference: 9,
      action: { kind: "table", table: "5" },
      noTrack: true,
      options: { fwmark: "1/3" },
    });
    expect(rule("from fe80::1 goto 9 priority 8")).toMatchObject({
      family: 6,
      action: { kind: "goto", preference: 9 },
    });
  });

  it("without a preference they count down from 16383, each family for itself", () => {
    const text = "static_rules {\nfrom 10.0.0.1 table 1\nfrom 10.0.0.2 table 1\ninet6 table 1\n}";
    expect(parseConfig(text).config.staticRules.map(({ preference }) => preference)).toEqual([
      16383, 16382, 16383,
    ]);
    expect(complaints(text)[0]).toBe(
      "2:1 Rule has no preference specified - setting to 16383. This is probably not what you want.",
    );
  });

  it("complaints", () => {
    expect(aboutRule("from 10.0.0.1 preference 1")).toEqual(["2:1 No action specified for rule - ignoring"]);
    expect(aboutRule("from 10.0.0.1 to fe80::1 table 1")).toEqual([
      "2:18 rule specification has mixed IPv4 and IPv6",
    ]);
    expect(aboutRule("dport 80 table 1 preference 1")).toEqual(["2:7 invalid dport range 80"]);
    expect(aboutRule("dport 80-80 table 1 preference 1")).toEqual([]);
    expect(aboutRule("table 0 preference 1")).toEqual(["2:7 Table 0 is not valid"]);
    expect(aboutRule("table 1 nop preference 1")).toEqual([
      "2:9 Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule",
    ]);
    expect(aboutRule("goto 5 preference 9")).toEqual(["2:1 Invalid rule - preference 9 >= goto target 5"]);
    expect(aboutRule("pref 5 table 1")).toEqual(["2:1 Unknown rule option pref"]);
  });
});
