/**
 * What is the host's own is never taken for Vigil's: the address of an address owner (priority 255, RFC 9568 §6.1), the only address
 * of an interface, static items that the host has by itself; and what is left over from a crash goes all the same.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explanationOf, statusOf } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const instance = (priority: number, addresses: readonly string[]) =>
  [
    "vrrp_instance VI_1 {",
    "interface eth0\nversion 3\nadvert_int 0.1\nstate MASTER\nvirtual_router_id 51",
    `priority ${priority}`,
    "virtual_ipaddress {",
    ...addresses,
    "}",
    "}\n",
  ].join("\n");

async function lifetimeOf(host: Host, address: string): Promise<string | undefined> {
  const shown = await host.exec(["ip", "-o", "address", "show", "to", address]);
  return /valid_lft (\S+)/.exec(shown)?.[1];
}

async function killAll(node: KeepalivedNode): Promise<void> {
  // Daemon and guardian at once, so that nobody is left to undo anything.
  await node.kill();
}

test("an address owner: its own address is used, has no end, and stays at the stop, the crash and the start after it", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const [host, client] = [lab.host("n1"), lab.host("n2")];
    const node = new KeepalivedNode(host, VIGIL, instance(255, [`${host.ipv4}/24`, "10.77.0.100/24"]));
    const serves = async () => {
      await lab.waitFor("MASTER", async () => (await node.state()) === "MASTER");
      await lab.waitFor("the other address is held", () => host.holds("10.77.0.100"));
      expect((await statusOf(host)).instances[0]?.source).toBe(host.ipv4);
      expect(await lifetimeOf(host, host.ipv4)).toBe("forever");
      await client.exec(["ping", "-c", "1", "-W", "2", host.ipv4]);
    };
    await node.start();
    await serves();
    await node.stop();
    expect([await host.holds(host.ipv4), await host.holds("10.77.0.100")]).toEqual([true, false]);
    await node.start();
    await serves();
    node.process.signal("SIGKILL");
    await lab.waitFor(
      "the parent removes what is ours, or the child before it ends",
      async () => !(await host.holds("10.77.0.100")),
    );
    expect(await host.holds(host.ipv4)).toBe(true);
    await node.start();
    await serves();
    await killAll(node);
    await node.start();
    await serves();
    await node.stop();
    expect([await host.holds(host.ipv4), await host.holds("10.77.0.100")]).toEqual([true, false]);
    // Without it at the start, as with DHCP: FAULT, and MASTER as soon as it comes.
    await host.exec(["ip", "address", "flush", "dev", "eth0", "scope", "global"]);
    await node.start();
    await lab.waitFor("FAULT", async () => (await node.state()) === "FAULT");
    await host.exec(["ip", "address", "add", `${host.ipv4}/24`, "dev", "eth0"]);
    await serves();
    await node.stop();
    expect(await host.holds(host.ipv4)).toBe(true);
  }));

test("below 255 the only address of an interface stays, and FAULT says so; ours goes even then", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const node = new KeepalivedNode(host, VIGIL, instance(150, [`${host.ipv4}/24`]));
    await node.start();
    await lab.waitFor("FAULT", async () => (await node.state()) === "FAULT");
    expect(await host.holds(host.ipv4)).toBe(true);
    const { faults, findings } = await explanationOf(host);
    expect(faults.map(({ text }) => text)).toEqual([
      "the virtual address 10.77.0.1 is eth0's only own address",
    ]);
    expect(findings.map(({ advice }) => advice).join()).toContain("only address of its family");
    await node.stop();
    expect(await host.holds(host.ipv4)).toBe(true);
    // Left over from a crash of everything, and the only one since: the journal says that it is ours.
    node.configure(`global_defs {\nvrrp_address_lifetimes off\n}\n${instance(150, ["10.77.0.100/24"])}`);
    await node.start();
    await lab.waitFor("held", () => host.holds("10.77.0.100"));
    await killAll(node);
    expect(await host.holds("10.77.0.100")).toBe(true);
    await host.exec(["ip", "address", "delete", `${host.ipv4}/24`, "dev", "eth0"]);
    await node.start();
    await lab.waitFor("it has gone", async () => !(await host.holds("10.77.0.100")));
    await node.stop();
    // keepalived was killed, and Vigil takes its place.
    await host.exec(["ip", "address", "add", `${host.ipv4}/24`, "dev", "eth0"]);
    const theirs = new KeepalivedNode(host, KEEPALIVED, instance(150, ["10.77.0.100/24"]));
    await theirs.start();
    await lab.waitFor("keepalived holds it", () => host.holds("10.77.0.100"));
    await theirs.kill();
    await host.exec(["rm", "-f", `${host.directory}/keepalived.pid`, `${host.directory}/vrrp.pid`]);
    node.configure(`global_defs {\nvrrp_startup_delay 60\n}\n${instance(150, ["10.77.0.100/24"])}`);
    await node.start();
    await lab.waitFor("keepalived's address has gone", async () => !(await host.holds("10.77.0.100")));
  }));

test("static items that the host has by itself stay at the stop; those of ours go, even those of a run that was killed", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    await host.exec(["ip", "address", "add", "10.9.0.1/24", "dev", "eth0"]);
    await host.exec(["ip", "route", "add", ..."172.30.0.0/16 via 10.77.0.9 dev eth0".split(" ")]);
    await host.exec(["ip", "rule", "add", ..."from 10.99.0.0/28 table 1 priority 900".split(" ")]);
    const statics = [
      "static_ipaddress {\n10.9.0.1/24 dev eth0\n10.9.1.1/24 dev eth0\n}",
      "static_routes {\n172.30.0.0/16 via 10.77.0.9 dev eth0\n172.31.0.0/16 via 10.77.0.9 dev eth0\n}",
      "static_rules {\nfrom 10.99.0.0/28 table 1 priority 900\nfrom 10.99.1.0/28 table 1 priority 901\n}\n",
    ].join("\n");
    const node = new KeepalivedNode(host, VIGIL, statics + instance(100, ["10.77.0.100/24"]));
    const kernel = async () => {
      const [addresses, routes, rules] = await Promise.all([
        host.exec(["ip", "-br", "address", "show", "dev", "eth0"]),
        host.exec(["ip", "route"]),
        host.exec(["ip", "rule"]),
      ]);
      const text = addresses + routes + rules;
      return [/10\.9\.0\.1\//, /10\.9\.1\.1\//, /172\.30\./, /172\.31\./, /900:/, /901:/].map((one) =>
        one.test(text),
      );
    };
    const all = [true, true, true, true, true, true];
    await node.start();
    await lab.waitFor("all are there", async () => (await kernel()).every(Boolean));
    await lab.waitFor("MASTER", async () => (await node.state()) === "MASTER");
    await lab.waitFor("and nothing is amiss", async () =>
      (await statusOf(host)).instances.every(({ findings }) =>
        findings.every(({ severity }) => severity === "note"),
      ),
    );
    const journal = JSON.parse(readFileSync(join(host.directory, "kernel"), "utf8")) as {
      addresses: string[];
    };
    expect(journal.addresses.map((key) => key.trim()).sort()).toEqual([
      "eth0 10.77.0.100/24",
      "eth0 10.9.1.1/24",
    ]);
    await killAll(node);
    expect(await kernel()).toEqual(all);
    await node.start();
    await lab.waitFor("MASTER again", async () => (await node.state()) === "MASTER");
    expect(await kernel()).toEqual(all);
    await node.stop();
    expect(await kernel()).toEqual([true, false, true, false, true, false]);
  }));
