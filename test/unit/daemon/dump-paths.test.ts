/** Names of the data files. */

import { expect, test } from "vitest";
import { type DumpNaming, dataFile, dumpDirectory } from "../../../src/daemon/dump-paths.js";

const naming = (settings: Partial<DumpNaming>): DumpNaming => ({
  stateDumpFile: undefined,
  dataUseInstance: false,
  instanceName: undefined,
  netNamespace: undefined,
  ...settings,
});

test.each([
  [{}, "/tmp/keepalived.data", "/tmp/keepalived_parent.data"],
  [{ instanceName: "I" }, "/tmp/keepalived.data", "/tmp/keepalived_parent.data"],
  [{ instanceName: "I", dataUseInstance: true }, "/tmp/keepalived.I.data", "/tmp/keepalived_parent.I.data"],
  [
    { instanceName: "I", netNamespace: "N", dataUseInstance: true },
    "/tmp/keepalived.N_I.data",
    "/tmp/keepalived_parent.N_I.data",
  ],
  [{ stateDumpFile: "/var/x.txt" }, "/var/x.txt", "/var/x_parent.txt"],
  [{ stateDumpFile: "x" }, "/tmp/x", "/tmp/x_parent"],
  [{ stateDumpFile: "/var/d/" }, "/var/d/keepalived.data", "/var/d/keepalived_parent.data"],
])("%j", (settings, child, parent) => {
  expect(dataFile("", naming(settings), "/tmp")).toBe(child);
  expect(dataFile("_parent", naming(settings), "/tmp")).toBe(parent);
});

test("TMPDIR counts when it is absolute", () => {
  expect(dumpDirectory({ TMPDIR: "/var/tmp" })).toBe("/var/tmp");
  expect(dumpDirectory({ TMPDIR: "here" })).toBe("/tmp");
});
