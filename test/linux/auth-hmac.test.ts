/** `auth_hmac` on real sockets: Vigil with a peer that was written from the format's description (hmac-peer.py). */

import { chmodSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const PEER = resolve(import.meta.dirname, "../support/lab/hmac-peer.py");
const KEYS = ["5e".repeat(32), "a7".repeat(48)] as const;
const VIP = "10.77.0.100";

interface Heard {
  readonly from: string;
  readonly priority: number;
  readonly trailer: number;
  readonly checksum: boolean;
  readonly valid?: boolean;
  readonly keyId?: number;
  readonly skew?: number;
}

interface Options {
  readonly priority: number;
  readonly keys: readonly string[];
  readonly mode?: string;
  readonly lines?: readonly string[];
  readonly vip?: string;
}

function configuration({ priority, keys, mode = "enforce", lines = [], vip = `${VIP}/24` }: Options): string {
  return `
vrrp_instance VI_1 {
  interface eth0
  version 3
  virtual_router_id 51
  priority ${priority}
  advert_int 0.5
  auth_hmac {
    ${keys.join("\n    ")}
    mode ${mode}
  }
  ${lines.join("\n  ")}
  virtual_ipaddress {
    ${vip}
  }
}
`;
}

function watch(host: Host): { readonly heard: () => readonly Heard[] } {
  const keys = KEYS.flatMap((key, i) => ["--key", `${i + 1}=${key}`]);
  const process = host.spawn(["python3", PEER, "watch", ...keys]);
  return {
    heard: () =>
      process.lines.map((line) => JSON.parse(line) as Heard).filter(({ from }) => from !== undefined),
  };
}

async function send(host: Host, ...options: string[]): Promise<void> {
  const argv = ["python3", PEER, "send", "--source", host.ipv4, "--destination", "224.0.0.18", "--vip", VIP];
  await host.exec([...argv, "--interval", "50", ...options]);
}

async function extensionErrors(lab: Lab, node: KeepalivedNode): Promise<string[]> {
  const path = `${node.host.directory}/keepalived.stats`;
  await node.host.attempt(["rm", "-f", path]);
  node.process.signal("SIGUSR2");
  return lab.waitFor("keepalived.stats", async () => {
    const { stdout } = await node.host.attempt(["cat", path]);
    const section = /Authentication Extension Errors:\n((?: {4}.*\n)+)/.exec(stdout)?.[1];
    return section?.trim().split(/\n */);
  });
}

/** What it says of trailers. */
function complaintsOf(node: KeepalivedNode): string[] {
  const start = "(VI_1) ";
  const lines = node.log.filter((line) => line.startsWith(start) && line.includes("authentication"));
  return lines.map((line) => line.slice(start.length));
}

describe.concurrent("auth_hmac with an independent peer", () => {
  test("IPv4: signs, follows a signed MASTER, ignores bare, forged, replayed and stale adverts, and counts them", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      const path = n1.file("key", `hex:${KEYS[0]}\n`, 0o600);
      const vigil = new KeepalivedNode(
        n1,
        VIGIL,
        configuration({ priority: 100, keys: [`key 1 file:${path}`, "active_key 1"] }),
      );
      const watching = watch(n2);
      await vigil.start();
      await lab.waitFor("MASTER", async () => (await vigil.state()) === "MASTER");
      await lab.waitFor("three signed adverts", () => watching.heard().length >= 3);
      for (const { trailer, checksum, valid, keyId, skew = 99 } of watching.heard()) {
        expect({ trailer, checksum, valid, keyId }).toEqual({
          trailer: 28,
          checksum: true,
          valid: true,
          keyId: 1,
        });
        expect(Math.abs(skew)).toBeLessThan(2);
      }
      const good = ["--priority", "200", "--key", KEYS[0]];
      await send(n2, ...good, "--bare");
      await send(n2, "--priority", "200", "--key", KEYS[1]);
      await send(n2, ...good, "--key-id", "9");
      await send(n2, ...good, "--skew", "-30");
      await send(n2, ...good, "--type", "2");
      expect(vigil.states(), "none of these unseats it").toEqual(["BACKUP", "MASTER"]);
      await send(n2, ...good, "--replay", "--count", "3");
      await lab.waitFor("BACKUP", async () => (await vigil.state()) === "BACKUP");
      expect(await extensionErrors(lab, vigil)).toEqual([
        "Missing: 1",
        "Malformed: 1",
        "Unknown Key: 1",
        "Invalid HMAC: 1",
        "Stale: 1",
        "Replay: 2",
      ]);
      await lab.waitFor("MASTER again", async () => (await vigil.state()) === "MASTER");
      await vigil.stop();
      await lab.waitFor("a signed resignation", () => {
        const last = watching.heard().at(-1);
        return last?.priority === 0 && last.valid === true;
      });
      expect(complaintsOf(vigil)).toEqual([
        `missing authentication trailer from ${n2.ipv4}`,
        `invalid authentication HMAC from ${n2.ipv4}`,
        `unknown authentication key id 9 from ${n2.ipv4}`,
        `stale authentication trailer from ${n2.ipv4}, clock skew 30 sec exceeds window 5 sec`,
        `malformed authentication trailer from ${n2.ipv4}`,
        `replayed authentication trailer from ${n2.ipv4}`,
      ]);
      expect(vigil.log.join("\n")).not.toContain(KEYS[0]);
    }));

  test("IPv6: the checksum covers the trailer, as the kernel of keepalived has it, in both directions", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      const keys = [`key 2 hex:${KEYS[1]}`, "active_key 2"];
      const vigil = new KeepalivedNode(
        n1,
        VIGIL,
        configuration({ priority: 100, keys, vip: "fe80::100/64" }),
      );
      const watching = watch(n2);
      await vigil.start();
      await lab.waitFor("MASTER", async () => (await vigil.state()) === "MASTER");
      await lab.waitFor("a signed advert", () => watching.heard().length > 0);
      expect(watching.heard()[0]).toMatchObject({ trailer: 28, checksum: true, valid: true, keyId: 2 });
      const argv = [
        "python3",
        PEER,
        "send",
        "--source",
        n2.linkLocal,
        "--destination",
        "ff02::12",
        "--interval",
        "50",
      ];
      await n2.exec([...argv, "--vip", "fe80::100", "--priority", "200", "--key", KEYS[1], "--key-id", "2"]);
      await lab.waitFor("BACKUP", async () => (await vigil.state()) === "BACKUP");
      expect(vigil.complaints()).toEqual([]);
    }));

  test("two Vigil: receive-only, permissive, enforce, and another key, by reloads, without a change of MASTER", () =>
    Lab.use(["n1", "n2", "n3"], async (lab) => {
      const watching = watch(lab.host("n3"));
      const keys = [`key 1 hex:${KEYS[0]}`, `key 2 hex:${KEYS[1]}`];
      const nodes = [200, 100].map((priority, i) => ({
        node: new KeepalivedNode(
          lab.host(`n${i + 1}`),
          VIGIL,
          configuration({ priority, keys: [...keys, "active_key 1"], mode: "receive-only" }),
        ),
        priority,
      }));
      for (const { node } of nodes) await node.start();
      const [master, backup] = nodes.map(({ node }) => node) as [KeepalivedNode, KeepalivedNode];
      await lab.waitFor("MASTER", async () => (await master.state()) === "MASTER");
      const step = async (name: string, active: number, mode: string, expected: Partial<Heard>) => {
        for (const { node, priority } of [...nodes].reverse()) {
          node.configure(configuration({ priority, keys: [...keys, `active_key ${active}`], mode }));
          node.reload();
          const before = watching.heard().length;
          await lab.waitFor(`${name}: adverts after the reload`, () => watching.heard().length > before + 2);
        }
        await lab.waitFor(name, () => {
          const last = watching.heard().at(-1);
          return last?.trailer === expected.trailer && last?.keyId === expected.keyId;
        });
      };
      await step("receive-only", 1, "receive-only", { trailer: 0 });
      await step("permissive", 1, "permissive", { trailer: 28, keyId: 1 });
      await step("enforce", 1, "enforce", { trailer: 28, keyId: 1 });
      await step("the other key", 2, "enforce", { trailer: 28, keyId: 2 });
      expect(watching.heard().filter(({ valid }) => valid === false)).toEqual([]);
      expect(new Set(watching.heard().map(({ from }) => from))).toEqual(new Set([master.host.ipv4]));
      expect(master.states()).toEqual(["BACKUP", "MASTER"]);
      expect(backup.states()).toEqual(["BACKUP"]);
      expect([...master.complaints(), ...backup.complaints()]).toEqual([]);
    }));

  test("a key file that others may read is complained of, one that is missing disables the extension; no key is shown", () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const path = host.file("key", KEYS[0], 0o644);
      chmodSync(path, 0o644);
      const missing = `${host.directory}/nothing`;
      const check = async (keys: readonly string[]) => {
        const file = host.file("check.conf", configuration({ priority: 100, keys }));
        const { stdout, stderr } = await host.attempt([VIGIL, "-t", "-f", file]);
        return stdout + stderr;
      };
      const open = await check([`key 1 file:${path}`, "active_key 1"]);
      expect(open).toContain(`(VI_1) auth_hmac key file '${path}' is readable by group or others`);
      expect(open).not.toContain("disabling");
      const gone = await check([`key 1 file:${missing}`, "active_key 1"]);
      expect(gone).toContain(`auth_hmac key file '${missing}' cannot be opened`);
      expect(gone).toContain("auth_hmac active_key 1 is not defined, disabling extension");
      const literal = await check([`key 1 ${KEYS[1]}x`, "key 2 hex:00", "active_key 1"]);
      for (const text of [open, gone, literal]) for (const key of KEYS) expect(text).not.toContain(key);
    }));
});
