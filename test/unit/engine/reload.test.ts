import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const instance = (number: number, lines = "") =>
  `vrrp_instance V${number} {\ninterface eth0\nvirtual_router_id ${number}\npriority 100\n${lines}\nvirtual_ipaddress {\n10.0.0.10${number}/24\n}\n}\n`;
const group = (...members: number[]) =>
  `vrrp_sync_group G {\ngroup {\n${members.map((number) => `V${number}`).join("\n")}\n}\n}\n`;
const config = (text: string) => parseConfig(text).config;

function reload(test: EngineUnderTest, text: string): void {
  test.engine.handle({ kind: "ReloadRequested", config: config(text) }, test.now);
}

const names = (test: EngineUnderTest) =>
  test.engine.snapshot().routers.map(({ instance: { name }, state }) => `${name} ${state.name}`);

it("a reload before the interfaces are known decides nothing, and the start is by the last file", () => {
  const test = new EngineUnderTest(config(instance(1)));
  reload(test, instance(1) + instance(2));
  reload(test, group(2, 3) + instance(2) + instance(3));
  expect(test.events).toEqual([]);
  expect(test.take()).toEqual([]);
  test.start(anInterface("eth0"));
  expect(names(test)).toEqual(["V2 BACKUP", "V3 BACKUP"]);
  expect(test.events.filter(({ kind }) => kind === "FaultRaised")).toEqual([]);
});

it("a member that joins a MASTER group takes part in its own election, and counts when it is MASTER", () => {
  const test = new EngineUnderTest(config(group(1, 2) + instance(1) + instance(2)));
  test.start(anInterface("eth0")).wait(5_000_000);
  expect(names(test)).toEqual(["V1 MASTER", "V2 MASTER"]);
  test.take();
  reload(test, group(1, 2, 3) + instance(1) + instance(2) + instance(3));
  expect(test.engine.snapshot().groups).toEqual([
    { name: "G", state: "MASTER", members: ["V1", "V2", "V3"], joining: ["V3"] },
  ]);
  // A second reload changes nothing about that.
  reload(test, group(1, 2, 3) + instance(1) + instance(2) + instance(3, "garp_master_refresh 60"));
  test.wait(5_000_000);
  expect(names(test)).toEqual(["V1 MASTER", "V2 MASTER", "V3 MASTER"]);
  expect(test.take()).toEqual(["V3 BACKUP startup", "V3 MASTER masterDownExpired", "add 10.0.0.103"]);
  expect(test.engine.snapshot().groups[0]).toMatchObject({ state: "MASTER", joining: [] });
  expect(test.events.filter(({ kind }) => kind === "GroupStateChanged")).toHaveLength(2);
});

it("when what serves in a group falls, those that join fall in with it", () => {
  const tracked = "track_interface {\neth1\n}";
  const test = new EngineUnderTest(config(instance(1, tracked) + instance(2)));
  test.start(anInterface("eth0"), anInterface("eth1", { index: 3 })).wait(5_000_000);
  reload(test, group(1, 3) + instance(1, tracked) + instance(2) + instance(3));
  expect(names(test)).toEqual(["V1 MASTER", "V2 MASTER", "V3 BACKUP"]);
  test.engine.handle(
    { kind: "InterfaceChanged", state: anInterface("eth1", { index: 3, up: false }) },
    test.now,
  );
  expect(names(test)).toEqual(["V1 FAULT", "V2 MASTER", "V3 FAULT"]);
  test.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth1", { index: 3 }) }, test.now);
  expect(names(test)).toEqual(["V1 BACKUP", "V2 MASTER", "V3 BACKUP"]);
  test.wait(10_000_000);
  expect(names(test)).toEqual(["V1 MASTER", "V2 MASTER", "V3 MASTER"]);
});
