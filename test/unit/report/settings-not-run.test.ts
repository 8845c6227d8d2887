import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { settingsNotRun } from "../../../src/report/settings-not-run.js";

const instance = (lines: string) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    10.0.0.100
  }
  ${lines}
}
`;

it("an ordinary instance uses nothing that is not run", () => {
  expect(settingsNotRun(parseConfig(instance("")).config)).toEqual([]);
});

it("each setting that is not run is named with its instance", () => {
  const { config } = parseConfig(instance("track_bfd {\n    b\n  }"), "k.conf");
  const tracked = config.instances.map((one) => ({
    ...one,
    trackBfds: [{ name: "b", weight: 0, reverse: false }],
  }));
  expect(settingsNotRun({ ...config, instances: tracked })).toEqual([
    "NOTICE: track_bfd (no BFD session is run, it counts as up) of vrrp_instance VI_1 is read, but this version does not act upon it; VRRP runs",
  ]);
});
