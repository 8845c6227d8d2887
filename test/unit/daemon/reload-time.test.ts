/** When a `reload_time_file` wants a reload. */

import { describe, expect, it } from "vitest";
import { parseReloadTime } from "../../../src/daemon/reload-time.js";

const NOW = new Date("2026-11-24T14:00:00Z");
const at = (text: string) => parseReloadTime(text, NOW)?.at.toISOString();

describe("reload times", () => {
  it.each([
    ["14:00:01Z", "2026-11-24T14:00:01.000Z"],
    ["14:00:00Z", "2026-11-25T14:00:00.000Z"],
    ["9:30:00Z\n", "2026-11-25T09:30:00.000Z"],
    ["26-12-31 23:59:59Z", "2026-12-31T23:59:59.000Z"],
    ["2027-01-01 00:00:00Z", "2027-01-01T00:00:00.000Z"],
  ])("%s", (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it.each(["", "soon", "24:00:00Z", "12:60:00Z", "2026-11-24 13:59:59Z", "12:00", "12:00:00 UTC"])(
    "%j is none",
    (text) => {
      expect(at(text)).toBeUndefined();
    },
  );

  it("without Z it is local time", () => {
    expect(parseReloadTime("2027-01-01 00:00:00", NOW)?.at).toEqual(new Date(2027, 0, 1));
    expect(parseReloadTime("2027-01-01 00:00:00", NOW)?.dated).toBe(true);
    expect(parseReloadTime("00:00:00", NOW)?.dated).toBe(false);
  });
});
