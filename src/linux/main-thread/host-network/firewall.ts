/** The rules in the kernel: nft(8) carries a transaction out, and its tables are removed when nobody needs them. */

import type { FirewallRules, FirewallSettings } from "../../../base/firewall.js";
import { runSystemProgram } from "../scripts/system-program.js";
import { firewallRuleset, isEmpty, removalRuleset } from "./firewall-ruleset.js";

/** How long nft may take, ms. */
const NFT_LIMIT = 5_000;

/** Who hears of the tables. */
export interface FirewallListener {
  /** The tables of this name are about to be there. */
  adding(table: string): void;
  removed(table: string): void;
  notice(text: string): void;
}

/** The tables of one name. */
export class Firewall {
  readonly #listener: FirewallListener;
  #table: string | undefined;

  constructor(listener: FirewallListener) {
    this.#listener = listener;
  }

  /** Makes these the rules. Never rejects: what cannot be done is told, with what follows from it. */
  async apply(settings: FirewallSettings, rules: FirewallRules): Promise<void> {
    if (this.#table !== undefined && (isEmpty(rules) || this.#table !== settings.table)) await this.remove();
    if (isEmpty(rules)) return;
    this.#table = settings.table;
    this.#listener.adding(settings.table);
    const failure = await runNft(firewallRuleset(settings, rules));
    if (failure === undefined) return;
    if (rules.vmacs.length > 0) {
      this.#listener.notice(`group reports leave with the MAC of the VMAC, as nft failed: ${failure}`);
    }
    if (rules.silent.length === 0) return;
    const second =
      rules.vmacs.length > 0 ? await runNft(firewallRuleset(settings, rules, { reports: false })) : failure;
    if (second !== undefined) {
      this.#listener.notice(`WARNING: no_accept has no effect, virtual addresses answer traffic: ${second}`);
    }
  }

  /** Removes the tables, if they were made. */
  async remove(): Promise<void> {
    const table = this.#table;
    if (table === undefined) return;
    this.#table = undefined;
    const failure = await runNft(removalRuleset(table));
    if (failure === undefined) this.#listener.removed(table);
    else this.#listener.notice(`cannot remove the tables ${table}: ${failure}`);
  }
}

/** What went wrong; undefined when nothing did. */
async function runNft(ruleset: string): Promise<string | undefined> {
  const { result, errors } = await runSystemProgram(["nft", "-f", "-"], ruleset, NFT_LIMIT);
  if (result.kind === "failedToStart") return `nft (package nftables): ${result.error}`;
  if (result.kind === "exited" && result.status === 0) return undefined;
  const ended = result.kind === "exited" ? result.status : result.signal;
  return errors.trim().split("\n")[0] || `nft ended with ${ended}`;
}
