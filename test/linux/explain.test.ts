/** Blocked and puzzling situations, made for real: `vigil explain` names the cause of each. */

import { describe, expect, test } from "vitest";
import type { Explanation } from "../../src/report/status.js";
import { explanationOf, vigil } from "../support/lab/control.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type NodeSettings, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const V3: VrrpMode = { name: "v3", version: 3, family: 4, interval: 0.2 };
const V2: VrrpMode = { name: "v2", version: 2, family: 4, interval: 1 };
const V2_PASS: VrrpMode = { ...V2, auth: "PASS" };

const SCRIPT = { global: ["script_user root"], instance: ["track_script {", "  chk", "}"] };

interface Side {
  readonly mode?: VrrpMode;
  readonly settings?: Partial<NodeSettings>;
  /** Changes the text of the configuration. */
  readonly edit?: (conf: string) => string;
}

interface Situation {
  readonly what: string;
  /** The node that is asked: n2, priority 100, version 3 unless said otherwise. */
  readonly asked?: Side;
  /** The other one: n1, priority 200; absent: nobody else is there. */
  readonly other?: Side;
  /** Done when both run. */
  readonly happens?: (lab: Lab, asked: KeepalivedNode, other: KeepalivedNode | undefined) => Promise<unknown>;
  /** The decision that is expected. */
  readonly rule: Explanation["rule"]["code"];
  /** What `vigil explain` must say. */
  readonly says: RegExp;
  /** The finding or the fault behind it. */
  readonly finding?: string;
  readonly fault?: string;
}

const script =
  (body: string, interval = 1) =>
  (conf: string) =>
    `vrrp_script chk {\n  script "${body}"\n  interval ${interval}\n}\n${conf}`;

const SITUATIONS: readonly Situation[] = [
  {
    what: "link down",
    happens: (lab, asked) => lab.cutLink(asked.host),
    rule: "fault",
    fault: "interfaceDown",
    says: /FAULT: interface eth0 is down \(since [\d:]+\)[\s\S]*the link of eth0 comes up/,
  },
  {
    what: "no address",
    happens: (_lab, { host }) => host.exec(["ip", "address", "delete", `${host.ipv4}/24`, "dev", "eth0"]),
    rule: "fault",
    fault: "noAddress",
    says: /FAULT: no address on interface eth0[\s\S]*eth0 gets an address of its own/,
  },
  {
    what: "script failing",
    asked: { settings: SCRIPT, edit: script("/usr/bin/ls /no/such/thing") },
    rule: "fault",
    fault: "scriptFailed",
    says: /FAULT: script chk failed[\s\S]*script chk +failed: FAULT \(exit status 2 [^\n]* ago: \S*ls: cannot access '\/no\/such\/thing'/,
  },
  {
    what: "lower priority",
    other: {},
    rule: "followsHigherPriority",
    says: /BACKUP: 10\.77\.0\.1 is MASTER with the higher priority 200 \(ours 100\)[\s\S]*a priority above 200 here/,
  },
  {
    what: "nopreempt",
    asked: { settings: { priority: 250, nopreempt: true } },
    other: {},
    rule: "nopreempt",
    says: /BACKUP: nopreempt is set, and 10\.77\.0\.1 is MASTER, although with the lower priority 200 \(ours 250\)/,
  },
  {
    what: "preempt_delay",
    asked: { settings: { priority: 250, instance: ["preempt_delay 300"] } },
    other: {},
    rule: "preemptDelay",
    says: /BACKUP: preempt_delay runs for another 4 min/,
  },
  {
    what: "wrong password",
    asked: { mode: V2_PASS },
    other: { mode: V2_PASS, edit: (conf) => conf.replace(/auth_pass \S+/, "auth_pass another") },
    rule: "nobodyOutranks",
    finding: "wrongPassword",
    says: /packets? of 10\.77\.0\.1 dropped.*invalid passwd[\s\S]*set the same auth_pass on all routers/,
  },
  {
    what: "wrong version",
    asked: { mode: V2 },
    other: { mode: V3 },
    rule: "nobodyOutranks",
    finding: "wrongVersion",
    says: /packets? of 10\.77\.0\.1 dropped.*Received 3 and expect 2[\s\S]*same vrrp_version/,
  },
  {
    what: "interval mismatch",
    asked: { mode: V2 },
    other: { mode: { ...V2, interval: 2 } },
    rule: "nobodyOutranks",
    finding: "intervalMismatch",
    says: /packets? of 10\.77\.0\.1 dropped.*mine=1 sec rcv'd=2 sec[\s\S]*same advert_int/,
  },
  {
    what: "duplicate VRID",
    other: { edit: (conf) => conf.replace("10.77.0.100/24", "10.77.0.200/24") },
    rule: "followsHigherPriority",
    finding: "duplicateVrid",
    says: /10\.77\.0\.1 uses virtual router id 51 too, but for other addresses: 10\.77\.0\.200/,
  },
  {
    what: "filtered adverts: both MASTER",
    other: {},
    happens: async (lab, asked, other) => {
      await lab.waitFor(
        "BACKUP",
        async () => (await explanationOf(asked.host)).master?.address === "10.77.0.1",
      );
      if (other !== undefined) await lab.dropOneWay(other.host, asked.host);
    },
    rule: "nobodyOutranks",
    finding: "fellSilent",
    says: /10\.77\.0\.1 is not heard any more: its last advert, priority 200, came .* ago[\s\S]*a filter, a VLAN or a switch/,
  },
  {
    what: "filtered adverts, seen from the other side: a rival that does not hear us",
    asked: { settings: { priority: 250 } },
    other: {},
    happens: async (lab, asked, other) => {
      await lab.waitFor("MASTER", async () => (await explanationOf(asked.host)).state === "MASTER");
      if (other !== undefined) await lab.dropOneWay(asked.host, other.host);
    },
    rule: "nobodyOutranks",
    finding: "rivalMaster",
    says: /10\.77\.0\.1 says MASTER too, with priority 200 \(ours 250\)[\s\S]*it does not hear our adverts/,
  },
  {
    what: "waiting for a first script result",
    asked: { settings: SCRIPT, edit: script("/usr/bin/sleep 50", 60) },
    rule: "waitsForFirstResult",
    fault: "scriptPending",
    says: /INIT: it waits for the first result of script chk, which has weight 0[\s\S]*first run is under way/,
  },
  {
    what: "stopped peer",
    other: {},
    happens: async (lab, asked, other) => {
      await lab.waitFor(
        "BACKUP",
        async () => (await explanationOf(asked.host)).master?.address === "10.77.0.1",
      );
      await other?.stop();
    },
    rule: "nobodyOutranks",
    finding: "resigned",
    says: /it came to this by: 10\.77\.0\.1 resigned with priority 0[\s\S]*it was stopped or drained/,
  },
  {
    what: "a script that cannot be run",
    asked: { settings: SCRIPT, edit: script("DIRECTORY/broken") },
    rule: "nobodyOutranks",
    finding: "scriptNotRun",
    says: /script chk could not be started/,
  },
];

describe.concurrent("vigil explain", () => {
  test.each(SITUATIONS)("$what", (situation) =>
    Lab.use(["n1", "n2"], async (lab) => {
      const other = situation.other === undefined ? undefined : node(lab, "n1", 200, situation.other);
      const asked = node(lab, "n2", 100, situation.asked ?? {});
      asked.host.file("broken", "#!/nowhere/at/all\n", 0o755);
      await other?.start();
      if (other !== undefined)
        await lab.waitFor("the other is MASTER", async () => (await other.state()) === "MASTER");
      await asked.start();
      await situation.happens?.(lab, asked, other);
      const { rule, finding, fault, says } = situation;
      let last: Explanation | undefined;
      await lab
        .waitFor("the situation", async () => {
          last = await explanationOf(asked.host);
          const codes: readonly string[] = last.findings.map(({ code }) => code);
          const faults = last.faults.map(({ kind }) => kind);
          return (
            last.rule.code === rule &&
            (finding === undefined || codes.includes(finding)) &&
            (fault === undefined || faults.includes(fault))
          );
        })
        .catch((error: Error) => {
          error.message += `\n${JSON.stringify(last, null, 1)}`;
          throw error;
        });
      const { stdout, status } = await vigil(asked.host, "explain", "VI_1");
      expect(stdout).toMatch(says);
      expect(status).toBe(0);
    }),
  );
});

function node(lab: Lab, name: string, priority: number, side: Side): KeepalivedNode {
  const host = lab.host(name);
  const conf = keepalivedConf(side.mode ?? V3, { priority, ...side.settings }, host, []);
  const text = (side.edit?.(conf) ?? conf).replaceAll("DIRECTORY", host.directory);
  return new KeepalivedNode(host, VIGIL, text);
}
