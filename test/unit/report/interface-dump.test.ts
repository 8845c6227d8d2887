/** The interfaces of keepalived.data beside what keepalived 2.2.7 wrote for the same host, and what has no file. */

import { expect, it } from "vitest";
import { micros } from "../../../src/base/time.js";
import type { InterfaceState } from "../../../src/engine/platform.js";
import type { DumpSource } from "../../../src/report/dump-source.js";
import { interfaceLines } from "../../../src/report/interface-dump.js";
import { jsonDump } from "../../../src/report/json-dump.js";

const state = (name: string, index: number): InterfaceState => ({
  name,
  index,
  up: true,
  mac: undefined,
  mtu: 1500,
  addresses: [],
});

const M = { name: "M", interface: "d0", vmac: "vrrp.5", family: 4 };
const S = { name: "S", interface: "d0", family: 6 };
const virtualInterface = { kind: "macvlan", name: "vrrp.5", base: "d0", family: 4 };
const common = { virtualAddresses: [], excludedAddresses: [], trackInterfaces: [], dontTrackPrimary: false };

/** A VMAC with IPv4 and an IPv6 instance, both MASTER on d0. */
const source = {
  config: {
    instances: [
      { ...common, ...M },
      { ...common, ...S },
    ],
  },
  clock: { at: micros(5_000_000), wall: 1_796_089_964_161_957, utcOffset: 0 },
  snapshot: {
    interfaces: [state("d0", 3), state("vrrp.5", 8)],
    routers: [
      { instance: { ...common, ...M, virtualInterfaces: [virtualInterface] }, state: { name: "MASTER" } },
      {
        instance: { ...common, ...S, virtualInterfaces: [] },
        state: { name: "MASTER" },
        lastTransitionAt: micros(5_000_000),
      },
    ],
  },
} as unknown as DumpSource;

it("a VMAC and the interface below it", () => {
  const vmac = interfaceLines(state("vrrp.5", 8), source);
  expect(vmac.slice(vmac.indexOf("Down debounce timer = 0us") + 1)).toEqual([
    "VMAC type private, underlying interface = d0, state = UP, RUNNING",
    "I/f created by keepalived",
    "MTU = 1500",
    "HW Type = ETHERNET",
    "NIC netlink status update",
    "Reset ARP config counter 0",
    "Original arp_ignore 1",
    "Original arp_filter 0",
    "Original promote_secondaries 1",
    "Reset promote_secondaries counter 0",
    "Tracking VRRP instances :",
    "  M, weight 0",
  ]);
  const base = interfaceLines(state("d0", 3), source);
  expect(base.slice(base.indexOf("NIC netlink status update") + 1)).toEqual([
    "Reset ARP config counter 1",
    "Original arp_ignore 1",
    "Original arp_filter 1",
    "Original promote_secondaries 0",
    "Reset promote_secondaries counter 0",
    "Not IPv6 forwarding. Last checked 1796089964.161957 (Tue Dec  1 01:52:44 2026.161957)",
    "Tracking VRRP instances :",
    "  M, weight 0",
    "  S, weight 0",
  ]);
});

it("without an instance there is no JSON", () => {
  expect(jsonDump({ snapshot: { routers: [] } } as unknown as DumpSource)).toBeUndefined();
});
