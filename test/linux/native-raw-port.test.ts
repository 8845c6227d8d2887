/** Ports on real interfaces: what one sends is what the other receives, and nothing else is. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import type { PortSpec } from "../../src/engine/platform.js";
import { now } from "../../src/linux/both/clock.js";
import type { SyscallError } from "../../src/linux/both/syscall-error.js";
import { RawPort } from "../../src/linux/engine-thread/sockets/raw-port.js";
import { inNamespace } from "../support/in-namespace.js";
import { tsharkFields } from "../support/lab/capture.js";
import { run } from "../support/lab/commands.js";
import type { Host } from "../support/lab/host.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";
import { ahPacket, ipv4Packet, ipv6Packet } from "../support/raw-packets.js";

const GROUP4 = "224.0.0.18";
const GROUP6 = "ff02::12";

const ipv4Multicast: PortSpec = {
  id: "eth0/ipv4/112",
  interface: "eth0",
  family: 4,
  protocol: 112,
  multicastGroup: ipAddress(GROUP4),
  vrids: [51],
};
const ipv6Multicast: PortSpec = {
  ...ipv4Multicast,
  id: "eth0/ipv6/112",
  family: 6,
  multicastGroup: ipAddress(GROUP6),
};
const ipv4Unicast: PortSpec = {
  ...ipv4Multicast,
  id: "*/ipv4/112",
  interface: undefined,
  multicastGroup: undefined,
};

class TestPort {
  readonly port: RawPort;
  readonly received: Uint8Array[] = [];
  /** Of each received packet: how long ago it came, µs. */
  readonly ages: number[] = [];
  readonly failures: SyscallError[] = [];
  readonly sendFailures: SyscallError[] = [];
  readonly #namespace: string;

  constructor(host: Host, spec: PortSpec) {
    this.#namespace = host.namespace;
    this.port = new RawPort(spec, {
      received: (packet, age) => {
        this.received.push(packet);
        this.ages.push(age);
      },
      sendFailed: (_ticket, error) => this.sendFailures.push(error),
      failed: (error) => this.failures.push(error),
    });
    ports.push(this.port);
    this.open();
  }

  open(): boolean {
    return inNamespace(this.#namespace, () => this.port.open());
  }

  send(...packets: readonly Uint8Array[]): void {
    for (const packet of packets)
      this.port.queue(packet, { router: "VI_1", purpose: "advert", advert: this.port.spec.vrids[0] ?? 0 });
    this.port.flush();
  }

  /** Waits until so many packets have come. */
  async receives(count: number): Promise<readonly Uint8Array[]> {
    await waitFor(() => this.received.length >= count, {
      what: `${count} packets`,
      evidence: () => `${this.received.length} came; ${this.failures} ${this.sendFailures}`,
    });
    return this.received;
  }
}

let lab: Lab;
let a: Host;
let b: Host;
const ports: RawPort[] = [];

beforeAll(async () => {
  lab = await Lab.create(["a", "b"]);
  a = lab.host("a");
  b = lab.host("b");
});

afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

afterAll(() => lab.dispose());

function ipv4From(host: Host, vrid: number, priority = 100, destination = GROUP4): Uint8Array {
  return ipv4Packet({ vrid, priority, source: host.ipv4, destination });
}

function ipv6From(host: Host, vrid: number, priority = 100, destination = GROUP6): Uint8Array {
  return ipv6Packet({ vrid, priority, source: host.linkLocal, destination });
}

/** VRID and priority of each packet, behind `header` bytes. */
function routersOf(packets: readonly Uint8Array[], header: number): (number | undefined)[][] {
  return packets.map((packet) => [packet[header + 1], packet[header + 2]]);
}

describe("IPv4 multicast", () => {
  it("delivers the packet as sent, with the header checksum and id filled in", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const receiver = new TestPort(b, ipv4Multicast);
    sender.send(ipv4From(a, 51));
    const [packet] = await receiver.receives(1);
    // version, TOS, length | no id compared | TTL, protocol | no checksum compared | addresses, VRRP
    expect([...(packet?.subarray(0, 4) ?? [])]).toEqual([0x45, 0xc0, 0, 32]);
    expect([...(packet?.subarray(8, 10) ?? [])]).toEqual([255, 112]);
    expect([...(packet?.subarray(12) ?? [])]).toEqual([
      10, 77, 0, 1, 224, 0, 0, 18, 0x31, 51, 100, 1, 0, 100, 0, 0, 10, 77, 0, 200,
    ]);
  });

  it("tells how long the packet has waited", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const receiver = new TestPort(b, ipv4Multicast);
    const begin = now();
    sender.send(ipv4From(a, 51));
    const sent = now();
    while (now() - sent < 20_000);
    receiver.port.receiveNow();
    const end = now();
    expect(receiver.received).toHaveLength(1);
    const [age = Number.NaN] = receiver.ages;
    expect(age).toBeGreaterThanOrEqual(20_000);
    expect(age).toBeLessThanOrEqual(end - begin);
  });

  it("keeps a foreign TTL for the receiver to judge", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const receiver = new TestPort(b, ipv4Multicast);
    sender.send(ipv4Packet({ vrid: 51, source: a.ipv4, destination: GROUP4, hopLimit: 64 }));
    const [packet] = await receiver.receives(1);
    expect(packet?.[8]).toBe(64);
  });

  it("does not hear itself, nor a port beside it", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const beside = new TestPort(a, ipv4Multicast);
    const peer = new TestPort(b, ipv4Multicast);
    sender.send(ipv4From(a, 51, 1));
    await peer.receives(1);
    peer.send(ipv4From(b, 51, 2));
    expect(routersOf(await sender.receives(1), 20)).toEqual([[51, 2]]);
    expect(routersOf(await beside.receives(1), 20)).toEqual([[51, 2]]);
  });

  it("sends 255 routers' packets in one flush, and receives them in order", async () => {
    const all = Array.from({ length: 255 }, (_, i) => i + 1);
    const sender = new TestPort(a, { ...ipv4Multicast, vrids: all });
    const receiver = new TestPort(b, { ...ipv4Multicast, vrids: all });
    sender.send(...all.map((vrid) => ipv4From(a, vrid)));
    expect((await receiver.receives(255)).map((packet) => packet[21])).toEqual(all);
    expect(sender.sendFailures).toEqual([]);
  });

  it("sends more than a batch holds", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const receiver = new TestPort(b, ipv4Multicast);
    sender.send(...Array.from({ length: 600 }, (_, i) => ipv4From(a, 51, i % 256)));
    const priorities = (await receiver.receives(600)).map((packet) => packet[22]);
    expect(priorities).toEqual(Array.from({ length: 600 }, (_, i) => i % 256));
  });
});

describe("IPv6 multicast", () => {
  it("puts the IPv6 header back in front of what was sent", async () => {
    const sender = new TestPort(a, ipv6Multicast);
    const receiver = new TestPort(b, ipv6Multicast);
    const packet = ipv6From(a, 51);
    sender.send(packet);
    expect(await receiver.receives(1)).toEqual([packet]);
  });

  it("keeps a foreign hop limit for the receiver to judge", async () => {
    const sender = new TestPort(a, ipv6Multicast);
    const receiver = new TestPort(b, ipv6Multicast);
    sender.send(ipv6Packet({ vrid: 51, source: a.linkLocal, destination: GROUP6, hopLimit: 64 }));
    const [packet] = await receiver.receives(1);
    expect(packet?.[7]).toBe(64);
  });

  it("does not hear itself", async () => {
    const sender = new TestPort(a, ipv6Multicast);
    const peer = new TestPort(b, ipv6Multicast);
    sender.send(ipv6From(a, 51, 1));
    await peer.receives(1);
    peer.send(ipv6From(b, 51, 2));
    expect(routersOf(await sender.receives(1), 40)).toEqual([[51, 2]]);
  });

  it("refuses a source address that the host does not have", async () => {
    const sender = new TestPort(a, ipv6Multicast);
    const receiver = new TestPort(b, ipv6Multicast);
    sender.send(ipv6From(b, 51, 1), ipv6From(a, 51, 2));
    expect(routersOf(await receiver.receives(1), 40)).toEqual([[51, 2]]);
    expect(sender.sendFailures.map((error) => error.message)).toEqual([
      "sendmmsg ff02::12 on eth0: invalid argument (EINVAL)",
    ]);
  });
});

describe("on the wire, as tshark sees it", () => {
  it("hop limit 255, class CS6, our source, no padding, and an IPv4 header checksum", async () => {
    const capture = await lab.capture("native-wire");
    const receivers = [new TestPort(b, ipv4Multicast), new TestPort(b, ipv6Multicast)];
    new TestPort(a, ipv4Multicast).send(ipv4From(a, 51));
    new TestPort(a, ipv6Multicast).send(ipv6From(a, 51));
    for (const receiver of receivers) await receiver.receives(1);
    const pcap = await capture.stop();
    const ipv4 = ["eth.dst", "ip.src", "ip.dst", "ip.ttl", "ip.dsfield", "ip.len", "ip.checksum.status"];
    expect(await tsharkFields(pcap, ipv4, "ip.proto == 112")).toEqual([
      ["01:00:5e:00:00:12", a.ipv4, "224.0.0.18", "255", "0xc0", "32", "1"],
    ]);
    const ipv6 = ["eth.dst", "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.tclass", "ipv6.plen"];
    expect(await tsharkFields(pcap, ipv6, "ipv6.nxt == 112")).toEqual([
      ["33:33:00:00:00:12", a.linkLocal, "ff02::12", "255", "0x000000c0", "24"],
    ]);
  });
});

describe("unicast", () => {
  it("IPv4 without an interface: to the header's destination, from the header's source", async () => {
    const sender = new TestPort(a, ipv4Unicast);
    const receiver = new TestPort(b, ipv4Unicast);
    sender.send(ipv4From(a, 51, 100, b.ipv4));
    const [packet] = await receiver.receives(1);
    expect([...(packet?.subarray(8, 20) ?? [])].filter((_, i) => i < 2 || i > 3)).toEqual([
      255, 112, 10, 77, 0, 1, 10, 77, 0, 2,
    ]);
  });

  it("IPv6 without an interface", async () => {
    const spec: PortSpec = { ...ipv4Unicast, id: "*/ipv6/112", family: 6 };
    const sender = new TestPort(a, spec);
    const receiver = new TestPort(b, spec);
    const packet = ipv6Packet({ vrid: 51, source: a.ipv6, destination: b.ipv6 });
    sender.send(packet);
    expect(await receiver.receives(1)).toEqual([packet]);
  });

  it("IPv6 between link-local addresses of an interface", async () => {
    const spec: PortSpec = { ...ipv6Multicast, id: "eth0/ipv6/112/unicast", multicastGroup: undefined };
    const sender = new TestPort(a, spec);
    const receiver = new TestPort(b, spec);
    const packet = ipv6From(a, 51, 100, b.linkLocal);
    sender.send(packet);
    expect(await receiver.receives(1)).toEqual([packet]);
  });

  it.each([4, 6] as const)(
    "IPv%i: a unicast and a multicast port do not see each other's",
    async (family) => {
      const multicast = family === 4 ? ipv4Multicast : ipv6Multicast;
      const unicast: PortSpec = { ...multicast, id: "unicast", multicastGroup: undefined };
      const packet = family === 4 ? ipv4From : ipv6From;
      const address = family === 4 ? b.ipv4 : b.linkLocal;
      const sender = new TestPort(a, unicast);
      const toGroup = new TestPort(b, multicast);
      const toHost = new TestPort(b, unicast);
      const group = new TestPort(a, multicast);
      sender.send(packet(a, 51, 1, address));
      group.send(packet(a, 51, 2));
      sender.send(packet(a, 51, 3, address));
      group.send(packet(a, 51, 4));
      const header = family === 4 ? 20 : 40;
      expect(routersOf(await toHost.receives(2), header)).toEqual([
        [51, 1],
        [51, 3],
      ]);
      expect(routersOf(await toGroup.receives(2), header)).toEqual([
        [51, 2],
        [51, 4],
      ]);
    },
  );
});

describe("the kernel's filter", () => {
  /** 1, 3-4, 6, 8-9, …: no two neighbouring ranges join, and jumps are as far as they get. */
  const scattered = Array.from({ length: 256 }, (_, i) => i).filter((vrid) => vrid % 5 === 1 || vrid % 5 > 2);
  const families = [
    { what: "IPv4", port: ipv4Multicast, header: 20, packet: ipv4From },
    { what: "IPv6", port: ipv6Multicast, header: 40, packet: ipv6From },
  ];

  for (const { what, port, header, packet } of families) {
    it.each([
      { name: "one VRID", vrids: [51] },
      { name: "the first and the last", vrids: [255, 0] },
      { name: "a range", vrids: [7, 5, 6, 6] },
      { name: "everything", vrids: Array.from({ length: 256 }, (_, i) => i) },
      { name: "nearly everything", vrids: Array.from({ length: 254 }, (_, i) => i + 1) },
      { name: "many ranges", vrids: scattered },
      { name: "every other", vrids: Array.from({ length: 128 }, (_, i) => 2 * i + 1) },
    ])(`${what}: passes $name and nothing else`, async ({ vrids }) => {
      const sender = new TestPort(a, port);
      const receiver = new TestPort(b, { ...port, vrids });
      sender.send(...Array.from({ length: 256 }, (_, vrid) => packet(a, vrid)));
      // Comes last, and so tells that nothing more comes.
      const last = packet(a, vrids[0] ?? 0, 254);
      sender.send(last);
      const wanted = [...new Set(vrids)].sort((x, y) => x - y);
      const got = await receiver.receives(wanted.length + 1);
      expect(got.map((bytes) => bytes[header + 1])).toEqual([...wanted, vrids[0]]);
    });
  }

  it("finds the VRID behind IPv4 options", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const receiver = new TestPort(b, ipv4Multicast);
    const withOptions = (vrid: number): Uint8Array => {
      const plain = ipv4From(a, vrid);
      // Router Alert, RFC 2113, and no data: 8 bytes more.
      const bytes = new Uint8Array([
        ...plain.subarray(0, 20),
        148,
        4,
        0,
        0,
        1,
        1,
        1,
        0,
        ...plain.subarray(20),
      ]);
      bytes[0] = 0x47;
      bytes[3] = 40;
      return bytes;
    };
    sender.send(withOptions(52), withOptions(51));
    expect((await receiver.receives(1)).map((packet) => packet[29])).toEqual([51]);
  });

  it("finds the VRID behind AH", async () => {
    const spec: PortSpec = { ...ipv4Multicast, id: "eth0/ipv4/51", protocol: 51 };
    const sender = new TestPort(a, spec);
    const receiver = new TestPort(b, spec);
    for (const vrid of [50, 51, 52]) {
      sender.send(ahPacket({ vrid, source: a.ipv4, destination: GROUP4 }));
    }
    sender.send(ahPacket({ vrid: 51, priority: 7, source: a.ipv4, destination: GROUP4 }));
    expect(routersOf(await receiver.receives(2), 44)).toEqual([
      [51, 100],
      [51, 7],
    ]);
  });

  it("changes while the port is open", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const receiver = new TestPort(b, ipv4Multicast);
    sender.send(ipv4From(a, 51), ipv4From(a, 60));
    await receiver.receives(1);
    receiver.port.setVrids([60, 61]);
    sender.send(ipv4From(a, 51, 1), ipv4From(a, 60, 2), ipv4From(a, 61, 3));
    expect(routersOf(await receiver.receives(3), 20)).toEqual([
      [51, 100],
      [60, 2],
      [61, 3],
    ]);
  });
});

describe("trouble", () => {
  /** A link between the two hosts that may be deleted. */
  async function addLink(): Promise<void> {
    await run(`ip -n ${a.namespace} link add vgn0 type veth peer name vgn0 netns ${b.namespace}`.split(" "));
    for (const [host, address] of [
      [a, "10.78.0.1/24"],
      [b, "10.78.0.2/24"],
    ] as const) {
      await host.exec(["ip", "address", "add", address, "dev", "vgn0"]);
      await host.exec(["ip", "link", "set", "vgn0", "up"]);
    }
    await linkRuns();
  }

  /** The kernel lets packets through a moment after it is told to; on a busy host that can be a second. */
  async function linkRuns(): Promise<void> {
    for (const host of [a, b]) {
      await waitFor(async () => (await host.exec(["ip", "link", "show", "vgn0"])).includes("state UP"), {
        what: `vgn0 of ${host.name} runs`,
      });
    }
  }

  afterEach(async () => {
    const left = await a.exec(["ip", "-brief", "link"]);
    for (const name of ["vgn0", "vgn1"])
      if (left.includes(name)) await a.exec(["ip", "link", "delete", name]);
  });

  const onLink = { ...ipv4Multicast, id: "vgn0/ipv4/112", interface: "vgn0" };
  const packet = ipv4Packet({ vrid: 51, source: "10.78.0.1", destination: GROUP4 });

  it("a missing interface is told, and packets for it fail one by one", () => {
    const sender = new TestPort(a, { ...onLink, interface: "nowhere0" });
    expect(sender.port.isOpen).toBe(false);
    expect(sender.failures.map(({ message, code, errno }) => ({ message, code, errno }))).toEqual([
      { message: "if_nametoindex nowhere0: no such device (ENODEV)", code: "ENODEV", errno: 19 },
    ]);
    sender.send(packet, packet);
    expect(sender.sendFailures.map((error) => error.message)).toEqual([
      "sendmmsg 224.0.0.18 on nowhere0: network is down (ENETDOWN)",
      "sendmmsg 224.0.0.18 on nowhere0: network is down (ENETDOWN)",
    ]);
  });

  it("an interface deleted under an open port, and back with another index", async () => {
    await addLink();
    const sender = new TestPort(a, onLink);
    const receiver = new TestPort(b, onLink);
    sender.send(packet);
    await receiver.receives(1);

    await a.exec(["ip", "link", "delete", "vgn0"]);
    sender.send(packet, packet);
    expect(sender.sendFailures).toHaveLength(2);
    expect(sender.open()).toBe(false);
    expect(sender.port.isOpen).toBe(false);

    // Another one comes first, so that the index differs.
    await a.exec(["ip", "link", "add", "vgn1", "type", "veth", "peer", "name", "vgn2"]);
    await addLink();
    expect(sender.open()).toBe(true);
    expect(receiver.open()).toBe(true);
    sender.send(packet);
    await receiver.receives(2);
    expect(sender.sendFailures).toHaveLength(2);
  });

  it("an interface that is down fails packets until it is up again", async () => {
    await addLink();
    const sender = new TestPort(a, onLink);
    const receiver = new TestPort(b, onLink);
    await a.exec(["ip", "link", "set", "vgn0", "down"]);
    sender.send(packet);
    expect(sender.sendFailures).toHaveLength(1);
    await a.exec(["ip", "link", "set", "vgn0", "up"]);
    await linkRuns();
    sender.send(packet);
    await receiver.receives(1);
    expect(sender.sendFailures).toHaveLength(1);
  });

  it("a failing packet does not hold up those behind it", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const receiver = new TestPort(b, ipv4Multicast);
    const large = new Uint8Array(1501);
    large.set(ipv4From(a, 51));
    large.set([5, 221], 2);
    sender.send(ipv4From(a, 51, 1), large, new Uint8Array(3), ipv4From(a, 51, 2));
    expect(routersOf(await receiver.receives(2), 20)).toEqual([
      [51, 1],
      [51, 2],
    ]);
    expect(sender.sendFailures.map((error) => error.message)).toEqual([
      "sendmmsg a packet without an IPv4 header on eth0: invalid argument (EINVAL)",
      "sendmmsg 224.0.0.18 on eth0: message too long (EMSGSIZE)",
    ]);
  });

  it("a port closed by its own packet delivers no other", async () => {
    const sender = new TestPort(a, ipv4Multicast);
    const got: number[] = [];
    const port = new RawPort(ipv4Multicast, {
      received: (bytes) => {
        got.push(bytes[22] ?? 0);
        port.close();
      },
      sendFailed: (_ticket, error) => expect.fail(error.message),
      failed: (error) => expect.fail(error.message),
    });
    inNamespace(b.namespace, () => port.open());
    const witness = new TestPort(b, ipv4Multicast);
    sender.send(ipv4From(a, 51, 1), ipv4From(a, 51, 2), ipv4From(a, 51, 3));
    await witness.receives(3);
    expect(got).toEqual([1]);
    expect(port.isOpen).toBe(false);
  });
});
