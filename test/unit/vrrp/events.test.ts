/** What a virtual router tells the outside beside its transitions, each where it happens and no more often. */

import { expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { seconds } from "../../../src/base/time.js";
import type { RouterEvent } from "../../../src/vrrp/events.js";
import type { RouterInput } from "../../../src/vrrp/inputs.js";
import { anAdvertisement, HIGHER_PEER, LOWER_PEER, RouterUnderTest } from "../../support/router.js";

/** The kinds of the events that an input leads to. */
function events(one: RouterUnderTest, input: RouterInput): RouterEvent["kind"][] {
  return one.router
    .handle(input, one.now)
    .flatMap((action) => (action.kind === "Emit" ? [action.event.kind] : []));
}

function advert(overrides: Parameters<typeof anAdvertisement>[0] = {}): RouterInput {
  return { kind: "PacketReceived", packet: anAdvertisement({ source: LOWER_PEER, ...overrides }) };
}

function backup(overrides: ConstructorParameters<typeof RouterUnderTest>[0] = {}): RouterUnderTest {
  const one = new RouterUnderTest(overrides);
  one.start();
  return one;
}

it("a BACKUP tells of another MASTER when it changes, not of the same one again", () => {
  const one = backup();
  expect(events(one, advert({ priority: 200 }))).toEqual(["MasterChanged"]);
  expect(events(one, advert({ priority: 200 }))).toEqual([]);
  expect(events(one, advert({ priority: 201, source: HIGHER_PEER }))).toEqual(["MasterChanged"]);
  expect(events(one, advert({ priority: 0, source: HIGHER_PEER }))).toEqual(["PriorityZeroReceived"]);
});

it("a lower priority is told once for each MASTER", () => {
  const one = backup();
  expect(events(one, advert({ priority: 50 }))).toEqual(["MasterChanged", "LowerPriorityDiscarded"]);
  expect(events(one, advert({ priority: 50 }))).toEqual([]);
});

it("another interval and another address list are told once", () => {
  const one = backup({ version: 3 });
  one.input(advert({ version: 3, priority: 200 }));
  const other = advert({ version: 3, priority: 200, advertInterval: seconds(2) });
  expect(events(one, other)).toContain("AdvertIntervalDiffers");
  expect(events(one, other)).toEqual([]);
  const list = advert({ version: 3, priority: 200, addresses: Uint8Array.of(10, 0, 0, 101) });
  expect(events(one, list)).toContain("AddressListDiffers");
});

it("preempt_delay begins with the first lower priority and ends with a higher one", () => {
  const one = backup({ preemptDelay: seconds(10) });
  expect(events(one, advert({ priority: 50 }))).toEqual(["MasterChanged", "PreemptDelayStarted"]);
  expect(events(one, advert({ priority: 50 }))).toEqual([]);
  expect(events(one, advert({ priority: 200 }))).toEqual(["PreemptDelayStopped"]);
  expect(events(one, advert({ priority: 200 }))).toEqual([]);
});

it("each fault is told when it is new, and again after it has passed", () => {
  const one = backup();
  const down = { kind: "interfaceDown", interface: "eth0" } as const;
  const failed = { kind: "scriptFailed", script: "chk" } as const;
  const faults = (...list: (typeof down | typeof failed)[]) =>
    events(one, { kind: "FaultsChanged", faults: list }).filter((kind) => kind === "FaultRaised").length;
  expect([faults(down), faults(down), faults(down, failed), faults(), faults(failed)]).toEqual([
    1, 0, 1, 0, 1,
  ]);
});

it("a MASTER tells of rivals, of goodbyes and of another owner", () => {
  const one = backup();
  one.wait(5_000_000);
  expect(events(one, advert({ priority: 50 }))).toContain("LowerPriorityReceived");
  one.wait(3_000_000);
  expect(events(one, advert({ priority: 0, source: HIGHER_PEER }))).toContain("PriorityZeroReceived");
  expect(events(one, advert({ priority: 200 }))).toEqual(["HigherPriorityReceived", "StateChanged"]);
  const owner = backup({ priority: 255, initialState: "MASTER" });
  expect(events(owner, advert({ priority: 255 }))).toContain("AddressOwnerConflict");
  expect(events(owner, advert({ priority: 255 }))).not.toContain("AddressOwnerConflict");
});

it("a changed priority is told, the same one is not", () => {
  const one = backup();
  expect(events(one, { kind: "PriorityChanged", priority: 100 })).toEqual([]);
  expect(events(one, { kind: "PriorityChanged", priority: 90 })).toEqual(["PriorityChanged"]);
});

it("counters count what they are named for", () => {
  const one = backup();
  one.input(advert({ priority: 200 }));
  one.input(advert({ priority: 0 }));
  one.wait(1_000_000);
  one.input(advert({ priority: 0 }));
  one.input(advert({ priority: 200, vrid: 51, source: ipAddress("10.0.0.9") }));
  expect(one.router.snapshot().counters).toMatchObject({
    advertisementsReceived: 4,
    becameMaster: 1,
    releasedMaster: 1,
    priorityZeroReceived: 2,
    priorityZeroSent: 0,
  });
  one.router.clearCounters();
  expect(one.router.snapshot().counters.becameMaster).toBe(0);
});
