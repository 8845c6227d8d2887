/** VMACs as the engine sees them: ports, faults, source addresses, announcements. */

import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import type { InterfaceState } from "../../../src/engine/platform.js";
import { instance } from "../../support/config/findings.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const SECOND = 1_000_000;

function engine(lines: string): EngineUnderTest {
  return new EngineUnderTest(parseConfig(instance(lines)).config);
}

const base = anInterface("eth0");
const vmac: InterfaceState = anInterface("vrrp.7", { index: 3, addresses: [] });

/** `ID VRIDS` of each port. */
function ports({ ports: open }: EngineUnderTest): string[] {
  return open.map(({ id, vrids }) => `${id} ${vrids.join()}`);
}

describe("ports", () => {
  it("use_vmac: one, on the VMAC", () => {
    expect(ports(engine("use_vmac").start(base, vmac))).toEqual(["vrrp.7/ipv4/112/224.0.0.18 7"]);
  });

  it("vmac_xmit_base: received on the VMAC, sent on the interface below, on which nothing is received", () => {
    const under = engine("use_vmac\nvmac_xmit_base").start(base, vmac);
    expect(ports(under)).toEqual(["vrrp.7/ipv4/112/224.0.0.18 7", "eth0/ipv4/112/224.0.0.18 "]);
    under.wait(5 * SECOND);
    expect(under.take(true).filter((call) => call.startsWith("send"))[0]).toMatch(/^send eth0\//);
  });

  it("unicast: on the interface below", () => {
    const under = engine("use_vmac\nvmac_xmit_base\nunicast_peer {\n10.0.0.3\n}").start(base, vmac);
    expect(ports(under)).toEqual(["eth0/ipv4/112/unicast 7"]);
  });
});

describe("faults", () => {
  it.each([
    ["the VMAC is missing", [base]],
    ["the VMAC is down", [base, { ...vmac, up: false }]],
    ["the interface below is down", [{ ...base, up: false }, vmac]],
  ])("%s", (_title, interfaces) => {
    const under = engine("use_vmac").start(...interfaces);
    expect(under.state("A")).toBe("FAULT");
    under.engine.handle({ kind: "InterfacesListed", states: [base, vmac] }, under.now);
    expect(under.state("A")).toBe("BACKUP");
  });
});

describe("source addresses of IPv6", () => {
  const text = instance("version 3\nuse_vmac").replace("10.0.0.1", "fe80::1:1");
  const { config } = parseConfig(text);
  const linkLocal = (address: string) => anInterface("eth0", {}, [address]);

  it("the VMAC gets the link-local address of the interface below, and a new one instead of the old", () => {
    const under = new EngineUnderTest(config).start(linkLocal("fe80::2"), vmac);
    expect(under.take()[0]).toBe("add fe80::2");
    const state = linkLocal("fe80::3");
    under.engine.handle({ kind: "InterfaceChanged", state }, under.now);
    expect(under.take()).toEqual(["remove fe80::2", "add fe80::3"]);
  });

  it("one that was made again gets it again", () => {
    const under = new EngineUnderTest(config).start(linkLocal("fe80::2"), vmac);
    under.take();
    under.engine.handle({ kind: "InterfaceChanged", state: { ...vmac, index: 9 } }, under.now);
    expect(under.take()).toEqual(["add fe80::2"]);
  });
});

describe("garp_extra_if", () => {
  const excluded = "virtual_ipaddress_excluded {\n10.0.0.8\n10.8.0.1 dev eth1\n}";
  const others = [anInterface("eth1", { index: 4 })];

  /** Frames by interface in 10 s after the announcements of a new MASTER. */
  function announced(lines: string): Record<string, number> {
    const quiet = "garp_master_delay 0\ngarp_master_repeat 1";
    const under = engine(`${quiet}\n${excluded}\n${lines}`).start(base, vmac, ...others);
    under.wait(4 * SECOND);
    under.take(true);
    under.wait(10 * SECOND);
    const frames = under.take(true).filter((call) => call.startsWith("frames"));
    const names = frames.map((call) => call.split(" ")[1] ?? "");
    return Object.fromEntries(
      [...new Set(names)].map((name) => [name, names.filter((n) => n === name).length]),
    );
  }

  it("nothing where adverts leave by the VMAC, or without a VMAC", () => {
    expect(announced("use_vmac\ngarp_extra_if 2")).toEqual({});
    expect(announced("garp_extra_if 2")).toEqual({});
  });

  it("one address of the VMAC at each interval where they do not", () => {
    expect(announced("use_vmac\nvmac_xmit_base\ngarp_extra_if 2")).toEqual({ "vrrp.7": 5 });
  });

  it("all: from other interfaces too", () => {
    expect(announced("use_vmac\ngarp_extra_if all 2")).toEqual({ eth1: 5 });
  });
});
