/**
 * k0s's file unchanged, which has no check at all, with the overlay for it: an apiserver that dies takes the address to the other
 * controller, and the daemon says which check it was.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Apiserver } from "../support/lab/apiserver.js";
import { explanationOf, vigil } from "../support/lab/control.js";
import {
  KEEPALIVED,
  KeepalivedNode,
  UNDER_TEST_IS_KEEPALIVED,
  VIGIL,
} from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const VIP = "10.77.0.100";
const GENERATED = fileURLToPath(new URL("../corpus/k0s-cplb.conf", import.meta.url));
const OVERLAY = readFileSync(new URL("../../conf/vigil.conf.k0s", import.meta.url), "utf8");

async function controller(lab: Lab, name: string): Promise<{ node: KeepalivedNode; apiserver: Apiserver }> {
  const host = lab.host(name);
  const apiserver = await Apiserver.create(host, 6443);
  const pki = `${host.directory}/pki`;
  const overlay = OVERLAY.replaceAll("/var/lib/k0s/pki", pki)
    .replaceAll("/admin.", "/client.")
    // The lab's certificate is for 127.0.0.1.
    .replace(/^ *server_name .*\n/m, "");
  host.provideEtc("vigil/vigil.conf", overlay);
  return { node: new KeepalivedNode(host, VIGIL, { path: GENERATED }, "k0s-vip-0"), apiserver };
}

test.skipIf(UNDER_TEST_IS_KEEPALIVED)("k0s: an overlay guards a generated file that tracks nothing", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const first = await controller(lab, "n1");
    const second = await controller(lab, "n2");
    const { host } = first.node;
    // The file is keepalived's own, and valid there.
    expect((await host.attempt([KEEPALIVED, "-t", "-f", GENERATED])).status).toBe(0);
    expect((await host.attempt([VIGIL, "-t", "-f", GENERATED])).status).toBe(0);
    await first.node.start();
    await lab.waitFor("the first has the address", () => host.holds(VIP));
    await second.node.start();
    await lab.waitFor("the second has seen its apiserver", () =>
      second.node.log.includes("VRRP_Check(apiserver) succeeded"),
    );
    await lab.waitFor("the second listens", async () => (await second.node.state()) === "BACKUP");

    await first.apiserver.kill();
    await lab.waitFor("the second has the address", () => second.node.host.holds(VIP));
    await lab.waitFor("the first has let go", async () => !(await host.holds(VIP)));
    expect(await first.node.state()).toBe("FAULT");
    expect((await vigil(host, "explain")).stdout).toMatch(/check apiserver/);
    expect(JSON.stringify(await explanationOf(host, "k0s-vip-0"))).toContain("apiserver");

    // The tool writes another instance into the file: the overlay is for that one too.
    first.node.configure(readFileSync(GENERATED, "utf8").replace("k0s-vip-0", "k0s-vip-renamed"));
    await first.node.stop();
    await first.node.start();
    await lab.waitFor("it is in FAULT under its new name", async () =>
      (await vigil(host, "status")).stdout.includes("FAULT"),
    );
    await first.apiserver.start();
    await lab.waitFor("it is well again", () =>
      first.node.log.some((line) => line.startsWith("(k0s-vip-renamed) Entering BACKUP STATE")),
    );
    expect(await lab.holders(VIP)).toEqual([second.node.host]);
  }),
);
