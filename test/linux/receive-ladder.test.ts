/**
 * The receive ladder beside the real keepalived's: both hear the same packets, right and wrong in every way that has a check, and
 * count them alike in keepalived.stats. All of them are BACKUP with so long an interval that nothing else happens.
 */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { seconds } from "../../src/base/time.js";
import { type VrrpPacketFields, writeVrrpPacket } from "../../src/wire/packet.js";
import { writeChecksum } from "../../src/wire/vrrp.js";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const SEND = fileURLToPath(new URL("../support/lab/send-packets.py", import.meta.url));

/** Instances of both nodes, by VRID. */
const V2 = 51;
const PASS = 52;
const AH = 53;
const V3 = 54;
const V6 = 55;
const PEERS = 56;
const UNICAST = 57;
const ANY_LIST = 58;

const AH_KEY = new Uint8Array([...Array.from("t0psecrt", (letter) => letter.charCodeAt(0))]);

function configuration(self: Host, sender: Host): string {
  const instance = (vrid: number, lines: string, vip = `10.77.0.${100 + vrid}`) => `
vrrp_instance I${vrid} {
  interface eth0
  virtual_router_id ${vrid}
  priority 150
  ${lines}
  virtual_ipaddress {
    ${vip}
  }
}
`;
  const v2 = "version 2\n  advert_int 200";
  const v3 = "version 3\n  advert_int 40";
  const auth = (type: string) => `authentication {\n    auth_type ${type}\n    auth_pass t0psecrt\n  }`;
  const unicast = `unicast_src_ip ${self.ipv4}\n  unicast_peer {\n    ${sender.ipv4}\n  }`;
  return [
    instance(V2, v2),
    instance(PASS, `${v2}\n  ${auth("PASS")}`),
    instance(AH, `${v2}\n  ${auth("AH")}`),
    instance(V3, v3),
    instance(V6, v3, "fe80::155"),
    instance(PEERS, `${v3}\n  ${unicast}\n  check_unicast_src`),
    instance(UNICAST, `${v2}\n  ${unicast}`),
    instance(ANY_LIST, `${v2}\n  skip_check_adv_addr`),
  ].join("");
}

/** Where a packet comes from and goes to. */
interface Ends {
  readonly sender: Host;
  readonly receiver: Host;
}

type Counters = Readonly<Record<string, number>>;

interface Case {
  readonly name: string;
  readonly vrid: number;
  readonly packet: (ends: Ends) => Uint8Array;
  /** What keepalived counts: `Received`, `Length` and so on, where not 0. */
  readonly counts: Counters;
  /** What Vigil counts where that differs, and why. */
  readonly vigil?: { readonly counts: Counters; readonly because: string };
}

/** A right advert for an instance, with these fields changed. */
function advert(vrid: number, changes: Partial<VrrpPacketFields> = {}) {
  return ({ sender, receiver }: Ends): Uint8Array => {
    const family = vrid === V6 ? 6 : 4;
    const version = vrid === V3 || vrid === V6 || vrid === PEERS ? 3 : 2;
    const unicast = vrid === PEERS || vrid === UNICAST;
    const vip = [10, 77, 0, 100 + vrid];
    const group = ipAddress(family === 4 ? "224.0.0.18" : "ff02::12");
    return writeVrrpPacket({
      family,
      version,
      vrid,
      priority: 200,
      advertInterval: seconds(version === 2 ? 200 : 40),
      addresses: Uint8Array.from(family === 4 ? vip : [0xfe, 0x80, ...Array(12).fill(0), 1, 0x55]),
      source: ipAddress(family === 4 ? sender.ipv4 : sender.linkLocal),
      destination: unicast ? ipAddress(receiver.ipv4) : group,
      ttl: 255,
      ipId: 1,
      auth:
        vrid === PASS
          ? { type: "PASS", password: AH_KEY }
          : vrid === AH
            ? { type: "AH", key: AH_KEY, sequence: 100 }
            : { type: "none" },
      v3ChecksumAsV2: false,
      ...changes,
    });
  };
}

/** A packet with bytes of its PDU replaced and the checksum made right again; `at` counts from the PDU, −1 is its last byte. */
function changed(
  make: (ends: Ends) => Uint8Array,
  at: number,
  value: number,
  options: { sum?: boolean } = {},
) {
  return (ends: Ends): Uint8Array => {
    const bytes = make(ends);
    const family = (bytes[0] ?? 0) >> 4 === 4 ? 4 : 6;
    const offset = family === 4 ? 20 : 40;
    bytes[at < 0 ? bytes.length + at : offset + at] = value;
    const version = (bytes[offset] ?? 0) >> 4;
    if (options.sum !== false)
      writeChecksum({ bytes, family, offset, length: bytes.length - offset }, version, false);
    return bytes;
  };
}

/** A packet cut off after so many bytes of its payload, or made longer; the IP header says so too. */
function resized(make: (ends: Ends) => Uint8Array, payload: number) {
  return (ends: Ends): Uint8Array => {
    const bytes = make(ends);
    const header = (bytes[0] ?? 0) >> 4 === 4 ? 20 : 40;
    const cut = new Uint8Array(header + payload);
    cut.set(bytes.subarray(0, cut.length));
    if (header === 20) cut.set([0, cut.length], 2);
    else cut.set([0, payload], 4);
    return cut;
  };
}

const OK = { Received: 1 };

const CASES: readonly Case[] = [
  ...[V2, PASS, AH, V3, V6, PEERS, UNICAST].map((vrid) => ({
    name: "a right advert",
    vrid,
    packet: advert(vrid),
    counts: OK,
  })),
  { name: "lower priority", vrid: V3, packet: advert(V3, { priority: 100 }), counts: OK },
  { name: "TTL 254", vrid: V2, packet: advert(V2, { ttl: 254 }), counts: { TTL: 1 } },
  { name: "hop limit 64", vrid: V6, packet: advert(V6, { ttl: 64 }), counts: { TTL: 1 } },
  { name: "TTL 3 of a unicast peer", vrid: UNICAST, packet: advert(UNICAST, { ttl: 3 }), counts: OK },
  { name: "VRRPv3 for VRRPv2", vrid: V2, packet: advert(V2, { version: 3 }), counts: {} },
  { name: "VRRPv2 for VRRPv3", vrid: V3, packet: advert(V3, { version: 2 }), counts: {} },
  { name: "version 7", vrid: V3, packet: changed(advert(V3), 0, 0x71), counts: {} },
  { name: "cut off in the address", vrid: V2, packet: resized(advert(V2), 10), counts: { Length: 1 } },
  {
    name: "cut off behind the header",
    vrid: V6,
    packet: changed(resized(advert(V6), 8), 3, 1),
    counts: { Length: 1 },
  },
  { name: "cut off in the header", vrid: V2, packet: resized(advert(V2), 7), counts: {} },
  { name: "four bytes too long", vrid: V3, packet: resized(advert(V3), 16), counts: { Length: 1 } },
  { name: "100 bytes too long", vrid: V2, packet: resized(advert(V2), 120), counts: { Length: 1 } },
  { name: "counts an address too many", vrid: V2, packet: changed(advert(V2), 3, 2), counts: { Length: 1 } },
  { name: "counts no address", vrid: V3, packet: changed(advert(V3), 3, 0), counts: { Length: 1 } },
  { name: "type 2", vrid: V2, packet: changed(advert(V2), 0, 0x22), counts: { "Invalid Type": 1 } },
  { name: "type 0", vrid: V3, packet: changed(advert(V3), 0, 0x30), counts: { "Invalid Type": 1 } },
  { name: "checksum", vrid: V2, packet: changed(advert(V2), 7, 0, { sum: false }), counts: {} },
  { name: "checksum", vrid: V3, packet: changed(advert(V3), 7, 0, { sum: false }), counts: {} },
  { name: "checksum", vrid: V6, packet: changed(advert(V6), 7, 0, { sum: false }), counts: {} },
  {
    name: "v3 checksum without pseudo-header",
    vrid: V3,
    packet: advert(V3, { v3ChecksumAsV2: true }),
    counts: {},
  },
  { name: "another interval", vrid: V2, packet: advert(V2, { advertInterval: seconds(1) }), counts: {} },
  { name: "another interval", vrid: V3, packet: advert(V3, { advertInterval: seconds(40.95) }), counts: OK },
  {
    name: "priority 0",
    vrid: V3,
    packet: advert(V3, { priority: 0 }),
    counts: { Received: 1, "Zero Received": 1 },
  },
  {
    name: "authentication type 3",
    vrid: V2,
    packet: changed(advert(V2), 4, 3),
    counts: { "Auth Invalid Type": 1 },
  },
  {
    name: "password where there is none",
    vrid: V2,
    packet: advert(V2, { auth: { type: "PASS", password: AH_KEY } }),
    counts: { "Type Mismatch": 1 },
  },
  {
    name: "no password where there is one",
    vrid: PASS,
    packet: advert(PASS, { auth: { type: "none" } }),
    counts: { "Type Mismatch": 1 },
  },
  { name: "wrong password", vrid: PASS, packet: changed(advert(PASS), -1, 0x55), counts: { Failure: 1 } },
  {
    name: "wrong password and another interval",
    vrid: PASS,
    packet: changed(advert(PASS, { advertInterval: seconds(1) }), -1, 0x55),
    counts: { Failure: 1 },
  },
  {
    name: "AH with another key",
    vrid: AH,
    packet: advert(AH, { auth: { type: "AH", key: new Uint8Array(8), sequence: 200 } }),
    counts: { Failure: 1 },
  },
  { name: "AH again", vrid: AH, packet: advert(AH), counts: { Failure: 1 } },
  {
    name: "AH goes on",
    vrid: AH,
    packet: advert(AH, { auth: { type: "AH", key: AH_KEY, sequence: 101 } }),
    counts: OK,
  },
  {
    name: "AH with another SPI",
    vrid: AH,
    packet: (ends) => {
      const bytes = advert(AH, { auth: { type: "AH", key: AH_KEY, sequence: 102 } })(ends);
      bytes[24] = 11;
      return bytes;
    },
    counts: { Failure: 1 },
  },
  {
    name: "another address",
    vrid: V3,
    packet: advert(V3, { addresses: Uint8Array.of(10, 77, 0, 1) }),
    counts: { Received: 1, "Address List": 1 },
  },
  {
    name: "an address more",
    vrid: V2,
    packet: advert(V2, { addresses: Uint8Array.of(10, 77, 0, 151, 10, 77, 0, 1) }),
    counts: { "Address List": 1 },
    vigil: {
      counts: { Received: 1, "Address List": 1 },
      because: "a sign of life, as keepalived 2.4 has it",
    },
  },
  {
    name: "another address, first advert with skip_check_adv_addr",
    vrid: ANY_LIST,
    packet: advert(ANY_LIST, { addresses: Uint8Array.of(10, 77, 0, 1) }),
    counts: { Received: 1, "Address List": 1 },
  },
  { name: "a right advert", vrid: ANY_LIST, packet: advert(ANY_LIST), counts: OK },
  {
    name: "another address of the same MASTER with skip_check_adv_addr",
    vrid: ANY_LIST,
    packet: advert(ANY_LIST, { addresses: Uint8Array.of(10, 77, 0, 1) }),
    counts: OK,
  },
  {
    name: "no peer, with check_unicast_src",
    vrid: PEERS,
    packet: advert(PEERS, { source: ipAddress("10.77.0.9") }),
    counts: OK,
  },
  {
    name: "no peer, without check_unicast_src",
    vrid: UNICAST,
    packet: advert(UNICAST, { source: ipAddress("10.77.0.9") }),
    counts: OK,
  },
  {
    name: "multicast for unicast",
    vrid: UNICAST,
    packet: advert(UNICAST, { destination: ipAddress("224.0.0.18") }),
    // The kernel delivers neither.
    counts: {},
  },
  {
    name: "unicast for multicast",
    vrid: V2,
    packet: (ends) => advert(V2, { destination: ipAddress(ends.receiver.ipv4) })(ends),
    counts: {},
  },
  {
    name: "v3 checksum of old keepalived",
    vrid: PEERS,
    packet: advert(PEERS, { checksumDestination: ipAddress("224.0.0.18") }),
    counts: OK,
  },
  {
    name: "a right checksum after one of old keepalived",
    vrid: PEERS,
    packet: advert(PEERS),
    counts: {},
    vigil: { counts: OK, because: "a peer may have been replaced by a newer one" },
  },
];

/** keepalived.stats: counters by instance; rows of one name under two headings get the heading's first word. */
async function statistics(lab: Lab, node: KeepalivedNode): Promise<ReadonlyMap<string, Counters>> {
  const path = `${node.host.directory}/keepalived.stats`;
  rmSync(path, { force: true });
  node.process.signal("SIGUSR2");
  const text = await lab.waitFor("keepalived.stats", () => {
    const written = existsSync(path) ? readFileSync(path, "utf8") : "";
    return (written.match(/Priority Zero:\n.*\n.*\n/g)?.length ?? 0) >= 8 && written;
  });
  const found = new Map<string, Record<string, number>>();
  let rows: Record<string, number> = {};
  let heading = "";
  for (const line of text.split("\n")) {
    const instance = /^VRRP Instance: (.*)$/.exec(line)?.[1];
    if (instance !== undefined) {
      rows = {};
      found.set(instance, rows);
    }
    heading = /^ {2}(\w+)(?: \w+)*:$/.exec(line)?.[1] ?? heading;
    const [, name = "", value] = /^ {4}([\w ]+): (\d+)$/.exec(line) ?? [];
    if (value === undefined) continue;
    const short = heading.slice(0, 4);
    const full = heading === "Priority" ? `Zero ${name}` : name;
    rows[short === "Auth" && name === "Invalid Type" ? "Auth Invalid Type" : full] = Number(value);
  }
  return found;
}

function difference(before: Counters = {}, after: Counters = {}): Counters {
  return Object.fromEntries(
    Object.entries(after).flatMap(([name, value]) => {
      const more = value - (before[name] ?? 0);
      return more === 0 ? [] : [[name, more]];
    }),
  );
}

/** The cases of different instances do not meet: one of each at a time. */
function rounds(): Case[][] {
  const made: Case[][] = [];
  for (const one of CASES) {
    const free = made.findIndex((round) => round.every(({ vrid }) => vrid !== one.vrid));
    const last = made.findLastIndex((round) => round.some(({ vrid }) => vrid === one.vrid));
    const place = made[Math.max(free, last + 1)];
    if (free !== -1 && place !== undefined) place.push(one);
    else made.push([one]);
  }
  return made;
}

test("the same packets are counted alike by keepalived 2.2.7 and Vigil", () =>
  Lab.use(["n1", "n2", "n3"], async (lab) => {
    const sender = lab.host("n3");
    const nodes = [KEEPALIVED, VIGIL].map((program, i) => {
      const host = lab.host(`n${i + 1}`);
      return new KeepalivedNode(host, program, configuration(host, sender), `I${V2}`);
    }) as [KeepalivedNode, KeepalivedNode];
    for (const node of nodes) await node.start();
    for (const node of nodes)
      await lab.waitFor(
        "all are BACKUP",
        () => node.log.filter((line) => /Entering BACKUP STATE/.test(line)).length === 8,
      );
    const all = async () => Promise.all(nodes.map((node) => statistics(lab, node)));
    let before = await all();
    const wrong: string[] = [];
    for (const round of rounds()) {
      const packets = round.flatMap(({ packet }) =>
        nodes.map(({ host: receiver }) => packet({ sender, receiver })),
      );
      await sender.exec([
        "python3",
        SEND,
        ...new Set(packets.map((bytes) => Buffer.from(bytes).toString("hex"))),
      ]);
      const expected = round.map(({ counts, vigil }) => JSON.stringify([counts, vigil?.counts ?? counts]));
      let seen: readonly string[] = [];
      let after = before;
      for (let attempt = 0; attempt < 10 && seen.join() !== expected.join(); attempt++) {
        after = await all();
        seen = round.map(({ vrid }) =>
          JSON.stringify(after.map((now, i) => difference(before[i]?.get(`I${vrid}`), now.get(`I${vrid}`)))),
        );
      }
      for (const [i, { name, vrid }] of round.entries())
        if (seen[i] !== expected[i]) wrong.push(`${vrid} ${name}: expected ${expected[i]}, seen ${seen[i]}`);
      before = after;
    }
    expect(wrong).toEqual([]);
  }));
