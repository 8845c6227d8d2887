/** Reloads: what is applied and what is refused, and that none of it costs a packet. */

import { existsSync, readFileSync, truncateSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tsharkFields } from "../support/lab/capture.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.1 };

/** How long the storm lasts, s; a minute of it is run by hand. */
const STORM = Number(process.env.VIGIL_RELOAD_STORM ?? "5");

/** Longest gap between adverts that no peer could take for a death, s: three intervals. */
const LONGEST_GAP = 0.3;

function nodeOn(lab: Lab, global: readonly string[] = []): KeepalivedNode {
  const host = lab.host("n1");
  return new KeepalivedNode(host, VIGIL, keepalivedConf(MODE, { priority: 200, global }, host, []));
}

async function master(node: KeepalivedNode): Promise<void> {
  await node.start();
  await node.process.waitForLine(/Entering MASTER STATE/);
}

describe.concurrent("reload", () => {
  test(
    "ten SIGHUP a second under a ping a millisecond: no answer is lost, and adverts never pause",
    () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const node = nodeOn(lab);
        await master(node);
        const peer = lab.host("n2");
        await peer.exec(["ping", "-c", "1", "-W", "2", vipOf(MODE)]);
        const capture = await lab.capture("storm", "vrrp");
        const count = STORM * 1_000;
        const ping = peer.spawn(
          ["ping", "-q", "-i", "0.001", "-c", `${count}`, "-W", "2", vipOf(MODE)],
          "ping",
        );
        const storm = node.host.spawn(
          ["sh", "-c", `for i in $(seq ${STORM * 10}); do kill -HUP ${node.process.pid}; sleep 0.1; done`],
          "storm",
        );
        expect(await storm.ended).toMatchObject({ code: 0 });
        await ping.ended;
        expect(ping.lines.join("\n")).toContain(
          `${count} packets transmitted, ${count} received, 0% packet loss`,
        );
        const rows = await tsharkFields(await capture.stop(), ["frame.time_epoch", "vrrp.prio"], "vrrp");
        const times = rows.map(([time]) => Number(time));
        const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
        expect(times.length).toBeGreaterThan(STORM * 9);
        expect(Math.max(...gaps)).toBeLessThan(LONGEST_GAP);
        expect(new Set(rows.map(([, priority]) => priority))).toEqual(new Set(["200"]));
        expect(node.states()).toEqual(["BACKUP", "MASTER"]);
        const { log } = node;
        expect(log.filter((line) => line === "Reload complete").length).toBeGreaterThan(STORM);
      }),
    60_000 + STORM * 10_000,
  );

  test("a file that could not be started with changes nothing and says so; one with complaints is applied", () =>
    Lab.use(["n1"], async (lab) => {
      const node = nodeOn(lab);
      await master(node);
      const conf = (more: string) => keepalivedConf(MODE, { priority: 200, instance: [more] }, node.host, []);
      node.configure(conf("").replace("virtual_router_id 51", "virtual_router_id 999"));
      node.reload();
      await node.process.waitForLine(/Reload refused: the running configuration stays as it is$/);
      expect(node.log.some((line) => line.includes("number '999' outside range [1, 255]"))).toBe(true);
      expect(node.log).not.toContain("Reload complete");
      expect(await node.host.holds(vipOf(MODE))).toBe(true);
      node.configure(conf("bogus_keyword 3\nvirtual_ipaddress_excluded {\n10.77.0.101/24\n}"));
      node.reload();
      await node.process.waitForLine(/Reload complete$/);
      expect(node.log.some((line) => line.endsWith("Unknown keyword 'bogus_keyword'"))).toBe(true);
      await lab.waitFor("the added address is there", () => node.host.holds("10.77.0.101"));
      await node.stop();
    }));

  test("files without an end, too large, or that include themselves change nothing, and each says so once", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const node = nodeOn(lab);
      await master(node);
      const good = keepalivedConf(MODE, { priority: 100, global: [] }, node.host, []);
      const ping = lab.host("n2").spawn(["ping", "-i", "0.01", vipOf(MODE)], "ping");
      await ping.waitForLine(/bytes from/);
      const large = node.host.file("large", "");
      truncateSync(large, 9 << 20);
      const bad: readonly (readonly [string, RegExp])[] = [
        [
          "include *.conf\n",
          /keepalived\.conf: Line \d+\) Configuration file '.*keepalived\.conf' includes itself$/,
        ],
        ["$A=1 $B\n$B=2 $A\nrouter $A\n", /Definition A refers to itself through B$/],
        ["~SEQ(i,1000000) vrrp_instance X$i {\n}\n", /~SEQ of 1000000 repetitions, more than 65536/],
        [`include ${large}\n`, /Configuration file '.*large' is larger than 8 MiB$/],
      ];
      for (const [text, error] of bad) {
        const before = node.log.length;
        node.configure(good + text);
        node.reload();
        const refused = "Reload refused: the running configuration stays as it is";
        await lab.waitFor("it is refused", () => node.log.slice(before).includes(refused));
        expect(node.log.slice(before).filter((line) => error.test(line))).toHaveLength(1);
      }
      expect(node.log).not.toContain("Reload complete");
      expect(node.states()).toEqual(["BACKUP", "MASTER"]);
      ping.signal("SIGINT");
      await ping.ended;
      expect(ping.lines.join("\n")).toContain(" 0% packet loss");
      await node.stop();
    }));

  test("reload_check_config: any complaint refuses the file, and a log has it", () =>
    Lab.use(["n1"], async (lab) => {
      const checkLog = `${lab.host("n1").directory}/check.log`;
      const global = [`reload_check_config ${checkLog}`];
      const node = nodeOn(lab, global);
      await master(node);
      node.configure(`${keepalivedConf(MODE, { priority: 200, global }, node.host, [])}bogus_keyword 3\n`);
      node.reload();
      await node.process.waitForLine(/New config failed validation, see .*check\.log for details$/);
      expect(readFileSync(checkLog, "utf8")).toContain("Unknown keyword 'bogus_keyword'");
      expect(node.log).not.toContain("Reload complete");
      await node.stop();
    }));

  test("reload_time_file: reloads at that time, once, and removes the file", () =>
    Lab.use(["n1"], async (lab) => {
      const when = `${lab.host("n1").directory}/when`;
      const node = nodeOn(lab, [
        `reload_time_file ${when}`,
        `reload_file ${lab.host("n1").directory}/marker`,
      ]);
      await master(node);
      const soon = new Date(Date.now() + 2_000).toISOString();
      node.host.file("when", `${soon.slice(11, 19)}Z\n`);
      await node.process.waitForLine(/Scheduling reload for \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      await node.process.waitForLine(/Reload complete$/);
      await lab.waitFor("the file is gone", () => !existsSync(when));
      expect(existsSync(`${node.host.directory}/marker`)).toBe(false);
      await node.stop();
    }));
});
