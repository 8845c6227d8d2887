/** The set of ports follows what the engine asks for, and speaks the engine's inputs. */

import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import type { EngineInput, PortSpec, SendTicket } from "../../src/engine/platform.js";
import { RawPorts } from "../../src/linux/engine-thread/sockets/raw-ports.js";
import { inNamespace } from "../support/in-namespace.js";
import { run } from "../support/lab/commands.js";
import type { Host } from "../support/lab/host.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";
import { ipv4Packet } from "../support/raw-packets.js";

let lab: Lab;
let a: Host;
let b: Host;

beforeAll(async () => {
  lab = await Lab.create(["a", "b"]);
  a = lab.host("a");
  b = lab.host("b");
});

afterAll(() => lab.dispose());

const opened: RawPorts[] = [];

afterEach(() => {
  for (const ports of opened.splice(0)) ports.close();
});

class TestPorts {
  readonly inputs: EngineInput[] = [];
  readonly failures: string[] = [];
  readonly ports: RawPorts;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
    this.ports = new RawPorts({
      received: (input) => this.inputs.push(input),
      sendFailed: (failure) => this.inputs.push(failure),
      failed: (port, error) => this.failures.push(`${port}: ${error.message}`),
    });
    opened.push(this.ports);
  }

  set(...specs: readonly PortSpec[]): void {
    inNamespace(this.#host.namespace, () => this.ports.set(specs));
  }

  /** VRIDs received so far, once there are so many. */
  async vrids(count: number): Promise<(number | undefined)[]> {
    await waitFor(() => this.inputs.length >= count, { what: `${count} inputs` });
    return this.inputs.map((input) => (input.kind === "PacketReceived" ? input.packet[21] : undefined));
  }
}

function onEth0(...vrids: readonly number[]): PortSpec {
  const group = ipAddress("224.0.0.18");
  return { id: "eth0", interface: "eth0", family: 4, protocol: 112, multicastGroup: group, vrids };
}

function ticket(advert: number): SendTicket {
  return { router: "VI_1", purpose: "advert", advert };
}

function fromA(vrid: number): Uint8Array {
  return ipv4Packet({ vrid, source: a.ipv4, destination: "224.0.0.18" });
}

it("opens what is new, changes the filter of what stays, closes what is gone", async () => {
  const sender = new TestPorts(a);
  const receiver = new TestPorts(b);
  sender.set(onEth0(51));
  receiver.set(onEth0(51));
  for (const vrid of [51, 52]) sender.ports.send("eth0", fromA(vrid), ticket(vrid));
  sender.ports.flush();
  expect(await receiver.vrids(1)).toEqual([51]);

  receiver.set(onEth0(51, 52), { ...onEth0(53), id: "again" });
  expect(receiver.ports.open).toEqual(["eth0", "again"]);
  for (const vrid of [51, 52, 53]) sender.ports.send("eth0", fromA(vrid), ticket(vrid));
  sender.ports.flush();
  expect((await receiver.vrids(4)).sort()).toEqual([51, 51, 52, 53]);
  expect(receiver.inputs.map((input) => "port" in input && input.port).sort()).toEqual([
    "again",
    "eth0",
    "eth0",
    "eth0",
  ]);

  receiver.set();
  expect(receiver.ports.open).toEqual([]);
  expect([...sender.failures, ...receiver.failures]).toEqual([]);
});

it("sends what is queued before it closes a port: a resigning master's last words", async () => {
  const sender = new TestPorts(a);
  const receiver = new TestPorts(b);
  sender.set(onEth0(51));
  receiver.set(onEth0(51));
  sender.ports.send("eth0", fromA(51), ticket(51));
  sender.set();
  expect(await receiver.vrids(1)).toEqual([51]);
});

it("opens a port when asked again and its interface has come", async () => {
  const ports = new TestPorts(a);
  const spec: PortSpec = { ...onEth0(51), id: "late", interface: "late0" };
  ports.set(spec);
  expect(ports.ports.open).toEqual([]);
  expect(ports.failures).toEqual(["late: if_nametoindex late0: no such device (ENODEV)"]);
  ports.ports.send("late", fromA(51), ticket(51));
  ports.ports.flush();
  ports.ports.send("unheard-of", fromA(51), ticket(51));
  expect(ports.inputs).toEqual([
    {
      kind: "SendFailed",
      ticket: ticket(51),
      error: "ENETDOWN",
      text: "sendmmsg 224.0.0.18 on late0: network is down (ENETDOWN)",
    },
    {
      kind: "SendFailed",
      ticket: ticket(51),
      error: "ENOTSOCK",
      text: "there is no port unheard-of",
    },
  ]);
  await run(`ip -n ${a.namespace} link add late0 type veth peer name late1`.split(" "));
  ports.set(spec);
  expect(ports.ports.open).toEqual(["late"]);
  expect(ports.failures).toHaveLength(1);
});
