/** A weighted track_interface in a sync group: the priority that keepalived advertises, and ours, as a peer hears it. */

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const instance = (name: string, vrid: number, priority: number, more = "") => `vrrp_instance ${name} {
  interface eth0
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    10.77.0.${vrid}/24
  }
${more}}
`;

const GROUP = `vrrp_sync_group G {
  group {
    A
    B
  }
}
${instance("A", 101, 100, "  track_interface {\n    eth1 weight 20\n    eth2 weight -30\n  }\n")}${instance("B", 102, 100)}`;

test("it counts, up and down, and is no FAULT", () =>
  Lab.use(["k", "v", "peer"], async (lab) => {
    const peer = new KeepalivedNode(lab.host("peer"), VIGIL, instance("A", 101, 50), "A");
    await peer.start();
    const heard = async (priority: number) => {
      const file = `${peer.host.directory}/keepalived.data`;
      await lab.waitFor(`the peer hears priority ${priority}`, () => {
        peer.process.signal("SIGUSR1");
        return existsSync(file) && readFileSync(file, "utf8").includes(`Master priority = ${priority}\n`);
      });
    };
    for (const [name, program] of [
      ["k", KEEPALIVED],
      ["v", VIGIL],
    ] as const) {
      const host = lab.host(name);
      for (const n of [1, 2]) {
        await host.exec(["ip", "link", "add", `eth${n}`, "type", "veth", "peer", "name", `other${n}`]);
        await host.exec(["ip", "link", "set", `eth${n}`, "up"]);
        await host.exec(["ip", "link", "set", `other${n}`, "up"]);
      }
      const node = new KeepalivedNode(host, program, GROUP, "A");
      await node.start();
      await heard(120);
      await host.exec(["ip", "link", "set", "eth1", "down"]);
      await heard(100);
      await host.exec(["ip", "link", "set", "eth2", "down"]);
      await heard(70);
      expect(node.states(), name).not.toContain("FAULT");
      expect(node.log.join("\n")).toContain("(A) ignoring eth1 tracked interface weight due to SYNC group");
      await node.stop();
    }
  }));
