/** Which leases a configuration has. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import type { VrrpInstance } from "../../../src/config/config.js";
import { leasesOf } from "../../../src/engine/holding/leases.js";
import { simConfig, virtualAddress } from "../../../src/sim/scenario.js";

const links = ["lo", "eth0", "eth1", "wg0"].map((name) => ({
  name,
  loopback: name === "lo",
  mac: name === "wg0" ? undefined : ("02:00:00:00:00:01" as never),
}));

function leases(changes: Partial<VrrpInstance>, own: readonly string[] = []) {
  const instances = simConfig({ version: 2 }).instances.map((one) => ({
    ...one,
    addressLease: true,
    ...changes,
  }));
  return leasesOf({ instances }, { links, isOwn: (_, address) => own.includes(address) });
}

const on = (device: string, text = "10.0.0.100") => ({ ...virtualAddress(text), interface: device });

describe("leases", () => {
  it("have the adverts' interface, protocol and destination, and all addresses", () => {
    const [lease] = leases({ excludedAddresses: [on("eth1", "10.1.0.1")] });
    expect(lease).toMatchObject({
      device: "eth0",
      family: 4,
      protocol: 112,
      length: 3_000,
      beatDevice: undefined,
    });
    expect(lease?.destinations).toEqual(["224.0.0.18"]);
    expect(lease?.addresses).toEqual([
      { address: "10.0.0.100", devices: ["eth0"] },
      { address: "10.1.0.1", devices: ["eth1", "eth0"] },
    ]);
  });

  it("are on the interface below a VMAC, and never on the loopback", () => {
    const virtualInterfaces = [
      { name: "vrrp.51", base: "eth1" },
    ] as unknown as VrrpInstance["virtualInterfaces"];
    const [lease] = leases({ virtualInterfaces, virtualAddresses: [on("vrrp.51"), on("lo", "10.2.0.1")] });
    expect(lease?.addresses).toEqual([
      { address: "10.0.0.100", devices: ["eth1", "eth0"] },
      { address: "10.2.0.1", devices: ["eth0"] },
    ]);
  });

  it("of unicast have beats; without an interface on that of the first address, unless that is no Ethernet", () => {
    const unicastPeers = [{ address: ipAddress("10.0.0.2") }];
    expect(leases({ unicastPeers })[0]).toMatchObject({ beatDevice: "eth0", destinations: ["10.0.0.2"] });
    const placeless = { unicastPeers, interface: undefined };
    expect(leases({ ...placeless, virtualAddresses: [on("eth1")] })[0]).toMatchObject({
      device: undefined,
      beatDevice: "eth1",
    });
    expect(leases({ ...placeless, virtualAddresses: [on("wg0")] })).toEqual([]);
  });

  it("leave out what the host has by itself, at priority 255 only", () => {
    const virtualAddresses = [on("eth0"), on("eth0", "10.0.0.1")];
    const own = ["10.0.0.1"];
    const addressesAt = (priority: number) =>
      leases({ priority, virtualAddresses }, own)[0]?.addresses.map(({ address }) => address);
    expect(addressesAt(255)).toEqual(["10.0.0.100"]);
    expect(addressesAt(254)).toEqual(["10.0.0.100", "10.0.0.1"]);
  });

  it("there are none with vrrp_address_lease off, or without addresses", () => {
    expect(leases({ addressLease: false })).toEqual([]);
    expect(leases({ virtualAddresses: [] })).toEqual([]);
  });
});
