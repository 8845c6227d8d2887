/** The text of the rules; that the kernel does with them what they are for is in test/linux/address-lease.test.ts. */

import { describe, expect, it } from "vitest";
import { type IpAddress, ipAddress } from "../../../src/base/ip-address.js";
import type { Lease } from "../../../src/base/lease.js";
import { heldRuleset, leaseRuleset } from "../../../src/linux/main-thread/host-network/lease-ruleset.js";

function lease(
  changes: Partial<Lease> & { readonly vips?: readonly string[]; readonly on?: readonly string[] } = {},
): Lease {
  const { vips = ["10.0.0.100"], on = ["eth0"], ...rest } = changes;
  return {
    instance: "VI_1",
    device: "eth0",
    family: 4,
    protocol: 112,
    vrid: 51,
    destinations: [ipAddress("224.0.0.18")],
    beatDevice: undefined,
    length: 3_000,
    farewell: 100,
    addresses: vips.map((address) => ({ address: ipAddress(address) as IpAddress, devices: on })),
    ...rest,
  };
}

const numbers = new Map<string, number>();
const settings = {
  table: "t",
  devices: new Set(["eth0", "eth1", "a.b", "a-b", "1st"]),
  masters: new Set<string>(),
  holdsAll: false,
  numberOf(instances: readonly string[]) {
    const key = instances.join();
    numbers.set(key, numbers.get(key) ?? numbers.size + 1);
    return numbers.get(key) ?? 0;
  },
};

function lines(leases: readonly Lease[], changes: Partial<typeof settings> = {}): string[] {
  numbers.clear();
  return leaseRuleset(leases, { ...settings, ...changes })
    .split("\n")
    .map((line) => line.trim());
}

describe("rules of leases", () => {
  it("an advert prolongs one lease, however many addresses there are; one of priority 0 shortens it", () => {
    const text = lines([lease({ vips: ["10.0.0.100", "10.0.0.101", "10.0.0.102"] })]);
    expect(text.filter((line) => line.includes("update"))).toEqual([
      "update @alive { meta mark & 0x1 | 0x1 timeout 3000ms } add @held { meta mark & 0x1 | 0x1 }",
      "ip daddr { 224.0.0.18 } @th,16,8 0 update @alive { meta mark & 0x1 | 0x1 timeout 100ms } return",
    ]);
    expect(text).toContain("ip protocol 112 meta skuid >= 0 @th,8,8 vmap { 51 : jump advert_1 }");
    const all = ["10.0.0.100", "10.0.0.101", "10.0.0.102"].map((vip) => `${vip} : jump guard_1`).join(", ");
    for (const field of ["arp saddr ip", "ip saddr", "arp daddr ip", "ip daddr"])
      expect(text).toContain(`${field} vmap { ${all} }`);
  });

  it("AH has its header in front; IPv6 has neighbour discovery", () => {
    expect(lines([lease({ protocol: 51 })])).toContain(
      "ip protocol 51 meta skuid >= 0 @th,200,8 vmap { 51 : jump advert_1 }",
    );
    const ipv6 = lines([lease({ family: 6, vips: ["fd00::64"], destinations: [ipAddress("ff02::12")] })]);
    expect(ipv6).toContain("ip6 nexthdr 112 meta skuid >= 0 @th,8,8 vmap { 51 : jump advert_1 }");
    const target = "0xfd000000000000000000000000000064";
    expect(ipv6).toContain(`icmpv6 type nd-neighbor-advert @th,64,128 vmap { ${target} : jump guard_1 }`);
    expect(ipv6).toContain(`icmpv6 type nd-neighbor-solicit @th,64,128 vmap { ${target} : jump guard_1 }`);
    expect(ipv6.some((line) => line.startsWith("arp"))).toBe(false);
  });

  it("beats of unicast are dropped where they count", () => {
    expect(lines([lease()]).join()).not.toContain("@ll");
    const text = lines([
      lease({ beatDevice: "eth0", destinations: [ipAddress("10.0.0.2"), ipAddress("10.0.0.3")] }),
    ]);
    expect(text).toContain("@ll,96,48 0x88b55667696c @ll,144,16 vmap { 0x433 : jump open_1 }");
    expect(text).toContain("@ll,96,48 0x88b55667696c drop");
    expect(text).toContain("ip daddr { 10.0.0.2, 10.0.0.3 } jump open_1");
  });

  it("an address of two instances speaks as long as the adverts of one of them leave", () => {
    const text = lines([
      lease({ instance: "A", vrid: 1 }),
      lease({ instance: "B", vrid: 2, length: 300, vips: ["10.0.0.100", "10.0.0.200"] }),
    ]);
    expect(text).toContain("arp saddr ip vmap { 10.0.0.100 : jump guard_1, 10.0.0.200 : jump guard_2 }");
    const updates = text.filter((line) => line.startsWith("update"));
    expect(updates[0]).toBe(
      "update @alive { meta mark & 0x1 | 0x1 timeout 3000ms } add @held { meta mark & 0x1 | 0x1 }",
    );
    expect(updates[1]).toContain(
      "meta mark & 0x1 | 0x1 timeout 300ms } update @alive { meta mark & 0x2 | 0x2",
    );
  });

  it("one link-local address on two interfaces is two addresses; one VRID of two instances prolongs both", () => {
    const text = lines([
      lease({ instance: "A", vips: ["fe80::1"] }),
      lease({ instance: "B", vips: ["fe80::1"], on: ["eth1"], device: "eth1" }),
      lease({ instance: "C", vips: ["10.0.0.9"], destinations: [ipAddress("10.0.0.2")] }),
    ]);
    expect(text).toContain("ip6 saddr vmap { fe80::1 : jump guard_1 }");
    expect(text).toContain("ip6 saddr vmap { fe80::1 : jump guard_2 }");
    expect(text).toContain("ip protocol 112 meta skuid >= 0 @th,8,8 vmap { 51 : jump several_1 }");
    const several = text.indexOf("chain several_1 {");
    expect(text.slice(several + 1, several + 3)).toEqual(["jump advert_1", "jump advert_3"]);
  });

  it("interfaces that are not there have no chains; chains have names that nft reads", () => {
    const text = lines([lease({ on: ["a.b", "a-b", "gone0", "1st", "eth0"], device: "gone0" })]);
    expect(text.join()).not.toContain("gone0");
    const names = text.flatMap((line) => /^chain (\S+) /.exec(line)?.[1] ?? []);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9_.-]*$/);
  });

  it("the names of instances are comments, and nothing else", () => {
    const text = lines([lease({ instance: 'x" drop; \\' })]);
    expect(text.filter((line) => line.startsWith("comment"))).toContain('comment "x? drop; ?"');
  });

  it("leases of a MASTER begin anew; what an earlier daemon held is silent until adverts leave", () => {
    const leases = [lease({ instance: "A", vrid: 1 }), lease({ instance: "B", vrid: 2, vips: ["10.0.0.2"] })];
    const elements = (changes: Partial<typeof settings>) =>
      lines(leases, changes).filter((line) => line.startsWith("elements"));
    expect(elements({})).toEqual([]);
    expect(elements({ masters: new Set(["B"]) })).toEqual([
      "elements = { 0x2 timeout 3000ms }",
      "elements = { 0x2 }",
    ]);
    expect(elements({ holdsAll: true })).toEqual(["elements = { 0x1, 0x2 }"]);
  });

  it("who holds addresses is set in one transaction", () => {
    numbers.clear();
    const leases = [lease({ instance: "A" }), lease({ instance: "B", vips: ["10.0.0.2"] })];
    expect(heldRuleset(leases, settings)).toBe("flush set netdev t held\n");
    expect(heldRuleset(leases, { ...settings, masters: new Set(["B", "unknown"]) })).toBe(
      "flush set netdev t held\nadd element netdev t held { 0x2 }\n",
    );
  });
});
