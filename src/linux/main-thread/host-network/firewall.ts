/**
 * The rules in the kernel: nft(8) carries a transaction out. What others remove of our tables is made again at once, what fails is
 * tried again, and tables of the same name that are not ours are left alone.
 */

import type { FirewallRules, FirewallSettings } from "../../../base/firewall.js";
import type { HostProblem } from "../../../base/host-problem.js";
import { runSystemProgram } from "../scripts/system-program.js";
import { firewallRuleset, isEmpty, removalRuleset } from "./firewall-ruleset.js";
import { NftablesWatch } from "./nftables-watch.js";

/** How long nft may take, ms. */
const NFT_LIMIT = 5_000;

/** Names of everything that a table of ours, or of keepalived, contains. */
const OUR_NAMES: ReadonlySet<string> = new Set([
  ...["in", "out", "in_link_local", "out_link_local"],
  ...["vips", "vips_link_local", "neighbor-discovery", "vmac_map", "vmac_set"],
]);

/** Who hears of the tables. */
export interface FirewallListener {
  /** The tables of this name are about to be there. */
  adding(table: string): void;
  removed(table: string): void;
  /** Others have removed something of them: {@link Firewall.repair} is to be called. */
  disturbed(): void;
  notice(text: string): void;
}

/** What shall be there. */
interface Wish {
  readonly settings: FirewallSettings;
  readonly rules: FirewallRules;
}

/** The tables of one name. */
export class Firewall {
  readonly #listener: FirewallListener;
  #table: string | undefined;
  #wish: Wish | undefined;
  #watch: NftablesWatch | undefined;
  /** The process that removed something of ours; undefined while all is as we made it. */
  #disturbedBy: number | undefined;
  #problem: HostProblem | undefined;

  constructor(listener: FirewallListener) {
    this.#listener = listener;
  }

  /** What is not as it should be. */
  problems(): readonly HostProblem[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  /** Makes these the rules. Never rejects: what cannot be done is told once, and is tried again by {@link repair}. */
  async apply(settings: FirewallSettings, rules: FirewallRules): Promise<void> {
    if (this.#table !== undefined && (isEmpty(rules) || this.#table !== settings.table)) await this.remove();
    this.#wish = isEmpty(rules) ? undefined : { settings, rules };
    if (this.#wish === undefined) this.#problem = undefined;
    else await this.#carryOut(this.#wish);
  }

  /** Makes again what others have removed, and tries again what has failed. */
  async repair(): Promise<void> {
    const wish = this.#wish;
    if (wish === undefined) return;
    const by = this.#disturbedBy;
    if (by === undefined && this.#problem === undefined) return;
    await this.#carryOut(wish);
    if (by === undefined || this.#problem !== undefined) return;
    const who = by === 0 ? "others" : `process ${by}`;
    this.#listener.notice(`nftables ${wish.settings.table} were removed by ${who}: made again`);
  }

  /** Removes the tables, if they were made. */
  async remove(): Promise<void> {
    const table = this.#table;
    this.#wish = undefined;
    this.#problem = undefined;
    this.#watch?.close();
    this.#watch = undefined;
    if (table === undefined) return;
    this.#table = undefined;
    const failure = await this.#runNft(removalRuleset(table));
    if (failure === undefined) this.#listener.removed(table);
    else this.#listener.notice(`cannot remove the tables ${table}: ${failure}`);
  }

  /** Watches no more. What was made stays. */
  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  async #carryOut(wish: Wish): Promise<void> {
    const { settings, rules } = wish;
    this.#disturbedBy = undefined;
    if (this.#table === undefined && (await isForeign(settings.table))) {
      this.#fail(wish, `nftables ${settings.table} belong to others; choose another name with nftables NAME`);
      return;
    }
    this.#table = settings.table;
    this.#listener.adding(settings.table);
    this.#watchTables(settings.table);
    const failure = await this.#runNft(firewallRuleset(settings, rules));
    if (failure === undefined) {
      this.#succeed();
      return;
    }
    // A kernel may lack no more than what sends group reports from another interface.
    const rest = { reports: false };
    if (rules.vmacs.length > 0 && rules.silent.length > 0)
      await this.#runNft(firewallRuleset(settings, rules, rest)).then((second) =>
        this.#fail({ settings, rules: second === undefined ? { ...rules, silent: [] } : rules }, failure),
      );
    else this.#fail(wish, failure);
  }

  #watchTables(table: string): void {
    this.#watch ??= new NftablesWatch(table, {
      removed: (process) => {
        this.#disturbedBy = process;
        this.#listener.disturbed();
      },
      trouble: (text) => this.#listener.notice(`nftables cannot be watched: ${text}`),
    });
  }

  #succeed(): void {
    if (this.#problem !== undefined) this.#listener.notice("nftables: the rules are there now");
    this.#problem = undefined;
  }

  /** `rules`: those that are missing. Told once until it succeeds. */
  #fail({ rules }: Wish, text: string): void {
    const effects = [
      ...(rules.silent.length > 0 ? ["no_accept has no effect, virtual addresses answer traffic"] : []),
      ...(rules.vmacs.length > 0 ? ["group reports leave with the MAC of the VMAC"] : []),
    ];
    const effect = effects.join("; ");
    const before = this.#problem;
    this.#problem = { what: "filter", instances: [], text, effect, since: before?.since ?? Date.now() };
    if (before?.text === text && before.effect === effect) return;
    for (const each of effects)
      this.#listener.notice(`${each.startsWith("no_accept") ? "WARNING: " : ""}${each}: ${text}`);
  }

  async #runNft(ruleset: string): Promise<string | undefined> {
    this.#watch?.expectOwn();
    const { failure } = await runNft(["-f", "-"], ruleset);
    this.#watch?.ownIsDone(failure === undefined);
    return failure;
  }
}

/** True when there is a table of this name with something in it that neither Vigil nor keepalived puts into one. */
async function isForeign(table: string): Promise<boolean> {
  for (const family of ["ip", "ip6"]) {
    const { failure, output } = await runNft(["list", "table", family, table], "");
    if (failure !== undefined) continue;
    const names = [...output.matchAll(/^\t(?:chain|set|map|flowtable|counter|quota) (\S+)/gm)].map(
      ([, name = ""]) => name,
    );
    if (names.some((name) => !OUR_NAMES.has(name))) return true;
  }
  return false;
}

/** `failure`: what went wrong; undefined when nothing did. */
async function runNft(
  words: readonly string[],
  input: string,
): Promise<{ readonly failure: string | undefined; readonly output: string }> {
  const { result, output, errors } = await runSystemProgram(["nft", ...words], input, NFT_LIMIT);
  if (result.kind === "failedToStart") return { failure: `nft (package nftables): ${result.error}`, output };
  if (result.kind === "exited" && result.status === 0) return { failure: undefined, output };
  const ended = result.kind === "exited" ? result.status : result.signal;
  return { failure: errors.trim().split("\n")[0] || `nft ended with ${ended}`, output };
}
