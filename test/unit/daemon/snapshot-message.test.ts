/** Snapshots between the threads: what comes out is what went in, and the configuration does not travel. */

import { expect, test } from "vitest";
import { packSnapshot, unpackSnapshot } from "../../../src/daemon/snapshot-message.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

test("there and back again", () => {
  const config = simConfig({ version: 3 });
  const snapshot = new EngineUnderTest(config).start(anInterface("eth0")).wait(10_000_000).engine.snapshot();
  expect(snapshot.routers[0]?.state.name).toBe("MASTER");
  const message = structuredClone(packSnapshot(snapshot, 3));
  expect(message.reloads).toBe(3);
  expect(JSON.stringify(message)).not.toContain("virtualAddresses");
  expect(unpackSnapshot(message, config)).toEqual(snapshot);
});
