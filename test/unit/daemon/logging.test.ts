import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { errorLines } from "../../../src/daemon/error-lines.js";
import { Log } from "../../../src/daemon/logging.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vigil-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FORGED = "relay says 554\r\nMon Nov 30 22:00:00 2026: (VI_1) Entering MASTER STATE\x1b[2J\u2028\u202e";

for (const format of ["keepalived", "json"] as const) {
  it(`${format}: whatever a stranger writes is one line of plain text`, async () => {
    const file = join(folder, "k.log");
    const log = new Log({
      console: false,
      syslog: false,
      detail: true,
      flush: false,
      facility: 3,
      format,
      file,
    });
    log.parent.info(FORGED, { said: FORGED });
    log.parent.detail(FORGED);
    await log.close();
    const text = readFileSync(file, "utf8");
    expect(text.split("\n")).toHaveLength(3);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  });
}

it("a mistake of our own has its stack on lines of their own, and its message on one", () => {
  const lines = errorLines("It failed", new TypeError("a\nb"));
  expect(lines[0]).toBe("It failed: TypeError: a\nb");
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.slice(1).every((line) => /^\s+at /.test(line))).toBe(true);
  expect(errorLines("It failed", "text")).toEqual(["It failed: text"]);
});
