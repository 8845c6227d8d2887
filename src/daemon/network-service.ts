/** The virtual interfaces, settings and filter rules of a configuration, as a service. */

import type { LoadedConfig } from "../config/loaded-config.js";
import type { Service, ServiceCommit } from "./service.js";
import type { VirtualNetwork } from "./virtual-network.js";

/** Gives the services behind it the configuration with the names that the interfaces have on this host. */
export class NetworkService implements Service {
  readonly name = "virtual interfaces";
  readonly #network: VirtualNetwork;
  readonly #keep: boolean;
  /** The configuration in force, as it was given. */
  #running: LoadedConfig | undefined;

  /** @param keep leaves everything in place at the end: `--dont-release-vrrp`. */
  constructor(network: VirtualNetwork, keep: boolean) {
    this.#network = network;
    this.#keep = keep;
  }

  async start(config: LoadedConfig): Promise<LoadedConfig> {
    this.#running = config;
    return this.#network.prepare(config);
  }

  /** Makes what is missing. What is not needed any more stays until the engine has let go of it. */
  async prepare(config: LoadedConfig): Promise<ServiceCommit> {
    const running = this.#running;
    const placed = await this.#network.prepare(config);
    return {
      config: placed,
      commit: () => {
        this.#running = config;
      },
      abandon: async () => {
        if (running !== undefined) await this.#network.prepare(running);
        await this.#network.finish();
      },
      finish: () => this.#network.finish(),
    };
  }

  stop(): Promise<void> {
    return this.#network.close(this.#keep);
  }
}
