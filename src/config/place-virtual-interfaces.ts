/**
 * Fits the virtual interfaces of a configuration into what the host has: an interface that matches is used, a name that is taken
 * is changed, and the configuration speaks of the names as they are then.
 */

import type { InterfaceAddress } from "../base/interface-address.js";
import { candidateNames, type PresentLink, type VirtualInterface } from "../base/virtual-interface.js";
import type { Config } from "./config.js";

/** Where a virtual interface comes from. */
export interface Placement {
  /** With its final name. */
  readonly wanted: VirtualInterface;
  /** The interface that is it already. */
  readonly present: PresentLink | undefined;
  /** Interfaces that must go before it can be made: one with its MAC under another name, one of ours that has its name. */
  readonly replaces: readonly PresentLink[];
}

/** The outcome. */
export interface PlacedConfig {
  readonly config: Config;
  readonly placements: readonly Placement[];
  /** For the log. */
  readonly notices: readonly string[];
}

/**
 * @param present all interfaces of the host.
 * @param ours names of those among them that this daemon has made.
 */
export function placeVirtualInterfaces(
  config: Config,
  present: readonly PresentLink[],
  ours: ReadonlySet<string>,
): PlacedConfig {
  const placer = new Placer(config, present, ours);
  const instances = config.instances.map((instance) => {
    const names = new Map<string, string>();
    const virtualInterfaces = instance.virtualInterfaces.map((wanted) => {
      const placed = placer.place(wanted);
      names.set(wanted.name, placed.name);
      return placed;
    });
    if (virtualInterfaces.length === 0) return instance;
    const rename = (line: InterfaceAddress) => ({
      ...line,
      interface: names.get(line.interface) ?? line.interface,
    });
    return {
      ...instance,
      virtualInterfaces,
      vmac: instance.vmac === undefined ? undefined : names.get(instance.vmac),
      virtualAddresses: instance.virtualAddresses.map(rename),
      excludedAddresses: instance.excludedAddresses.map(rename),
    };
  });
  return { config: { ...config, instances }, placements: placer.placements, notices: placer.notices };
}

class Placer {
  readonly placements: Placement[] = [];
  readonly notices: string[] = [];
  readonly #present: readonly PresentLink[];
  readonly #ours: ReadonlySet<string>;
  /** Names that other interfaces of this configuration have or want. */
  readonly #claimed = new Set<string>();

  constructor(config: Config, present: readonly PresentLink[], ours: ReadonlySet<string>) {
    this.#present = present;
    this.#ours = ours;
    const all = config.instances.flatMap((instance) => instance.virtualInterfaces);
    for (const { name, named } of all) if (named) this.#claimed.add(name);
  }

  place(wanted: VirtualInterface): VirtualInterface {
    const same = this.#present.find((link) => isSame(link, wanted) && !this.#isPlaced(link));
    if (same !== undefined && (!wanted.named || same.name === wanted.name)) {
      if (!this.#ours.has(same.name)) {
        this.notices.push(`(${wanted.instance}) Found matching interface ${same.name}`);
      }
      return this.#use({ ...wanted, name: same.name }, same, []);
    }
    const placed = this.#withFreeName(wanted);
    const holder = this.#present.find((link) => link.name === placed.name);
    const replaces = [same, holder].filter((link) => link !== undefined);
    return this.#use(placed, undefined, replaces);
  }

  #withFreeName(wanted: VirtualInterface): VirtualInterface {
    if (wanted.named) {
      if (!this.#isTaken(wanted.name)) return wanted;
      const what = wanted.kind === "macvlan" ? "private macvlan" : "ipvlan";
      this.notices.push(
        `(${wanted.instance}) interface ${wanted.name} already exists and is not a ${what}; ignoring vmac if_name`,
      );
    }
    for (const name of candidateNames(wanted.prefix, wanted.vrid, wanted.family)) {
      if (!this.#claimed.has(name) && !this.#isTaken(name)) return { ...wanted, name };
    }
    return wanted;
  }

  /** By an interface that is not ours, and so must stay. */
  #isTaken(name: string): boolean {
    return !this.#ours.has(name) && this.#present.some((link) => link.name === name);
  }

  #isPlaced(link: PresentLink): boolean {
    return this.placements.some(({ present }) => present === link);
  }

  #use(
    wanted: VirtualInterface,
    present: PresentLink | undefined,
    replaces: readonly PresentLink[],
  ): VirtualInterface {
    this.#claimed.add(wanted.name);
    this.placements.push({ wanted, present, replaces });
    return wanted;
  }
}

function isSame(link: PresentLink, wanted: VirtualInterface): boolean {
  if (link.base !== wanted.base || link.kind !== wanted.kind) return false;
  return wanted.kind === "macvlan"
    ? link.privateMacvlan && link.mac === wanted.mac
    : link.name === wanted.name;
}
