/** A reload that puts an instance into a sync group, or gives one a new tracker, takes no address away from what serves. */

import { describe, expect, test } from "vitest";
import { explanationOf, statusOf, vigil } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const vipOf = (number: number) => `10.77.0.${200 + number}`;

/** Instance VI_<number>. */
function instance(number: number, priority: number, ...lines: readonly string[]): string {
  return [
    `vrrp_instance VI_${number} {`,
    ...(lines.some((line) => line.startsWith("interface")) ? [] : ["interface eth0"]),
    "version 3",
    "advert_int 0.2",
    `virtual_router_id ${50 + number}`,
    `priority ${priority}`,
    ...lines,
    "virtual_ipaddress {",
    `${vipOf(number)}/24`,
    "}",
    "}\n",
  ].join("\n");
}

function group(name: string, ...members: readonly number[]): string {
  const lines = members.map((number) => `VI_${number}`);
  return `vrrp_sync_group ${name} {\ngroup {\n${lines.join("\n")}\n}\n}\n`;
}

const GLOBAL = "global_defs {\nscript_user root\nenable_script_security\nvrrp_garp_master_delay 1\n}\n";

async function states(host: Host): Promise<string> {
  const { instances } = await statusOf(host);
  return instances.map(({ name, state }) => `${name} ${state}`).join(", ");
}

/** Reloads and waits for its end. */
async function reload(lab: Lab, node: KeepalivedNode, text: string): Promise<void> {
  const before = node.log.filter((line) => line === "Reload complete").length;
  node.configure(text);
  node.reload();
  await lab.waitFor(
    "the reload",
    () => node.log.filter((line) => line === "Reload complete").length > before,
  );
}

/** The states that an instance has gone through, in order. */
function path(node: KeepalivedNode, number: number): string[] {
  return node.log.flatMap((line) => {
    const match = new RegExp(`^\\(VI_${number}\\) Entering (\\w+) STATE`).exec(line);
    return match?.[1] === undefined ? [] : [match[1]];
  });
}

describe.concurrent("a reload around a sync group that is MASTER", () => {
  test("members, a VMAC, trackers and groups that come, move and go: no answer of a running address is lost", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      const [one, two] = [instance(1, 100), instance(2, 100)];
      const node = new KeepalivedNode(n1, VIGIL, GLOBAL + one + two, "VI_1");
      await node.start();
      await lab.waitFor("both serve", async () => (await states(n1)) === "VI_1 MASTER, VI_2 MASTER");
      const pings = [1, 2].map((number) =>
        n2.spawn(["ping", "-i", "0.01", "-W", "1", vipOf(number)], `ping ${number}`),
      );
      for (const ping of pings) await ping.waitForLine(/bytes from/);

      // A group around two MASTERs.
      await reload(lab, node, GLOBAL + group("G", 1, 2) + one + two);
      // A member with a VMAC of its own, and one on another interface.
      await n1.exec(["ip", "link", "add", "br9", "up", "type", "bridge"]);
      await n1.exec(["ip", "address", "add", "10.79.0.1/24", "dev", "br9"]);
      const three = instance(3, 100, "use_vmac");
      const four = instance(4, 100, "interface eth0");
      await reload(lab, node, GLOBAL + group("G", 1, 2, 3, 4) + one + two + three + four);
      await lab.waitFor("all serve", async () => /^(VI_\d MASTER(, |$)){4}$/.test(await states(n1)));
      expect((await statusOf(n1)).groups).toMatchObject([{ name: "G", state: "MASTER", joining: [] }]);

      // Trackers whose first result is not there yet.
      const trackers = [
        `vrrp_script slow {\nscript "${n1.file("slow", "#!/bin/sh\nsleep 1\n", 0o755)}"\ninterval 5\ntimeout 4\n}`,
        "vrrp_track_process self {\nprocess sleep\n}",
        `vrrp_track_file number {\nfile ${n1.file("number", "0\n")}\n}`,
      ].join("\n");
      const tracking = [
        "track_script {\nslow\n}",
        "track_process {\nself\n}",
        "track_file {\nnumber weight 0\n}",
      ];
      const sleep = n1.spawn(["sleep", "60"]);
      await reload(
        lab,
        node,
        `${GLOBAL}${trackers}\n${group("G", 1, 2, 3)}${instance(1, 100, ...tracking)}${two}${three}${four}`,
      );
      await node.process.waitForLine(/Script `slow` now returning 0|VRRP_Script\(slow\) succeeded/);

      // A member that moves to another group, and no group any more.
      await reload(lab, node, GLOBAL + group("G", 1, 3) + group("H", 2, 4) + one + two + three + four);
      await reload(lab, node, GLOBAL + one + two);
      for (const ping of pings) {
        ping.signal("SIGINT");
        await ping.ended;
        expect(ping.lines.join("\n")).toMatch(/ 0% packet loss/);
      }
      sleep.signal("SIGTERM");
      expect([1, 2].map((number) => path(node, number))).toEqual([
        ["BACKUP", "MASTER"],
        ["BACKUP", "MASTER"],
      ]);
      await node.stop();
    }));

  test("a group made of a MASTER and a BACKUP serves on, joins when it can, and moves together from then on", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      const own = (text: string) => `${text}${instance(1, 150)}${instance(2, 150)}`;
      const node = new KeepalivedNode(n1, VIGIL, own(""), "VI_1");
      const peer = new KeepalivedNode(n2, KEEPALIVED, instance(1, 100) + instance(2, 200), "VI_2");
      await peer.start();
      await node.start();
      await lab.waitFor("one each", async () => (await states(n1)) === "VI_1 MASTER, VI_2 BACKUP");
      await lab.waitFor("n2 has its one", () => n2.holds(vipOf(2)));
      await reload(lab, node, own(group("G", 1, 2)));
      await lab.waitFor("it is said", async () => (await vigil(n1, "status")).status === 151);
      expect(await states(n1)).toBe("VI_1 MASTER, VI_2 BACKUP");
      expect((await explanationOf(n1, "VI_2")).findings[0]).toMatchObject({
        code: "joinsGroup",
        severity: "warning",
      });
      expect((await lab.holders(vipOf(1))).map(({ name }) => name)).toEqual(["n1"]);
      // The peer lets the second one go: this node has both then.
      await peer.stop();
      await lab.waitFor("it joins", async () => (await states(n1)) === "VI_1 MASTER, VI_2 MASTER");
      expect((await vigil(n1, "status")).status).toBe(0);
      // And loses both to a peer that is better for one of them.
      peer.configure(group("G", 1, 2) + instance(1, 200) + instance(2, 200));
      await peer.start();
      await lab.waitFor("together", async () => (await states(n1)) === "VI_1 BACKUP, VI_2 BACKUP");
      expect(path(node, 1)).toEqual(["BACKUP", "MASTER", "BACKUP"]);
      await node.stop();
    }));

  test("a newcomer in FAULT takes the group down, and both the check and the reload say so before", () =>
    Lab.use(["n1"], async (lab) => {
      const n1 = lab.host("n1");
      const [one, two] = [instance(1, 100), instance(2, 100)];
      const dynamic = "global_defs {\ndynamic_interfaces\n}\n";
      const node = new KeepalivedNode(n1, VIGIL, dynamic + group("G", 1, 2) + one + two, "VI_1");
      await node.start();
      await lab.waitFor("both serve", async () => (await states(n1)) === "VI_1 MASTER, VI_2 MASTER");
      const text = dynamic + group("G", 1, 2, 3) + one + two + instance(3, 100, "interface missing0");
      const note = "interface missing0 does not exist: FAULT, and with it all of sync group G";
      const check = await vigil(n1, "check", n1.file("next.conf", text));
      expect(check.stdout + check.stderr).toContain(`(VI_3) ${note}`);
      await reload(lab, node, text);
      await lab.waitFor("FAULT", async () => /^(VI_\d FAULT(, |$)){3}$/.test(await states(n1)));
      const lines = node.log;
      const said = lines.findIndex((line) => line.includes(note));
      expect(said).toBeGreaterThan(0);
      expect(said).toBeLessThan(lines.indexOf("(VI_1) Entering FAULT STATE"));
      await reload(lab, node, group("G", 1, 2) + one + two);
      await lab.waitFor("both serve again", async () => (await states(n1)) === "VI_1 MASTER, VI_2 MASTER");
      await node.stop();
    }));
});
