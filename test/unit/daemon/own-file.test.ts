import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openOwnFile } from "../../../src/daemon/own-file.js";

let folder = "";
let path = "";
let victim = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vigil-own-file-"));
  path = join(folder, "keepalived.log");
  victim = join(folder, "victim");
  writeFileSync(victim, "precious");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function append(text: string): void {
  const descriptor = openOwnFile(path, 0o640);
  writeSync(descriptor, text);
  closeSync(descriptor);
}

it("is made with its mode, and appended to", () => {
  append("a");
  append("b");
  expect(readFileSync(path, "utf8")).toBe("ab");
  expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
});

it("a symbolic link is not followed, a hard link and a folder are refused, and nothing is changed", () => {
  symlinkSync(victim, path);
  expect(() => append("x")).toThrow(`${path} is a symbolic link`);
  rmSync(path);
  symlinkSync(join(folder, "absent"), path);
  expect(() => append("x")).toThrow("is a symbolic link");
  rmSync(path);
  linkSync(victim, path);
  expect(() => append("x")).toThrow(`${path} has 2 names`);
  rmSync(path);
  mkdirSync(path);
  expect(() => append("x")).toThrow();
  expect(readFileSync(victim, "utf8")).toBe("precious");
});

it("devices are taken: /dev/null", () => {
  path = "/dev/null";
  append("x");
});
