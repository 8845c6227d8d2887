import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { complaints, instance } from "../../support/config/findings.js";

/** The static address of a line; IPv4 ones have no interface of an instance. */
const read = (line: string) => parseConfig(`static_ipaddress {\n${line}\n}`).config.staticAddresses[0];
const about = (line: string) => complaints(`static_ipaddress {\n${line}\n}`);

describe("§4.1 address lines", () => {
  it("everything at once, in any order", () => {
    expect(read("10.0.0.1/24 label eth1:vip brd + dev eth1 scope link home noprefixroute no_track")).toEqual({
      address: "10.0.0.1",
      prefixLength: 24,
      interface: "eth1",
      scope: 253,
      flags: 0x210,
      noTrack: true,
      label: "eth1:vip",
      broadcast: "10.0.0.255",
    });
    expect(read("2001:db8:0::1/64 -nodad mngtmpaddr autojoin preferred_lft 60")).toEqual({
      address: "2001:db8::1",
      prefixLength: 64,
      interface: "eth0",
      scope: 0,
      flags: 0x500,
      noTrack: false,
      preferredLifetime: 60,
    });
  });

  it("broadcast addresses", () => {
    expect(read("10.0.0.77/26 brd +")?.broadcast).toBe("10.0.0.127");
    expect(read("10.0.0.77/26 brd -")?.broadcast).toBe("10.0.0.64");
    expect(read("10.0.0.77/20 broadcast 10.1.1.1")?.broadcast).toBe("10.1.1.1");
    expect(about("10.0.0.1 brd +")).toEqual(["2:14 Address prefix length 32 too long for broadcast"]);
    expect(about("10.0.0.1/24 brd x")).toEqual([
      "2:17 VRRP is trying to assign invalid broadcast x. skipping VIP...",
    ]);
    expect(about("fe80::1 brd +")).toEqual([
      "2:13 VRRP is trying to assign a broadcast + to the IPv6 address fe80::1 !!?? WTF... skipping VIP...",
    ]);
  });

  it("a peer takes no prefix length and makes a host address", () => {
    expect(read("10.0.0.1 peer 10.9.9.9")).toMatchObject({ peer: "10.9.9.9", prefixLength: 32 });
    expect(about("10.0.0.1/24 peer 10.9.9.9")).toEqual([
      "2:18 Cannot specify address prefix when specifying peer address - ignoring",
    ]);
    expect(about("10.0.0.1 peer 10.9.9.9/24")).toEqual([
      "2:15 VRRP parsed invalid IP 10.9.9.9/24. skipping IP...",
      "2:15 Invalid peer address 10.9.9.9/24",
    ]);
    expect(about("10.0.0.1 peer fe80::1")).toEqual([
      "2:15 Peer address fe80::1 does not match address family",
    ]);
  });

  it("scopes by name and number, of IPv4 only", () => {
    expect(read("10.0.0.1 scope host")?.scope).toBe(254);
    expect(read("10.0.0.1 scope 7")?.scope).toBe(7);
    expect(about("10.0.0.1 scope moon")).toEqual([
      "2:16 Invalid scope 'moon' specified for 10.0.0.1 - ignoring",
    ]);
    expect(about("fe80::1/64 scope link")).toEqual([
      "2:1 Cannot specify scope for IPv6 addresses (fe80::1/64) - ignoring scope",
    ]);
    expect(about("fe80::1/64 label a:b")).toEqual([
      "2:1 Cannot specify label for IPv6 addresses (fe80::1/64) - ignoring label",
    ]);
  });

  it("what is no address is skipped, a wrong length is replaced", () => {
    expect(about("10.0.0.256")).toEqual(["2:1 VRRP parsed invalid IP 10.0.0.256. skipping IP..."]);
    expect(about("<vip>")).toEqual(["2:1 VRRP parsed invalid IP <vip>. skipping IP..."]);
    expect(about("10.0.0.1/33")).toEqual([
      "2:1 Invalid address prefix len 33 for address 10.0.0.1/33 - using 32",
    ]);
    expect(read("10.0.0.1/33")?.prefixLength).toBe(32);
  });

  it("unknown options with the nearest one, missing values, two interfaces", () => {
    const { diagnostics } = parseConfig("static_ipaddress {\n10.0.0.1 notrack\n}");
    expect(diagnostics.map(({ message, hint }) => [message, hint])).toEqual([
      ["Unknown configuration entry 'notrack' for ip address - ignoring", "did you mean 'no_track'?"],
    ]);
    expect(about("10.0.0.1 dev")).toEqual(["2:10 No dev parameter specified for 10.0.0.1"]);
    expect(about("10.0.0.1 dev a dev b")).toEqual([
      "2:20 Cannot specify ipaddress device more than once for 10.0.0.1",
    ]);
    expect(about("10.0.0.1 label 1234567890123456")).toEqual([
      "2:16 Address label 1234567890123456 is longer than maximum length 15 - removing address",
    ]);
    expect(read("10.0.0.1 label 1234567890123456")).toBeUndefined();
  });

  it("a track_group must be known before", () => {
    const group = "track_group G {\ngroup { A }\n}\n";
    const { config } = parseConfig(`${group}static_ipaddress {\n10.0.0.1 dev a track_group G\n}`);
    expect(config.staticAddresses[0]?.trackGroup).toBe("G");
    expect(about("10.0.0.1 dev a track_group G")).toEqual(["2:28 track_group G not found"]);
  });

  it("a duplicate is left out, as an excluded one it may be on another interface", () => {
    const duplicates = (lines: string) => {
      const { diagnostics } = parseConfig(instance(lines));
      return diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
    };
    // keepalived 2.2 takes it twice without a word, so that the exit status of a test stays 0.
    expect(duplicates("virtual_ipaddress {\n10.0.0.1/24\n}")).toEqual([
      "note: (A): VIP duplicates a VIP 10.0.0.1/24 - ignoring",
    ]);
    expect(duplicates("virtual_ipaddress_excluded {\n10.0.0.1\n10.0.0.1 dev b\n}")).toEqual([
      "note: (A): Excluded VIP duplicates a VIP 10.0.0.1 - ignoring",
    ]);
  });

  it("more than fit a packet become excluded ones", () => {
    const many = Array.from({ length: 254 }, (_, i) => `10.1.0.${i + 1}`).join("\n");
    const { config } = parseConfig(instance(`virtual_ipaddress {\n${many}\n10.2.0.1\n10.2.0.2\n}`));
    expect(config.instances[0]?.virtualAddresses).toHaveLength(255);
    expect(config.instances[0]?.excludedAddresses.map(({ address }) => address)).toEqual([
      "10.2.0.1",
      "10.2.0.2",
    ]);
  });
});
