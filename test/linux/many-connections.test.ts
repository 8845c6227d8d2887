/** More idle connections to the address than can be reset while it is here: all of their clients must hear of it. */

import { expect, test } from "vitest";
import { vigil } from "../support/lab/control.js";
import { waitForRoles } from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

/** Several times of what the kernel resets in the 30 ms that it is given. */
const COUNT = 5_000;

/** Accepts on all addresses of both families, as the apiserver does. */
const SERVER = `require("net").createServer((socket) => socket.on("error", () => {}))
  .listen({ host: "::", port: 7000, backlog: 4096 }, () => console.log("listens"));`;

/** Connects, some at a time, then only counts how many connections are reset. */
const CLIENT = `
const [host, count] = [process.argv[1], Number(process.argv[2])];
let begun = 0, connected = 0, reset = 0;
const more = () => {
  if (begun++ >= count) return;
  const socket = require("net").connect(7000, host, () => {
    if (++connected === count) console.log("all connected");
    more();
  });
  socket.on("error", (error) => {
    if (error.code !== "ECONNRESET") console.log(error.code);
    else if (++reset === count) console.log("all reset");
  });
};
for (let i = 0; i < 64; i++) more();
setInterval(() => console.log("reset " + reset), 1_000);
`;

function node(host: Host, mode: VrrpMode, priority: number): KeepalivedNode {
  return new KeepalivedNode(host, VIGIL, keepalivedConf(mode, { priority }, host, []));
}

async function connect(lab: Lab, mode: VrrpMode): Promise<LabProcess> {
  const server = lab.host("n1").spawn([process.execPath, "-e", SERVER], "server");
  await server.waitForLine(/listens/);
  const argv = [process.execPath, "-e", CLIENT, vipOf(mode), `${COUNT}`];
  const client = lab.host("n3").spawn(argv, "client");
  await client.waitForLine(/all connected/, { timeout: 60_000 });
  return client;
}

const LEAVES = {
  "is drained": async (first: KeepalivedNode) => {
    expect(await vigil(first.host, "drain")).toMatchObject({ status: 0 });
  },
  "is stopped": (first: KeepalivedNode) => first.stop(),
};

for (const [mode, leaves] of [
  [{ name: "v2", version: 2, family: 4, interval: 1 }, "is drained"],
  [{ name: "v3 IPv6", version: 3, family: 6, interval: 0.5 }, "is stopped"],
] as const satisfies [VrrpMode, keyof typeof LEAVES][]) {
  test(`${mode.name}: all ${COUNT} are reset when the MASTER ${leaves}`, () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const [first, second] = [node(lab.host("n1"), mode, 200), node(lab.host("n2"), mode, 100)];
      await second.start();
      await first.start();
      await waitForRoles(lab, mode, "both run", first, second);
      const client = await connect(lab, mode);
      await LEAVES[leaves](first);
      await client.waitForLine(/all reset/, { timeout: 20_000 });
      expect(client.lines.filter((line) => /^E/.test(line))).toEqual([]);
    }));
}
