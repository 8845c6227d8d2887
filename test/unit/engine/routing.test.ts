import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const text = (routes: string, statics = "") => `${statics}
vrrp_instance A {
  interface eth0
  virtual_router_id 7
  version 3
  virtual_ipaddress {
    10.0.0.100
  }
  virtual_routes {
    ${routes}
  }
  virtual_rules {
    from 10.9.0.0/16 table 5 preference 9
  }
}
`;
const config = (routes: string, statics = "") => parseConfig(text(routes, statics)).config;
const ROUTE = "192.168.1.0/24 dev eth0";

function master(of = config(ROUTE)): EngineUnderTest {
  const engine = new EngineUnderTest(of).start(anInterface("eth0"));
  engine.wait(4_000_000);
  return engine;
}

describe("what a MASTER holds", () => {
  it("addresses, then routes, then rules; removed in the other order", () => {
    const engine = master();
    expect(engine.take().filter((call) => call.startsWith("add"))).toEqual([
      "add 10.0.0.100",
      "add exclusive routes 192.168.1.0",
      "add exclusive rules 9",
    ]);
    engine.engine.handle({ kind: "ShutdownRequested" }, engine.now);
    // The time that a MASTER waits for its successor.
    engine.wait(100_000);
    expect(engine.take()).toEqual(["remove rules 9", "remove routes 192.168.1.0", "remove 10.0.0.100"]);
  });

  it("a route that somebody deletes costs it the role until the skew time is over", () => {
    const engine = master();
    const { virtualRoutes } = engine.engine.config.instances[0] ?? {};
    const routes = structuredClone(virtualRoutes ?? []);
    engine.engine.handle({ kind: "RoutingLost", routes, rules: [] }, engine.now);
    expect(engine.state("A")).toBe("BACKUP");
    engine.wait(1_000_000);
    expect(engine.state("A")).toBe("MASTER");
  });

  it("a reload removes and adds only what changed", () => {
    const engine = master();
    engine.take();
    const changed = config(`${ROUTE}\n192.168.2.0/24 dev eth0`);
    engine.engine.handle({ kind: "ReloadRequested", config: changed }, engine.now);
    expect(engine.take()).toEqual(["add exclusive routes 192.168.2.0"]);
    engine.engine.handle({ kind: "ReloadRequested", config: config(ROUTE) }, engine.now);
    expect(engine.take()).toEqual(["remove routes 192.168.2.0"]);
  });
});

describe("static items", () => {
  const statics = `track_group G {
  group {
    A
  }
}
static_routes {
  192.168.9.0/24 dev eth0 track_group G
}`;

  it("are there from the start, are added again, and keep their track group in FAULT when the kernel refuses them", () => {
    const engine = master(config(ROUTE, statics));
    expect(engine.take()).toContain("add shared routes 192.168.9.0");
    const [item] = engine.engine.config.staticRoutes;
    if (item === undefined) throw new Error("no static route");
    engine.engine.handle({ kind: "RoutingLost", routes: [item], rules: [] }, engine.now);
    expect(engine.state("A")).toBe("MASTER");
    expect(engine.take()).toEqual(["add shared routes 192.168.9.0"]);
    const answers = [{ item, result: "refused", error: "ENETUNREACH" }] as const;
    engine.engine.handle({ kind: "RoutesAnswered", operation: "add", answers }, engine.now);
    expect(engine.state("A")).toBe("FAULT");
  });
});
