/**
 * The files that Kubernetes users have, unchanged, on real masters: Platform9's nodelet and the kubeadm guide. The address
 * follows the apiserver.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Apiserver } from "../support/lab/apiserver.js";
import { AH_REPLAY } from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import type { RouterState } from "../support/lab/node.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const CORPUS = {
  nodelet: {
    path: corpus("platform9-nodelet.conf"),
    sha256: "d257a2bb828dbbec19c10501e63d6512662beadc8e6e5eae7c65a0f8ad7bc867",
  },
  kubeadmMaster: {
    path: corpus("kubeadm-docs-master.conf"),
    sha256: "1c5b08797980c49323094c999ba8ede528ab2b9674a05b50cf710e896410b918",
  },
  kubeadmBackup: {
    path: corpus("kubeadm-docs-backup.conf"),
    sha256: "1c055a9259e6dce898f79908ea793c812abf9932eda3dc5f5db5d4569f416a06",
  },
};

/** `virtual_ipaddress` of all these files. */
const VIP = "10.0.0.100";

/** Three checks of 10 s at the longest, and a busy machine. */
const SLOW = { timeout: 240_000 };

function corpus(name: string): string {
  return fileURLToPath(new URL(`../corpus/${name}`, import.meta.url));
}

interface Master {
  readonly node: KeepalivedNode;
  readonly apiserver: Apiserver;
}

/** A host with an apiserver, the check script where the file wants it, and the daemon not yet started. */
async function master(
  lab: Lab,
  name: string,
  program: string,
  file: { readonly path: string },
  instance: string,
  script: string,
): Promise<Master> {
  const host = lab.host(name);
  const apiserver = await Apiserver.create(host, 443);
  host.provideEtc(script, `#!/bin/bash\n${apiserver.check}\n`, 0o755);
  return { node: new KeepalivedNode(host, program, { path: file.path }, instance), apiserver };
}

/** Waits for the states and for the address to be on the host of the MASTER alone. */
async function roles(
  lab: Lab,
  step: string,
  holder: Master,
  other: Master,
  otherState: RouterState,
): Promise<void> {
  await lab.waitFor(
    `${step}: ${holder.node.host.name} is MASTER, the other ${otherState}`,
    async () => {
      if ((await holder.node.state()) !== "MASTER" || (await other.node.state()) !== otherState) return false;
      const holders = await lab.holders(VIP);
      return holders.length === 1 && holders[0] === holder.node.host;
    },
    75_000,
  );
}

describe.concurrent("configurations of Kubernetes masters", () => {
  for (const { path, sha256 } of Object.values(CORPUS)) {
    test(`${path.split("/").at(-1)} is the file as its author ships it`, () => {
      expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(sha256);
    });
  }

  const pairs = [
    { title: "two Vigil", programs: [VIGIL, VIGIL] },
    { title: "Vigil and keepalived", programs: [VIGIL, KEEPALIVED] },
  ] as const;
  for (const { title, programs } of pairs) {
    test(
      `nodelet's file, ${title}: the address leaves a master whose apiserver died, and does not come back by itself`,
      SLOW,
      () =>
        Lab.use(["n1", "n2"], async (lab) => {
          const script = "pf9/vrrp_check.sh";
          const first = await master(lab, "n1", programs[0], CORPUS.nodelet, "K8S_APISERVER", script);
          const second = await master(lab, "n2", programs[1], CORPUS.nodelet, "K8S_APISERVER", script);
          await first.node.start();
          await lab.waitFor("the first master has the address", () => first.node.host.holds(VIP));
          await second.node.start();
          await roles(lab, "a second master joins", first, second, "BACKUP");

          await first.apiserver.kill();
          await roles(lab, "the apiserver of the holder died", second, first, "FAULT");
          expect(first.node.log).toContain("VRRP_Script(chk_apiserver) failed (exited with status 7)");

          await first.apiserver.start();
          await roles(lab, "its apiserver is back", second, first, "BACKUP");
          expect(
            first.node.log.filter((line) => line.includes("VRRP_Script(chk_apiserver) succeeded")),
          ).toHaveLength(2);
          await pause(5000);
          await roles(lab, "nopreempt", second, first, "BACKUP");
          expect(second.node.states(), "states since its start").toEqual(["BACKUP", "MASTER"]);

          await second.apiserver.kill();
          await roles(lab, "the other apiserver died", first, second, "FAULT");
          for (const { node } of [first, second]) {
            expect(node.complaints().filter((line) => !AH_REPLAY.test(line))).toEqual([]);
          }
        }),
    );
  }

  test(
    "nodelet's file, three masters change from keepalived to Vigil one by one: after each step one holder",
    SLOW,
    () =>
      Lab.use(["n1", "n2", "n3"], async (lab) => {
        const script = "pf9/vrrp_check.sh";
        const old: Master[] = [];
        for (const { name } of lab.hosts) {
          old.push(await master(lab, name, KEEPALIVED, CORPUS.nodelet, "K8S_APISERVER", script));
        }
        const running = new Map<Host, KeepalivedNode>();
        const masters = async () => {
          const states = await Promise.all([...running.values()].map((node) => node.state()));
          return [...running.keys()].filter((_, index) => states[index] === "MASTER");
        };
        const settled = (step: string) =>
          lab.waitFor(`${step}: one MASTER, and it alone has the address`, async () => {
            const holders = await lab.holders(VIP);
            const [holder] = await masters();
            return holders.length === 1 && holders[0] === holder && (await masters()).length === 1;
          });
        for (const { node } of old) {
          await node.start();
          running.set(node.host, node);
          await settled(`${node.host.name} starts`);
        }

        // Not the MASTER first: two keepalived BACKUPs of one priority take over in the same millisecond, and with AH they are deaf
        // to each other for as long as they keep in step, which is longer than anybody waits.
        const [first, second, third] = old as [Master, Master, Master];
        for (const { node } of [second, first, third]) {
          await node.stop();
          running.delete(node.host);
          await settled(`keepalived on ${node.host.name} stopped`);
          const next = new KeepalivedNode(node.host, VIGIL, { path: CORPUS.nodelet.path }, "K8S_APISERVER");
          await next.start();
          await next.process.waitForLine(/Entering BACKUP STATE/);
          running.set(node.host, next);
          await settled(`Vigil on ${node.host.name} started`);
        }
        for (const node of [...old.map((one) => one.node), ...running.values()]) {
          expect(node.complaints().filter((line) => !AH_REPLAY.test(line))).toEqual([]);
        }
      }),
  );

  const kubeadm = [
    { title: "Vigil is the MASTER of the guide", programs: [VIGIL, KEEPALIVED] },
    { title: "keepalived is the MASTER of the guide", programs: [KEEPALIVED, VIGIL] },
  ] as const;
  for (const { title, programs } of kubeadm) {
    test(`the kubeadm guide's files, ${title}: weight -2 moves the address away and back`, SLOW, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const script = "keepalived/check_apiserver.sh";
        const better = await master(lab, "n1", programs[0], CORPUS.kubeadmMaster, "VI_1", script);
        const lesser = await master(lab, "n2", programs[1], CORPUS.kubeadmBackup, "VI_1", script);
        await Promise.all([better.node.start(), lesser.node.start()]);
        await roles(lab, "start", better, lesser, "BACKUP");

        await better.apiserver.kill();
        await roles(lab, "the apiserver of the better one died", lesser, better, "BACKUP");
        expect(better.node.log).toContain("(VI_1) Changing effective priority from 101 to 99");

        await better.apiserver.start();
        await roles(lab, "its apiserver is back", better, lesser, "BACKUP");
        expect(better.node.log).toContain("(VI_1) Changing effective priority from 99 to 101");
        expect([...better.node.complaints(), ...lesser.node.complaints()]).toEqual([]);
      }),
    );
  }
});
