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
      via: "10.0.0.1",
      interface: "eth0",
      onlink: true,
      nextHops: [],
      table: 5,
      scope: 0,
      protocol: 18,
      tos: 0,
      priority: 7,
      position: "prepend",
      metrics: {},
      locked: [],
      noTrack: false,
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
      metrics: { mtu: 1400 },
      locked: ["mtu"],
      position: "append",
    });
  });

  it("what a packet on the route is wrapped into", () => {
    const encapsulation = (text: string) => route(`10.0.0.0/8 encap ${text} dev a`)?.encapsulation;
    expect(encapsulation("ip id 1 dst 10.9.9.9 ttl 3 flags 0x10")).toEqual({
      kind: "ip",
      id: "1",
      destination: "10.9.9.9",
      ttl: 3,
      flags: 16,
    });
    expect(encapsulation("ip6 tc 3 hoplimit 4")).toEqual({ kind: "ip6", tos: 3, ttl: 4 });
    expect(encapsulation("mpls 100/200")).toEqual({ kind: "mpls", labels: [100, 200] });
    expect(encapsulation("ila 1:2:3:ffff")).toEqual({ kind: "ila", locator: [1, 2, 3, 65535] });
    expect(route("10.0.0.0/8 encap ip ttl 3 mtu 9 dev a")?.metrics).toEqual({ mtu: 9 });
    expect(aboutRoute("10.0.0.0/8 encap ip ttl 300 dev a")).toEqual([
      "2:25 ttl 300 is not valid for ip encapsulation",
    ]);
    expect(aboutRoute("10.0.0.0/8 encap foo")).toEqual(["2:18 Unknown encap type - foo"]);
  });

  it("metrics in the kernel's units, names as numbers", () => {
    const metrics = (text: string) => route(`10.0.0.0/8 dev a ${text}`)?.metrics;
    expect(metrics("rtt 2s rttvar 300ms rto_min 0.3s")).toEqual({ rtt: 16_000, rttvar: 1_200, rto_min: 300 });
    expect(metrics("rtt 3000 rttvar lock 50")).toEqual({ rtt: 3_000, rttvar: 800 });
    expect(metrics("features ecn quickack 1")).toEqual({ features: 1, quickack: 1 });
    expect(
      route("10.0.0.0/8 dev a table main scope link tos 0x10 realms 3/4 protocol 0x63 no_track"),
    ).toMatchObject({
      table: 254,
      scope: 253,
      tos: 16,
      realms: 0x3_0004,
      protocol: 99,
    });
    expect(aboutRoute("10.0.0.0/8 table foo")).toEqual(["2:18 Routing table foo not found for route"]);
    expect(aboutRoute("10.0.0.0/8 tos 300")).toEqual(["2:16 TOS value 300 is invalid"]);
    expect(aboutRoute("10.0.0.0/8 pref low")).toEqual(["2:1 pref is only valid for IPv6"]);
    expect(route("fd00::/64 dev a pref low expires 9")).toMatchObject({ preference: 3, expires: 9 });
  });

  it("several ways", () => {
    expect(route("10.0.0.0/8 nexthop via 10.0.0.1 weight 3 nexthop via 10.0.0.2 dev b")?.nextHops).toEqual([
      { via: "10.0.0.1", weight: 3, onlink: false },
      { via: "10.0.0.2", interface: "b", onlink: false },
    ]);
    const { via, nextHops } = route("10.0.0.0/8 via 10.0.0.1 dev a or 10.0.0.2") ?? {};
    expect([via, nextHops?.map((hop) => hop.via)]).toEqual([undefined, ["10.0.0.1", "10.0.0.2"]]);
    expect(aboutRoute("10.0.0.0/8 nexthop via 10.0.0.1 table 3")).toEqual([
      "2:33 Route has trailing nonsense - table",
      "2:1 Warning - cannot track route 10.0.0.0/8 with no interface specified, not tracking",
    ]);
  });

  it("complaints", () => {
    expect(aboutRoute("via 10.0.0.1")).toEqual(["2:1 Route must have a destination"]);
    expect(aboutRoute("10.0.0.0/8 gw 10.0.0.1 dev a")).toEqual([
      '2:12 "gw" for routes is deprecated. Please use "via"',
    ]);
    expect(aboutRoute("10.0.0.0/8 via fe80::1")).toEqual([
      "2:16 Cannot mix IPv4 and IPv6 addresses for route",
    ]);
    expect(aboutRoute("10.0.0.0/8 via x")).toEqual(["2:16 invalid route via address x"]);
    expect(aboutRoute("foo bar")).toEqual(["2:1 unknown route keyword foo"]);
    expect(aboutRoute("10.0.0.0/8 dev a protocol 3")).toEqual([
      "2:1 Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
    ]);
    expect(aboutRoute("10.0.0.0/8 dev a encap")).toEqual(["2:23 Missing encap type"]);
  });

  it.each([
    ["10.0.0.0/8 dev a via", "via", 5],
    ["10.0.0.0/8 dev a to", "to", 5],
    ["10.0.0.0/8 dev a mtu lock", "lock", 6],
    ["10.0.0.0/8 nexthop weight", "weight", 4],
  ])("%s: refused for the missing word, as in keepalived 2.2.7", (line, keyword, position) => {
    const { diagnostics } = parseConfig(`static_routes {\n${line}\n}`);
    expect(diagnostics.map(({ severity, message }) => [severity, message])).toEqual([
      [
        "refused",
        `*** Configuration line starting \`10.0.0.0/8\` is missing a parameter after keyword \`${keyword}\` at word position ${position}`,
      ],
    ]);
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
      action: { kind: "table", table: 5 },
      fwmark: { value: 1, mask: 3 },
      tos: 0,
      protocol: 0,
      noTrack: true,
    });
    expect(
      rule(
        "tos 0x10 realms 2/3 tunnel-id 7 uidrange 1-2 ipproto tcp sport 3-4 dport 5-5 table 6 preference 1",
      ),
    ).toMatchObject({
      tos: 16,
      realms: 0x2_0003,
      tunnelId: "7",
      userIds: { first: 1, last: 2 },
      ipProtocol: 6,
      sourcePorts: { first: 3, last: 4 },
      destinationPorts: { first: 5, last: 5 },
    });
    expect(rule("table 6 sup_pl 3 sup_group 5 preference 1")).toMatchObject({
      suppressPrefixLength: 3,
      suppressGroup: 5,
    });
    expect(rule("from fe80::1 goto 9 priority 8")).toMatchObject({
      family: 6,
      action: { kind: "goto", preference: 9 },
    });
  });

  it("without a preference they count down from 16384, each family for itself", () => {
    const text = "static_rules {\nfrom 10.0.0.1 table 1\nfrom 10.0.0.2 table 1\ninet6 table 1\n}";
    expect(parseConfig(text).config.staticRules.map(({ preference }) => preference)).toEqual([
      16384, 16383, 16384,
    ]);
    expect(complaints(text)[0]).toBe(
      "2:1 Rule has no preference specified - setting to 16384. This is probably not what you want.",
    );
  });

  it("complaints", () => {
    expect(aboutRule("from 10.0.0.1 preference 1")).toEqual(["2:1 No action specified for rule - ignoring"]);
    expect(aboutRule("from 10.0.0.1 to fe80::1 table 1")).toEqual([
      "2:18 rule specification has mixed IPv4 and IPv6",
    ]);
    expect(aboutRule("dport 80 table 1 preference 1")).toEqual(["2:7 invalid dport range 80"]);
    expect(aboutRule("dport 80-80 table 1 preference 1")).toEqual([]);
    expect(aboutRule("fwmark x table 1 preference 1")).toEqual(["2:8 Invalid rule fwmark x specified"]);
    expect(aboutRule("realms 1 nop preference 1")).toEqual([
      "2:1 suppressor/realm specified for non table action - skipping",
    ]);
    expect(aboutRule("inet6 realms 1 table 1 preference 1")).toEqual(["2:1 realms is only valid for IPv4"]);
    expect(aboutRule("table 1 protocol 5 preference 1")).toEqual([
      "2:1 Rule cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
    ]);
    expect(aboutRule("table 0 preference 1")).toEqual(["2:7 Table 0 is not valid"]);
    expect(aboutRule("table 1 nop preference 1")).toEqual([
      "2:9 Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule",
    ]);
    expect(aboutRule("from 10.0.0.0/8 table")).toEqual([
      "2:22 *** Configuration line starting `from` is missing a parameter after keyword `table` at word position 4",
    ]);
    expect(aboutRule("goto 5 preference 9")).toEqual(["2:1 Invalid rule - preference 9 >= goto target 5"]);
    expect(aboutRule("pref 5 table 1")).toEqual(["2:1 Unknown rule option pref"]);
  });
});
