/** Keywords about what is tracked and told, Vigil and keepalived in the same set-up side by side. */

import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { waitForMaster, waitForRoles } from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const PROGRAMS = [KEEPALIVED, VIGIL] as const;

interface Instance {
  readonly name: string;
  readonly lines: string;
}

/** 10.77.<node>.<number of the instance>, and a VRID that the other node does not have. */
function configuration(host: Host, instances: readonly Instance[], blocks = "", global = ""): string {
  const node = Number(host.ipv4.slice(-1));
  const text = instances.map(
    ({ name, lines }, i) => `vrrp_instance ${name} {
 interface eth0
 version 3
 virtual_router_id ${node * 10 + i}
 ${lines.includes("advert_int") ? "" : "advert_int 0.2"}
 ${lines}
 virtual_ipaddress {
  ${vip(host, i)}/32
 }
}`,
  );
  return [`global_defs {\n router_id test\n ${global}\n}`, blocks, ...text].join("\n");
}

function vip(host: Host, index: number): string {
  return `10.77.${host.ipv4.slice(-1)}.${index + 1}`;
}

/** The last state of an instance in the log. */
function stateOf(node: KeepalivedNode, instance: string): string | undefined {
  const words = node.log.flatMap((line) => {
    const match = /^\((\w+)\) [Ee]ntering (\w+) (?:STATE|state)/.exec(line);
    return match?.[1] === instance ? [match[2]?.toUpperCase()] : [];
  });
  return words.at(-1);
}

function awaitStates(
  lab: Lab,
  node: KeepalivedNode,
  states: Readonly<Record<string, string>>,
): Promise<boolean> {
  return lab.waitFor(`${node.implementation}: ${JSON.stringify(states)}`, () =>
    Object.entries(states).every(([name, state]) => stateOf(node, name) === state),
  );
}

/** One daemon of each program, on n1 and n2. */
async function both(lab: Lab, make: (host: Host) => string, name: string): Promise<KeepalivedNode[]> {
  const nodes = PROGRAMS.map((program, i) => {
    const host = lab.host(`n${i + 1}`);
    return new KeepalivedNode(host, program, make(host), name);
  });
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

describe.concurrent("beside keepalived", () => {
  test("dont_track_primary: a link that is down is no FAULT", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const instances = [
        { name: "A", lines: "dont_track_primary" },
        { name: "B", lines: "" },
      ];
      const nodes = await both(lab, (host) => configuration(host, instances), "A");
      for (const node of nodes) await awaitStates(lab, node, { A: "MASTER", B: "MASTER" });
      for (const { host } of nodes) await lab.cutLink(host);
      for (const node of nodes) {
        await awaitStates(lab, node, { A: "MASTER", B: "FAULT" });
        await lab.waitFor("only one address", async () => !(await node.host.holds(vip(node.host, 1))));
        expect(await node.host.holds(vip(node.host, 0)), node.implementation).toBe(true);
      }
      for (const { host } of nodes) await lab.restoreLink(host);
      for (const node of nodes) {
        await awaitStates(lab, node, { A: "MASTER", B: "MASTER" });
        expect(node.states(), node.implementation).toEqual(["BACKUP", "MASTER"]);
      }
    }));

  test("interface_up_down_delays: a short interruption is none, a long one is", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const delays = "interface_up_down_delays {\n eth0 4\n}";
      const instances = [{ name: "A", lines: "priority 254\n advert_int 3" }];
      const nodes = await both(lab, (host) => configuration(host, instances, delays), "A");
      for (const node of nodes) await awaitStates(lab, node, { A: "MASTER" });
      for (const { host } of nodes) {
        await lab.cutLink(host);
        await lab.restoreLink(host);
      }
      await pause(4_500);
      for (const node of nodes) expect(node.states(), node.implementation).toEqual(["BACKUP", "MASTER"]);
      for (const { host } of nodes) await lab.cutLink(host);
      for (const node of nodes) await awaitStates(lab, node, { A: "FAULT" });
    }));

  test("default_interface: where addresses without dev go", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      for (const host of lab.hosts) {
        await host.exec(["ip", "link", "add", "d0", "type", "veth", "peer", "name", "d1"]);
        await host.exec(["ip", "link", "set", "d0", "up"]);
      }
      const statics = "static_ipaddress {\n 10.79.0.1/24\n}";
      const make = (host: Host) =>
        configuration(host, [{ name: "A", lines: "" }], statics, "default_interface d0");
      const nodes = await both(lab, make, "A");
      for (const { host } of nodes) {
        const added = await lab.waitFor("the address", async () =>
          (await host.addresses()).find(({ address }) => address === "10.79.0.1"),
        );
        expect(added.interface).toBe("d0");
      }
    }));

  test("vrrp_notify_priority_changes, fifo_write_vrrp_states_on_reload: what the FIFO tells", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const make = (host: Host) => {
        const path = `${host.directory}/number`;
        const blocks = `track_file F {\n file ${path}\n weight 1\n}\nvrrp_sync_group G {\n group {\n A\n B\n }\n}`;
        const instances = [
          { name: "A", lines: "" },
          { name: "B", lines: "" },
          { name: "C", lines: "track_file {\n F weight 2\n }" },
        ];
        const global = `vrrp_notify_fifo ${host.directory}/fifo\n vrrp_notify_priority_changes\n fifo_write_vrrp_states_on_reload`;
        return configuration(host, instances, blocks, global);
      };
      for (const host of lab.hosts) {
        host.file("number", "0\n");
        await host.exec(["mkfifo", `${host.directory}/fifo`]);
      }
      const readers = lab.hosts.map((host) =>
        host.spawn(["sh", "-c", 'exec cat <>"$0"', `${host.directory}/fifo`], "cat"),
      );
      const nodes = await both(lab, (host) => make(host), "A");
      for (const node of nodes) await awaitStates(lab, node, { A: "MASTER", B: "MASTER", C: "MASTER" });
      for (const reader of readers) await reader.waitForLine(/^GROUP "G" MASTER/);
      for (const { host } of nodes) writeFileSync(`${host.directory}/number`, "7\n");
      for (const reader of readers) await reader.waitForLine(/^INSTANCE "C" MASTER_PRIORITY 114$/);
      const [theirs, ours] = readers.map((reader) => [...reader.lines].sort());
      expect(ours).toEqual(theirs);
      const marks = readers.map((reader) => reader.mark());
      for (const node of nodes) node.reload();
      for (const [i, reader] of readers.entries())
        await reader.waitForLine(/^GROUP "G" MASTER 0$/, { since: marks[i] ?? 0 });
      // 2.2.7 tells of groups alone.
      expect(readers[1]?.linesSince(marks[1] ?? 0)).toEqual([
        'INSTANCE "A" MASTER 100',
        'INSTANCE "B" MASTER 100',
        'INSTANCE "C" MASTER 114',
        'GROUP "G" MASTER 0',
      ]);
    }));
});

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

describe.concurrent("vrrp_track_process", () => {
  // The other way round cannot be tried: keepalived hears of processes in the machine's own network namespace only.
  test("Vigil tracks, keepalived takes over: parameters, param_match, quorum_max", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [h1, h2] = [lab.host("n1"), lab.host("n2")];
      const name = `trk${process.pid}`;
      const program = `${h1.directory}/${name}`;
      await h1.exec(["cp", "/bin/sleep", program]);
      const tracker = (block: string, command: string, lines: string) =>
        `vrrp_track_process ${block} {\n process ${command}\n ${lines}\n}\n`;
      const blocks =
        tracker("EXACT", `${program} 1001`, "weight 40") +
        tracker("INITIAL", `${program} 10`, "param_match initial\n weight -60\n quorum_max 1");
      const conf = keepalivedConf(
        MODE,
        { priority: 100, instance: ["track_process {", "EXACT", "INITIAL", "}"] },
        h1,
        [],
      );
      const n1 = new KeepalivedNode(h1, VIGIL, `${blocks}${conf}`);
      const n2 = new KeepalivedNode(h2, KEEPALIVED, keepalivedConf(MODE, { priority: 120 }, h2, []));
      const first = h1.spawn([program, "1001"], name);
      await Promise.all([n1.start(), n2.start()]);
      await waitForMaster(lab, MODE, "100 + 40", n1);
      await waitForRoles(lab, MODE, "100 + 40", n1, n2);
      const second = h1.spawn([program, "1002"], name);
      await waitForRoles(lab, MODE, "140 − 60, as they are too many", n2, n1);
      second.signal("SIGKILL");
      await waitForRoles(lab, MODE, "140 again", n1, n2);
      first.signal("SIGKILL");
      await waitForRoles(lab, MODE, "100 − 60", n2, n1);
      const told = n1.log.flatMap((line) => / priority from (\d+ to \d+)$/.exec(line)?.[1] ?? []);
      expect(told).toEqual(expect.arrayContaining(["140 to 80", "80 to 140"]));
      expect(told.at(-1)).toMatch(/ to 40$/);
    }));
});
