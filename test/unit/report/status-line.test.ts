/** The line that `systemctl status` shows. */

import { expect, it } from "vitest";
import { statusLine } from "../../../src/report/status-line.js";
import type { RouterStateName } from "../../../src/vrrp/events.js";

const states = (...names: RouterStateName[]) => new Map(names.map((state, i) => [`VI_${i + 1}`, state]));

it.each([
  [[], "no virtual router is configured"],
  [["MASTER"], "VI_1 MASTER"],
  [["MASTER", "FAULT"], "VI_1 MASTER, VI_2 FAULT"],
  [["BACKUP", "MASTER", "BACKUP", "BACKUP", "INIT"], "1 MASTER, 3 BACKUP, 1 INIT"],
] as const)("%j: %s", (given, line) => {
  expect(statusLine(states(...given))).toBe(line);
});
