import { describe, expect, it } from "vitest";
import { plainText } from "../../../src/base/plain-text.js";

describe("plainText", () => {
  it.each([
    [
      "a new line, which would begin a line of its own",
      "554-x\r\nMon Nov 30: (VI_1) Entering MASTER STATE",
      "554-x??Mon Nov 30: (VI_1) Entering MASTER STATE",
    ],
    ["a terminal's escape sequences", "\x1b[2Jgone\x07\x7f", "?[2Jgone??"],
    ["their 8-bit forms", "\u009b2J", "?2J"],
    ["separators of lines and paragraphs", "a\u2028b\u2029c\u0085d", "a?b?c?d"],
    ["the direction of writing", "\u202etxt.exe\u202c \u2066x\u2069", "?txt.exe? ?x?"],
    ["what nobody sees", "a\u200bb\u2060c\ufeffd", "a?b?c?d"],
    ["half a pair", "a\ud800b", "a?b"],
    ["a tab", "a\tb", "a b"],
  ])("%s", (_, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it("leaves every other text as it is, and what it gives as well", () => {
    const text = "Verfügbar: 你好 𝄞 €5 'quoted' \"twice\" a\u0301 100 % {}[]";
    expect(plainText(text)).toBe(text);
    expect(plainText(plainText("\x1bx"))).toBe("?x");
  });
});
