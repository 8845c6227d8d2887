/** rtnetlink against the kernel: what `ip` shows is what the watch tells, and what is asked for is what `ip` shows. */

import { spawnSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { InterfaceAddress } from "../../src/base/interface-address.js";
import { ipAddress } from "../../src/base/ip-address.js";
import type { InterfaceState } from "../../src/engine/platform.js";
import { AddressCommands } from "../../src/linux/engine-thread/rtnetlink/address-commands.js";
import {
  type InterfaceInput,
  InterfaceWatch,
} from "../../src/linux/engine-thread/rtnetlink/interface-watch.js";
import { run } from "../support/lab/commands.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode } from "../support/lab/keepalived-node.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";
import { withinNamespace } from "../support/within-namespace.js";

/** As `ip -j -d address` tells it. */
interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly address: string;
  readonly link_type: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly Record<string, unknown>[];
}

const plain = { interface: "eth0", scope: 0, flags: 0, noTrack: false } as const;

function vip(text: string, more: Partial<InterfaceAddress> = {}): InterfaceAddress {
  const [address = "", length] = text.split("/");
  const prefixLength = length === undefined ? (address.includes(":") ? 128 : 32) : Number(length);
  return { ...plain, address: ipAddress(address), prefixLength, ...more };
}

/** What keepalived puts into an IPv6 line without options. */
const nodad = { flags: 0x02 };

const SCOPES: Record<string, number> = { global: 0, site: 200, link: 253, host: 254 };

let lab: Lab;
let host: Host;

beforeAll(async () => {
  lab = await Lab.create(["vigil", "keepalived"]);
  host = lab.host("vigil");
});

afterAll(async () => {
  await lab.dispose();
});

class Watched {
  readonly inputs: InterfaceInput[] = [];
  readonly troubles: string[] = [];
  readonly watch: InterfaceWatch;
  readonly commands: AddressCommands;

  constructor(receiveBufferSize?: number) {
    this.watch = new InterfaceWatch(
      {
        interfaces: (input) => this.inputs.push(input),
        trouble: (message) => this.troubles.push(message),
      },
      receiveBufferSize === undefined ? {} : { receiveBufferSize },
    );
    this.commands = new AddressCommands({ indexOf: (name) => this.watch.indexOf(name) });
    this.watch.start();
  }

  close(): void {
    this.watch.close();
    this.commands.close();
  }

  /** What the inputs so far add up to. */
  world(): InterfaceState[] {
    const states = new Map<string, InterfaceState>();
    for (const input of this.inputs) {
      if (input.kind === "InterfacesListed") {
        states.clear();
        for (const state of input.states) states.set(state.name, state);
      } else if (input.kind === "InterfaceChanged") states.set(input.state.name, input.state);
      else states.delete(input.interface);
    }
    return [...states.values()].sort((a, b) => a.index - b.index);
  }

  listed(): Promise<true> {
    return this.waitFor("the first list", () => this.inputs.some(({ kind }) => kind === "InterfacesListed"));
  }

  waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<true> {
    return waitFor<true>(async () => ((await condition()) ? true : undefined), {
      what,
      evidence: () => JSON.stringify(this.inputs.slice(-5), undefined, 1),
    });
  }

  /** Waits until the inputs add up to what `ip` shows. */
  async agreesWithIp(order: "same" | "any" = "same"): Promise<void> {
    const view = order === "same" ? (states: InterfaceState[]) => states : inOrderOfText;
    let shown: InterfaceState[] = [];
    await this.waitFor("the inputs agree with ip", async () => {
      shown = await ipStates();
      return JSON.stringify(view(shown)) === JSON.stringify(view(this.world()));
    }).catch(() => expect(view(this.world())).toEqual(view(shown)));
  }

  /** The links told since a moment, as words. */
  links(from: number): string[] {
    return this.inputs.slice(from).map((input) => {
      if (input.kind === "InterfaceRemoved") return `-${input.interface}`;
      if (input.kind === "InterfacesListed") return "list";
      return `${input.state.name} ${input.state.up ? "up" : "down"}`;
    });
  }
}

function inOrderOfText(states: InterfaceState[]): InterfaceState[] {
  return states.map((state) => ({
    ...state,
    addresses: [...state.addresses].sort((a, b) => (a.address < b.address ? -1 : 1)),
  }));
}

async function ipLinks(): Promise<IpLink[]> {
  return JSON.parse(await run(["ip", "-n", host.namespace, "-j", "-d", "address"])) as IpLink[];
}

async function ipStates(): Promise<InterfaceState[]> {
  const links = await ipLinks();
  return links.map((link) => ({
    name: link.ifname,
    index: link.ifindex,
    up: link.flags.includes("UP") && link.flags.includes("LOWER_UP"),
    ...{ mac: link.link_type === "loopback" ? undefined : (link.address as never) },
    mtu: link.mtu,
    addresses: link.addr_info.map((info) => ({
      address: ipAddress(String(info.local)),
      prefixLength: Number(info.prefixlen),
      secondary: info.secondary === true || info.temporary === true,
      unusable: info.tentative === true || info.dadfailed === true,
      scope: SCOPES[String(info.scope)] ?? Number(info.scope),
    })),
  }));
}

async function ipAddresses(prefix: string): Promise<string[]> {
  return (await ipLinks()).flatMap(({ addr_info }) =>
    addr_info.map(({ local }) => String(local)).filter((local) => local.startsWith(prefix)),
  );
}

function ip(...commands: string[]): Promise<string> {
  return run(["ip", "-n", host.namespace, "-batch", "-"], { input: `${commands.join("\n")}\n` });
}

/** One test in the host's namespace with a watch that has listed. */
function watched(body: (w: Watched) => Promise<void>, receiveBufferSize?: number): () => Promise<void> {
  return () =>
    withinNamespace(host.namespace, async () => {
      const w = new Watched(receiveBufferSize);
      try {
        await w.listed();
        await body(w);
      } finally {
        w.close();
      }
    });
}

describe("the watch", () => {
  afterEach(async () => {
    const extra = (await ipLinks()).map(({ ifname }) => ifname).filter((name) => /^(vgr|ren|br)/.test(name));
    for (const name of extra) await host.attempt(["ip", "link", "delete", name]);
    await ip("address flush dev eth0 scope global", `address add ${host.ipv4}/24 dev eth0`);
    await ip(`address add ${host.ipv6}/64 dev eth0 nodad`);
  });

  it(
    "lists what ip lists",
    watched(async (w) => {
      expect(w.inputs).toHaveLength(1);
      expect(w.world().map(({ name }) => name)).toEqual(["lo", "eth0"]);
      const eth0 = w.world()[1];
      expect(eth0).toMatchObject({ up: true, mac: "02:77:00:00:00:01", mtu: 1500 });
      expect(eth0?.addresses).toEqual([
        { address: "10.77.0.1", prefixLength: 24, secondary: false, unusable: false, scope: 0 },
        { address: "fd00:77::1", prefixLength: 64, secondary: false, unusable: false, scope: 0 },
        { address: "fe80::77:ff:fe00:1", prefixLength: 64, secondary: false, unusable: false, scope: 253 },
      ]);
      expect(w.watch.indexOf("eth0")).toBe(eth0?.index);
      expect(w.watch.indexOf("eth9")).toBeUndefined();
      await w.agreesWithIp();
    }),
  );

  it(
    "tells of links that come, go up and down, get another MTU and MAC, and go",
    watched(async (w) => {
      const steps = [
        ["link add vgr0 type veth peer name vgr1", "vgr0 down"],
        ["link set vgr1 up", ""],
        ["link set vgr0 up", "vgr0 up"],
        ["link set vgr1 down", "vgr0 down"],
        ["link set vgr1 up", "vgr0 up"],
        ["link set vgr0 down", "vgr0 down"],
        ["link delete vgr0", "-vgr0"],
      ] as const;
      for (const [command, told] of steps) {
        const from = w.inputs.length;
        await ip(command);
        if (told !== "") await w.waitFor(told, () => w.links(from).includes(told));
        await w.agreesWithIp();
      }
      expect(w.watch.indexOf("vgr0")).toBeUndefined();
      await ip("link set eth0 mtu 1400", "link set eth0 address 02:77:00:00:00:aa");
      await w.waitFor("MTU and MAC", () =>
        w.world().some(({ mtu, mac }) => mtu === 1400 && mac === "02:77:00:00:00:aa"),
      );
      await ip("link set eth0 mtu 1500", "link set eth0 address 02:77:00:00:00:01");
      await w.agreesWithIp();
    }),
  );

  it(
    "tells a link that flaps within one turn of the event loop as down and up again",
    watched(async (w) => {
      await ip("link add vgr0 type veth peer name vgr1", "link set vgr1 up", "link set vgr0 up");
      await w.waitFor("vgr0 up", () => isUp(w, "vgr0"));
      await w.agreesWithIp();
      const from = w.inputs.length;
      // The thread stands still meanwhile, so that all messages are read at once.
      const input = "link set vgr0 down\nlink set vgr0 up\n";
      spawnSync("ip", ["-n", host.namespace, "-batch", "-"], { input });
      await w.waitFor("vgr0 up again", () => w.links(from).includes("vgr0 up"));
      expect(w.links(from).filter((link) => link === "vgr0 down")).not.toEqual([]);
    }),
  );

  it(
    "tells a rename as the end of one interface and the start of another",
    watched(async (w) => {
      await ip("link add vgr0 type veth peer name vgr1", "address add 10.9.0.1/24 dev vgr0");
      await w.agreesWithIp();
      const from = w.inputs.length;
      await ip("link set vgr0 name ren0");
      await w.waitFor("ren0", () => w.links(from).includes("ren0 down"));
      expect(w.links(from).slice(0, 2)).toEqual(["-vgr0", "ren0 down"]);
      const renamed = w.world().find(({ name }) => name === "ren0");
      expect(renamed?.addresses.map(({ address }) => address)).toEqual(["10.9.0.1"]);
      expect(w.watch.indexOf("vgr0")).toBeUndefined();
      expect(w.watch.indexOf("ren0")).toBe(renamed?.index);
      await w.agreesWithIp();
    }),
  );

  it(
    "does not take a port leaving its bridge for the end of the interface",
    watched(async (w) => {
      await ip(
        "link add br7 type bridge",
        "link add vgr0 type veth peer name vgr1",
        "link set vgr0 master br7",
      );
      await ip("link set vgr0 nomaster");
      await w.agreesWithIp();
      expect(w.links(0)).not.toContain("-vgr0");
    }),
  );

  it(
    "keeps the kernel's order of addresses",
    watched(async (w) => {
      await ip("link add vgr0 type veth peer name vgr1", "link set vgr0 up", "link set vgr1 up");
      const lines = [
        ...["10.9.0.1/24", "10.9.0.2/24", "10.8.1.1/24 scope link", "10.8.2.1/24"],
        ...["10.8.3.1/24 scope host", "10.8.4.1/24", "10.9.0.3/24", "10.8.4.9/32"],
        ...["fd09::1/64 nodad", "fd09::2/64 nodad", "fe80::9/64 nodad", "fd09::3/128 nodad"],
      ];
      for (const line of lines) await ip(`address add ${line} dev vgr0`);
      await w.agreesWithIp();
      const vgr0 = w.world().find(({ name }) => name === "vgr0");
      expect(vgr0?.addresses[0]).toMatchObject({ address: "10.8.3.1", scope: 254 });
      await ip("address delete 10.8.2.1/24 dev vgr0", "address delete fd09::2/64 dev vgr0");
      await w.agreesWithIp();
    }),
  );

  it(
    "follows the kernel when a subnet loses its primary address, with and without promote_secondaries",
    watched(async (w) => {
      const add = ["10.9.0.1/24", "10.9.0.2/24", "10.9.0.3/24"].map((text) => `address add ${text} dev eth0`);
      await host.exec(["sysctl", "-qw", "net.ipv4.conf.all.promote_secondaries=0"]);
      await host.exec(["sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=0"]);
      await ip(...add);
      await ip("address delete 10.9.0.1/24 dev eth0");
      await w.agreesWithIp();
      expect(await ipAddresses("10.9.")).toEqual([]);
      await host.exec(["sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1"]);
      await ip(...add);
      await ip("address delete 10.9.0.1/24 dev eth0");
      await w.agreesWithIp();
      const found = w.world().flatMap(({ addresses }) => addresses);
      expect(found.find(({ address }) => address === "10.9.0.2")?.secondary).toBe(false);
      expect(found.find(({ address }) => address === "10.9.0.3")?.secondary).toBe(true);
    }),
  );

  it("lists everything again when the kernel had to drop messages", async () => {
    await watched(async (w) => {
      const before = w.inputs.length;
      const lines = Array.from(
        { length: 1000 },
        (_, i) => `address add 10.9.${i >> 8}.${i & 255}/32 dev eth0`,
      );
      // The thread stands still: nobody empties the receive buffer.
      spawnSync("ip", ["-n", host.namespace, "-batch", "-"], { input: lines.join("\n") });
      await w.waitFor("another list", () => w.links(before).includes("list"));
      expect(w.watch.resyncs).toBeGreaterThan(0);
      expect(w.troubles[0]).toContain("lost");
      await w.agreesWithIp();
      const held = w.world().flatMap(({ addresses }) => addresses.map(({ address }) => address));
      expect(held.filter((address) => address.startsWith("10.9."))).toHaveLength(1000);
      // And it still watches.
      await ip("address delete 10.9.0.0/32 dev eth0");
      await w.agreesWithIp();
    }, 4_096)();
  });
});

describe("address changes", () => {
  beforeEach(async () => {
    await ip("address flush dev eth0 scope global", `address add ${host.ipv4}/24 dev eth0`);
  });

  it(
    "1000 addresses are one batch, and doing it again changes nothing",
    watched(async (w) => {
      const many = Array.from({ length: 1000 }, (_, i) => vip(`10.50.${i >> 8}.${i & 255}`));
      const results = async (operation: "add" | "remove"): Promise<string[]> => {
        const outcomes = await w.commands.change(operation, many);
        expect(outcomes.map(({ address }) => address)).toEqual(many);
        return [...new Set(outcomes.map(({ result }) => result))];
      };
      expect(await results("add")).toEqual(["done"]);
      expect(w.commands.sends).toBe(1);
      expect(await ipAddresses("10.50.")).toHaveLength(1000);
      expect(await results("add")).toEqual(["unchanged"]);
      expect(await results("remove")).toEqual(["done"]);
      expect(await ipAddresses("10.50.")).toEqual([]);
      expect(await results("remove")).toEqual(["unchanged"]);
      expect(w.commands.sends).toBe(4);
      await w.agreesWithIp();
      expect(w.troubles).toEqual([]);
    }),
  );

  it(
    "a small receive buffer makes small batches, all sent at once",
    watched(async (w) => {
      const commands = new AddressCommands({
        indexOf: (name) => w.watch.indexOf(name),
        receiveBufferSize: 60_000,
      });
      try {
        const many = Array.from({ length: 1000 }, (_, i) => vip(`10.51.${i >> 8}.${i & 255}`));
        for (const result of ["done", "unchanged"]) {
          const outcomes = await commands.change("add", many);
          expect(new Set(outcomes.map((outcome) => outcome.result))).toEqual(new Set([result]));
        }
        expect(commands.sends).toBeGreaterThan(8);
        expect(await ipAddresses("10.51.")).toHaveLength(1000);
      } finally {
        commands.close();
      }
    }),
  );

  it(
    "are carried out before the call returns, in the order of the calls",
    watched(async (w) => {
      const one = [vip("10.52.0.1")];
      const answers = [
        w.commands.change("add", one),
        w.commands.change("remove", one),
        w.commands.change("remove", one),
        w.commands.change("add", one),
        w.commands.change("add", one),
      ];
      const shown = spawnSync("ip", ["-n", host.namespace, "address"], { encoding: "utf8" }).stdout;
      expect(shown).toContain("10.52.0.1/32");
      const outcomes = (await Promise.all(answers)).map(([outcome]) => outcome?.result);
      expect(outcomes).toEqual(["done", "done", "unchanged", "done", "unchanged"]);
    }),
  );

  it(
    "a refused address is told by name and does not harm the others",
    watched(async (w) => {
      const outcomes = await w.commands.change("add", [
        vip("10.53.0.1"),
        vip("10.53.0.2/33"),
        vip("10.53.0.3", { interface: "eth9" }),
        vip("ff02::1:2", nodad),
        vip("10.53.0.4"),
      ]);
      expect(outcomes.map(({ result, error }) => `${result} ${error ?? ""}`)).toEqual([
        "done ",
        "failed EINVAL",
        "failed ENODEV",
        expect.stringMatching(/^failed E/),
        "done ",
      ]);
      expect(await ipAddresses("10.53.")).toEqual(["10.53.0.1", "10.53.0.4"]);
      const gone = await w.commands.change("remove", [
        vip("10.53.0.3", { interface: "eth9" }),
        vip("10.53.0.9"),
        vip("fd53::9"),
        vip("10.53.0.1"),
      ]);
      expect(gone.map(({ result }) => result)).toEqual(["unchanged", "unchanged", "unchanged", "done"]);
    }),
  );

  it(
    "an interface that was deleted meanwhile takes its addresses along: removing them is no error",
    watched(async (w) => {
      await ip("link add vgr0 type veth peer name vgr1");
      await w.waitFor("vgr0", () => w.watch.indexOf("vgr0") !== undefined);
      const address = [vip("10.54.0.1", { interface: "vgr0" })];
      await w.commands.change("add", address);
      // The watch has not heard of it when the command is given.
      spawnSync("ip", ["-n", host.namespace, "link", "delete", "vgr0"]);
      expect(w.watch.indexOf("vgr0")).toBeDefined();
      expect(await w.commands.change("remove", address)).toMatchObject([{ result: "unchanged" }]);
    }),
  );

  it(
    "lifetimes: the kernel removes what is not renewed, and renewing keeps it",
    watched(async (w) => {
      const short = [vip("10.55.0.1"), vip("fd55::1", { ...nodad, preferredLifetime: 0 })];
      const kept = [vip("10.55.0.2/24"), vip("fd55::2", nodad)];
      await w.commands.change("add", short, 1);
      await w.commands.change("add", kept, 1);
      expect(await w.commands.change("renew", kept, 300)).toMatchObject([
        { result: "done" },
        { result: "done" },
      ]);
      const lifetimes = await lifetimesOf("55");
      expect(lifetimes["10.55.0.2"]).toMatchObject({
        valid: expect.any(Number),
        preferred: expect.any(Number),
      });
      expect(lifetimes["10.55.0.2"]?.valid).toBeGreaterThan(250);
      expect(lifetimes["10.55.0.2"]?.valid).toBeLessThanOrEqual(300);
      expect(lifetimes["fd55::1"]?.preferred ?? 0).toBe(0);
      await w.waitFor("the kernel has removed the short ones", async () => {
        const left = [...(await ipAddresses("10.55.")), ...(await ipAddresses("fd55:"))];
        return JSON.stringify(left) === JSON.stringify(["10.55.0.2", "fd55::2"]);
      });
      await w.agreesWithIp();
      await w.commands.change("renew", kept);
      expect((await lifetimesOf("55"))["10.55.0.2"]).toEqual({ valid: 4294967295, preferred: 4294967295 });
    }),
  );

  it(
    "after closing everything fails, and says so",
    watched(async (w) => {
      w.commands.close();
      const [outcome] = await w.commands.change("add", [vip("10.56.0.2")]);
      expect(outcome).toMatchObject({ result: "failed", error: "ECANCELED" });
      expect(await ipAddresses("10.56.")).toEqual([]);
    }),
  );
});

async function lifetimesOf(second: string): Promise<Record<string, { valid: number; preferred: number }>> {
  const found: Record<string, { valid: number; preferred: number }> = {};
  for (const { addr_info } of await ipLinks()) {
    for (const info of addr_info) {
      if (!String(info.local).includes(second)) continue;
      found[String(info.local)] = {
        valid: Number(info.valid_life_time),
        preferred: Number(info.preferred_life_time),
      };
    }
  }
  return found;
}

function isUp(w: Watched, name: string): boolean {
  return w.world().some((state) => state.name === name && state.up);
}

describe("beside keepalived", () => {
  const ipv4: readonly (readonly [string, InterfaceAddress])[] = [
    ["10.60.0.1", vip("10.60.0.1")],
    ["10.60.0.2/24", vip("10.60.0.2/24")],
    ["10.60.0.3/24", vip("10.60.0.3/24")],
    ["10.61.0.1/24 brd 10.61.0.255", vip("10.61.0.1/24", { broadcast: ipAddress("10.61.0.255") })],
    ["10.61.1.1/24 brd +", vip("10.61.1.1/24", { broadcast: ipAddress("10.61.1.255") })],
    ["10.62.0.1/32 scope link", vip("10.62.0.1", { scope: 253 })],
    ["10.62.0.2 scope host", vip("10.62.0.2", { scope: 254 })],
    ["10.62.0.3 scope site", vip("10.62.0.3", { scope: 200 })],
    ["10.63.0.1/24 label eth0:vip", vip("10.63.0.1/24", { label: "eth0:vip" })],
    ["10.64.0.1 peer 10.64.0.2", vip("10.64.0.1", { peer: ipAddress("10.64.0.2") })],
    ["10.65.0.1/24 noprefixroute", vip("10.65.0.1/24", { flags: 0x200 })],
    ["10.66.0.1 dev lo", vip("10.66.0.1", { interface: "lo" })],
    ["10.67.0.1 preferred_lft 0", vip("10.67.0.1", { preferredLifetime: 0 })],
  ];
  const ipv6: readonly (readonly [string, InterfaceAddress])[] = [
    ["fd60::1", vip("fd60::1", { ...nodad, preferredLifetime: 0 })],
    ["fd60::2/64", vip("fd60::2/64", nodad)],
    ["fd60::3/64 preferred_lft 0", vip("fd60::3/64", { ...nodad, preferredLifetime: 0 })],
    ["fd60::4 preferred_lft forever", vip("fd60::4", { ...nodad, preferredLifetime: "forever" })],
    ["fd61::1/64 -nodad", vip("fd61::1/64")],
    ["fd62::1/64 home", vip("fd62::1/64", { flags: 0x12 })],
    ["fd63::1/64 mngtmpaddr", vip("fd63::1/64", { flags: 0x102 })],
    ["fd64::1/64 noprefixroute", vip("fd64::1/64", { flags: 0x202 })],
    ["fd65::1 peer fd65::2", vip("fd65::1", { ...nodad, preferredLifetime: 0, peer: ipAddress("fd65::2") })],
    ["fe80::66/64", vip("fe80::66/64", { ...nodad })],
  ];

  it("every form of a virtual address is the same in the kernel, and can be removed", async () => {
    const peer = lab.host("keepalived");
    const other = new KeepalivedNode(
      peer,
      KEEPALIVED,
      `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 200
  advert_int 1
  virtual_ipaddress {
    ${ipv4.map(([line]) => line).join("\n    ")}
  }
  virtual_ipaddress_excluded {
    ${ipv6.map(([line]) => line).join("\n    ")}
  }
}
`,
    );
    const all = [...ipv4, ...ipv6].map(([, address]) => address);
    const forms = async (of: Host): Promise<string[]> => {
      const links = JSON.parse(await of.exec(["ip", "-j", "-d", "address"])) as IpLink[];
      return links.flatMap((link) =>
        link.addr_info
          .filter(({ local }) => /^(10\.6\d|fd6\d|fe80::66)/.test(String(local)))
          .map((info) => `${link.ifname} ${JSON.stringify(info)}`),
      );
    };
    await other.start();
    await lab.waitFor("keepalived is MASTER", async () => (await forms(peer)).length === all.length);
    // Duplicate address detection, where it is wanted, ends.
    const settled = async (of: Host) => !(await forms(of)).some((form) => form.includes("tentative"));
    for (const of of ["all", "eth0"]) {
      await host.exec(["sysctl", "-qw", `net.ipv4.conf.${of}.promote_secondaries=0`]);
    }
    await watched(async (w) => {
      const outcomes = await w.commands.change("add", all);
      expect(outcomes.filter(({ result }) => result !== "done")).toEqual([]);
      await lab.waitFor(
        "no address is tentative",
        async () => (await settled(host)) && (await settled(peer)),
      );
      expect(await forms(host)).toEqual(await forms(peer));
      expect(await forms(host)).toHaveLength(23);
      // The kernel tells of an address under duplicate address detection only after that.
      await w.agreesWithIp("any");
      const removed = await w.commands.change("remove", all);
      // 10.60.0.3 was secondary to 10.60.0.2, and the kernel removed it along.
      const early = removed.filter(({ result }) => result !== "done").map(({ address }) => address.address);
      expect(early).toEqual(["10.60.0.3"]);
      expect(await forms(host)).toEqual([]);
    })();
    await other.stop();
  });
});
