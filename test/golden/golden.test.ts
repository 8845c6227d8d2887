/**
 * Packets of the real keepalived and FRR: Vigil reads in them what tshark reads, and where the peer is keepalived it builds the
 * same bytes from tshark's values. capture.sh makes the captures anew.
 */

import { describe, expect, test } from "vitest";
import { addressBytes, formatIpAddress, ipAddress } from "../../src/base/ip-address.js";
import { formatMacAddress, macBytes, parseMacAddress } from "../../src/base/mac-address.js";
import { seconds } from "../../src/base/time.js";
import { isVrrpAhHeader, parseAhHeader, verifyAhIcv } from "../../src/wire/ah.js";
import { parseGratuitousArp, writeGratuitousArp } from "../../src/wire/arp.js";
import { parseEthernetHeader } from "../../src/wire/ethernet.js";
import { parseIpv4Header } from "../../src/wire/ipv4.js";
import { parseIpv6Header } from "../../src/wire/ipv6.js";
import { parseUnsolicitedNa, writeUnsolicitedNa } from "../../src/wire/ndp.js";
import {
  type IpPacket,
  type PacketAuthentication,
  parseIpPacket,
  pduOffsetOf,
  vridOf,
  writeVrrpPacket,
} from "../../src/wire/packet.js";
import { carriesAddresses, parseVrrpHeader, vrrpChecksum, vrrpLength } from "../../src/wire/vrrp.js";
import { type GoldenFrame, numberOf, readGoldens, textOf } from "../support/golden.js";

const ETHERNET = 14;

/** `auth_pass` of the AH cases in capture.sh: 8 bytes. */
const AH_KEY = Uint8Array.of(0x73, 0x33, 0x63, 0x72, 0x65, 0x74, 0x41, 0x48);

/** Linux makes a flow label for the IPv6 packets of keepalived and FRR: bytes 1…3 of the header, the low 20 bits. */
function withoutFlowLabel(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  copy.set([(copy[1] ?? 0) & 0xf0, 0, 0], 1);
  return copy;
}

function packetOf(golden: GoldenFrame): IpPacket {
  const packet = parseIpPacket(golden.frame.subarray(ETHERNET));
  if (typeof packet === "string") throw new Error(packet);
  return packet;
}

function pduOffset(packet: IpPacket): number {
  const offset = pduOffsetOf(packet);
  if (offset === undefined) throw new Error("no PDU");
  return offset;
}

function addressTexts(golden: GoldenFrame): readonly string[] {
  return golden.fields.get("vrrp.ip_addr") ?? golden.fields.get("vrrp.ipv6_addr") ?? [];
}

/** The address list as bytes, from tshark's texts. */
function addressList(golden: GoldenFrame): Uint8Array {
  return Uint8Array.from(addressTexts(golden).flatMap((text) => [...addressBytes(ipAddress(text))]));
}

function authenticationOf(golden: GoldenFrame): PacketAuthentication {
  if (golden.fields.has("ah.sequence"))
    return { type: "AH", key: AH_KEY, sequence: numberOf(golden, "ah.sequence") };
  if (!golden.fields.has("vrrp.auth_string")) return { type: "none" };
  const text = textOf(golden, "vrrp.auth_string");
  const password = new Uint8Array(8);
  password.set(Array.from(text, (letter) => letter.charCodeAt(0)));
  return { type: "PASS", password };
}

const goldens = readGoldens();
const adverts = goldens.filter(({ frames }) => frames.every(({ fields }) => fields.has("vrrp.version")));
const arps = goldens.filter(({ frames }) => frames.every(({ fields }) => fields.has("arp.opcode")));
const nas = goldens.filter(({ frames }) => frames.every(({ fields }) => fields.has("icmpv6.type")));

test("every capture is of one kind, and none is missing", () => {
  expect(goldens.map(({ name }) => name)).toEqual([
    "frr-8.4.4-v2-ipv4",
    "frr-8.4.4-v3-ipv4",
    "frr-8.4.4-v3-ipv6",
    "keepalived-2.2.7-garp",
    "keepalived-2.2.7-na",
    "keepalived-2.2.7-na-router",
    "keepalived-2.2.7-v2-ah",
    "keepalived-2.2.7-v2-ah-unicast",
    "keepalived-2.2.7-v2-none",
    "keepalived-2.2.7-v2-pass",
    "keepalived-2.2.7-v2-pass-unicast",
    "keepalived-2.2.7-v3-ipv4",
    "keepalived-2.2.7-v3-ipv4-slow",
    "keepalived-2.2.7-v3-ipv4-unicast",
    "keepalived-2.2.7-v3-ipv6",
    "keepalived-2.2.7-v3-ipv6-unicast",
  ]);
  expect(adverts.length + arps.length + nas.length).toBe(goldens.length);
});

describe.each(adverts)("$name", ({ name, frames }) => {
  test("Ethernet and IP headers", () => {
    for (const golden of frames) {
      const ethernet = parseEthernetHeader(golden.frame);
      expect(ethernet && formatMacAddress(ethernet.destination)).toBe(textOf(golden, "eth.dst"));
      expect(ethernet && formatMacAddress(ethernet.source)).toBe(textOf(golden, "eth.src"));
      expect(ethernet?.etherType).toBe(numberOf(golden, "eth.type"));
      const bytes = golden.frame.subarray(ETHERNET);
      if (golden.fields.has("ip.src")) {
        expect(parseIpv4Header(bytes)).toEqual({
          headerLength: numberOf(golden, "ip.hdr_len"),
          totalLength: numberOf(golden, "ip.len"),
          tos: numberOf(golden, "ip.dsfield"),
          identification: numberOf(golden, "ip.id"),
          // tshark shows the three flag bits as a number of their own.
          fragment: numberOf(golden, "ip.flags") * 0x2000 + numberOf(golden, "ip.frag_offset"),
          ttl: numberOf(golden, "ip.ttl"),
          protocol: numberOf(golden, "ip.proto"),
          source: addressBytes(ipAddress(textOf(golden, "ip.src"))),
          destination: addressBytes(ipAddress(textOf(golden, "ip.dst"))),
        });
      } else {
        expect(parseIpv6Header(bytes)).toEqual({
          trafficClass: numberOf(golden, "ipv6.tclass"),
          flowLabel: numberOf(golden, "ipv6.flow"),
          payloadLength: numberOf(golden, "ipv6.plen"),
          nextHeader: numberOf(golden, "ipv6.nxt"),
          hopLimit: numberOf(golden, "ipv6.hlim"),
          source: addressBytes(ipAddress(textOf(golden, "ipv6.src"))),
          destination: addressBytes(ipAddress(textOf(golden, "ipv6.dst"))),
        });
      }
    }
  });

  test("VRRP header, checksum and addresses", () => {
    for (const golden of frames) {
      const packet = packetOf(golden);
      const offset = pduOffset(packet);
      const header = parseVrrpHeader(packet.bytes, offset);
      expect(header).toMatchObject({
        version: numberOf(golden, "vrrp.version"),
        type: numberOf(golden, "vrrp.type"),
        vrid: numberOf(golden, "vrrp.virt_rtr_id"),
        priority: numberOf(golden, "vrrp.prio"),
        count: numberOf(golden, "vrrp.addr_count"),
        ...(golden.fields.has("vrrp.adver_int")
          ? {
              authType: numberOf(golden, "vrrp.auth_type"),
              advertIntervalSeconds: numberOf(golden, "vrrp.adver_int"),
            }
          : { maxAdvertInterval: numberOf(golden, "vrrp.short_adver_int") }),
      });
      expect(vridOf(packet)).toBe(header.vrid);
      const { bytes, family, end } = packet;
      const length = vrrpLength(header.version, family, header.count);
      expect(offset + length).toBe(end);
      expect(numberOf(golden, "vrrp.checksum.status")).toBe(1);
      expect(vrrpChecksum({ bytes, family, offset, length }, header.version, false)).toBe(0);
      const size = family === 4 ? 4 : 16;
      const listed = Array.from({ length: header.count }, (_, i) =>
        formatIpAddress(bytes.subarray(offset + 8 + i * size, offset + 8 + (i + 1) * size)),
      );
      expect(listed).toEqual(addressTexts(golden));
      expect(carriesAddresses(bytes, offset + 8, header.count, addressList(golden), size)).toBe(true);
    }
  });

  if (name.includes("-ah"))
    test("AH header and check value", () => {
      for (const golden of frames) {
        const { bytes, payloadOffset: offset, end } = packetOf(golden);
        const header = parseAhHeader(bytes, offset);
        expect(isVrrpAhHeader(header)).toBe(true);
        expect(header.nextHeader).toBe(numberOf(golden, "ah.next_header"));
        expect(header.payloadLength).toBe(4);
        expect(header.spi).toBe(numberOf(golden, "ah.spi"));
        expect(header.sequence).toBe(numberOf(golden, "ah.sequence"));
        const unicast = name.endsWith("-unicast");
        expect(verifyAhIcv({ bytes, offset, end, unicast }, AH_KEY)).toBe(true);
        expect(verifyAhIcv({ bytes, offset, end, unicast: !unicast }, AH_KEY)).toBe(false);
        expect(verifyAhIcv({ bytes, offset, end, unicast }, AH_KEY.with(7, 0x49))).toBe(false);
      }
    });

  if (name.startsWith("keepalived-"))
    test("the same bytes from the same values", () => {
      for (const golden of frames) {
        const isIpv4 = golden.fields.has("ip.src");
        const version = numberOf(golden, "vrrp.version");
        if (version !== 2 && version !== 3) throw new Error(`VRRP version ${version}`);
        const packet = writeVrrpPacket({
          family: isIpv4 ? 4 : 6,
          version,
          vrid: numberOf(golden, "vrrp.virt_rtr_id"),
          priority: numberOf(golden, "vrrp.prio"),
          advertInterval: seconds(
            version === 2
              ? numberOf(golden, "vrrp.adver_int")
              : numberOf(golden, "vrrp.short_adver_int") / 100,
          ),
          addresses: addressList(golden),
          source: ipAddress(textOf(golden, isIpv4 ? "ip.src" : "ipv6.src")),
          destination: ipAddress(textOf(golden, isIpv4 ? "ip.dst" : "ipv6.dst")),
          ttl: numberOf(golden, isIpv4 ? "ip.ttl" : "ipv6.hlim"),
          ipId: isIpv4 ? numberOf(golden, "ip.id") : 0,
          auth: authenticationOf(golden),
          v3ChecksumAsV2: false,
        });
        const captured = golden.frame.slice(ETHERNET);
        expect(packet).toEqual(isIpv4 ? captured : withoutFlowLabel(captured));
      }
    });
});

test("§5.2.4 every capture of adverts ends with the priority 0 of a resigning MASTER", () => {
  for (const { frames } of adverts) {
    const priorities = frames.map((golden) => numberOf(golden, "vrrp.prio"));
    expect(priorities.filter((priority) => priority === 0)).toEqual([0]);
    expect(priorities.at(-1)).toBe(0);
  }
});

describe.each(arps)("$name", ({ frames }) => {
  test("decodes, and encodes to the same bytes", () => {
    for (const golden of frames) {
      const arp = parseGratuitousArp(golden.frame);
      expect(arp && formatIpAddress(arp.address)).toBe(textOf(golden, "arp.src.proto_ipv4"));
      expect(arp && formatMacAddress(arp.mac)).toBe(textOf(golden, "arp.src.hw_mac"));
      const mac = parseMacAddress(textOf(golden, "arp.src.hw_mac"));
      if (mac === undefined) throw new Error("no MAC");
      const address = addressBytes(ipAddress(textOf(golden, "arp.dst.proto_ipv4")));
      expect(writeGratuitousArp(address, macBytes(mac))).toEqual(golden.frame);
    }
  });
});

describe.each(nas)("$name", ({ frames }) => {
  test("decodes, and encodes to the same bytes", () => {
    for (const golden of frames) {
      const na = parseUnsolicitedNa(golden.frame);
      const isRouter = textOf(golden, "icmpv6.nd.na.flag.r") === "1";
      expect(na && formatIpAddress(na.address)).toBe(textOf(golden, "icmpv6.nd.na.target_address"));
      expect(na && formatMacAddress(na.mac)).toBe(textOf(golden, "icmpv6.opt.linkaddr"));
      expect(na?.isRouter).toBe(isRouter);
      expect(na?.isOverride).toBe(textOf(golden, "icmpv6.nd.na.flag.o") === "1");
      const mac = parseMacAddress(textOf(golden, "icmpv6.opt.linkaddr"));
      if (mac === undefined) throw new Error("no MAC");
      const address = addressBytes(ipAddress(textOf(golden, "icmpv6.nd.na.target_address")));
      expect(writeUnsolicitedNa(address, macBytes(mac), isRouter)).toEqual(golden.frame);
    }
  });
});
