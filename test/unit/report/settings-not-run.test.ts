import { expect, it } from "vitest";
import {
  globalRecordedKeywords,
  rootRecordedKeywords,
} from "../../../src/config/keywords/global-recorded.js";
import { parseConfig } from "../../../src/config/load.js";
import { settingsNotRun } from "../../../src/report/settings-not-run.js";
import { reasonOf } from "../../../src/report/settings-without-effect.js";

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

it("each block that is not run is named once", () => {
  const { config } = parseConfig(
    "virtual_server 10.0.0.1 80 {\n}\nvirtual_server fwmark 3 {\n}\nvirtual_server_group G {\n10.0.0.1 80\n}\nbfd_instance B {\nneighbor_ip 10.0.0.1\n}\n",
  );
  expect(
    settingsNotRun(config).map((line) => line.slice("NOTICE: ".length, line.indexOf(" is read"))),
  ).toEqual([
    "virtual_server 10.0.0.1 80",
    "virtual_server fwmark 3",
    "virtual_server_group G",
    "bfd_instance B",
  ]);
});

it("a keyword that is only recorded acts, or the log says why it does not", () => {
  // Each of these is tested where it acts.
  const act = [
    ...["process_name", "process_names", "vrrp_process_name", "vrrp_priority", "vrrp_rt_priority"],
    ...["vrrp_cpu_affinity", "vrrp_netlink_monitor_rcv_bufs", "process_monitor_rcv_bufs"],
    ...["nftables", "nftables_priority", "nftables_ifindex", "nftables_counters", "vmac_addr_prefix"],
    ...["reload_time_file", "reload_repeat", "reload_file", "linkbeat_use_polling", "child_wait_time"],
  ];
  const silent = [...globalRecordedKeywords, ...rootRecordedKeywords].map(({ name }) => name);
  expect(silent.filter((name) => reasonOf(name) === undefined).sort()).toEqual(act.sort());
});

it("SNMP and D-Bus cannot work, and the log says so", () => {
  const { config } = parseConfig("global_defs {\n enable_snmp_vrrp\n enable_dbus\n}\n");
  expect(settingsNotRun(config)).toEqual([
    expect.stringMatching(/^NOTICE: enable_snmp_vrrp has no effect: there is no SNMP agent/),
    expect.stringMatching(/^NOTICE: enable_dbus has no effect: there is no D-Bus service/),
  ]);
});
