/** What Vigil puts on the wire, judged by Wireshark's dissectors and by the text of the standards, field by field. */

import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readPcap, tsharkFields, tsharkText } from "../support/lab/capture.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, PASSWORD, type VrrpMode, vipOf } from "../support/lab/vrrp-config.js";
import { pause } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const MODES: readonly (VrrpMode & { readonly expected: Readonly<Record<string, string>> })[] = [
  {
    name: "v2 without authentication",
    version: 2,
    family: 4,
    interval: 1,
    expected: {
      "vrrp.version": "2",
      "vrrp.auth_type": "0",
      "vrrp.adver_int": "1",
      "eth.dst": "01:00:5e:00:00:12",
      "ip.dst": "224.0.0.18",
      "ip.len": "40",
    },
  },
  {
    name: "v2 PASS",
    version: 2,
    family: 4,
    interval: 1,
    auth: "PASS",
    expected: {
      "vrrp.version": "2",
      "vrrp.auth_type": "1",
      "vrrp.auth_string": PASSWORD,
      "vrrp.adver_int": "1",
      "ip.dst": "224.0.0.18",
      "ip.len": "40",
    },
  },
  {
    name: "v2 AH",
    version: 2,
    family: 4,
    interval: 1,
    auth: "AH",
    expected: {
      "vrrp.version": "2",
      "vrrp.auth_type": "2",
      "vrrp.adver_int": "1",
      "ip.proto": "51",
      "ah.next_header": "112",
      "ah.length": "4",
      // The sender's own address, 10.77.0.1.
      "ah.spi": "0x0a4d0001",
      "ip.dst": "224.0.0.18",
      "ip.len": "64",
    },
  },
  {
    name: "v3 IPv4",
    version: 3,
    family: 4,
    interval: 0.2,
    expected: {
      "vrrp.version": "3",
      "vrrp.short_adver_int": "20",
      "eth.dst": "01:00:5e:00:00:12",
      "ip.dst": "224.0.0.18",
      "ip.len": "32",
    },
  },
  {
    name: "v3 IPv6",
    version: 3,
    family: 6,
    interval: 0.2,
    expected: {
      "vrrp.version": "3",
      "vrrp.short_adver_int": "20",
      "eth.dst": "33:33:00:00:00:12",
      "ipv6.dst": "ff02::12",
      // RFC 9568 §5.1.2.3; unicast leaves it to `unicast_ttl` and the kernel.
      "ipv6.hlim": "255",
      "ipv6.plen": "24",
    },
  },
  {
    name: "v2 PASS unicast",
    version: 2,
    family: 4,
    interval: 1,
    auth: "PASS",
    unicast: true,
    expected: { "vrrp.version": "2", "eth.dst": "02:77:00:00:00:02", "ip.dst": "10.77.0.2", "ip.len": "40" },
  },
  {
    name: "v3 IPv4 unicast",
    version: 3,
    family: 4,
    interval: 0.2,
    unicast: true,
    expected: { "vrrp.version": "3", "eth.dst": "02:77:00:00:00:02", "ip.dst": "10.77.0.2", "ip.len": "32" },
  },
  {
    name: "v3 IPv6 unicast",
    version: 3,
    family: 6,
    interval: 0.2,
    unicast: true,
    expected: {
      "vrrp.version": "3",
      "eth.dst": "02:77:00:00:00:02",
      "ipv6.dst": "fd00:77::2",
      "ipv6.plen": "24",
    },
  },
];

/** Fields that are the same for every advert of a family. */
const COMMON = {
  4: {
    "eth.src": "02:77:00:00:00:01",
    "ip.src": "10.77.0.1",
    "ip.ttl": "255",
    "ip.checksum.status": "1",
    "ip.dsfield": "0xc0",
    "vrrp.virt_rtr_id": "51",
    "vrrp.addr_count": "1",
    "vrrp.ip_addr": "10.77.0.100",
    "vrrp.checksum.status": "1",
  },
  6: {
    "eth.src": "02:77:00:00:00:01",
    "ipv6.tclass": "0x000000c0",
    "ipv6.nxt": "112",
    "vrrp.virt_rtr_id": "51",
    "vrrp.addr_count": "1",
    "vrrp.ipv6_addr": "fd00:77::100",
    "vrrp.checksum.status": "1",
  },
} as const;

const GARP_SETTINGS = ["garp_master_repeat 3", "garp_master_delay 1", "garp_master_refresh 0"];

/** Runs one node until it has announced its address twice, then stops it; the capture has its whole life. */
async function lifeOfOneMaster(lab: Lab, mode: VrrpMode): Promise<string> {
  const host = lab.host("n1");
  const conf = keepalivedConf(mode, { priority: 150, instance: GARP_SETTINGS }, host, [lab.host("n2")]);
  const node = new KeepalivedNode(host, VIGIL, conf);
  const capture = await lab.capture();
  await node.start();
  await node.process.waitForLine(/\(VI_1\) Entering MASTER STATE/);
  const announced = /(gratuitous ARPs?|Neighbour Adverts?) on eth0 for/;
  await lab.waitFor(
    "the second burst of announcements",
    () =>
      node.log.filter((line) => line.startsWith("(VI_1) Sending/queueing") && announced.test(line)).length >=
      2,
  );
  await pause(Math.max(1, 3 * mode.interval) * 1000);
  await node.stop();
  // The last advert is on its way when the process has ended.
  await pause(100);
  return capture.stop();
}

describe.concurrent("packets on the wire", () => {
  for (const mode of MODES) {
    test(`${mode.name}: nothing malformed, checksums right, every field as configured`, () =>
      Lab.use(["n1", "n2"], async (lab) => {
        const pcap = await lifeOfOneMaster(lab, mode);
        const bad = "_ws.malformed || _ws.expert.severity >= 0x00600000";
        expect(await tsharkText(pcap, bad), "what Wireshark complains about").toBe("");

        const expected = { ...COMMON[mode.family], ...mode.expected };
        const fields = Object.keys(expected);
        const rows = await tsharkFields(pcap, fields, "vrrp");
        expect(rows.length).toBeGreaterThanOrEqual(4);
        for (const row of rows) {
          expect(Object.fromEntries(fields.map((field, index) => [field, row[index]]))).toEqual(expected);
        }

        const priorities = (await tsharkFields(pcap, ["vrrp.prio"], "vrrp")).map((row) => row[0]);
        expect(priorities.at(-1), "the last advert resigns").toBe("0");
        expect(new Set(priorities.slice(0, -1)), "all others").toEqual(new Set(["150"]));
      }));
  }

  test("IPv4: as many gratuitous ARP requests as configured, now and after the delay", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const mode = MODES[3] as VrrpMode;
      const pcap = await lifeOfOneMaster(lab, mode);
      const fields = [
        "arp.opcode",
        "arp.src.hw_mac",
        "arp.src.proto_ipv4",
        "arp.dst.proto_ipv4",
        "eth.dst",
        "eth.src",
      ];
      const rows = await tsharkFields(
        pcap,
        fields,
        `arp.isgratuitous == 1 && arp.src.proto_ipv4 == ${vipOf(mode)}`,
      );
      expect(rows).toHaveLength(6);
      for (const row of rows) {
        const mac = "02:77:00:00:00:01";
        expect(row).toEqual(["1", mac, "10.77.0.100", "10.77.0.100", "ff:ff:ff:ff:ff:ff", mac]);
      }
    }));

  test("IPv6: as many unsolicited neighbour advertisements with the override flag as configured", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const mode = MODES[4] as VrrpMode;
      const pcap = await lifeOfOneMaster(lab, mode);
      const fields = [
        "icmpv6.nd.na.flag.o",
        "icmpv6.nd.na.flag.s",
        "icmpv6.nd.na.target_address",
        "icmpv6.opt.linkaddr",
        "icmpv6.checksum.status",
        "ipv6.dst",
        "ipv6.hlim",
      ];
      const filter = `icmpv6.type == 136 && icmpv6.nd.na.target_address == ${vipOf(mode)}`;
      const rows = await tsharkFields(pcap, fields, filter);
      expect(rows).toHaveLength(6);
      for (const row of rows) {
        expect(row).toEqual(["1", "0", "fd00:77::100", "02:77:00:00:00:01", "1", "ff02::1", "255"]);
      }
    }));

  test("AH: the sequence starts at 1 and has no gap, and every ICV is HMAC-MD5-96 of the packet", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const pcap = await lifeOfOneMaster(lab, MODES[2] as VrrpMode);
      const packets = readPcap(pcap)
        .filter((frame) => frame.readUInt16BE(12) === 0x0800 && frame[23] === 51)
        .map((frame) => frame.subarray(14));
      expect(packets.length).toBeGreaterThanOrEqual(4);
      expect(packets.map((packet) => packet.readUInt32BE(28))).toEqual(packets.map((_, index) => index + 1));
      for (const packet of packets) {
        // RFC 2402 §3.3.3: TOS, flags, fragment offset and checksum count as zero; keepalived counts TTL in for multicast.
        const immutable = Buffer.from(packet.subarray(0, packet.readUInt16BE(2)));
        immutable[1] = 0;
        immutable.fill(0, 6, 8);
        immutable.fill(0, 10, 12);
        immutable.fill(0, 32, 44);
        const icv = createHmac("md5", PASSWORD).update(immutable).digest("hex").slice(0, 24);
        expect(packet.subarray(32, 44).toString("hex")).toBe(icv);
      }
    }));
});
