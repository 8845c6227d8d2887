/** Lifetimes in the kernel: what is renewed, what never gets one, and a kernel that refuses them. */

import { expect, test } from "vitest";
import { AddressFlag, type InterfaceAddress } from "../../src/base/interface-address.js";
import { ipAddress } from "../../src/base/ip-address.js";
import { AddressCommands } from "../../src/linux/engine-thread/rtnetlink/address-commands.js";
import { HeldAddresses } from "../../src/linux/engine-thread/rtnetlink/held-addresses.js";
import type { Host } from "../support/lab/host.js";
import { Lab } from "../support/lab.js";
import { withinNamespace } from "../support/within-namespace.js";

function line(text: string, more: Partial<InterfaceAddress> = {}): InterfaceAddress {
  const [address = "", length] = text.split("/");
  const flags = address.includes(":") ? AddressFlag.nodad : 0;
  const fields = { interface: "eth0", scope: 0, flags, noTrack: false };
  return { address: ipAddress(address), prefixLength: Number(length), ...fields, ...more };
}

/** Runs `body` with addresses of a host of its own; returns what the operator was told. */
async function onHost(
  body: (held: HeldAddresses, host: Host, lab: Lab) => Promise<void>,
): Promise<readonly string[]> {
  const notices: string[] = [];
  await Lab.use(["n1"], (lab) =>
    withinNamespace(lab.host("n1").namespace, async () => {
      const shown = await lab.host("n1").exec(["ip", "-o", "link", "show", "eth0"]);
      const index = Number(/^\d+/.exec(shown)?.[0]);
      const commands = new AddressCommands({ indexOf: () => index });
      try {
        await body(new HeldAddresses(commands, (text) => notices.push(text)), lab.host("n1"), lab);
      } finally {
        commands.close();
      }
    }),
  );
  return notices;
}

/** What `ip` shows of the lifetimes of an address. */
async function lifetimes(host: Host, address: string): Promise<{ valid?: string; preferred?: string }> {
  const shown = await host.exec(["ip", "-o", "address", "show", "to", address]);
  const [, valid, preferred] = /valid_lft (\S+) preferred_lft (\S+?)\\?$/m.exec(shown.trimEnd()) ?? [];
  return { ...(valid && { valid }), ...(preferred && { preferred }) };
}

const FOREVER = { valid: "forever", preferred: "forever" };

test("an address of somebody else, and one that was added for ever, never get an end", async () => {
  const notices = await onHost(async (held, host) => {
    for (const address of ["10.77.0.200/24", "fd00:77::200/64"]) {
      await host.exec([
        "ip",
        "address",
        "add",
        address,
        "dev",
        "eth0",
        ...(address.includes(":") ? ["nodad"] : []),
      ]);
      expect(held.add([line(address)], 100)[0]?.result).toBe("unchanged");
    }
    const permanent = [line("10.77.0.201/24"), line("fd00:77::201/64")];
    held.add(permanent, undefined);
    held.renew([...permanent, line("10.77.0.200/24"), line("fd00:77::200/64")], 100);
    for (const last of ["200", "201"]) {
      expect(await lifetimes(host, `10.77.0.${last}`)).toEqual(FOREVER);
      expect(await lifetimes(host, `fd00:77::${last}`)).toEqual(FOREVER);
    }
  });
  expect(notices).toEqual([]);
});

test("ends and the route to the LAN: that of the host's own address stays when a virtual one goes", () =>
  onHost(async (held, host, lab) => {
    const addresses = [line("10.77.0.100/24"), line("fd00:77::100/64")];
    held.add(addresses, 2);
    held.renew(addresses, 1);
    await lab.waitFor("both are gone", async () =>
      (await host.addresses()).every(({ address }) => !address.endsWith("100")),
    );
    expect(await host.exec(["ip", "-6", "route", "show", "fd00:77::/64"])).not.toContain("expires");
    expect(await host.exec(["ip", "-6", "route", "show", "fd00:77::/64"])).toContain("dev eth0");
    expect(await host.exec(["ip", "route", "show", "10.77.0.0/24"])).toContain("dev eth0");
  }));

test("preferred_lft counts from the beginning, and 0 stays 0; what is kept is for ever", () =>
  onHost(async (held, host, lab) => {
    const some = line("fd00:77::101/128", { preferredLifetime: 2 });
    const none = line("fd00:77::102/128", { preferredLifetime: 0 });
    held.add([some, none], 100);
    expect(await lifetimes(host, "fd00:77::102")).toEqual({ valid: "100sec", preferred: "0sec" });
    await lab.waitFor("deprecated, though renewed", async () => {
      held.renew([some, none], 100);
      return (await lifetimes(host, "fd00:77::101")).preferred === "0sec";
    });
    held.keep();
    expect((await lifetimes(host, "fd00:77::101")).valid).toBe("forever");
    expect(await lifetimes(host, "fd00:77::102")).toEqual({ valid: "forever", preferred: "0sec" });
  }));

test("a kernel that refuses: one line, and addresses for ever, also those that had a lifetime", async () => {
  const notices = await onHost(async (held, host) => {
    const first = line("10.77.0.100/24");
    expect(held.add([first], 100)[0]?.result).toBe("done");
    // A lifetime of 0 is one that every kernel refuses.
    held.renew([first], 0);
    expect(await lifetimes(host, "10.77.0.100")).toEqual(FOREVER);
    expect(held.add([line("fd00:77::100/64")], 2)[0]?.result).toBe("done");
    expect(await lifetimes(host, "fd00:77::100")).toEqual(FOREVER);
  });
  expect(notices).toEqual([expect.stringMatching(/^Addresses cannot have a lifetime here \(EINVAL\)/)]);
  const added = await onHost(async (held, host) => {
    expect(held.add([line("10.77.0.100/24")], 0)[0]?.result).toBe("done");
    expect(await lifetimes(host, "10.77.0.100")).toEqual(FOREVER);
  });
  expect(added).toHaveLength(1);
});

test("what cannot be added for another reason says nothing about lifetimes", async () => {
  const notices = await onHost(async (held) => {
    const wrong = line("10.77.0.100/24", { prefixLength: 33 });
    expect(held.add([wrong], 2)[0]).toMatchObject({ result: "failed", error: "EINVAL" });
  });
  expect(notices).toEqual([]);
});
