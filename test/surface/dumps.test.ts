/**
 * keepalived.data, keepalived_parent.data, keepalived.stats and keepalived.json beside recordings of Debian's keepalived 2.2.7 in the
 * same lab. `VIGIL_UNDER_TEST=/usr/sbin/keepalived VIGIL_RECORD=1` makes the recordings anew.
 */

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { exportedCounters, exportedInstances, exportedScripts } from "../support/exporter.js";
import { run } from "../support/lab/commands.js";
import type { Host } from "../support/lab/host.js";
import { KeepalivedNode, UNDER_TEST_IS_KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const RECORDINGS = fileURLToPath(new URL("./recordings/keepalived-2.2.7", import.meta.url));

const CONFIGURATION = readFileSync(join(RECORDINGS, "keepalived.conf"), "utf8");

const PEER = `vrrp_instance B3 {
  interface eth0
  version 3
  virtual_router_id 60
  priority 200
  advert_int 0.5
  virtual_ipaddress {
    10.77.0.160/24
  }
}
`;

const FILES = ["keepalived.data", "keepalived_parent.data", "keepalived.stats", "keepalived.json"] as const;

/** What differs from run to run, or by design; see the table of departures in the design. */
function normal(name: string, text: string, host: Host): string {
  const general = text
    .replaceAll(host.directory, "DIRECTORY")
    .replaceAll(host.directory.replaceAll("/", "\\/"), "DIRECTORY")
    .replace(/\d+\.\d{6} \([A-Z][^)]*\)/g, "TIME")
    .replace(/"last_transition":[\d.]+/g, '"last_transition":TIME')
    .replace(/(advert_sent"?|advert_rcvd"?|Sent|Received): ?\d+/g, "$1: N")
    .replace(/ *Smtp HELO name = .*\n/g, "")
    .replace(/fd_in -?\d+(,?) fd_out( =)? -?\d+/g, "fd_in N$1 fd_out$2 N")
    // Routes without an interface are watched here, not there.
    .replace(/(blackhole \S+ proto 18) no_track/g, "$1")
    .replace(/Password = .*/g, "Password = ********")
    .replace(/"auth_data":"[^"]*"/g, '"auth_data":"********"')
    // A key of Vigil's own.
    .replace(/"tracking":\[[^\]]*\],/g, "");
  if (!name.endsWith(".data")) return general;
  const [before = "", interfaces = ""] = general.split("------< Interfaces >------\n");
  return (
    `${before}------< Interfaces >------\n${interfaces
      // keepalived looks at forwarding only for interfaces that it announced IPv6 addresses on.
      .replace(/^ {3}(Not )?IPv6 forwarding.*\n/gm, "")
      .replace(/^ {3}index = \d+$/gm, "   index = N")}`
      // keepalived counts a link that is down and has no address twice.
      .replace(/(script faults =) [1-9]\d*/g, "$1 SOME")
      .replace(/ifindex \d+/g, "ifindex N")
  );
}

test("the dumps of a MASTER, a BACKUP, a FAULT and one that waits, as keepalived 2.2.7 writes them", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const host = lab.host("n1");
    const link = [
      "link",
      "add",
      "eth1",
      "address",
      "02:77:00:00:01:01",
      "type",
      "veth",
      "peer",
      "name",
      "peer1",
    ];
    await host.exec(["ip", ...link, "address", "02:77:00:00:01:02"]);
    host.file("notify.sh", "#!/bin/sh\nexit 0\n", 0o755);
    host.file("slow.sh", "#!/bin/sh\nexec sleep 60\n", 0o755);
    host.file("number", "7\n");
    const peer = new KeepalivedNode(lab.host("n2"), VIGIL, PEER, "B3");
    await peer.start();
    await lab.waitFor("the peer is MASTER", async () => (await peer.state()) === "MASTER");
    const node = new KeepalivedNode(
      host,
      VIGIL,
      CONFIGURATION.replaceAll("DIRECTORY", host.directory),
      "VI_1",
    );
    await node.start();
    const read = (name: string) => readFileSync(join(host.directory, name), "utf8");
    const states =
      /Instance = VI_1[^<]*?State = MASTER[^<]*V3A[^<]*?State = MASTER[^<]*B3[^<]*?State = BACKUP[^<]*?Master priority = 200/;
    await lab.waitFor("all states, and the last script has run", async () => {
      node.process.signal("SIGUSR1");
      return existsSync(join(host.directory, "keepalived.data")) && states.test(read("keepalived.data"));
    });
    await lab.waitFor("chk_true has risen to its top", async () => {
      node.process.signal("SIGUSR1");
      return /Result = 4/.test(read("keepalived.data"));
    });
    node.process.signal("SIGUSR2");
    await run(["kill", "-36", String(node.process.pid)]);
    await lab.waitFor("all files", () => FILES.every((name) => existsSync(join(host.directory, name))));
    for (const name of FILES) {
      const path = join(host.directory, name);
      expect(statSync(path).mode & 0o777, name).toBe(0o600);
      const text = normal(name, read(name), host);
      const recording = join(RECORDINGS, `${name}.txt`);
      if (process.env.VIGIL_RECORD === "1" && UNDER_TEST_IS_KEEPALIVED) writeFileSync(recording, text);
      expect.soft(text, name).toBe(readFileSync(recording, "utf8"));
      if (!UNDER_TEST_IS_KEEPALIVED) expect(read(name)).not.toContain("secret12");
    }
    expectExported(read("keepalived.data"), read("keepalived.stats"), read("keepalived.json"));
  }));

/** What the exporter makes of the files. */
function expectExported(data: string, stats: string, json: string): void {
  const instances = exportedInstances(data);
  expect(instances.get("VI_1")).toEqual({
    state: "MASTER",
    wanted: "MASTER",
    interface: "eth0",
    garpDelay: 5,
    vrid: 51,
    addresses: [
      ["10.77.0.100/24", "eth0"],
      // Its parser takes the third word, whatever that is.
      ["10.77.0.101", "10.77.0.255"],
      ["10.77.0.102", "eth0"],
    ],
    excluded: [
      ["fd00:77::100/64", "eth0"],
      ["fd00:77::101", "eth0"],
      ["fd00:77::102/64", "eth0"],
    ],
  });
  expect([...instances].map(([name, { state }]) => [name, state])).toEqual([
    ["VI_1", "MASTER"],
    ["V3A", "MASTER"],
    ["V3B", "MASTER"],
    ["V6", "MASTER"],
    ["DOWN", "FAULT"],
    ["B3", "BACKUP"],
    ["PEND", "FAULT"],
  ]);
  expect(exportedScripts(data)).toEqual([
    { name: "chk_true", status: "GOOD", state: expect.anything() },
    { name: "chk_false", status: "BAD", state: expect.anything() },
    { name: "chk_slow", status: "BAD", state: "running" },
  ]);
  const counters = exportedCounters(stats);
  expect([...counters.keys()]).toEqual([...instances.keys()]);
  expect(counters.get("VI_1")?.get("Became master")).toBe(1);
  expect(counters.get("B3")?.get("Advertisements/Received")).toBeGreaterThan(0);
  expect(counters.get("B3")?.get("Authentication Errors/Failure")).toBe(0);
  const parsed = JSON.parse(json) as { data: { iname: string; state: number; vips?: string[] } }[];
  expect(parsed.map(({ data: { iname, state } }) => [iname, state])).toContainEqual(["B3", 1]);
  expect(parsed[0]?.data.vips?.[0]).toBe("10.77.0.100/24 dev eth0 scope global label eth0:vip set");
}
