/**
 * Platform9's file unchanged, with the overlay that the package ships: when the holder's apiserver is killed the address is on the
 * other master within what the protocol takes, long before the script has failed for the first time.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Apiserver } from "../support/lab/apiserver.js";
import { KeepalivedNode, UNDER_TEST_IS_KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const VIP = "10.0.0.100";
const NODELET = fileURLToPath(new URL("../corpus/platform9-nodelet.conf", import.meta.url));
const OVERLAY = readFileSync(new URL("../../conf/vigil.conf.platform9", import.meta.url), "utf8");
const CERTIFICATES = "pf9/kube.d/certs/admin";

async function master(lab: Lab, name: string): Promise<{ node: KeepalivedNode; apiserver: Apiserver }> {
  const host = lab.host(name);
  const apiserver = await Apiserver.create(host, 443);
  host.provideEtc("pf9/vrrp_check.sh", `#!/bin/bash\n${apiserver.check}\n`, 0o755);
  host.provideEtc("vigil/vigil.conf", OVERLAY);
  for (const [name, file] of [
    ["ca.crt", "ca.crt"],
    ["request.crt", "client.crt"],
    ["request.key", "client.key"],
  ] as const) {
    host.provideEtc(`${CERTIFICATES}/${name}`, readFileSync(`${host.directory}/pki/${file}`, "utf8"));
  }
  return { node: new KeepalivedNode(host, VIGIL, { path: NODELET }, "K8S_APISERVER"), apiserver };
}

test.skipIf(UNDER_TEST_IS_KEEPALIVED)(
  "the address leaves a killed apiserver at once, and the script keeps its contract",
  { timeout: 90_000 },
  () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const first = await master(lab, "n1");
      const second = await master(lab, "n2");
      await first.node.start();
      await lab.waitFor("the first master has the address", () => first.node.host.holds(VIP));
      await second.node.start();
      await lab.waitFor("the second listens", async () => (await second.node.state()) === "BACKUP");
      await lab.waitFor("its check has seen the apiserver", () =>
        second.node.log.includes("VRRP_Check(chk_apiserver) succeeded"),
      );

      await first.apiserver.kill();
      await lab.waitFor("the second has the address", () => second.node.host.holds(VIP));
      await lab.waitFor("the first has let go", async () => !(await first.node.host.holds(VIP)));
      const failed = first.node.log.filter((line) => line.startsWith("VRRP_Check(chk_apiserver) failed"));
      expect(failed).toEqual([
        "VRRP_Check(chk_apiserver) failed (proof: connection to 127.0.0.1:443 refused: nobody listens there)",
      ]);
      expect(new Set(first.node.states())).toEqual(new Set(["BACKUP", "MASTER", "FAULT"]));
      // By proof, and before the script had noticed anything.
      const log = first.node.log.join("\n");
      expect(log.slice(0, log.lastIndexOf("FAULT STATE"))).not.toContain("now returning 7");

      await first.apiserver.start();
      await lab.waitFor("the first is well again", async () => (await first.node.state()) === "BACKUP");
      expect(await lab.holders(VIP)).toEqual([second.node.host]);

      // Now both die: the holder keeps the address, as nobody is better; the script alone may take it away.
      await first.apiserver.kill();
      await lab.waitFor("the first fails again", async () => (await first.node.state()) === "FAULT");
      await second.apiserver.kill();
      const kept = "(K8S_APISERVER) keeps the addresses although a check fails: nobody better is known";
      await lab.waitFor("the second keeps the address", () => second.node.log.includes(kept));
      expect(await lab.holders(VIP)).toEqual([second.node.host]);
    }),
);
