/** Sync groups of Vigil and keepalived as each other's peers: the members move together, whoever the peer is. */

import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const VIPS = ["10.77.0.201", "10.77.0.202"] as const;

/** A group of two; one tracks a link, the other a file by a script. */
function group(host: Host, priorities: readonly [number, number]): string {
  const instance = (number: 1 | 2, tracks: string) => `
vrrp_instance VI_${number} {
  interface eth0
  version 3
  virtual_router_id 5${number}
  priority ${priorities[number - 1]}
  advert_int 0.2
  ${tracks}
  virtual_ipaddress {
    ${VIPS[number - 1]}/24
  }
}
`;
  return `
global_defs {
  script_user root
  vrrp_garp_master_delay 1
}
vrrp_script bad {
  script "/usr/bin/test ! -e ${host.directory}/bad"
  interval 1
  fall 1
  rise 1
}
vrrp_sync_group G {
  group {
    VI_1
    VI_2
  }
}
${instance(1, "track_interface {\n    lnk0\n  }")}
${instance(2, "track_script {\n    bad\n  }")}
`;
}

/** Names of the hosts that hold each address, together or not at all. */
async function holders(lab: Lab): Promise<string> {
  const names = await Promise.all(
    VIPS.map(async (vip) => (await lab.holders(vip)).map(({ name }) => name).join()),
  );
  return names.join(" ");
}

describe.concurrent("a sync group of Vigil and keepalived", () => {
  for (const [title, programs] of [
    ["Vigil over keepalived", [VIGIL, KEEPALIVED]],
    ["keepalived over Vigil", [KEEPALIVED, VIGIL]],
  ] as const)
    test(`${title}: link, script, priority and stop of one member move both addresses`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const nodes = programs.map((program, i) => {
          const host = lab.host(`n${i + 1}`);
          return new KeepalivedNode(host, program, group(host, i === 0 ? [200, 200] : [100, 100]));
        }) as [KeepalivedNode, KeepalivedNode];
        const [higher, lower] = nodes;
        for (const { host } of nodes)
          await host.exec([
            "sh",
            "-c",
            "ip link add lnk0 type veth peer name lnk1 && ip link set lnk0 up && ip link set lnk1 up",
          ]);
        const both = (step: string, where: string) =>
          lab.waitFor(step, async () => (await holders(lab)) === `${where} ${where}`);
        await lower.start();
        await both("the lower one alone", "n2");
        await higher.start();
        await both("the higher one joins", "n1");

        await higher.host.exec(["ip", "link", "set", "lnk1", "down"]);
        await both("a link of one member of the higher one", "n2");
        await lab.waitFor("the whole group is in FAULT", () =>
          ["VI_1", "VI_2"].every((name) =>
            higher.log.some((line) => line.startsWith(`(${name}) `) && /entering FAULT state/i.test(line)),
          ),
        );
        await higher.host.exec(["ip", "link", "set", "lnk1", "up"]);
        await both("the link is back", "n1");

        writeFileSync(`${higher.host.directory}/bad`, "");
        await both("a script of one member of the higher one", "n2");
        rmSync(`${higher.host.directory}/bad`);
        await both("the script is well again", "n1");

        // One member alone may not take over, as the other one would have to come too.
        const before = lower.states().length;
        lower.configure(group(lower.host, [250, 100]));
        lower.reload();
        await lower.process.waitForLine(/Reload complete/);
        await lab.waitFor("the one that would preempt has waited", () =>
          lower.log.some((line) => /Receive advertisement timeout|received lower priority/.test(line)),
        );
        expect(await holders(lab)).toBe("n1 n1");
        expect(lower.states()).toHaveLength(before);
        lower.configure(group(lower.host, [250, 250]));
        lower.reload();
        await both("both members of the lower one are better now", "n2");

        await lower.stop();
        await both("a stop", "n1");
      }));
});
