/** The segment that makes the other end of a connection speak. The expected bytes come from another program. */

import { expect, test } from "vitest";
import { addressBytes, ipAddress } from "../../../src/base/ip-address.js";
import { bareAck } from "../../../src/wire/bare-ack.js";
import { bytesOf } from "../../support/hex.js";

const end = (address: string, port: number) => ({ address: addressBytes(ipAddress(address)), port });

test("IPv4", () => {
  expect(bareAck(end("10.77.0.100", 6443), end("10.77.0.99", 40_000))).toEqual(
    bytesOf(`45c0 0028 0000 0000 4006 64b0 0a4d0064 0a4d0063
             192b 9c40 00000000 00000000 5010 0000 e508 0000`),
  );
});

test("IPv6", () => {
  expect(bareAck(end("fd00:77::64", 6443), end("fd00:77::63", 40_000))).toEqual(
    bytesOf(`60000000 0014 06 40 fd000077000000000000000000000064 fd000077000000000000000000000063
             192b 9c40 00000000 00000000 5010 0000 feb2 0000`),
  );
});
