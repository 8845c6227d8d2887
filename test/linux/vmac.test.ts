/** VMACs and silent addresses: the kernel beside the real keepalived's, packets on the wire, mixed pairs, and what stays behind. */

import { describe, expect, test } from "vitest";
import { tsharkFields } from "../support/lab/capture.js";
import { electionStory, waitForMaster } from "../support/lab/election.js";
import { killForGood } from "../support/lab/family.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { kernelPicture } from "../support/lab/kernel-picture.js";
import { keepalivedConf, type NodeSettings, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const V4: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };
const V6: VrrpMode = { name: "v3 IPv6", version: 3, family: 6, interval: 0.2 };

/** Virtual router MAC addresses of VRID 51. */
const MAC = { 4: "00:00:5e:00:01:33", 6: "00:00:5e:00:02:33" };
/** Of eth0 of the first host. */
const BASE_MAC = "02:77:00:00:00:01";

function node(host: Host, program: string, mode: VrrpMode, settings: Partial<NodeSettings>): KeepalivedNode {
  return new KeepalivedNode(host, program, keepalivedConf(mode, { priority: 100, ...settings }, host, []));
}

/** Runs a daemon until it is MASTER, and then to its end. */
async function pictures(
  lab: Lab,
  host: Host,
  program: string,
  mode: VrrpMode,
  settings: Partial<NodeSettings>,
) {
  const daemon = node(host, program, mode, settings);
  await daemon.start();
  await waitForMaster(lab, mode, "alone", daemon);
  // The second daemon to be compared must see all that the first has done.
  await lab.waitFor("all addresses are there", async () =>
    (await host.addresses()).some(({ address }) => address === LAST_ADDRESS[mode.family]),
  );
  const master = await kernelPicture(host);
  await daemon.stop();
  return { master, after: await kernelPicture(host) };
}

/** The last address of every configuration below. */
const LAST_ADDRESS = { 4: "10.77.0.109", 6: "fd00:77::109" };

const MORE: Readonly<Record<4 | 6, readonly string[]>> = {
  4: ["virtual_ipaddress_excluded {", "10.77.0.109/24", "}"],
  6: ["virtual_ipaddress_excluded {", "fe80::109/64", "fd00:77::109/64", "}"],
};

const CASES: readonly { title: string; mode: VrrpMode; settings: Partial<NodeSettings> }[] = [
  { title: "use_vmac", mode: V4, settings: { instance: ["use_vmac", ...MORE[4]] } },
  { title: "use_vmac, IPv6", mode: V6, settings: { instance: ["use_vmac", ...MORE[6]] } },
  {
    title: "use_vmac with a name and vmac_xmit_base",
    mode: V6,
    settings: { instance: ["use_vmac vip0", "vmac_xmit_base", ...MORE[6]] },
  },
  {
    title: "use_vmac_addr over both families, prefixes",
    mode: V4,
    settings: {
      global: ["vmac_prefix vm", "vmac_addr_prefix va"],
      instance: [
        "use_vmac",
        "use_vmac_addr",
        "virtual_ipaddress_excluded {",
        "fd00:77::108/64",
        "10.77.0.109/24",
        "}",
      ],
    },
  },
  {
    title: "use_vmac of an address",
    mode: V4,
    settings: { instance: ["virtual_ipaddress_excluded {", "10.77.0.109/24 use_vmac", "}"] },
  },
  {
    title: "promote_secondaries",
    mode: V4,
    settings: { instance: ["promote_secondaries", ...MORE[4]] },
  },
  { title: "no_accept", mode: V4, settings: { instance: ["no_accept", ...MORE[4]] } },
  {
    title: "no_accept with counters, another table and priority, IPv6",
    mode: V6,
    settings: {
      global: ["nftables silent", "nftables_priority -20", "nftables_counters"],
      instance: ["no_accept", ...MORE[6]],
    },
  },
  {
    title: "vrrp_strict with use_vmac, IPv6",
    mode: V6,
    settings: {
      global: ["vrrp_strict"],
      instance: ["use_vmac", "virtual_ipaddress {", "fe80::100/64", "}", ...MORE[6]],
    },
  },
];

describe.concurrent("the kernel under Vigil and under keepalived", () => {
  for (const { title, mode, settings } of CASES) {
    test(`${title}: the same interfaces, addresses, settings and rules`, () =>
      Lab.use(["n1"], async (lab) => {
        const [host] = lab.hosts as [Host];
        const before = await kernelPicture(host);
        // keepalived leaves settings of the interface below behind, and so has its turn last.
        const ours = await pictures(lab, host, VIGIL, mode, settings);
        const theirs = await pictures(lab, host, KEEPALIVED, mode, settings);
        expect(ours.master).toEqual(theirs.master);
        expect(ours.after).toEqual(before);
      }));
  }

  test("a reverse path filter for all interfaces goes to each of them, and back at the end", () =>
    Lab.use(["n1"], async (lab) => {
      const [host] = lab.hosts as [Host];
      await host.exec(["sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1"]);
      const before = await kernelPicture(host);
      const settings = { instance: ["use_vmac", ...MORE[4]] };
      const ours = await pictures(lab, host, VIGIL, V4, settings);
      const theirs = await pictures(lab, host, KEEPALIVED, V4, settings);
      expect(ours.master).toEqual(theirs.master);
      expect(ours.after).toEqual(before);
    }));

  test("names that are taken: the next one; a private macvlan with our MAC is used", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const settings = { instance: ["use_vmac", ...MORE[4]] };
      for (const [index, program] of [VIGIL, KEEPALIVED].entries()) {
        const host = lab.hosts[index] as Host;
        await host.exec([
          "ip",
          "link",
          "add",
          "vrrp.51",
          "link",
          "eth0",
          "type",
          "macvlan",
          "mode",
          "bridge",
        ]);
        const { master, after } = await pictures(lab, host, program, V4, settings);
        expect(
          master.filter((line) => line.includes(MAC[4])),
          program,
        ).toEqual([expect.stringMatching(/^vrrp1\.51 on eth0 macvlan private .* up/)]);
        expect(after.filter((line) => line.startsWith("vrrp"))).toEqual([
          expect.stringMatching(/^vrrp\.51 on eth0 macvlan bridge/),
        ]);
      }
      const [host] = lab.hosts as [Host];
      const mine = `link add mine link eth0 address ${MAC[4]} type macvlan mode private`;
      await host.exec(["ip", ...mine.split(" ")]);
      const { master, after } = await pictures(lab, host, VIGIL, V4, settings);
      expect(master.filter((line) => line.includes(MAC[4]))).toEqual([
        expect.stringMatching(/^mine on eth0/),
      ]);
      // It is the host's own.
      expect(after.filter((line) => line.includes(MAC[4]))).toEqual([expect.stringMatching(/^mine on eth0/)]);
    }));
});

describe.concurrent("the life of a VMAC", () => {
  for (const mode of [V4, V6]) {
    for (const base of [false, true]) {
      const words = ["use_vmac", ...(base ? ["vmac_xmit_base"] : [])];
      test(`${mode.name}, ${words.join(", ")}: adverts from the right MAC, announcements from the virtual one`, () =>
        Lab.use(["n1"], async (lab) => {
          const [host] = lab.hosts as [Host];
          const capture = await lab.capture();
          const daemon = node(host, VIGIL, mode, { instance: words });
          await daemon.start();
          await waitForMaster(lab, mode, "alone", daemon);
          await daemon.stop();
          const pcap = await capture.stop();
          const macsOf = async (filter: string) =>
            new Set((await tsharkFields(pcap, ["eth.src"], filter)).map(([mac]) => mac));
          expect(await macsOf("vrrp")).toEqual(new Set([base ? BASE_MAC : MAC[mode.family]]));
          const announcements =
            mode.family === 4 ? "arp.isgratuitous" : `icmpv6.nd.na.target_address == ${vipOf(mode)}`;
          expect(await macsOf(announcements)).toEqual(new Set([MAC[mode.family]]));
        }));
    }
  }

  test("down is FAULT; deleted, it is made again and serves; kill -9 leaves nothing, neither does a reload without it", () =>
    Lab.use(["n1"], async (lab) => {
      const [host] = lab.hosts as [Host];
      const before = await kernelPicture(host);
      const daemon = node(host, VIGIL, V4, { instance: ["use_vmac", "promote_secondaries"] });
      await daemon.start();
      await waitForMaster(lab, V4, "start", daemon);
      await host.exec(["ip", "link", "set", "vrrp.51", "down"]);
      await lab.waitFor("FAULT", async () => (await daemon.state()) === "FAULT");
      await host.exec(["ip", "link", "set", "vrrp.51", "up"]);
      await waitForMaster(lab, V4, "up again", daemon);
      const master = await kernelPicture(host);

      await host.exec(["ip", "link", "delete", "vrrp.51"]);
      await daemon.process.waitForLine(/Interface vrrp\.51 deleted/);
      await waitForMaster(lab, V4, "made again", daemon);
      await lab.waitFor(
        "the rules name the new interface",
        async () => JSON.stringify(await kernelPicture(host)) === JSON.stringify(master),
      );

      daemon.configure(keepalivedConf(V4, { priority: 100 }, host, []));
      daemon.reload();
      await daemon.process.waitForLine(/Reload complete/);
      await waitForMaster(lab, V4, "without VMAC", daemon);
      const [eth0] = (await kernelPicture(host)).filter((line) => line.startsWith("eth0"));
      expect((await kernelPicture(host)).filter((line) => line !== eth0)).toEqual(
        before.filter((line) => !line.startsWith("eth0 ")),
      );

      daemon.configure(
        keepalivedConf(
          V4,
          { priority: 100, instance: ["use_vmac", "no_accept", "promote_secondaries"] },
          host,
          [],
        ),
      );
      daemon.reload();
      await lab.waitFor("with VMAC again", async () =>
        (await host.addresses()).some((a) => a.interface === "vrrp.51"),
      );
      killForGood(daemon.process.pid);
      await lab.waitFor(
        "nothing is left",
        async () => JSON.stringify(await kernelPicture(host)) === JSON.stringify(before),
      );
    }));

  test("garp_extra_if: announcements go on where adverts leave by the interface below", () =>
    Lab.use(["n1"], async (lab) => {
      const [host] = lab.hosts as [Host];
      const instance = [
        "use_vmac",
        "vmac_xmit_base",
        "garp_extra_if 1",
        "garp_master_delay 0",
        "garp_master_repeat 1",
      ];
      const daemon = node(host, VIGIL, V4, { instance });
      const capture = await lab.capture();
      await daemon.start();
      await waitForMaster(lab, V4, "alone", daemon);
      const announced = () => daemon.log.filter((line) => line.includes("gratuitous ARPs on vrrp.51")).length;
      await lab.waitFor("the third announcement", () => announced() >= 3);
      const rows = await tsharkFields(await capture.stop(), ["eth.src"], "arp.isgratuitous");
      expect(rows.length).toBeGreaterThanOrEqual(3);
      expect(new Set(rows.flat())).toEqual(new Set([MAC[4]]));
    }));
});

interface Pair {
  readonly title: string;
  readonly mode: VrrpMode;
  /** The one with the higher priority. */
  readonly first: typeof VIGIL | typeof KEEPALIVED;
  readonly vigil: readonly string[];
  readonly keepalived?: readonly string[];
}

const PAIRS: readonly Pair[] = [
  { title: "Vigil over keepalived", mode: V4, first: VIGIL, vigil: ["use_vmac", "no_accept"] },
  { title: "keepalived over Vigil", mode: V4, first: KEEPALIVED, vigil: ["use_vmac", "vmac_xmit_base"] },
  { title: "keepalived over Vigil", mode: V6, first: KEEPALIVED, vigil: ["use_vmac"] },
  { title: "keepalived over Vigil", mode: V4, first: KEEPALIVED, vigil: ["strict_mode", "use_vmac"] },
  {
    // keepalived with vmac_xmit_base does not hear a peer without it; Vigil does.
    title: "Vigil over keepalived without vmac_xmit_base",
    mode: V6,
    first: VIGIL,
    vigil: ["use_vmac", "vmac_xmit_base"],
    keepalived: ["use_vmac"],
  },
];

describe.concurrent("a virtual router of Vigil and keepalived with VMACs", () => {
  for (const { title, mode, first, vigil, keepalived } of PAIRS) {
    test(`${mode.name}, ${vigil.join(", ")}, ${title}: election, resignation, crash, cut links, and back`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const [n1, n2] = lab.hosts as [Host, Host];
        const words = (program: string) => (program === VIGIL ? vigil : (keepalived ?? vigil));
        const second = first === VIGIL ? KEEPALIVED : VIGIL;
        const higher = node(n1, first, mode, { priority: 200, instance: words(first) });
        const lower = node(n2, second, mode, { instance: words(second) });
        await electionStory(lab, mode, higher, lower);
      }));
  }
});

describe.concurrent("no_accept", () => {
  for (const mode of [V4, V6]) {
    for (const program of [VIGIL, KEEPALIVED]) {
      // keepalived is here to show that the test asks for what it does.
      for (const vmac of program === VIGIL ? [false, true] : [true]) {
        const name = `${program === VIGIL ? "Vigil" : "keepalived"}, ${mode.name}${vmac ? ", use_vmac" : ""}`;
        test(`${name}: the address of a MASTER is found by its neighbours and answers nothing`, () =>
          Lab.use(["n1", "n2"], async (lab) => {
            const [n1, n2] = lab.hosts as [Host, Host];
            const instance = ["no_accept", ...(vmac ? ["use_vmac"] : [])];
            const daemon = node(n1, program, mode, { instance });
            await daemon.start();
            await waitForMaster(lab, mode, "alone", daemon);
            await lab.waitFor("the neighbour's address is resolved", async () => {
              await n2.attempt(["ping", "-c1", "-W1", vipOf(mode)]);
              const neighbour = await n2.exec(["ip", "neigh", "show", vipOf(mode)]);
              return neighbour.includes(`lladdr ${vmac ? MAC[mode.family] : BASE_MAC}`);
            });
            expect((await n2.attempt(["ping", "-c2", "-W1", "-i0.2", vipOf(mode)])).status).not.toBe(0);
            expect(
              (await n2.attempt(["ping", "-c2", "-W1", "-i0.2", mode.family === 4 ? n1.ipv4 : n1.ipv6]))
                .status,
            ).toBe(0);
            const address = mode.family === 4 ? vipOf(mode) : `[${vipOf(mode)}]`;
            // Refused at once if anything answered.
            const tcp = await n2.attempt(["curl", "-s", "-m2", `http://${address}:81/`]);
            expect(tcp.status, "curl's exit status for a timeout").toBe(28);
          }));
      }
    }
  }

  test("an address owner answers; a reload to accept answers at once, and back", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = lab.hosts as [Host, Host];
      const answers = async () => (await n2.attempt(["ping", "-c1", "-W1", vipOf(V4)])).status === 0;
      const conf = (priority: number, words: string[]) =>
        keepalivedConf(V4, { priority, instance: words }, n1, []);
      const daemon = new KeepalivedNode(n1, VIGIL, conf(255, ["no_accept"]));
      await daemon.start();
      await waitForMaster(lab, V4, "owner", daemon);
      expect(await answers()).toBe(true);
      const reload = async (words: string[]) => {
        const mark = daemon.process.mark();
        daemon.configure(conf(100, words));
        daemon.reload();
        await daemon.process.waitForLine(/Reload complete/, { since: mark });
        await waitForMaster(lab, V4, words.join(), daemon);
      };
      await reload(["no_accept"]);
      expect(await answers()).toBe(false);
      await reload(["accept"]);
      expect(await answers()).toBe(true);
    }));
});
