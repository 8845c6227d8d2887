/**
 * Practice for the engine's code before it counts. What JavaScript runs for the first time it interprets, at twenty times the
 * cost: without practice the first take-over of a fresh daemon would be 2 ms later than the hundredth.
 */

import type { InterfaceAddress } from "../../base/interface-address.js";
import { addressBytes, type IpAddress, ipAddress } from "../../base/ip-address.js";
import type { MacAddress } from "../../base/mac-address.js";
import { type Micros, micros } from "../../base/time.js";
import { Engine } from "../../engine/engine.js";
import type { EngineConfig, InterfaceState, Platform } from "../../engine/platform.js";

/** Elections to hold; measured: more change nothing. */
const ROUNDS = 30;

/** Deadlines to serve in each. */
const DEADLINES = 40;

/** Deadlines of a rehearsal: a take-over of each side, in a fraction of a millisecond. */
const REHEARSED_DEADLINES = 4;

/** Instances to practise with; a thousand more would run the same code. */
const MOST_INSTANCES = 3;

/** A world in which nothing happens, save that a rival hears our packets. */
class PracticePlatform implements Platform {
  readonly packets: { readonly port: string; readonly packet: Uint8Array }[] = [];

  setPorts(): void {}
  sendPacket(port: string, packet: Uint8Array): void {
    this.packets.push({ port, packet });
  }
  sendFrames(): void {}
  setFarewell(): void {}
  addAddresses(): void {}
  renewAddresses(): void {}
  withdrawRenewal(): void {}
  removeAddresses(): void {}
  handAddresses(): void {}
  addRoutes(): void {}
  handRoutes(): void {}
  handRules(): void {}
  rememberOurs(): void {}
  removeRoutes(): void {}
  addRules(): void {}
  removeRules(): void {}
  startScript(): void {}
  killScript(): void {}
  startCheck(): void {}
  abandonCheck(): void {}
  sendHello(): void {}
  emit(): void {}
}

/** Addresses of RFC 5737 and RFC 3849, for practising with the kernel. */
export const PRACTICE_ADDRESSES: readonly InterfaceAddress[] = ["192.0.2.9/24", "2001:db8::9/64"].map(
  (text) => {
    const [address = "", length] = text.split("/");
    return {
      address: ipAddress(address),
      prefixLength: Number(length),
      interface: "none",
      scope: 0,
      flags: 0,
      noTrack: true,
    };
  },
);

/** Elections between two engines in memory; yields after each, so that real work can go on in between. */
export function* warmUp(config: EngineConfig): Generator<void> {
  const practice = practiceOf(config);
  for (let round = 0; round < ROUNDS; round++) {
    holdElection(practice, DEADLINES);
    yield;
  }
}

/** One short election, right before a real one: a few tenths of a millisecond. */
export function rehearse(config: EngineConfig): void {
  holdElection(practiceOf(config), REHEARSED_DEADLINES);
}

function practiceOf(config: EngineConfig): EngineConfig {
  const instances = config.instances.slice(0, MOST_INSTANCES);
  return {
    ...config,
    scripts: [],
    checks: [],
    syncGroups: [],
    instances: instances.map((instance) => ({
      ...instance,
      trackScripts: [],
      trackChecks: [],
      trackInterfaces: [],
    })),
  };
}

function holdElection(config: EngineConfig, deadlines: number): void {
  const sides = ([1, 2] as const).map((side) => {
    const platform = new PracticePlatform();
    const engine = new Engine(config, platform);
    const names = new Set(
      config.instances.flatMap(({ interface: name }) => (name === undefined ? [] : [name])),
    );
    engine.handle(
      { kind: "InterfacesListed", states: [...names].map((name) => anInterface(name, side)) },
      micros(0),
    );
    engine.handle({ kind: "Started" }, micros(0));
    return { engine, platform };
  });
  let now: Micros = micros(0);
  for (let i = 0; i < deadlines; i++) {
    for (const [index, { engine, platform }] of sides.entries()) {
      now = micros(Math.max(now, engine.nextDeadline() ?? now));
      engine.handleTimeout(now);
      const rival = sides[1 - index];
      // Every other advert is lost, so that both become MASTER now and then.
      for (const { port, packet } of platform.packets.splice(0)) {
        if (i % 2 === 0) rival?.engine.handle({ kind: "PacketReceived", port, packet }, now);
      }
    }
  }
  for (const { engine } of sides) engine.handle({ kind: "ShutdownRequested" }, now);
}

function anInterface(name: string, side: 1 | 2): InterfaceState {
  const present = (address: IpAddress) => ({
    address,
    prefixLength: addressBytes(address).length * 8,
    secondary: false,
    unusable: false,
    scope: 0,
  });
  return {
    name,
    index: 1,
    up: true,
    mac: `02:00:00:00:00:0${side}` as MacAddress,
    mtu: 1500,
    addresses: [present(ipAddress(`192.0.2.${side}`)), present(ipAddress(`fe80::${side}`))],
  };
}
