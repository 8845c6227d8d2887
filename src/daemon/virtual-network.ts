/** Between configuration and host: which virtual interfaces and filter rules a configuration wants, and under which names. */

import type { FirewallRules } from "../base/firewall.js";
import type { HostProblem } from "../base/host-problem.js";
import type { Config, VrrpInstance } from "../config/config.js";
import { placeVirtualInterfaces } from "../config/place-virtual-interfaces.js";
import type { EngineEvent } from "../engine/events.js";
import { leasesOf } from "../engine/holding/leases.js";
import { HostNetwork, type LinkJournal } from "../linux/main-thread/host-network/host-network.js";
import { LeaseKeeper, type LeaseKeeperListener } from "../linux/main-thread/host-network/lease-keeper.js";
import { OwnAddresses } from "../linux/main-thread/host-network/own-addresses.js";
import { presentLinks } from "../linux/main-thread/host-network/virtual-links.js";

/** An address owner answers whatever the settings are, RFC 9568 §6.4.3. */
const OWNER = 255;

/** As in keepalived, a VMAC for a single address is no reason to set up a firewall. */
const NO_RULES: FirewallRules = { silent: [], vmacs: [] };

/** One for the daemon, in its main thread: what it does may take the kernel long. */
export class VirtualNetwork {
  readonly #notice: (text: string) => void;
  readonly #host: HostNetwork;
  readonly #leases: LeaseKeeper;
  /** Instances that are MASTER, by their events. */
  readonly #masters = new Set<string>();
  readonly #own = new OwnAddresses();

  /** @param journal names of the virtual interfaces that were made here. @param leases see lease-table-name.ts. */
  constructor(
    notice: (text: string) => void,
    journal: LinkJournal,
    { table, masters }: { readonly table: string; readonly masters: LeaseKeeperListener["masters"] },
  ) {
    this.#notice = notice;
    this.#leases = new LeaseKeeper(table, { notice, masters });
    this.#host = new HostNetwork(notice, journal);
  }

  /** What of the host's network is not as the configuration needs it. */
  problems(): readonly HostProblem[] {
    return this.#host.problems();
  }

  /** Makes what the configuration needs; returns it with the names that the interfaces have. */
  async prepare<C extends Config>(config: C): Promise<C> {
    const { instances } = config;
    const wantsLinks = instances.some((instance) => instance.virtualInterfaces.length > 0);
    const links = presentLinks();
    const placed = placeVirtualInterfaces(config, wantsLinks ? links : [], this.#host.ours);
    const { firewall } = config.global;
    const needed = instances.some((instance) => isSilent(instance) || instance.vmac !== undefined);
    if (!firewall.configured && needed) {
      this.#notice("use_vmac or no_accept/strict specified, but no firewall configured - using nftables");
    }
    const rules = firewall.configured || needed ? rulesOf(placed.config) : NO_RULES;
    for (const notice of placed.notices) this.#notice(notice);
    await this.#host.prepare({
      links: placed.placements,
      promoting: promotingInterfaces(placed.config),
      firewall,
      rules,
    });
    const leases = leasesOf(placed.config, { links, isOwn: this.#own.look(this.#masters) });
    const leased = await this.#leases.apply(leases);
    const withLeases = placed.config.instances.map((instance) => ({
      ...instance,
      addressLease: instance.addressLease && leased,
    }));
    return { ...config, instances: withLeases };
  }

  /** To be called when the engine has taken over the last configuration of {@link prepare}: removes what the one before needed. */
  finish(): Promise<void> {
    return this.#host.finish();
  }

  /** Makes again what others have removed or changed. */
  events(events: readonly EngineEvent[]): void {
    this.#tellLeases(events);
    const names = new Set(events.map((event) => concernedInterface(event)));
    for (const name of names) if (name !== undefined) this.#host.interfaceChanged(name);
  }

  /** To be called when an engine has started: what an earlier one left behind is gone. */
  engineStarted(): void {
    this.#leases.mastersAre(this.#masters);
  }

  /** To be called when the engine has failed: the parent has undone everything. */
  engineFailed(): void {
    this.#masters.clear();
  }

  /** Removes everything. @param keep leaves it instead: `--dont-release-vrrp`. */
  async close(keep: boolean): Promise<void> {
    await this.#leases.close();
    await this.#host.close(keep);
  }

  #tellLeases(events: readonly EngineEvent[]): void {
    let changed = false;
    for (const event of events) {
      if (event.kind === "InterfaceAdded") this.#leases.interfaceCame(event.interface);
      else if (event.kind === "Stopped") changed = this.#masters.delete(event.instance) || changed;
      else if (event.kind === "StateChanged") {
        if (event.to === "MASTER") this.#masters.add(event.instance);
        else this.#masters.delete(event.instance);
        changed ||= event.to === "MASTER" || event.from === "MASTER";
      }
    }
    if (changed) this.#leases.mastersAre(this.#masters);
  }
}

/** The interface that may have to be set right after an event. */
function concernedInterface(event: EngineEvent): string | undefined {
  switch (event.kind) {
    case "InterfaceDeleted":
    case "InterfaceAdded":
    case "MacChanged":
      return event.interface;
    case "HoldingFailed":
      return event.item.kind === "address" ? event.item.address.interface : undefined;
    default:
      return undefined;
  }
}

function promotingInterfaces({ instances }: Config): ReadonlySet<string> {
  return new Set(
    instances.flatMap(({ promoteSecondaries, interface: name }) =>
      promoteSecondaries && name !== undefined ? [name] : [],
    ),
  );
}

/** Rules for all instances. They are the same for every state: an address that is not there answers nothing anyway. */
function rulesOf({ instances }: Config): FirewallRules {
  const vmacs = instances
    .flatMap((instance) => instance.virtualInterfaces)
    .filter(({ kind }) => kind === "macvlan")
    .map(({ name, base, family, ipv6 }) => ({ name, base, ipv4: family === 4, ipv6 }));
  return { silent: instances.filter(isSilent).flatMap(allLines), vmacs };
}

function isSilent({ accept, priority }: VrrpInstance): boolean {
  return !accept && priority !== OWNER;
}

function allLines({ virtualAddresses, excludedAddresses }: VrrpInstance) {
  return [...virtualAddresses, ...excludedAddresses].map(({ address, interface: name }) => ({
    address,
    interface: name,
  }));
}
