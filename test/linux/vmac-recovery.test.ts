/** VMACs, settings and filter rules that others change: they are as they should be again, and the instance serves. */

import { expect, test } from "vitest";
import { statusOf } from "../support/lab/control.js";
import { waitForMaster, waitForRoles } from "../support/lab/election.js";
import type { Host } from "../support/lab/host.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { kernelPicture } from "../support/lab/kernel-picture.js";
import { keepalivedConf, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const V4: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.1 };
const V6: VrrpMode = { name: "v3 IPv6", version: 3, family: 6, interval: 0.1 };

function node(host: Host, mode: VrrpMode, priority: number, instance: readonly string[]): KeepalivedNode {
  return new KeepalivedNode(host, VIGIL, keepalivedConf(mode, { priority, instance }, host, []));
}

test("an IPv6 VMAC: down and up, flushed, IPv6 switched off, another MAC or mode: one holder each time, and all is as before", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const [n1, n2] = [lab.host("n1"), lab.host("n2")];
    const words = ["use_vmac vr51", "no_accept"];
    const higher = node(n1, V6, 200, words);
    const lower = node(n2, V6, 100, words);
    await higher.start();
    await lower.start();
    await waitForRoles(lab, V6, "start", higher, lower);
    await lab.waitFor("all is set", async () => (await kernelPicture(n1)).join().includes("fe80"));
    const picture = async () => JSON.stringify(await kernelPicture(n1));
    const before = await picture();
    const disturbances = [
      ["the VMAC is set down and up", "ip link set vr51 down; sleep 0.3; ip link set vr51 up"],
      ["all its addresses are flushed", "ip address flush dev vr51"],
      ["its link-local address is deleted", `ip address delete ${n1.linkLocal}/64 dev vr51`],
      ["IPv6 is switched off on it", "sysctl -qw net.ipv6.conf.vr51.disable_ipv6=1"],
      ["it has another MAC", "ip link set vr51 address 02:aa:bb:cc:dd:01"],
      ["it has another mode", "ip link set vr51 type macvlan mode bridge"],
      ["the rules are flushed", "nft flush ruleset"],
      ["a set is emptied", "nft flush set ip6 keepalived vips"],
    ] as const;
    for (const [title, command] of disturbances) {
      await n1.exec(["sh", "-c", command]);
      await lab.waitFor(`${title}: all is as before`, async () => (await picture()) === before);
      await waitForRoles(lab, V6, title, higher, lower);
      expect(await lab.holders(vipOf(V6)), title).toEqual([n1]);
    }
    await lab.waitFor("nothing is amiss", async () =>
      (await statusOf(n1)).instances.every(({ findings }) =>
        findings.every(({ severity }) => severity === "note"),
      ),
    );
    const lines = higher.log.filter((line) => /by (others|process \d+)(: |$)/.test(line));
    expect(lines.filter((line) => line.startsWith("nftables keepalived were removed"))).toHaveLength(2);
    expect(lines.filter((line) => line.includes("VMAC interface vr51 was changed"))).toHaveLength(2);
    await higher.stop();
    await lower.stop();
    expect((await kernelPicture(n1)).filter((line) => line.includes("vr51"))).toEqual([]);
  }));

test("settings that others change are set back, with a line; VMACs that swap their names at a reload", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const before = await kernelPicture(host);
    const conf = (first: string, second: string) =>
      [
        [first, 51, "10.77.0.100"],
        [second, 52, "10.77.0.101"],
      ]
        .map(
          ([name, vrid, address], i) =>
            `vrrp_instance VI_${i + 1} {\ninterface eth0\nversion 3\nadvert_int 0.1\nuse_vmac ${name}\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n${address}/24\n}\n}\n`,
        )
        .join("");
    const daemon = new KeepalivedNode(host, VIGIL, conf("vmA", "vmB"));
    await daemon.start();
    const placed = (first: string, second: string) =>
      lab.waitFor(`the addresses are on ${first} and ${second}`, async () => {
        const held = (await host.addresses()).map(({ interface: name, address }) => `${name} ${address}`);
        const links = await host.exec(["ip", "-br", "link"]);
        const macs =
          new RegExp(`${first}@\\S+ .*00:00:5e:00:01:33`).test(links) &&
          new RegExp(`${second}@\\S+ .*00:00:5e:00:01:34`).test(links);
        return macs && held.includes(`${first} 10.77.0.100`) && held.includes(`${second} 10.77.0.101`);
      });
    await placed("vmA", "vmB");
    const settled = await kernelPicture(host);
    await host.exec([
      "sysctl",
      "-qw",
      "net.ipv4.conf.eth0.arp_ignore=0",
      "net.ipv4.conf.vmA.rp_filter=1",
      "net.ipv4.conf.all.rp_filter=1",
    ]);
    await lab.waitFor("set back", async () => {
      const now = await kernelPicture(host);
      return ["eth0/arp_ignore:1", "vmA/rp_filter:0", "all/rp_filter:0"].every((one) =>
        now.some((line) => line.includes(one)),
      );
    });
    expect(settled.some((line) => line.includes("eth0/arp_ignore:1"))).toBe(true);
    expect(daemon.log.filter((line) => line.includes("by others: back to"))).toHaveLength(3);
    const since = daemon.process.mark();
    daemon.configure(conf("vmB", "vmA"));
    daemon.reload();
    await daemon.process.waitForLine(/Reload complete/, { since });
    await placed("vmB", "vmA");
    await daemon.stop();
    const after = await kernelPicture(host);
    expect(after.filter((line) => line.includes("vmA") || line.includes("vmB"))).toEqual([]);
    // The setting of all that others made meanwhile went to each interface, and all else is as before.
    const others = (lines: readonly string[]) => lines.filter((line) => !line.includes("rp_filter"));
    expect(others(after)).toEqual(others(before));
  }));

test("a table of the same name that is the host's own is left alone, and no_accept without effect is a finding", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    await host.exec([
      "nft",
      "add table ip keepalived; add chain ip keepalived mine; add rule ip keepalived mine accept",
    ]);
    const daemon = node(host, V4, 100, ["no_accept"]);
    await daemon.start();
    await waitForMaster(lab, V4, "alone", daemon);
    await lab.waitFor("a finding", async () =>
      (await statusOf(host)).instances[0]?.findings.some(
        ({ code, severity }) => code === "filterMissing" && severity === "warning",
      ),
    );
    expect(daemon.log.filter((line) => line.includes("no_accept has no effect"))).toEqual([
      "WARNING: no_accept has no effect, virtual addresses answer traffic: nftables keepalived belong to others; choose another name with nftables NAME",
    ]);
    await daemon.stop();
    expect(await host.exec(["nft", "list", "table", "ip", "keepalived"])).toContain("chain mine");
  }));
