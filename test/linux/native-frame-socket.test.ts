/** Ethernet frames go out as they are, on the interface they are for. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { type Descriptor, native } from "../../src/linux/both/native.js";
import { FrameSocket } from "../../src/linux/engine-thread/sockets/frame-socket.js";
import { inNamespace } from "../support/in-namespace.js";
import type { Host } from "../support/lab/host.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const { constants } = native;

/** ETH_P_ARP of linux/if_ether.h in network byte order, as socket(2) wants it, on a little-endian machine. */
const ARP = 0x0608;

let lab: Lab;
let host: Host;

beforeAll(async () => {
  lab = await Lab.create(["a"]);
  host = lab.host("a");
  for (const n of [1, 2]) {
    await host.exec(`ip link add vgn${n} type veth peer name far${n}`.split(" "));
    for (const end of [`vgn${n}`, `far${n}`]) await host.exec(["ip", "link", "set", end, "up"]);
  }
});

afterAll(() => lab.dispose());

/** Gratuitous ARP for the VRID 51's MAC address and 10.77.N, RFC 5227 §3. */
function gratuitousArp(n: number): number[] {
  const mac = [0x00, 0x00, 0x5e, 0x00, 0x01, 0x33];
  const address = [10, 77, n >> 8, n & 0xff];
  const arp = [0, 1, 8, 0, 6, 4, 0, 1, ...mac, ...address, 0, 0, 0, 0, 0, 0, ...address];
  return [255, 255, 255, 255, 255, 255, ...mac, 8, 6, ...arp];
}

/** A packet socket that receives ARP from one interface. */
function listen(interfaceName: string): Descriptor {
  return inNamespace(host.namespace, () => {
    const descriptor = native.openSocket(constants.AF_PACKET, constants.SOCK_RAW, ARP);
    native.setOption(descriptor, constants.SOL_SOCKET, constants.SO_RCVBUFFORCE, 8 << 20);
    // struct sockaddr_ll: family, protocol, interface index
    const address = new Uint8Array(20);
    new Uint16Array(address.buffer).set([constants.AF_PACKET, ARP]);
    new Int32Array(address.buffer)[1] = native.interfaceIndex(interfaceName);
    native.bind(descriptor, address);
    return descriptor;
  });
}

async function receive(descriptor: Descriptor, count: number): Promise<number[][]> {
  const slot = 64;
  const data = new Uint8Array(256 * slot);
  const addresses = new Uint8Array(256 * constants.ADDRESS_STRIDE);
  const columns = new Int32Array(256 * constants.COLUMN_STRIDE);
  const frames: number[][] = [];
  const takeAll = () => {
    const taken = native.receiveBatch(descriptor, data, slot, 0, addresses, columns);
    for (let i = 0; i < taken; i++) {
      const length = columns[i * constants.COLUMN_STRIDE + constants.COLUMN_LENGTH] ?? 0;
      frames.push([...data.subarray(i * slot, i * slot + length)]);
    }
    return frames.length >= count;
  };
  await waitFor(takeAll, { what: `${count} frames`, evidence: () => `${frames.length} came` });
  native.close(descriptor);
  return frames;
}

it("sends many frames on two interfaces in order, and goes on behind one that fails", async () => {
  const failures: [number, string][] = [];
  const { socket, first, second } = inNamespace(host.namespace, () => ({
    socket: new FrameSocket((interfaceIndex, error) => failures.push([interfaceIndex, error.message])),
    first: native.interfaceIndex("vgn1"),
    second: native.interfaceIndex("vgn2"),
  }));
  const onFirst = listen("far1");
  const onSecond = listen("far2");
  for (let n = 0; n < 1000; n++) {
    if (n === 500) socket.queue(9999, Uint8Array.from(gratuitousArp(n)));
    socket.queue(n % 2 === 0 ? first : second, Uint8Array.from(gratuitousArp(n)));
  }
  socket.close();
  socket.close();
  expect(failures).toEqual([[9999, "sendmmsg a frame on interface 9999: no such device or address (ENXIO)"]]);
  const every = (odd: number) => Array.from({ length: 500 }, (_, i) => gratuitousArp(2 * i + odd));
  expect(await receive(onFirst, 500)).toEqual(every(0));
  expect(await receive(onSecond, 500)).toEqual(every(1));
});
