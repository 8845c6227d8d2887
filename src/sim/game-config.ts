/** Random configurations for games: few names, VRIDs and addresses, so that a reload often moves them from one to another. */

import type { Micros } from "../base/time.js";
import { micros, milliseconds, seconds } from "../base/time.js";
import type { EngineConfig } from "../engine/platform.js";
import type { Random } from "./random.js";
import { simConfig, virtualAddress } from "./scenario.js";

type Instance = EngineConfig["instances"][number];

/** The interfaces that hosts of a game may have. */
export const GAME_INTERFACES = ["eth0", "eth1"] as const;

const NAMES = ["A", "B", "C"] as const;
const INTERVALS: readonly Micros[] = [milliseconds(100), milliseconds(300), seconds(1), seconds(3)];

/** One configuration with up to three instances. */
export function gameConfig(random: Random): EngineConfig {
  const names = NAMES.filter(() => random.chance(0.6));
  const vrids = shuffled([51, 52, 53], random);
  const instances = names.map((name, index) => gameInstance(name, vrids[index] ?? 51, random));
  const base = simConfig();
  const grouped = instances.length > 1 && random.chance(0.4);
  const scripts = random.chance(0.4) ? [gameScript(random)] : [];
  return {
    ...base,
    global: {
      ...base.global,
      garpInterval: pause(random),
      gnaInterval: pause(random),
      startupDelay: random.chance(0.1) ? seconds(2) : micros(0),
    },
    scripts,
    instances: instances.map((instance) =>
      scripts.length > 0 && random.chance(0.5)
        ? { ...instance, trackScripts: [{ name: "chk", weight: random.pick([0, 20, -20]), reverse: false }] }
        : instance,
    ),
    syncGroups: grouped ? [gameGroup(instances.map(({ name }) => name))] : [],
    interfaceDelays: random.chance(0.2)
      ? [{ interface: "eth0", up: milliseconds(random.integer(0, 500)), down: milliseconds(200) }]
      : [],
  };
}

function gameInstance(name: string, vrid: number, random: Random): Instance {
  const version = random.pick([2, 3] as const);
  const advertInterval = version === 2 ? seconds(random.integer(1, 2)) : random.pick(INTERVALS);
  const onInterface = random.chance(0.8) ? "eth0" : "eth1";
  const place = (text: string) => ({ ...virtualAddress(text), interface: onInterface });
  const [instance] = simConfig({
    name,
    vrid,
    version,
    interface: onInterface,
    advertInterval,
    priority: random.pick([1, 50, 100, 100, 150, 254]),
    preempt: random.chance(0.7),
    preemptDelay: random.chance(0.2) ? seconds(random.integer(0, 3)) : micros(0),
    downTimerAdverts: random.integer(1, 4),
    virtualAddresses: [place(`10.0.0.${random.integer(100, 103)}`)],
    excludedAddresses: random.chance(0.2) ? [place(`10.0.0.${random.integer(110, 112)}`)] : [],
    garp: {
      masterDelay: random.pick([micros(0), milliseconds(500), seconds(5)]),
      masterRepeat: random.integer(1, 5),
      masterRefresh: random.pick([micros(0), micros(0), seconds(1), seconds(3)]),
      masterRefreshRepeat: random.integer(1, 2),
      lowerPrioDelay: random.pick([micros(0), milliseconds(500), seconds(5)]),
      lowerPrioRepeat: random.integer(0, 5),
    },
    addressLifetimes: random.chance(0.5),
    lowerPrioNoAdvert: random.chance(0.1),
    higherPrioSendAdvert: random.chance(0.1),
    garpExtraInterfaces: { interval: random.chance(0.2) ? seconds(1) : micros(0), all: true },
  }).instances;
  if (instance === undefined) throw new RangeError("no instance");
  return instance;
}

function gameScript(random: Random): EngineConfig["scripts"][number] {
  return {
    name: "chk",
    command: { path: "/bin/true", arguments: [], user: undefined },
    interval: seconds(1),
    timeout: milliseconds(random.pick([300, 1_000])),
    weight: 0,
    reverse: false,
    rise: random.integer(1, 2),
    fall: random.integer(1, 2),
    initFail: random.chance(0.2),
  } as unknown as EngineConfig["scripts"][number];
}

function gameGroup(members: readonly string[]): EngineConfig["syncGroups"][number] {
  return {
    name: "G",
    members,
    trackingWeight: false,
    notify: {},
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    trackChecks: [],
  } as EngineConfig["syncGroups"][number];
}

function pause(random: Random): Micros {
  return random.chance(0.3) ? milliseconds(random.integer(1, 200)) : micros(0);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
