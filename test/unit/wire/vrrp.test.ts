import { describe, expect, test } from "vitest";
import { centiseconds } from "../../../src/base/time.js";
import {
  type AdvertisementFields,
  carriesAddresses,
  parseVrrpHeader,
  vrrpChecksum,
  vrrpLength,
  writeAdvertisement,
} from "../../../src/wire/vrrp.js";
import { bytesOf } from "../../support/hex.js";

const IPV4 = "45c00024 00010000 ff701895 c0000201 e0000012";
const IPV6 = "6c000000 002870ff fe80000000000000000000fffe000001 ff020000000000000000000000000012";

const V2 = "210ac801 000154e8 c000020a 0000000000000000";
const V2_PASS = "210bc902 0101ec8b c000020b c633640b 7333637265740000";
const V3 = "3114ff02 001940de c0000214 c6336414";
const V3_PLAIN = "3114ff02 0019e372 c0000214 c6336414";
const V3_IPV6 = "311efb02 0019a9fc fe800000000000000000000000000030 20010db8000000000000000000000030";

const ADVERT_V3: AdvertisementFields = {
  version: 3,
  vrid: 20,
  priority: 255,
  addresses: bytesOf("c0000214 c6336414"),
  count: 2,
  authType: 0,
  advertIntervalSeconds: 0,
  maxAdvertInterval: centiseconds(25),
  authData: undefined,
};

/** The header, then 0xa5 wherever a PDU of `length` and two bytes more go, then `fields` written into it. */
function written(
  header: string,
  length: number,
  fields: AdvertisementFields,
  v3ChecksumAsV2 = false,
): Uint8Array {
  const ip = bytesOf(header);
  const bytes = new Uint8Array(ip.length + length + 2).fill(0xa5);
  bytes.set(ip);
  const family = header === IPV4 ? 4 : 6;
  writeAdvertisement({ bytes, family, offset: ip.length, length }, fields, v3ChecksumAsV2);
  return bytes;
}

function checksum(header: string, pdu: string, version: number, v3ChecksumAsV2 = false): number {
  const bytes = bytesOf(header + pdu);
  const offset = bytesOf(header).length;
  const location = { bytes, family: header === IPV4 ? 4 : 6, offset, length: bytes.length - offset } as const;
  return vrrpChecksum(location, version, v3ChecksumAsV2);
}

describe("writing", () => {
  test("RFC 3768 §5.1 VRRPv2: the checksum covers the PDU alone, 8 zeros follow the addresses", () => {
    const fields = {
      ...ADVERT_V3,
      version: 2 as const,
      vrid: 10,
      priority: 200,
      addresses: bytesOf("c000020a"),
      count: 1,
      advertIntervalSeconds: 1,
    };
    expect(written(IPV4, 20, fields)).toEqual(bytesOf(`${IPV4} ${V2} a5a5`));
  });

  test("RFC 2338 §5.3.10 VRRPv2 with a password", () => {
    const fields = {
      ...ADVERT_V3,
      version: 2 as const,
      vrid: 11,
      priority: 201,
      addresses: bytesOf("c000020b c633640b"),
      authType: 1,
      advertIntervalSeconds: 1,
      authData: bytesOf("7333637265740000"),
    };
    expect(written(IPV4, 24, fields)).toEqual(bytesOf(`${IPV4} ${V2_PASS} a5a5`));
  });

  test("RFC 9568 §5.2.8 VRRPv3 over IPv4: the checksum covers a pseudo-header", () => {
    expect(written(IPV4, 16, ADVERT_V3)).toEqual(bytesOf(`${IPV4} ${V3} a5a5`));
  });

  test("v3_checksum_as_v2 leaves the pseudo-header out", () => {
    expect(written(IPV4, 16, ADVERT_V3, true)).toEqual(bytesOf(`${IPV4} ${V3_PLAIN} a5a5`));
  });

  test("RFC 9568 §5.2.8 VRRPv3 over IPv6: the pseudo-header stays even with v3_checksum_as_v2", () => {
    const addresses = bytesOf("fe800000000000000000000000000030 20010db8000000000000000000000030");
    const fields = { ...ADVERT_V3, vrid: 30, priority: 251, addresses };
    expect(written(IPV6, 40, fields)).toEqual(bytesOf(`${IPV6} ${V3_IPV6} a5a5`));
    expect(written(IPV6, 40, fields, true)).toEqual(bytesOf(`${IPV6} ${V3_IPV6} a5a5`));
  });

  test("RFC 9568 §5.2.7 the four reserved bits before the interval are zero", () => {
    const bytes = written(IPV4, 16, { ...ADVERT_V3, maxAdvertInterval: centiseconds(0xf123) });
    expect([bytes[24], bytes[25]]).toEqual([0x01, 0x23]);
  });
});

describe("reading", () => {
  test("VRRPv2 header", () => {
    expect(parseVrrpHeader(bytesOf(`ffff ${V2_PASS}`), 2)).toMatchObject({
      version: 2,
      type: 1,
      vrid: 11,
      priority: 201,
      count: 2,
      authType: 1,
      advertIntervalSeconds: 1,
    });
  });

  test("VRRPv3 header; reserved bits do not count", () => {
    expect(parseVrrpHeader(bytesOf("3e14ff02 ffff40de"), 0)).toMatchObject({
      version: 3,
      type: 14,
      vrid: 20,
      priority: 255,
      count: 2,
      maxAdvertInterval: 4095,
    });
  });
});

describe("length", () => {
  test.each([
    [2, 4, 0, 16],
    [2, 4, 1, 20],
    [2, 4, 255, 1036],
    [3, 4, 1, 12],
    [3, 4, 255, 1028],
    [3, 6, 1, 24],
    [3, 6, 255, 4088],
    [2, 6, 1, 24],
    [15, 4, 1, 12],
  ] as const)("version %d, IPv%d, %d addresses: %d bytes", (version, family, count, length) => {
    expect(vrrpLength(version, family, count)).toBe(length);
  });
});

describe("checksum", () => {
  test("0 when right", () => {
    expect(checksum(IPV4, V2, 2)).toBe(0);
    expect(checksum(IPV4, V3, 3)).toBe(0);
    expect(checksum(IPV4, V3_PLAIN, 3, true)).toBe(0);
    expect(checksum(IPV6, V3_IPV6, 3)).toBe(0);
  });

  test("not 0 with the rule of the other version", () => {
    expect(checksum(IPV4, V3, 3, true)).not.toBe(0);
    expect(checksum(IPV4, V3_PLAIN, 3)).not.toBe(0);
    expect(checksum(IPV4, V2, 3)).not.toBe(0);
  });

  test("not 0 when the IP addresses are others than the sender meant", () => {
    expect(checksum(IPV4.replace("c0000201", "c0000202"), V3, 3)).not.toBe(0);
    expect(checksum(IPV6.replace("fe000001", "fe000002"), V3_IPV6, 3)).not.toBe(0);
  });
});

describe("address list", () => {
  const list = bytesOf("ffff c0000201 c0000202 c0000203");

  test.each([
    ["all, in order", "c0000201 c0000202 c0000203", true],
    ["all, in another order", "c0000203 c0000201 c0000202", true],
    ["some", "c0000202", true],
    ["none", "", true],
    ["one that is missing", "c0000201 c0000204", false],
    ["one that would lie across two", "0201c000", false],
  ])("%s", (_, ours, carried) => {
    expect(carriesAddresses(list, 2, 3, bytesOf(ours), 4)).toBe(carried);
  });

  test("looks at as many as the count says", () => {
    expect(carriesAddresses(list, 2, 2, bytesOf("c0000203"), 4)).toBe(false);
  });

  test("a count beyond the packet finds nothing there", () => {
    expect(carriesAddresses(list, 2, 255, bytesOf("00000000"), 4)).toBe(false);
  });

  test("IPv6", () => {
    const bytes = bytesOf("fe800000000000000000000000000030 20010db8000000000000000000000030");
    expect(carriesAddresses(bytes, 0, 2, bytes.slice(16), 16)).toBe(true);
    expect(carriesAddresses(bytes, 0, 2, bytesOf("20010db8000000000000000000000031"), 16)).toBe(false);
  });
});
