import { expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { micros } from "../../../src/base/time.js";
import { parseConfig } from "../../../src/config/load.js";
import type { InterfaceState } from "../../../src/engine/platform.js";
import { faultText } from "../../../src/report/log-lines.js";
import { explanations } from "../../../src/report/status.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const SOURCE = "fd00::51";

function engineWith(lines: string): EngineUnderTest {
  const text = `vrrp_instance A {\nnative_ipv6\ninterface eth0\nvirtual_router_id 11\n${lines}\nvirtual_ipaddress {\nfd00::111/64\n}\n}\n`;
  return new EngineUnderTest(parseConfig(text).config);
}

/** eth0 with the source address in a state. */
function eth0(state: { unusable?: boolean; duplicate?: boolean } | undefined): InterfaceState {
  const scope = { secondary: false, scope: 0, prefixLength: 64 };
  const addresses =
    state === undefined ? [] : [{ address: ipAddress(SOURCE), unusable: false, ...scope, ...state }];
  return anInterface("eth0", { addresses });
}

function faults(test: EngineUnderTest): string[] {
  return test.engine.snapshot().routers[0]?.faults.map(({ fault }) => faultText(fault)) ?? [];
}

it("a source address under duplicate address detection, and one that another host has, are not usable", () => {
  const test = engineWith(`unicast_src_ip ${SOURCE}\nunicast_peer {\nfd00::52\n}`);
  test.start(eth0({ unusable: true }));
  expect(test.state("A")).toBe("FAULT");
  expect(faults(test)).toEqual([
    `unicast_src_ip ${SOURCE} is not usable yet: duplicate address detection is under way`,
  ]);
  const set = (state: InterfaceState) =>
    test.engine.handle({ kind: "InterfaceChanged", state }, micros(test.now + 1));
  set(eth0({ unusable: true, duplicate: true }));
  expect(faults(test)).toEqual([
    `unicast_src_ip ${SOURCE} is not usable: another host has it (duplicate address detection)`,
  ]);
  set(eth0({}));
  expect(test.state("A")).toBe("BACKUP");
  expect(faults(test)).toEqual([]);
});

it("a MASTER whose source address goes says goodbye with it before it is in FAULT", () => {
  const test = engineWith(`mcast_src_ip ${SOURCE}`).start(eth0({}));
  test.wait(5_000_000);
  expect(test.state("A")).toBe("MASTER");
  test.take(true);
  test.engine.handle({ kind: "InterfaceChanged", state: eth0(undefined) }, test.now);
  expect(test.state("A")).toBe("FAULT");
  expect(test.take(true).slice(0, 2)).toEqual([
    expect.stringMatching(/^send eth0/),
    expect.stringMatching(/^send eth0/),
  ]);
});

it("a VRF takes nothing from its ports, a bond does", () => {
  const test = engineWith("");
  const withPort = (kind: string) =>
    anInterface("eth0", {
      addresses: [
        { address: ipAddress("fe80::1"), prefixLength: 64, secondary: false, unusable: false, scope: 253 },
      ],
      portOf: { name: "up0", kind },
    });
  test.start(withPort("vrf"));
  expect(test.state("A")).toBe("BACKUP");
  test.engine.handle({ kind: "InterfaceChanged", state: withPort("bond") }, test.now);
  expect(faults(test)).toEqual(["interface eth0 is a port of bond up0, which receives in its place"]);
});

it("own addresses among the unicast peers are no candidates to leave the addresses to", () => {
  const check = "vrrp_check c {\ntcp_connect 127.0.0.1 1\ninterval 1\n}\n";
  const peers = "unicast_peer {\n10.0.0.2\n10.0.0.3\n10.0.1.2\n}";
  const lines = `interface eth0\nvirtual_router_id 11\nunicast_src_ip 10.0.0.2\n${peers}\ntrack_check {\nc\n}`;
  const text = `${check}vrrp_instance A {\n${lines}\nvirtual_ipaddress {\n10.0.0.111/24\n}\n}\n`;
  const test = new EngineUnderTest(parseConfig(text).config).start(anInterface("eth0", {}, ["10.0.1.2"]));
  const [found] = explanations(test.engine.snapshot(), { at: test.now, wall: 0, utcOffset: 0 }) ?? [];
  const names = found?.inputs.map(({ name }) => name).filter((name) => /^(candidate|peer) /.test(name));
  expect(names).toEqual(["candidate 10.0.0.3", "peer 10.0.0.2", "peer 10.0.1.2"]);
});
