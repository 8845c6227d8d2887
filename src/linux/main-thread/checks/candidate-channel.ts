/**
 * Carries what Vigil nodes tell each other about themselves: UDP, on the main thread. It may be lost or late: a node that is not
 * heard is judged as a keepalived is.
 */

import { createSocket, type Socket } from "node:dgram";
import { type IpAddress, isLinkLocal, parseIpAddress } from "../../../base/ip-address.js";
import type { CandidateHello, EngineConfig } from "../../../engine/platform.js";
import { encodeCandidateHello, HELLO_PORT, parseCandidateHello } from "../../../wire/candidate-hello.js";

type Instance = Pick<
  EngineConfig["instances"][number],
  "name" | "family" | "interface" | "multicastGroup" | "unicastPeers"
>;

/** The channel. Its sockets are opened by the first hello of their family: without checks there are none. */
export class CandidateChannel {
  readonly #heard: (from: IpAddress, hello: CandidateHello) => void;
  readonly #trouble: (text: string) => void;
  readonly #sockets = new Map<4 | 6, Socket>();
  /** By address and interface; undefined while it is being bound. A MASTER has virtual addresses that the kernel might send from. */
  readonly #senders = new Map<string, Socket | undefined>();
  readonly #opening = new Set<4 | 6>();
  /** Joined, as `group interface`. */
  readonly #joined = new Set<string>();
  #instances = new Map<string, Instance>();
  /** Said once. */
  readonly #said = new Set<string>();

  /** @param trouble gets a line for the operator. */
  constructor(heard: (from: IpAddress, hello: CandidateHello) => void, trouble: (text: string) => void) {
    this.#heard = heard;
    this.#trouble = trouble;
  }

  /** Takes the instances of a configuration. */
  configure(instances: readonly Instance[]): void {
    this.#instances = new Map(instances.map((instance) => [instance.name, instance]));
  }

  /** Tells the other nodes; `source` is the instance's own address. */
  send(name: string, source: IpAddress, hello: CandidateHello): void {
    const instance = this.#instances.get(name);
    if (instance === undefined) return;
    const socket = this.#sockets.get(hello.family) ?? this.#open(hello.family);
    // Bound in the next turn of the event loop; the next hello comes in a second.
    if (socket === undefined) return;
    const bytes = encodeCandidateHello(hello);
    const via = hello.family === 4 ? source : `::%${instance.interface}`;
    try {
      if (instance.unicastPeers.length === 0) this.#join(socket, instance.multicastGroup, via);
      const sender = this.#sender(source, instance.interface, hello.family);
      if (sender === undefined) return;
      if (instance.unicastPeers.length > 0) {
        for (const { address } of instance.unicastPeers) sender.send(bytes, HELLO_PORT, address);
        return;
      }
      sender.setMulticastInterface(via);
      sender.send(bytes, HELLO_PORT, instance.multicastGroup);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Closes everything. */
  close(): void {
    for (const socket of [...this.#sockets.values(), ...this.#senders.values()]) socket?.close();
    this.#sockets.clear();
    this.#senders.clear();
    this.#joined.clear();
  }

  /** A socket that sends from this address, by which the others know us. */
  #sender(source: IpAddress, name: string | undefined, family: 4 | 6): Socket | undefined {
    const address = isLinkLocal(source) && family === 6 ? `${source}%${name}` : source;
    if (this.#senders.has(address)) return this.#senders.get(address);
    this.#senders.set(address, undefined);
    const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6 });
    socket.on("error", (error) => {
      this.#tell(error);
      this.#senders.delete(address);
      socket.close();
    });
    socket.bind(0, address, () => {
      socket.setMulticastLoopback(false);
      this.#senders.set(address, socket);
    });
    return undefined;
  }

  #open(family: 4 | 6): undefined {
    if (this.#opening.has(family)) return;
    this.#opening.add(family);
    const socket = createSocket({
      type: family === 4 ? "udp4" : "udp6",
      reuseAddr: true,
      ipv6Only: family === 6,
    });
    socket.on("message", (bytes, { address }) => {
      const hello = parseCandidateHello(bytes);
      const from = parseIpAddress(address.replace(/%.*/, ""));
      if (hello !== undefined && from !== undefined) this.#heard(from, hello);
    });
    socket.on("error", (error) => {
      this.#tell(error);
      this.#opening.delete(family);
      this.#sockets.delete(family);
      this.#joined.clear();
      socket.close();
    });
    socket.bind(HELLO_PORT, () => {
      socket.setMulticastLoopback(false);
      this.#sockets.set(family, socket);
      this.#opening.delete(family);
    });
  }

  #join(socket: Socket, group: string, via: string): void {
    const key = `${group} ${via}`;
    if (this.#joined.has(key)) return;
    try {
      socket.addMembership(group, via);
    } catch (error) {
      // The kernel knows it already, from before the interface went and came back.
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
    this.#joined.add(key);
  }

  #tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#trouble(`hello to other nodes: ${message}; they are judged as keepalived`);
  }
}
