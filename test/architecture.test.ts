/** The rules of the source tree: layers, purity, shape, and words that may stand nowhere; then tests of the rules. */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { importViolations, pureLayers } from "./support/architecture/layers.js";
import { purityViolations } from "./support/architecture/purity.js";
import { shapeViolations } from "./support/architecture/shape.js";
import { layerOf, parseSource } from "./support/architecture/source.js";
import { readTracked, textViolations, trackedFiles } from "./support/architecture/tracked-text.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const tracked = trackedFiles(root);
const sources = tracked
  .filter((path) => path.startsWith("src/") && path.endsWith(".ts"))
  .map((path) => parseSource(path, readFileSync(resolve(root, path), "utf8")));

describe("the source tree", () => {
  it("has sources in every layer that is looked at", () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(new Set(sources.map(({ path }) => layerOf(path)))).toContain("vrrp");
  });

  it("imports downwards only", () => {
    expect(sources.flatMap(importViolations)).toEqual([]);
  });

  it("keeps the pure layers pure", () => {
    const pure = sources.filter(({ path }) => pureLayers.has(layerOf(path) ?? ""));
    expect(pure.flatMap(purityViolations)).toEqual([]);
  });

  it("has short, documented files with telling names and no barrels", () => {
    expect(sources.flatMap(shapeViolations)).toEqual([]);
  });

  it("names no package registry, no folder of one machine, and leaves no work for later", () => {
    expect(tracked.flatMap((path) => textViolations(path, readTracked(root, path)))).toEqual([]);
  });
});

describe("the rule of layers", () => {
  const check = (path: string, text: string) => importViolations(parseSource(path, text));

  it.each([
    ["src/base/a.ts", 'import { b } from "../wire/b.js";', "base may not import wire (../wire/b.js)"],
    ["src/wire/a.ts", 'import type { B } from "../vrrp/b.js";', "wire may not import vrrp (../vrrp/b.js)"],
    ["src/vrrp/a.ts", 'export * from "../engine/b.js";', "vrrp may not import engine (../engine/b.js)"],
    ["src/vrrp/a.ts", 'type B = import("../config/b.js").B;', "vrrp may not import config (../config/b.js)"],
    ["src/daemon/a.ts", 'const b = await import("../sim/b.js");', "daemon may not import sim (../sim/b.js)"],
    ["src/daemon/a.ts", 'import b = require("../cli/b.js");', "daemon may not import cli (../cli/b.js)"],
    ["src/linux/a.ts", 'import type { B } from "../vrrp/b.js";', "linux may not import vrrp (../vrrp/b.js)"],
    [
      "src/sim/a.ts",
      'import { b } from "../config/config.js";',
      "sim may not import config (../config/config.js)",
    ],
    ["src/sim/a.ts", 'import type { B } from "../vrrp/b.js";', "sim may not import vrrp (../vrrp/b.js)"],
    ["src/cli/a.ts", 'import { b } from "../sim/b.js";', "cli may not import sim (../sim/b.js)"],
    [
      "src/cli/deep/a.ts",
      'import { b } from "../../linux/b.js";',
      "cli may not import linux (../../linux/b.js)",
    ],
    ["src/engine/a.ts", 'import { b } from "../../test/b.js";', "imports test/b.ts, outside of src/"],
    ["src/engine/a.ts", 'import { readFileSync } from "node:fs";', "engine is pure and imports node:fs"],
    ["src/sim/a.ts", 'import type { Socket } from "node:net";', "sim is pure and imports node:net"],
    ["src/base/a.ts", '/// <reference types="node" />', "base is pure and imports node:types"],
    [
      "src/daemon/a.ts",
      'import { spawn } from "node:child_process";',
      "only linux imports node:child_process",
    ],
    ["src/daemon/a.ts", 'import fs from "fs";', "no layer may import fs"],
    ["src/vrrp/a.ts", 'import { md5 } from "@noble/hashes/legacy.js";', "only wire may import @noble/hashes"],
    [
      "src/daemon/a.ts",
      'import { Flags } from "netlink/dist/constants.js";',
      "only linux may import netlink",
    ],
    [
      "src/linux/a.ts",
      'import netlink from "netlink";',
      "the entry of netlink loads a prebuilt addon: import its modules",
    ],
    ["src/engine/a.ts", 'const raw = require("raw-socket");', "only linux may import raw-socket"],
    ["src/daemon/a.ts", 'require("/x/vigil_native.node");', "only linux loads a native addon"],
    ["src/daemon/a.ts", 'import leftPad from "left-pad";', "no layer may import left-pad"],
  ])("%s: %s", (path, text, message) => {
    expect(check(path, `${text}\n`)).toEqual([`${path}:1: ${message}`]);
  });

  it("knows no other folders", () => {
    expect(check("src/extra/a.ts", "")).toEqual(["src/extra/a.ts:1: lies in no layer"]);
    expect(check("src/a.ts", "")).toEqual(["src/a.ts:1: lies in no layer"]);
  });

  it.each([
    ["src/wire/a.ts", 'import { md5 } from "@noble/hashes/legacy.js"; import { b } from "../base/b.js";'],
    ["src/vrrp/a.ts", 'import { b } from "../wire/b.js"; import { c } from "./c.js";'],
    ["src/sim/a.ts", 'import type { Config } from "../config/config.js";'],
    ["src/sim/a.ts", 'import { type VirtualRouterConfig } from "../vrrp/config.js";'],
    ["src/linux/a.ts", 'import raw from "raw-socket"; import { spawn } from "node:child_process";'],
    ["src/linux/a.ts", 'require("../../native/build/Release/vigil_native.node");'],
    [
      "src/cli/demo/main.ts",
      'import { World } from "../../sim/world.js"; import cp from "node:child_process";',
    ],
    ["src/base/a.ts", '// import { b } from "../wire/b.js";\nconst text = \'import "node:fs"\';'],
  ])("allows %s: %s", (path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});

describe("the rule of purity", () => {
  const check = (text: string) => purityViolations(parseSource("src/vrrp/a.ts", text));

  it.each([
    ["const now = Date.now();", "Date in a pure layer"],
    ["const at: Date = x;", "Date in a pure layer"],
    ["const x = Math.random();", "Math.random in a pure layer"],
    ['const x = Math["random"]();', "Math.random in a pure layer"],
    ["const { random } = Math;", "Math.random in a pure layer"],
    ["setTimeout(f, 1);", "setTimeout in a pure layer"],
    ["setImmediate(f);", "setImmediate in a pure layer"],
    ["queueMicrotask(f);", "queueMicrotask in a pure layer"],
    ["let p: Promise<void>;", "Promise in a pure layer"],
    ["async function f() {}", "async in a pure layer"],
    ["class A { async f() {} }", "async in a pure layer"],
    ["const f = async () => 1;", "async in a pure layer"],
    ["await f();", "await in a pure layer"],
    ["for await (const x of xs) f(x);", "await in a pure layer"],
    ["const e = process.env;", "process in a pure layer"],
    ["const o = { process };", "process in a pure layer"],
    ["const b = Buffer.alloc(1);", "Buffer in a pure layer"],
    ["type B = Buffer;", "Buffer in a pure layer"],
    ["const f = (p = process) => p;", "process in a pure layer"],
    ["declare const Date: { now(): number };", "Date in a pure layer"],
    ["performance.now();", "performance in a pure layer"],
    ['globalThis["Da" + "te"];', "globalThis in a pure layer"],
    ["names.sort((a, b) => a.localeCompare(b));", "localeCompare() depends on the locale"],
  ])("%s", (text, message) => {
    expect(check(`\n${text}\n`)).toEqual([`src/vrrp/a.ts:2: ${message}`]);
  });

  it("lets comments, strings, members and variables of that name be", () => {
    const text = `
      /** Date, setTimeout, {@link Promise} */
      interface A { readonly process: string; performance(): number }
      class B { #process = 1; Date = 2; process() { return this.#process; } }
      const { process: worker } = a;
      const c = { Buffer: "Date", d: x.process, e: Math.max(1, 2) };
      const f = (process: Track, { global }: Draft) => ({ process, name: process.name, global });
    `;
    expect(check(text)).toEqual([]);
  });
});

describe("the rule of shape", () => {
  const check = (path: string, text: string) => shapeViolations(parseSource(path, text));
  const head = "/** Owns a thing. */\n";

  it.each([
    ["src/base/ipAddress.ts", "src/base/ipAddress.ts:1: ipAddress is not kebab-case"],
    ["src/base/ip_address.ts", "src/base/ip_address.ts:1: ip_address is not kebab-case"],
    ["src/base/utils.ts", 'src/base/utils.ts:1: "utils" in a name says nothing'],
    ["src/engine/router-manager.ts", 'src/engine/router-manager.ts:1: "manager" in a name says nothing'],
    ["src/wire/common/a.ts", 'src/wire/common/a.ts:1: "common" in a name says nothing'],
  ])("name %s", (path, message) => {
    expect(check(path, head)).toEqual([message]);
  });

  it("length: 500 lines pass, 501 do not", () => {
    expect(check("src/base/a.ts", head + "\n".repeat(499))).toEqual([]);
    expect(check("src/base/a.ts", head + "\n".repeat(500))).toEqual([
      "src/base/a.ts:501: 501 lines, more than 500",
    ]);
  });

  it("file comment: missing, or only the first declaration's own", () => {
    const missing = "src/base/a.ts:1: no comment says what the file owns";
    expect(check("src/base/a.ts", 'import { b } from "./b.js";\n')).toEqual([missing]);
    expect(check("src/base/a.ts", "/** A. */\nexport const a = 1;\n")).toContain(missing);
    expect(check("src/base/a.ts", `${head}\n/** A. */\nexport const a = 1;\n`)).toEqual([]);
    expect(check("src/cli/a.ts", `#!/usr/bin/env node\n${head}main();\n`)).toEqual([]);
  });

  it("barrels: index.ts, and files that only pass on", () => {
    const barrel = ["src/base/a.ts:1: only re-exports: a barrel"];
    expect(check("src/base/index.ts", `${head}const a = 1;`)).toEqual([
      "src/base/index.ts:1: an index.ts is a barrel",
    ]);
    expect(check("src/base/a.ts", `${head}export * from "./b.js";\nexport { c } from "./c.js";`)).toEqual(
      barrel,
    );
    expect(check("src/base/a.ts", `${head}import { b } from "./b.js";\nexport { b };`)).toEqual(barrel);
    expect(check("src/base/a.ts", `${head}export type { B } from "./b.js";\nconst c = 1;`)).toEqual([]);
  });

  it.each([
    ["export function f(): void {}", "f"],
    ["export class C {}", "C"],
    ["export abstract class C {}", "C"],
    ["export interface I {}", "I"],
    ["export type T = string;", "T"],
    ["export const c = 1;", "c"],
    ["export enum E {}", "E"],
    ["export default function f(): void {}", "f"],
    ["// one slash\nexport const c = 1;", "c"],
    ["/** */\nexport const c = 1;", "c"],
    ["function f(): void {}\nexport { f };", "f"],
    ["function f(): void {}\nexport { f as g };", "f"],
  ])("docstring missing: %s", (text, name) => {
    const found = check("src/base/a.ts", `${head}\nconst x = 1;\n${text}\n`);
    expect(found).toEqual([
      expect.stringMatching(new RegExp(`^src/base/a\\.ts:[45]: ${name} has no docstring$`)),
    ]);
  });

  it("docstring present, not exported, or a further overload", () => {
    const text = `${head}
const x = 1;
function hidden(): void {}
/** Adds. */
export function add(a: number): number;
export function add(a: string): string;
export function add(a: unknown): unknown { return a; }
`;
    expect(check("src/base/a.ts", text)).toEqual([]);
  });
});

describe("the rule of words", () => {
  // Put together, so that this file keeps the rule itself.
  const registry = `https://${["registry", "npmjs", "org"].join(".")}/x`;
  const folder = `/${"work"}/main`;

  it("finds registries and folders of one machine anywhere", () => {
    expect(textViolations("docs/a.md", `one\n"${registry}"\n${folder} two`)).toEqual([
      "docs/a.md:2: names the address of a package registry",
      "docs/a.md:3: names a folder of one machine",
    ]);
    expect(textViolations("docs/a.md", "see net/work/x, ~/work/x and /framework/")).toEqual([]);
  });

  it("finds work left for later where the program is", () => {
    const line = `// ${"TO" + "DO"}: later`;
    expect(textViolations("src/base/a.ts", line)).toEqual(["src/base/a.ts:1: leaves work for later"]);
    expect(textViolations("docs/a.md", line)).toEqual([]);
  });
});
