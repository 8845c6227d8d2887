/** Checks of whole daemons on a LAN: every kind of probe, a name server that is silent, and what nodes tell each other. */

import { expect, test } from "vitest";
import { Apiserver } from "../support/lab/apiserver.js";
import { explanationOf } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import {
  KEEPALIVED,
  KeepalivedNode,
  UNDER_TEST_IS_KEEPALIVED,
  VIGIL,
} from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

function check(name: string, ...lines: readonly string[]): string {
  return `vrrp_check ${name} {\n  ${["interval 0.3", "timeout 1", "fall 2", ...lines].join("\n  ")}\n}\n`;
}

function instance(checks: readonly string[], vip: string, ...lines: readonly string[]): string {
  const tracks = `track_check {\n    ${checks.join("\n    ")}\n  }`;
  const rest = [`virtual_ipaddress {\n    ${vip}\n  }`, tracks, ...lines].join("\n  ");
  return `vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  version 3\n  advert_int 0.3\n  ${rest}\n}\n`;
}

/** Value of a row of `vigil explain`. */
async function row(host: Host, name: string): Promise<string | undefined> {
  return (await explanationOf(host)).inputs.find((input) => input.name === name)?.value;
}

const evidence = async (host: Host, name: string) =>
  (await explanationOf(host)).tracked.find((track) => track.name === name)?.evidence ?? "";

test.skipIf(UNDER_TEST_IS_KEEPALIVED)(
  "icmp, exec, tcp_connect: a gateway that loses its address, a plugin that says CRITICAL",
  { timeout: 90_000 },
  () =>
    Lab.use(["n1", "gateway"], async (lab) => {
      const [host, gateway] = [lab.host("n1"), lab.host("gateway")];
      const plugin = host.file("plugin", "#!/bin/sh\necho OK - fine\n", 0o755);
      const vip = "10.77.0.100";
      const kinds = {
        gw: `icmp ${gateway.ipv4}`,
        gw6: `icmp ${gateway.ipv6}`,
        plugin: `exec ${plugin}`,
      };
      const checks = Object.entries(kinds).map(([name, what]) => check(name, what));
      const node = new KeepalivedNode(
        host,
        VIGIL,
        `global_defs {\n  script_user root\n}\n${checks.join("")}${instance(Object.keys(kinds), `${vip}/24`)}`,
      );
      await node.start();
      const serves = () => host.holds(vip);
      const fails = async (name: string) => {
        await lab.waitFor(`${name} is the fault`, async () => {
          const { state, faults } = await explanationOf(host);
          return state === "FAULT" && faults.length === 1 && faults[0]?.text.startsWith(`check ${name} `);
        });
        await lab.waitFor("the address is gone", async () => !(await serves()));
      };
      await lab.waitFor("it serves", serves);

      await gateway.exec(["ip", "address", "delete", `${gateway.ipv4}/24`, "dev", "eth0"]);
      await fails("gw");
      expect(await evidence(host, "gw")).toMatch(/^suspicion: /);
      await gateway.exec(["ip", "address", "add", `${gateway.ipv4}/24`, "dev", "eth0"]);
      await lab.waitFor("it serves again", serves);

      await gateway.exec(["ip", "address", "delete", `${gateway.ipv6}/64`, "dev", "eth0"]);
      await fails("gw6");
      await gateway.exec(["ip", "address", "add", `${gateway.ipv6}/64`, "dev", "eth0", "nodad"]);
      await lab.waitFor("it serves again", serves);

      host.file("plugin", "#!/bin/sh\necho 'CRITICAL - disk is full | used=100'\nexit 2\n", 0o755);
      await fails("plugin");
      expect(await evidence(host, "plugin")).toMatch(/^suspicion: CRITICAL - disk is full, since /);
    }),
);

test.skipIf(UNDER_TEST_IS_KEEPALIVED)(
  "a name server that is silent: the probe has its deadline, lookups do not pile up, the daemon goes on",
  { timeout: 90_000 },
  () =>
    Lab.use(["n1", "ns"], async (lab) => {
      const [host, server] = [lab.host("n1"), lab.host("ns")];
      await server.exec([
        "nft",
        "add table inet t; add chain inet t in { type filter hook input priority 0; }; " +
          "add rule inet t in udp dport 53 counter drop",
      ]);
      host.provideEtc("resolv.conf", `nameserver ${server.ipv4}\n`);
      const flag = host.file("plugin", "#!/bin/sh\ntrue\n", 0o755);
      const checks = [
        check("named", "https_get https://api.example:6443/readyz", "timeout 0.5", "weight -1"),
        check("other", `exec ${flag}`),
      ];
      const conf = `global_defs {\n  script_user root\n}\n${checks.join("")}${instance(["named", "other"], "10.77.0.100/24")}`;
      const node = new KeepalivedNode(host, VIGIL, conf);
      await node.start();
      const started = performance.now();
      await lab.waitFor("the deadline held", () =>
        node.log.some((line) =>
          /^VRRP_Check\(named\) failed \(suspicion: .*api\.example:6443 within 500 ms\)$/.test(line),
        ),
      );
      await lab.waitFor("it serves by the other check", () => host.holds("10.77.0.100"));
      // The main thread is not stuck: it answers, and runs plugins.
      await lab.waitFor("both checks go on for two lookups", async () => {
        const looked = await evidence(host, "other");
        return performance.now() - started > 6_000 && /^well, .*looked 0?(\.\d+)? ?m?s? ?/.test(looked);
      });
      const rules = await server.exec(["nft", "list", "table", "inet", "t"]);
      const asked = Number(/counter packets (\d+)/.exec(rules)?.[1]);
      const seconds = (performance.now() - started) / 1_000;
      expect(asked).toBeGreaterThan(0);
      // One lookup asks for two kinds of addresses every 5 s; one for each probe would be 4 questions a second at least.
      expect(asked).toBeLessThanOrEqual(2 * Math.ceil(seconds / 5) + 2);
    }),
);

test.skipIf(UNDER_TEST_IS_KEEPALIVED).each([
  ["IPv6 multicast", 6, false],
  ["IPv4 unicast", 4, true],
  ["IPv6 unicast", 6, true],
] as const)(
  "nodes tell each other by %s that they are fit, and at once that they are not",
  { timeout: 90_000 },
  (_name, family, unicast) =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [first, second] = lab.hosts.map((host) => {
        const [own, other] = [host, ...lab.hosts.filter((one) => one !== host)].map((one) =>
          family === 4 ? one.ipv4 : unicast ? one.ipv6 : one.linkLocal,
        );
        const peers = unicast ? [`unicast_src_ip ${own}`, `unicast_peer {\n    ${other}\n  }`] : [];
        const vip = family === 4 ? "10.77.0.100/24" : unicast ? "fd00:77::100/64" : "fe80::100/64";
        const conf = `${check("api", `exec ${host.file("plugin", "#!/bin/sh\ntrue\n", 0o755)}`)}${instance(["api"], vip, ...peers)}`;
        const node = new KeepalivedNode(host, VIGIL, `global_defs {\n  script_user root\n}\n${conf}`);
        return { node, host, rival: `candidate ${other}`, vip: vip.replace(/\/.*/, "") };
      });
      if (first === undefined || second === undefined) throw new Error("no hosts");
      await Promise.all([first.node.start(), second.node.start()]);
      for (const { host, rival } of [first, second])
        await lab.waitFor(`${host.name} knows the other`, async () => (await row(host, rival)) === "fit");
      const holder = (await lab.waitFor("one serves", async () => (await lab.holders(first.vip))[0])).name;
      const [master, backup] = holder === "n1" ? [first, second] : [second, first];

      // Nobody better is known, because the BACKUP fails as well.
      backup.host.file("plugin", "#!/bin/sh\nexit 2\n", 0o755);
      await lab.waitFor(
        "the other is not fit",
        async () => (await row(master.host, master.rival)) === "not fit",
      );
      master.host.file("plugin", "#!/bin/sh\nexit 2\n", 0o755);
      const kept = "(VI_1) keeps the addresses although a check fails: nobody better is known";
      await lab.waitFor("the addresses stay", () => master.node.log.includes(kept));
      expect(await row(master.host, "fit to serve")).toBe("no");

      await master.node.stop();
      expect(await row(backup.host, backup.rival)).toBe("not fit");
    }),
);

test("vigil probe is a vrrp_script for the real keepalived", { timeout: 90_000 }, () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const apiserver = await Apiserver.create(host, 443);
    const pki = `${host.directory}/pki`;
    const vigil = VIGIL.replace(/keepalived$/, "vigil");
    const files = `--ca ${pki}/ca.crt --cert ${pki}/client.crt --key ${pki}/client.key`;
    const conf = `global_defs {
  script_user root
}
vrrp_script api {
  script "${vigil} probe https://127.0.0.1:443/healthz ${files}"
  interval 2
  timeout 10
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    10.77.0.100/24
  }
  track_script {
    api
  }
}
`;
    const node = new KeepalivedNode(host, KEEPALIVED, conf);
    await node.start();
    await lab.waitFor("it serves", () => host.holds("10.77.0.100"));
    await apiserver.kill();
    await lab.waitFor("the script has failed", async () => (await node.state()) === "FAULT");
    expect(node.log.some((line) => /api/.test(line) && /returning 2/.test(line))).toBe(true);
    await apiserver.start();
    await lab.waitFor("it serves again", () => host.holds("10.77.0.100"));
  }),
);
