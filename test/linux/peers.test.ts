/** Hellos between nodes, and forged ones: they must not keep the addresses on a node whose service is dead. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { explanationOf } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import {
  KEEPALIVED,
  KeepalivedNode,
  UNDER_TEST_IS_KEEPALIVED,
  VIGIL,
} from "../support/lab/keepalived-node.js";
import type { LabProcess } from "../support/lab/lab-process.js";
import { Lab } from "../support/lab.js";

const FORGED = fileURLToPath(new URL("../support/lab/forged-hellos.py", import.meta.url));
const VIP = "10.77.0.100";
const KEPT = "(VI_1) keeps the addresses although a check fails: nobody better is known";

/** `checked`: with a check that succeeds while the plugin does, which keepalived would not know. */
function configuration(host: Host, priority: number, checked: boolean): string {
  const plugin = host.file("plugin", "#!/bin/sh\ntrue\n", 0o755);
  const check = `global_defs {\n  script_user root\n}\nvrrp_check api {\n  exec ${plugin}\n  interval 0.3\n  timeout 1\n  fall 2\n}\n`;
  const track = "  track_check {\n    api\n  }\n";
  return `${checked ? check : ""}vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  authentication {
    auth_type AH
    auth_pass s3cretAH
  }
  virtual_ipaddress {
    ${VIP}/24
  }
${checked ? track : ""}}
`;
}

const fail = (host: Host) => host.file("plugin", "#!/bin/sh\nexit 2\n", 0o755);
const mend = (host: Host) => host.file("plugin", "#!/bin/sh\ntrue\n", 0o755);

async function row(host: Host, name: string): Promise<string | undefined> {
  return (await explanationOf(host)).inputs.find((input) => input.name === name)?.value;
}

/** Forged hellos to one host; resolves when the first ones are out. */
async function forge(
  evil: Host,
  target: Host,
  sources: readonly (readonly [string, number])[],
  count: number,
): Promise<LabProcess> {
  const job = { target: target.ipv4, vip: VIP, vrid: 51, sources, count, gap: 0.2 };
  const forger = evil.spawn(["python3", FORGED, JSON.stringify(job)], "forger");
  await forger.waitForLine(/^sending$/);
  return forger;
}

test.skipIf(UNDER_TEST_IS_KEEPALIVED)(
  "forged hellos, from off the subnet and from invented neighbours, keep the address on no dead service",
  { timeout: 120_000 },
  () =>
    Lab.use(["n1", "n2", "evil"], async (lab) => {
      const [n1, n2, evil] = [lab.host("n1"), lab.host("n2"), lab.host("evil")];
      const first = new KeepalivedNode(n1, VIGIL, configuration(n1, 150, true));
      const keepalived = new KeepalivedNode(n2, KEEPALIVED, configuration(n2, 100, false));
      await first.start();
      await lab.waitFor("n1 serves", () => n1.holds(VIP));
      await keepalived.start();
      await lab.waitFor("keepalived listens", async () => (await keepalived.state()) === "BACKUP");

      // The service dies while the only hellos are forged: the MASTER behaves as keepalived does.
      const strangers = [
        ["172.31.9.9", 64],
        ["172.31.9.9", 255],
        ["10.77.0.77", 64],
        ["10.77.0.78", 255],
      ] as const;
      const forger = await forge(evil, n1, strangers, 0);
      await lab.waitFor(
        "n1 has heard them",
        async () => (await row(n1, "candidate 10.77.0.78")) !== undefined,
      );
      fail(n1);
      await lab.waitFor("keepalived serves", async () => (await n2.holds(VIP)) && !(await n1.holds(VIP)));
      expect(first.log).not.toContain(KEPT);
      expect(await row(n1, "candidate 10.77.0.78")).toBe("says not fit, not believed");
      await forger.killAll();

      // Now the other one is a Vigil too, and a hundred invented senders came before it.
      await keepalived.stop();
      mend(n1);
      await lab.waitFor("n1 serves again", () => n1.holds(VIP));
      const invented = Array.from({ length: 100 }, (_, i) => [`10.77.0.${i + 120}`, 255] as const);
      const flood = await forge(evil, n1, invented, 10);
      await flood.ended;
      const second = new KeepalivedNode(n2, VIGIL, configuration(n2, 100, true));
      await second.start();
      for (const [host, other] of [
        [n1, n2],
        [n2, n1],
      ] as const) {
        await lab.waitFor(
          `${host.name} believes the other`,
          async () => (await row(host, `candidate ${other.ipv4}`)) === "fit",
        );
      }
      const again = await forge(evil, n1, invented, 0);
      fail(n1);
      await lab.waitFor(
        "the other Vigil serves",
        async () => (await n2.holds(VIP)) && !(await n1.holds(VIP)),
      );

      // The forged ones decide nothing, and hide nothing: with both services dead the address stays where it is.
      fail(n2);
      await lab.waitFor("n2 keeps it: n1 has proved that it is not fit", () => second.log.includes(KEPT));
      expect(await n2.holds(VIP)).toBe(true);
      const shown = (await explanationOf(n1)).inputs.find(({ name }) => name === `candidate ${n2.ipv4}`);
      expect(shown).toMatchObject({ value: "not fit" });
      expect(shown?.evidence).toMatch(/; MASTER, priority 100; a check fails; Vigil \d/);
      await again.killAll();
    }),
);
