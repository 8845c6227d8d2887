/** Addresses that this daemon added: which of them have a lifetime in the kernel, and how it is renewed. */

import type { InterfaceAddress } from "../../../base/interface-address.js";
import { addressIdentity as keyOf } from "../../../base/item-identity.js";
import { type Micros, seconds } from "../../../base/time.js";
import { now } from "../../both/clock.js";
import type { AddressCommands, AddressOutcome } from "./address-commands.js";

/** What a kernel says that knows no lifetimes, or a sandbox in its place; other errors pass. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(["EINVAL", "EOPNOTSUPP", "EEXIST"]);

/** An address of our doing. */
interface Held {
  readonly address: InterfaceAddress;
  readonly addedAt: Micros;
  /** In the kernel it ends by itself. */
  limited: boolean;
}

/**
 * Only what was added here, and was not there before, ever has a lifetime: addresses of somebody else must not be given an end. And
 * one without it never gets one later, as the kernel (6.18) would then give an end to the IPv6 prefix route too, which the
 * host's own address may share.
 */
export class HeldAddresses {
  readonly #commands: AddressCommands;
  readonly #notice: (text: string) => void;
  readonly #held = new Map<string, Held>();
  /** Lifetimes were refused. */
  #refused = false;

  /** @param notice called once when there are no lifetimes on this system. */
  constructor(commands: AddressCommands, notice: (text: string) => void) {
    this.#commands = commands;
    this.#notice = notice;
  }

  /** Adds addresses. @param lifetime seconds; undefined: for ever. */
  add(addresses: readonly InterfaceAddress[], lifetime: number | undefined): AddressOutcome[] {
    const wanted = this.#refused ? undefined : lifetime;
    const outcomes = this.#commands.changeNow("add", addresses, wanted);
    this.#note(outcomes, wanted !== undefined);
    return wanted === undefined ? outcomes : outcomes.map((outcome) => this.#addForEver(outcome));
  }

  /** Removes addresses. */
  remove(addresses: readonly InterfaceAddress[]): AddressOutcome[] {
    for (const address of addresses) this.#held.delete(keyOf(address));
    return this.#commands.changeNow("remove", addresses);
  }

  /** Gives those of the addresses that have a lifetime another one. @param lifetime seconds; undefined: for ever. */
  renew(addresses: readonly InterfaceAddress[], lifetime: number | undefined): void {
    const held = addresses.flatMap((address) => this.#held.get(keyOf(address)) ?? []);
    this.#renew(
      held.filter(({ limited }) => limited),
      this.#refused ? undefined : lifetime,
    );
  }

  /** Those that were added. */
  addresses(): InterfaceAddress[] {
    return [...this.#held.values()].map(({ address }) => address);
  }

  /** Takes the lifetimes from all of them: they are to outlive us. */
  keep(): void {
    this.#renew(
      [...this.#held.values()].filter(({ limited }) => limited),
      undefined,
    );
  }

  #renew(held: readonly Held[], lifetime: number | undefined): void {
    if (held.length === 0) return;
    const outcomes = this.#commands.changeNow("renew", held.map(withPreference), lifetime);
    if (lifetime === undefined) {
      for (const [i, each] of held.entries()) if (outcomes[i]?.result === "done") each.limited = false;
      return;
    }
    const refusal = outcomes.find(({ error }) => REFUSALS.has(error) && error !== undefined);
    if (refusal === undefined) return;
    this.#refuse(refusal.error);
    this.keep();
  }

  /** Once more without a lifetime, should that be what was refused. */
  #addForEver(outcome: AddressOutcome): AddressOutcome {
    if (outcome.error === undefined || !REFUSALS.has(outcome.error)) return outcome;
    const again = this.#commands.changeNow("add", [outcome.address]);
    this.#note(again, false);
    const [second] = again;
    if (second === undefined || second.result === "failed") return outcome;
    this.#refuse(outcome.error);
    return second;
  }

  #note(outcomes: readonly AddressOutcome[], limited: boolean): void {
    for (const { address, result } of outcomes) {
      if (result === "done") this.#held.set(keyOf(address), { address, addedAt: now(), limited });
    }
  }

  #refuse(error: string | undefined): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#notice(
      `Addresses cannot have a lifetime here (${error}): they stay when this daemon and its parent are killed together`,
    );
  }
}

/** `preferred_lft` counts from when the address was added. */
function withPreference({ address, addedAt }: Held): InterfaceAddress {
  const { preferredLifetime } = address;
  if (typeof preferredLifetime !== "number" || preferredLifetime === 0) return address;
  const left = Math.ceil((addedAt + seconds(preferredLifetime) - now()) / seconds(1));
  return { ...address, preferredLifetime: Math.max(0, left) };
}
