/** Adverts that the kernel refuses: they were not sent, and a router that cannot send knows that it is alone. */

import { describe, expect, it } from "vitest";
import { micros, seconds } from "../../../src/base/time.js";
import type { RouterAction } from "../../../src/vrrp/actions.js";
import type { VirtualRouterConfig } from "../../../src/vrrp/config.js";
import { anAdvertisement, HIGHER_PEER, LOWER_PEER, RouterUnderTest, summary } from "../../support/router.js";

/** A router whose kernel refuses packets while `error` is set. */
class Refused extends RouterUnderTest {
  error: string | undefined;
  /** Packets of each advert that are refused. */
  refused = 1;
  readonly seen: string[] = [];

  /** Hands back what was not sent, as a driver does before the turn ends. */
  answer(actions: readonly RouterAction[]): void {
    this.seen.push(...summary(actions));
    if (this.error === undefined) return;
    let left = this.refused;
    for (const action of actions) {
      if (action.kind !== "SendPacket" || left-- <= 0) continue;
      const { ticket } = action;
      this.answer(this.router.handle({ kind: "SendFailed", ticket, error: this.error }, this.now));
    }
  }

  serve(length: number): readonly string[] {
    const end = micros(this.now + length);
    this.seen.length = 0;
    for (;;) {
      const deadline = this.router.nextDeadline();
      if (deadline === undefined || deadline > end) break;
      this.now = micros(Math.max(this.now, deadline));
      this.answer(this.router.handleTimeout(this.now));
    }
    this.now = end;
    return [...this.seen];
  }

  get master() {
    const { state } = this.router.snapshot();
    if (state.name !== "MASTER") throw new Error(`is ${state.name}`);
    return state;
  }

  /** As the engine does after CannotSend and CanSend. */
  faults(...errors: string[]): readonly string[] {
    return this.input({
      kind: "FaultsChanged",
      faults: errors.map((error) => ({ kind: "cannotSend", error })),
    });
  }
}

function master(overrides: Partial<VirtualRouterConfig> = {}): Refused {
  const one = new Refused(overrides);
  one.becomeMaster();
  one.hear({ priority: 1, source: LOWER_PEER });
  return one;
}

describe("an advert that was not sent", () => {
  for (const error of ["ENOBUFS", "EPERM", "ENETDOWN", "ENETUNREACH", "EINVAL", "EADDRNOTAVAIL", "EMSGSIZE"])
    it(`with ${error} leaves the time of the last one, and the lifetime of the addresses, as they were`, () => {
      const one = master({ addressLifetimes: true });
      const { advertSentAt, renewedAt } = one.master;
      one.error = error;
      const seen = one.serve(2_000_000);
      expect(seen).toContain("WithdrawRenewal");
      expect(one.master).toMatchObject({ advertSentAt, renewedAt });
      expect(one.router.snapshot().sendFailure).toMatchObject({ error, adverts: 2 });
      one.error = undefined;
      one.serve(2_000_000);
      expect(one.master.advertSentAt).toBeGreaterThan(one.now - 1_000_000);
      expect(one.router.snapshot().sendFailure).toBeUndefined();
    });

  it("to one of two unicast peers was sent", () => {
    const one = master({ unicastPeers: [{ address: LOWER_PEER }, { address: HIGHER_PEER }] });
    one.error = "ENETUNREACH";
    expect(one.serve(10_000_000)).not.toContain("CannotSend");
    expect(one.router.snapshot().sendFailure).toBeUndefined();
    one.refused = 2;
    expect(one.serve(10_000_000)).toContain("CannotSend");
  });

  it("a late answer about another advert changes nothing", () => {
    const one = master();
    const { advertSentAt } = one.master;
    const ticket = { purpose: "advert", advert: 1 } as const;
    one.input({ kind: "SendFailed", ticket, error: "EPERM" });
    expect(one.master.advertSentAt).toBe(advertSentAt);
  });
});

describe("a MASTER that cannot send", () => {
  it("lets go before a peer can take over, without an advert of priority 0", () => {
    const one = master();
    const last = one.master.advertSentAt ?? 0;
    one.error = "EPERM";
    one.serve(last + 3_000_000 - 1 - one.now);
    expect(one.seen).not.toContain("CannotSend");
    expect(one.serve(1)).toContain("CannotSend");
    expect(one.serve(5_000_000), "said once").not.toContain("CannotSend");
    expect(one.faults("EPERM")).toEqual(["remove", "FAULT fault"]);
  });

  it("keeps the addresses while no other router is known, until one is heard", () => {
    const one = new Refused();
    one.becomeMaster();
    one.error = "EPERM";
    expect(one.serve(100_000_000)).not.toContain("CannotSend");
    one.input({ kind: "WokeLate", by: micros(2_000) });
    expect(one.state, "it has not stood still").toBe("MASTER");
    const packet = anAdvertisement({ priority: 50, source: LOWER_PEER });
    one.answer(one.router.handle({ kind: "PacketReceived", packet }, one.now));
    expect(one.serve(1)).toContain("CannotSend");
  });

  it("an address owner keeps them", () => {
    const one = new Refused({ priority: 255, initialState: "MASTER" });
    one.start();
    one.hear({ priority: 1, source: LOWER_PEER });
    one.error = "EPERM";
    expect(one.serve(100_000_000)).not.toContain("CannotSend");
    expect(one.state).toBe("MASTER");
  });
});

describe("FAULT because nothing can be sent", () => {
  function inFault(overrides: Partial<VirtualRouterConfig> = {}): Refused {
    const one = master(overrides);
    one.error = "EPERM";
    one.serve(4_000_000);
    one.faults("EPERM");
    expect(one.state).toBe("FAULT");
    return one;
  }

  it("tries again with an advert of priority 1, ever more rarely, and ends with the first one that leaves", () => {
    const one = inFault();
    const tries = [1, 2, 4, 8, 10, 10].map((pause) => {
      one.serve(pause * 1_000_000 - 1);
      const early = one.seen.length;
      return [early, ...one.serve(1)];
    });
    expect(tries).toEqual(Array.from({ length: 6 }, () => [0, "send 1"]));
    one.error = undefined;
    expect(one.serve(11_000_000)).toEqual(["send 1", "CanSend"]);
    expect(one.faults()).toEqual(["BACKUP faultsCleared"]);
    expect(one.serve(4_000_000)).toContain("MASTER masterDownExpired");
  });

  it("does not try while another fault holds, or while there is no source address", () => {
    const one = inFault();
    one.input({
      kind: "FaultsChanged",
      faults: [
        { kind: "cannotSend", error: "EPERM" },
        { kind: "interfaceDown", interface: "eth0" },
      ],
    });
    expect(one.serve(100_000_000)).toEqual([]);
    one.faults("EPERM");
    one.input({ kind: "SourceAddressChanged", source: undefined });
    expect(one.serve(100_000_000)).toEqual([]);
  });

  it("waits longer from episode to episode, so that it does not flap", () => {
    const one = inFault();
    const pauses: number[] = [];
    for (let episode = 0; episode < 4; episode++) {
      const from = one.now;
      one.error = undefined;
      while (one.router.snapshot().state.name === "FAULT") {
        if (one.serve(100_000).includes("CanSend")) one.faults();
      }
      pauses.push(Math.round((one.now - from) / 1e6));
      one.serve(5_000_000);
      expect(one.state).toBe("MASTER");
      one.error = "ENOBUFS";
      one.serve(4_000_000);
      one.faults("ENOBUFS");
      expect(one.state).toBe("FAULT");
    }
    expect(pauses).toEqual([1, 2, 4, 8]);
  });
});

it("the first probe comes after a second, or after advert_int where that is longer", () => {
  const one = master({ advertInterval: seconds(2) });
  one.error = "EPERM";
  one.serve(7_000_000);
  one.faults("EPERM");
  expect(one.serve(1_999_999)).toEqual([]);
  expect(one.serve(1)).toEqual(["send 1"]);
});
