/**
 * Carries hellos between Vigil nodes: UDP, on the main thread. One may be lost or late: a node that is not heard is judged as a
 * keepalived is.
 */

import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { type Family, type IpAddress, isLinkLocal } from "../../../base/ip-address.js";
import { helloInstancesOf } from "../../../engine/fitness/hello-instances.js";
import type { EngineConfig, HeardHello, PeerHello } from "../../../engine/platform.js";
import { HelloExchange } from "../../../peers/exchange.js";
import { HELLO_PORT } from "../../../wire/peer-hello.js";
import { now } from "../../both/clock.js";
import { HelloSocket } from "./hello-socket.js";

type Instance = EngineConfig["instances"][number];

/** RFC 5082: what arrives with this TTL or hop limit was never forwarded. */
const HOP_LIMIT = 255;

/** What the channel tells. */
export interface PeerChannelListener {
  /** A hello for an instance of ours. */
  heard(hello: HeardHello): void;
  /** A line for the operator. */
  trouble(text: string): void;
}

/** The channel. Its sockets are opened by the first hello of their interface: without checks there are none. */
export class PeerChannel {
  readonly #listener: PeerChannelListener;
  readonly #version: string;
  readonly #exchange = new HelloExchange(() => randomBytes(8).toString("hex"));
  /** By interface and family. */
  readonly #receivers = new Map<string, HelloSocket>();
  /** By address and interface; undefined while it is being bound. A MASTER has virtual addresses that the kernel might send from. */
  readonly #senders = new Map<string, Socket | undefined>();
  #instances = new Map<string, Instance>();
  /** Said once. */
  readonly #said = new Set<string>();

  /** @param version of Vigil, for the peers to show. */
  constructor(version: string, listener: PeerChannelListener) {
    this.#version = version;
    this.#listener = listener;
  }

  /** Takes the instances and keys of a configuration. */
  configure(config: Pick<EngineConfig, "instances" | "global">): void {
    const { instances } = config;
    this.#instances = new Map(instances.map((instance) => [instance.name, instance]));
    this.#exchange.configure(helloInstancesOf(config));
    const wanted = new Set(instances.map(receiverKey));
    for (const [key, socket] of this.#receivers) {
      if (wanted.has(key)) continue;
      socket.close();
      this.#receivers.delete(key);
    }
  }

  /** Tells the other nodes; `source` is the instance's own address. */
  send(name: string, source: IpAddress, hello: PeerHello): void {
    const instance = this.#instances.get(name);
    if (instance === undefined) return;
    const { unicastPeers, multicastGroup, family, interface: device } = instance;
    const unicast = unicastPeers.length > 0;
    try {
      const receiver = this.#receiver(instance);
      if (!unicast) receiver.join(multicastGroup);
      const sender = this.#sender(source, device, family);
      // Bound in the next turn of the event loop; the next hello comes in a second.
      if (sender === undefined) return;
      const { report } = hello;
      const versioned = report && { ...report, version: this.#version };
      const bytes = this.#exchange.outgoing(name, source, { ...hello, report: versioned }, now());
      if (bytes === undefined) return;
      if (unicast) {
        const others = unicastPeers.filter(({ address }) => address !== source);
        for (const { address } of others) sender.send(bytes, HELLO_PORT, address);
        return;
      }
      sender.setMulticastInterface(family === 4 ? source : `::%${device}`);
      sender.send(bytes, HELLO_PORT, multicastGroup);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Closes everything. */
  close(): void {
    for (const socket of this.#receivers.values()) socket.close();
    for (const socket of this.#senders.values()) socket?.close();
    this.#receivers.clear();
    this.#senders.clear();
  }

  #receiver(instance: Instance): HelloSocket {
    const key = receiverKey(instance);
    const known = this.#receivers.get(key);
    if (known !== undefined && !known.isStale) return known;
    known?.close();
    this.#receivers.delete(key);
    const socket = new HelloSocket(instance.family, instance.interface, (datagram) => {
      for (const heard of this.#exchange.incoming(datagram, now())) this.#listener.heard(heard);
    });
    this.#receivers.set(key, socket);
    return socket;
  }

  /** A socket that sends from this address, by which the others know us. */
  #sender(source: IpAddress, name: string | undefined, family: Family): Socket | undefined {
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
      socket.setMulticastTTL(HOP_LIMIT);
      socket.setTTL(HOP_LIMIT);
      this.#senders.set(address, socket);
    });
    return undefined;
  }

  #tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#listener.trouble(`hello to other nodes: ${message}; they are judged as keepalived`);
  }
}

function receiverKey({ family, interface: name }: Instance): string {
  return `${name ?? "*"}/ipv${family}`;
}
