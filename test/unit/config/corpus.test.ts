import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import type { Config, VrrpInstance } from "../../../src/config/config.js";
import { loadConfig, parseConfig } from "../../../src/config/load.js";
import type { LoadedConfig, LoadedInstance } from "../../../src/config/loaded-config.js";
import { FilesOfThisMachine } from "../../../src/daemon/config-files.js";
import type { VirtualRouterConfig } from "../../../src/vrrp/config.js";

const folder = resolve(process.env.VIGIL_CONFIG_CORPUS ?? "test/corpus");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".conf"),
);

const ownFile = (name: string) => parseConfig(readFileSync(join("test/corpus", name), "utf8"), name);

describe("types", () => {
  it("an instance as read is what a virtual router is made of", () => {
    expectTypeOf<LoadedInstance>().toExtend<VirtualRouterConfig>();
    expectTypeOf<VrrpInstance>().toExtend<VirtualRouterConfig>();
    expectTypeOf<LoadedConfig>().toExtend<Config>();
  });
});

describe("files as people have them", () => {
  it.each(files)("%s is read, survives JSON, and every finding has a known form", (name) => {
    const path = join(folder, name);
    const { config, diagnostics } = loadConfig({
      path,
      configId: "",
      files: new FilesOfThisMachine(),
      environment: new Map(),
    });
    expect(JSON.parse(JSON.stringify(config)).instances).toHaveLength(config.instances.length);
    for (const { code, message, position } of diagnostics) {
      expect(code).toMatch(/^ERR_CONFIG_[A-Z_]+$/);
      expect(message).not.toBe("");
      if (position !== undefined) expect(Math.min(position.line, position.column)).toBeGreaterThan(0);
    }
  });

  it("nodelet's: AH, nopreempt, a script that runs as root, refreshed announcements", () => {
    const { config, diagnostics } = ownFile("platform9-nodelet.conf");
    expect(diagnostics.map(({ position, message }) => [position?.line, position?.column, message])).toEqual([
      [24, 19, "Truncating auth_pass to 8 characters"],
    ]);
    expect(config.global).toMatchObject({ enableScriptSecurity: true, scriptUser: { user: "root" } });
    expect(config.scripts).toEqual([
      {
        name: "chk_apiserver",
        command: { argv: ["/etc/pf9/vrrp_check.sh"], user: "root" },
        interval: 10_000_000,
        timeout: 10_000_000,
        weight: 0,
        reverse: false,
        rise: 2,
        fall: 2,
        initFail: false,
      },
    ]);
    expect(config.instances).toHaveLength(1);
    expect(config.instances[0]).toMatchObject({
      name: "K8S_APISERVER",
      version: 2,
      interface: "eth0",
      vrid: 209,
      priority: 100,
      initialState: "BACKUP",
      preempt: false,
      authentication: { type: "AH", password: "m@st3rv1" },
      virtualAddresses: [{ address: ipAddress("10.0.0.100"), prefixLength: 32, interface: "eth0" }],
      trackScripts: [{ name: "chk_apiserver", weight: 0, reverse: false }],
      garp: { masterRefresh: 10_000_000, masterRefreshRepeat: 2, masterDelay: 5_000_000, masterRepeat: 5 },
    });
  });

  it("kubeadm's: a weighted script and a short password", () => {
    const { config, diagnostics } = ownFile("kubeadm-docs-master.conf");
    expect(diagnostics).toEqual([]);
    expect(config.instances[0]).toMatchObject({
      name: "VI_1",
      vrid: 51,
      priority: 101,
      initialState: "MASTER",
      authentication: { type: "PASS", password: "42" },
      trackScripts: [{ name: "check_apiserver", weight: -2, reverse: false }],
    });
    expect(config.scripts[0]).toMatchObject({ interval: 3_000_000, fall: 10, rise: 2, weight: -2 });
  });

  it("cephadm's: two unicast instances", () => {
    const { config, diagnostics } = ownFile("cephadm-ingress.conf");
    expect(diagnostics).toEqual([]);
    expect(
      config.instances.map(({ unicastPeers, sourceAddress }) => [
        unicastPeers.length > 0,
        sourceAddress !== undefined,
      ]),
    ).toEqual([
      [true, true],
      [true, true],
    ]);
  });
});
