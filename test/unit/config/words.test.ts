import { describe, expect, it } from "vitest";
import { MappedText } from "../../../src/config/mapped-text.js";
import { type Backslashes, splitShellWords, splitWords, type WordList } from "../../../src/config/words.js";

const show = ({ words, openQuote }: WordList) => [
  ...words.map(({ text, column }) => `${column} ${text}`),
  ...(openQuote === undefined ? [] : [`open ${openQuote}`]),
];
const plain = (text: string) => show(splitWords(MappedText.ofLine(text)));
const shell = (text: string, backslashes: Backslashes = "replaced") =>
  show(splitShellWords(MappedText.ofLine(text), backslashes));

describe("splitWords", () => {
  it("blanks separate, double quotes hold together", () => {
    expect(plain('a  "b c"\td')).toEqual(["1 a", "4 b c", "10 d"]);
  });

  it("a quote ends a word, an empty pair is a word, an apostrophe is text", () => {
    expect(plain('foo"bar baz" "" don\'t')).toEqual(["1 foo", "4 bar baz", "14 ", "17 don't"]);
  });

  it("words before an unmatched quote are kept", () => {
    expect(plain('a "b c')).toEqual(["1 a", 'open "']);
  });
});

describe("splitShellWords", () => {
  it("both quotes hold together and pieces join", () => {
    expect(shell(`a "b 'c'"d 'e "f"'`)).toEqual(["1 a", "3 b 'c'd", '12 e "f"']);
  });

  it("escapes", () => {
    expect(shell("\\x41\\102\\n\\ \\q \\cJ")).toEqual(["1 AB\n q", "16 \n"]);
  });

  it("a number of too many digits, a NUL, a backslash at the end", () => {
    expect(shell("\\x12341 a\\0b c")).toEqual(["1 A", "9 a", "14 c"]);
    expect(shell("a b\\")).toEqual([]);
  });

  it("without escapes a backslash stays and protects", () => {
    expect(shell('"a\\"b"', "kept")).toEqual(['1 a\\"b']);
  });

  it("an unmatched quote of either kind is told", () => {
    expect(shell("a 'b")).toEqual(["1 a", "open '"]);
  });
});
