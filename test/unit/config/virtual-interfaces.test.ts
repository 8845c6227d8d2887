/** VMACs and ipvlans: what a configuration wants, and how that fits into a host. */

import { describe, expect, it } from "vitest";
import type { PresentLink } from "../../../src/base/virtual-interface.js";
import { parseConfig } from "../../../src/config/load.js";
import { placeVirtualInterfaces } from "../../../src/config/place-virtual-interfaces.js";
import { instance } from "../../support/config/findings.js";

function config(lines: string, before = "") {
  return parseConfig(instance(lines, before)).config;
}

function resolved(lines: string, before = "") {
  const found = config(lines, before).instances[0];
  if (found === undefined) throw new Error("the instance was refused");
  return found;
}

/** `NAME@BASE MAC` of each, with `!` where IPv6 stays on. */
function wanted(lines: string, before = ""): string[] {
  return resolved(lines, before).virtualInterfaces.map(
    ({ name, base, mac, ipv6 }) => `${name}@${base} ${mac}${ipv6 ? "!" : ""}`,
  );
}

/** `ADDRESS INTERFACE` of each. */
function places(lines: string, before = ""): string[] {
  const { virtualAddresses, excludedAddresses } = resolved(lines, before);
  return [...virtualAddresses, ...excludedAddresses].map(
    ({ address, interface: name }) => `${address} ${name}`,
  );
}

function link(name: string, overrides: Partial<PresentLink> = {}): PresentLink {
  return {
    name,
    index: 9,
    base: undefined,
    mac: undefined,
    kind: "veth",
    privateMacvlan: false,
    loopback: false,
    running: true,
    multicast: true,
    ...overrides,
  };
}

/** The VMAC that `use_vmac` of {@link instance} asks for, as keepalived makes it. */
function vmac(name: string, overrides: Partial<PresentLink> = {}): PresentLink {
  const mac = "00:00:5e:00:01:07" as PresentLink["mac"];
  return link(name, { base: "eth0", kind: "macvlan", privateMacvlan: true, mac, ...overrides });
}

describe("what a configuration wants", () => {
  it("use_vmac: one macvlan with the virtual router MAC, and the addresses of its family on it", () => {
    expect(wanted("use_vmac")).toEqual(["vrrp.7@eth0 00:00:5e:00:01:07"]);
    expect(places("use_vmac\nvirtual_ipaddress_excluded {\n10.0.0.9\nfd00::9\n10.9.0.1 dev eth1\n}")).toEqual(
      ["10.0.0.1 vrrp.7", "10.0.0.9 vrrp.7", "fd00::9 eth0", "10.9.0.1 eth1"],
    );
    expect(resolved("use_vmac")).toMatchObject({ vmac: "vrrp.7", transmitOnBase: false });
    expect(resolved("use_vmac\nvmac_xmit_base").transmitOnBase).toBe(true);
    expect(resolved("")).toMatchObject({ vmac: undefined, virtualInterfaces: [] });
  });

  it("IPv6 stays on where the instance has an IPv6 address", () => {
    expect(wanted("use_vmac\nvirtual_ipaddress_excluded {\nfd00::9\n}")).toEqual([
      "vrrp.7@eth0 00:00:5e:00:01:07!",
    ]);
  });

  it("name, MAC and group can be given; a MAC of five octets ends with the VRID", () => {
    const [given] = resolved("use_vmac vip0 02:00:00:00:00:01 netlink_notify_msg group 3").virtualInterfaces;
    expect(given).toMatchObject({ name: "vip0", named: true, mac: "02:00:00:00:00:01", group: 3 });
    expect(wanted("use_vmac 02:00:00:00:01")).toEqual(["vrrp.7@eth0 02:00:00:00:01:07"]);
    expect(wanted("use_vmac 02:00:00:00:01:00")).toEqual(["vrrp.7@eth0 02:00:00:00:01:00"]);
  });

  it("strict mode: the RFC's MAC, and adverts from it", () => {
    expect(wanted("use_vmac 02:00:00:00:00:01\nvmac_xmit_base\nstrict_mode")).toEqual([
      "vrrp.7@eth0 00:00:5e:00:01:07",
    ]);
    expect(resolved("use_vmac\nvmac_xmit_base\nstrict_mode")).toMatchObject({
      transmitOnBase: false,
      accept: false,
    });
  });

  it("vmac_prefix", () => {
    expect(wanted("use_vmac", "global_defs {\nvmac_prefix v\n}\n")).toEqual(["v.7@eth0 00:00:5e:00:01:07"]);
  });

  it("use_vmac_addr: another VMAC for each other interface and family", () => {
    const lines =
      "use_vmac\nuse_vmac_addr\nvirtual_ipaddress_excluded {\n10.8.0.1 dev eth1\n10.8.0.2 dev eth1\nfd00::1\nfd08::1 dev eth1\n}";
    const before = "global_defs {\nvmac_addr_prefix a\n}\n";
    expect(wanted(lines, before)).toEqual([
      "vrrp.7@eth0 00:00:5e:00:01:07!",
      "a.7@eth1 00:00:5e:00:01:07",
      "a6.7@eth0 00:00:5e:00:02:07!",
      "a1.7@eth1 00:00:5e:00:02:07!",
    ]);
    expect(places(lines, before)).toEqual([
      "10.0.0.1 vrrp.7",
      "10.8.0.1 a.7",
      "10.8.0.2 a.7",
      "fd00::1 a6.7",
      "fd08::1 a1.7",
    ]);
  });

  it("use_vmac of an address: a VMAC for it alone, while the adverts stay on the interface", () => {
    const lines = "virtual_ipaddress_excluded {\n10.0.0.9 use_vmac\n10.8.0.1 dev eth1 use_vmac\n}";
    expect(wanted(lines)).toEqual(["vrrp.7@eth0 00:00:5e:00:01:07", "vrrp1.7@eth1 00:00:5e:00:01:07"]);
    expect(places(lines)).toEqual(["10.0.0.1 eth0", "10.0.0.9 vrrp.7", "10.8.0.1 vrrp1.7"]);
    expect(resolved(lines).vmac).toBeUndefined();
  });

  it("use_ipvlan", () => {
    const [made] = resolved("use_ipvlan ip0 private group 4").virtualInterfaces;
    expect(made).toMatchObject({ kind: "ipvlan", name: "ip0", base: "eth0", mode: "private", group: 4 });
  });
});

describe("how it fits into a host", () => {
  /** What becomes of one `use_vmac` line on a host with these interfaces. */
  function place(lines: string, present: readonly PresentLink[], ours: readonly string[] = []) {
    const {
      config: placed,
      placements,
      notices,
    } = placeVirtualInterfaces(config(lines), present, new Set(ours));
    const [only] = placements;
    return {
      name: only?.wanted.name,
      present: only?.present?.name,
      replaces: only?.replaces.map(({ name }) => name),
      addresses: placed.instances[0]?.virtualAddresses.map((line) => line.interface),
      vmac: placed.instances[0]?.vmac,
      notices,
    };
  }

  it("an empty host: a new interface of the wanted name", () => {
    expect(place("use_vmac", [link("eth0")])).toEqual({
      name: "vrrp.7",
      present: undefined,
      replaces: [],
      addresses: ["vrrp.7"],
      vmac: "vrrp.7",
      notices: [],
    });
  });

  it("one that matches is used, whatever its name", () => {
    expect(place("use_vmac", [link("eth0"), vmac("mine")])).toMatchObject({
      name: "mine",
      present: "mine",
      addresses: ["mine"],
      notices: ["(A) Found matching interface mine"],
    });
    expect(place("use_vmac", [link("eth0"), vmac("vrrp.7")], ["vrrp.7"])).toMatchObject({
      present: "vrrp.7",
      notices: [],
    });
  });

  it.each([
    ["other kind", link("vrrp.7")],
    ["other mode", vmac("vrrp.7", { privateMacvlan: false })],
    ["other interface below", vmac("vrrp.7", { base: "eth1" })],
  ])("the name is taken by another interface: the next name (%s)", (_title, holder) => {
    expect(place("use_vmac", [link("eth0"), holder])).toMatchObject({
      name: "vrrp1.7",
      present: undefined,
      replaces: [],
      addresses: ["vrrp1.7"],
      vmac: "vrrp1.7",
    });
  });

  it("a given name that is taken: a complaint and a made name", () => {
    expect(place("use_vmac vip0", [link("eth0"), link("vip0")])).toMatchObject({
      name: "vrrp.7",
      notices: ["(A) interface vip0 already exists and is not a private macvlan; ignoring vmac if_name"],
    });
  });

  it("a given name, and a match under another name: that one goes, as two cannot have one MAC", () => {
    expect(place("use_vmac vip0", [link("eth0"), vmac("vrrp.7")], ["vrrp.7"])).toMatchObject({
      name: "vip0",
      present: undefined,
      replaces: ["vrrp.7"],
    });
  });

  it("the name belongs to one of ours that does not fit any more: that one goes", () => {
    const holder = vmac("vip0", { mac: "00:00:5e:00:01:08" as PresentLink["mac"] });
    expect(place("use_vmac vip0", [link("eth0"), holder], ["vip0"])).toMatchObject({
      name: "vip0",
      replaces: ["vip0"],
    });
  });
});
