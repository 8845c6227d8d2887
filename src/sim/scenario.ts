/** A random run from one seed: some hosts, a while of trouble, a while of peace, several times over. */

import type { InterfaceAddress } from "../base/interface-address.js";
import { ipAddress } from "../base/ip-address.js";
import { centiseconds, centisecondsToMicros, type Micros, micros, seconds } from "../base/time.js";
import type { EngineConfig } from "../engine/platform.js";
import { type HostSpec, SIM_INTERFACE } from "./host.js";
import type { Violation } from "./invariants.js";
import { HEALTHY } from "./lan.js";
import { Random } from "./random.js";
import { World } from "./world.js";

/** How a run went. */
export interface ScenarioResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What was done, in order, for a human who replays it. */
  readonly story: readonly string[];
  readonly transitions: number;
  /** The traffic, when recording was asked for. */
  readonly pcap: Uint8Array | undefined;
}

type Instance = EngineConfig["instances"][number];

/** A configuration of one instance, as the config layer would resolve it. */
export function simConfig(overrides: Partial<Instance> = {}): EngineConfig {
  const instance: Instance = {
    name: "VI_1",
    version: 3,
    family: 4,
    interface: SIM_INTERFACE,
    vrid: 51,
    priority: 100,
    initialState: "BACKUP",
    advertInterval: seconds(1),
    sourceAddress: undefined,
    multicastGroup: ipAddress(overrides.family === 6 ? "ff02::12" : "224.0.0.18"),
    unicastPeers: [],
    unicastTtl: 255,
    checkUnicastSource: false,
    authentication: { type: "none" },
    authHmac: undefined,
    preempt: true,
    preemptDelay: micros(0),
    downTimerAdverts: 3,
    timerExpiredBackup: undefined,
    virtualAddresses: [virtualAddress(overrides.family === 6 ? "fe80::100" : "10.0.0.100")],
    excludedAddresses: [],
    garp: {
      masterDelay: seconds(5),
      masterRepeat: 5,
      masterRefresh: micros(0),
      masterRefreshRepeat: 1,
      lowerPrioDelay: seconds(5),
      lowerPrioRepeat: 5,
    },
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    skipCheckAdvAddr: false,
    addressLifetimes: true,
    addressLease: false,
    ownerIgnoreAdverts: false,
    v3ChecksumAsV2: false,
    oldUnicastChecksum: "auto",
    vrf: undefined,
    kernelReceiveBuffer: undefined,
    trackSourceAddress: false,
    strict: false,
    dontTrackPrimary: false,
    unicastFaultNoPeer: false,
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    trackChecks: [],
    virtualRoutes: [],
    virtualRules: [],
    promoteSecondaries: false,
    notify: {},
    accept: true,
    vmac: undefined,
    transmitOnBase: false,
    virtualInterfaces: [],
    garpExtraInterfaces: { interval: micros(0), all: false },
    ...overrides,
  };
  return {
    global: {
      routerId: undefined,
      enableScriptSecurity: false,
      scriptUser: undefined,
      vrrpVersion: 2,
      garpInterval: micros(0),
      gnaInterval: micros(0),
      dynamicInterfaces: false,
      startupDelay: micros(0),
      delayAfterBoot: micros(0),
      resetConnections: true,
      peerKey: "of all simulated hosts",
      logUnknownVrids: false,
      firewall: { table: "keepalived", priority: -1, counters: false, configured: false },
      engineThread: {
        name: undefined,
        niceness: undefined,
        realTimePriority: undefined,
        cpus: [],
        netlinkMonitorBuffer: undefined,
        processMonitorBuffer: undefined,
      },
    },
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    garpGroups: [],
    interfaceDelays: [],
    linkbeat: { all: false, interfaces: [] },
    checks: [],
    instances: [instance],
    syncGroups: [],
    trackGroups: [],
    staticAddresses: [],
    staticRoutes: [],
    staticRules: [],
  };
}

/** A plain virtual address on the simulated interface. */
export function virtualAddress(text: string): InterfaceAddress {
  const address = ipAddress(text);
  const prefixLength = address.includes(":") ? 128 : 32;
  return { address, prefixLength, interface: SIM_INTERFACE, scope: 0, flags: 0, noTrack: false };
}

/** Plays the run that belongs to `seed`. The same seed always gives the same run. */
export function playScenario(seed: number, record: boolean): ScenarioResult {
  const random = new Random(seed);
  const hosts = randomHosts(random);
  const world = new World({ seed: seed ^ 0x5eed, hosts, record });
  const story: string[] = hosts.map(describeHost);
  const note = (text: string) => story.push(`${(world.now / 1_000_000).toFixed(3)} ${text}`);
  for (const host of world.hosts) world.at(micros(random.next() * 500_000), () => host.start());
  const settle = settlingTime(hosts);
  world.run(settle);
  world.invariants.checkSettled();
  const rounds = random.integer(1, 4);
  for (let round = 0; round < rounds; round++) {
    trouble(world, random, note, settle);
    world.run(settle);
    note("settled");
    world.invariants.checkSettled();
    cleanDeath(world, random, note, settle);
  }
  const transitions = world.hosts
    .flatMap((host) => host.events)
    .filter(({ event }) => event.kind === "StateChanged");
  return {
    seed,
    violations: world.invariants.violations,
    story,
    transitions: transitions.length,
    pcap: world.lan.pcap?.toBytes(),
  };
}

function randomHosts(random: Random): HostSpec[] {
  const family = random.pick([4, 4, 6] as const);
  const version = family === 6 ? 3 : random.pick([2, 3] as const);
  const interval =
    version === 2
      ? seconds(random.integer(1, 2))
      : centisecondsToMicros(centiseconds(random.pick([1, 5, 10, 50, 100])));
  const authentication =
    version === 2
      ? random.pick([
          { type: "none" },
          { type: "PASS", password: "secret" },
          { type: "AH", password: "m@st3rv1" },
        ] as const)
      : ({ type: "none" } as const);
  const authHmac = authentication.type === "none" && random.chance(0.3) ? randomHmac(random) : undefined;
  const unicast = authentication.type !== "AH" && random.chance(0.25);
  const count = random.integer(2, 4);
  const owner = random.chance(0.1);
  const addressOf = (id: number) => ipAddress(family === 4 ? `10.0.0.${id}` : `fe80::${id}`);
  return Array.from({ length: count }, (_, i) => {
    const id = i + 1;
    const others = Array.from({ length: count }, (_unused, j) => j + 1).filter((other) => other !== id);
    const isOwner = owner && i === 0;
    const preempt = isOwner || random.chance(0.7);
    return {
      id,
      addresses: [{ address: addressOf(id), prefixLength: family === 4 ? 24 : 64 }],
      clockSkew: (random.next() - 0.5) / 100,
      config: simConfig({
        version,
        family,
        advertInterval: interval,
        priority: isOwner ? 255 : random.pick([50, 100, 100, 150, 200, 254]),
        initialState: isOwner ? "MASTER" : "BACKUP",
        preempt,
        preemptDelay: preempt && !isOwner && random.chance(0.2) ? interval : micros(0),
        authentication,
        authHmac,
        unicastPeers: unicast ? others.map((other) => ({ address: addressOf(other) })) : [],
        lowerPrioNoAdvert: random.chance(0.1),
        higherPrioSendAdvert: random.chance(0.1),
      }),
    };
  });
}

/** Keys and clocks that all hosts agree on. */
function randomHmac(random: Random): Instance["authHmac"] {
  const antiReplay = random.pick(["time", "monotonic"] as const);
  const mode = random.pick(["enforce", "enforce", "permissive"] as const);
  return { keys: [{ id: 1, hex: "5a".repeat(32) }], activeKey: 1, timeWindow: 5, antiReplay, mode };
}

function describeHost(host: HostSpec): string {
  const instance = host.config.instances[0];
  if (instance === undefined) return `host ${host.id}`;
  const { version, family, priority, preempt, preemptDelay, advertInterval, unicastPeers } = instance;
  const auth = instance.authHmac === undefined ? instance.authentication.type : "HMAC";
  return `host ${host.id}: v${version} ipv${family} prio ${priority} preempt ${preempt}/${preemptDelay} advert ${advertInterval} auth ${auth} ${unicastPeers.length > 0 ? "unicast" : "multicast"} skew ${host.clockSkew.toFixed(5)}`;
}

/** After this long without trouble there must be exactly one MASTER. */
function settlingTime(hosts: readonly HostSpec[]): Micros {
  let longest = 0;
  for (const { config } of hosts) {
    for (const { version, advertInterval, downTimerAdverts, preemptDelay } of config.instances) {
      // Master_Down_Interval at priority 1, whose skew is just below a second (v2) or an interval (v3).
      const down = downTimerAdverts * advertInterval + (version === 2 ? 1_000_000 : advertInterval);
      longest = Math.max(longest, 2 * down + preemptDelay + 3 * advertInterval);
    }
  }
  return micros(longest * 1.02 + 600_000);
}

/** The longest time until a router that could not send tries again, µs. */
const LONGEST_PROBE: Micros = seconds(10);

/** A while in which anything may go wrong; at its end everything is whole again. */
function trouble(world: World, random: Random, note: (text: string) => void, settle: Micros): void {
  const end = world.disturb();
  const length = micros(settle * (0.5 + random.next()));
  const undo: (() => void)[] = [];
  let refused = false;
  for (let i = random.integer(1, 4); i > 0; i--) {
    const host = random.pick(world.hosts);
    const when = micros(world.now + random.next() * length);
    const mend = micros(when + random.next() * settle);
    switch (random.integer(0, 8)) {
      case 0:
        note(`host ${host.id} loses power at ${when}, back at ${mend}`);
        world.at(when, () => host.crash());
        world.at(mend, () => host.engine ?? host.start());
        undo.push(() => host.engine ?? host.start());
        break;
      case 1:
        note(`host ${host.id} loses its link at ${when}, back at ${mend}`);
        world.at(when, () => host.setLink(false));
        world.at(mend, () => host.setLink(true));
        undo.push(() => host.setLink(true));
        break;
      case 2: {
        const loses = random.chance(0.5);
        note(`host ${host.id} pauses at ${when}${loses ? ", losing packets" : ""}, resumes at ${mend}`);
        world.at(when, () => host.pause(loses));
        world.at(mend, () => host.resume());
        undo.push(() => host.resume());
        break;
      }
      case 3: {
        const sides = new Map(world.hosts.map((each) => [each.id, random.integer(0, 1)]));
        note(`partition ${[...sides].join(" ")} at ${when}, healed at ${mend}`);
        world.at(when, () => world.lan.partition(sides));
        world.at(mend, () => world.lan.heal());
        undo.push(() => world.lan.heal());
        break;
      }
      case 4: {
        const conditions = {
          delay: micros(random.integer(50, 5_000)),
          jitter: micros(random.integer(0, 20_000)),
          loss: random.next() * 0.6,
          duplication: random.next() * 0.3,
        };
        note(`bad LAN ${JSON.stringify(conditions)} from ${when} to ${mend}`);
        world.at(when, () => {
          world.lan.conditions = conditions;
        });
        undo.push(() => {
          world.lan.conditions = HEALTHY;
        });
        break;
      }
      case 5:
        note(`host ${host.id} stops at ${when}, starts at ${mend}`);
        world.at(when, () => {
          if (host.alive) host.stop();
        });
        world.at(mend, () => host.engine ?? host.start());
        undo.push(() => host.engine ?? host.start());
        break;
      case 7: {
        const error = random.pick(["ENOBUFS", "EPERM", "ENETUNREACH"]);
        note(`the kernel of host ${host.id} refuses packets with ${error} from ${when} to ${mend}`);
        world.at(when, () => {
          host.sendError = error;
        });
        world.at(mend, () => {
          host.sendError = undefined;
        });
        refused = true;
        undo.push(() => {
          host.sendError = undefined;
        });
        break;
      }
      case 6:
        note(`daemon and guardian of host ${host.id} are killed at ${when}, started at ${mend}`);
        world.at(when, () => host.kill());
        world.at(mend, () => host.engine ?? host.start());
        undo.push(() => host.engine ?? host.start());
        break;
      default:
        note(`somebody deletes the address on host ${host.id} at ${when}`);
        world.at(when, () => {
          for (const name of world.instanceNames) {
            for (const address of world.virtualAddresses(name)) host.deleteAddress(address);
          }
        });
    }
  }
  world.run(micros(length + settle));
  for (const repair of undo) repair();
  // One that could not send tries again within this time.
  if (refused) world.run(micros(LONGEST_PROBE + settle));
  end();
  note("everything mended");
}

/** How often the world is looked at while a MASTER is dead. */
const LOOKS = 100;

/** The MASTER dies in a LAN that is whole: somebody must take over within the formula. */
function cleanDeath(world: World, random: Random, note: (text: string) => void, settle: Micros): void {
  for (const name of [...world.instanceNames]) {
    const [master] = world.masters(name);
    if (master === undefined || world.hosts.filter((host) => host.alive).length < 2) continue;
    const end = random.pick(["stop", "crash", "kill"] as const);
    note(`MASTER ${master.id} of ${name}: ${end}`);
    const diedAt = world.now;
    master[end]();
    const limit = world.invariants.takeoverLimit(name);
    for (let i = 0; i < LOOKS; i++) {
      world.run(micros(limit / LOOKS + 1));
      if (end === "kill") world.invariants.checkSuccession(name, master);
    }
    world.invariants.checkTakenOver(name, diedAt);
    master.start();
    world.run(settle);
    world.invariants.checkSettled();
  }
}
