import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../../../src/base/utf8.js";
import { MemoryFiles } from "../../../src/config/file-source.js";
import { LineReader } from "../../../src/config/line-reader.js";
import { Reporter } from "../../../src/config/reporter.js";

/** `LINE:COLUMN TEXT` of each logical line, then complaints after `!`. */
function read(
  text: string | Uint8Array,
  options: {
    id?: string;
    environment?: [string, string][];
    random?: number;
    files?: Record<string, string>;
  } = {},
): string[] {
  const reporter = new Reporter();
  const first = typeof text === "string" ? encodeUtf8(text) : text;
  const others = Object.entries(options.files ?? {}).map(
    ([path, content]) => [path, encodeUtf8(content)] as const,
  );
  const reader = new LineReader({
    files: new MemoryFiles(new Map([["/etc/k/k.conf", first], ...others])),
    configId: options.id ?? "",
    environment: new Map(options.environment),
    random: () => options.random ?? 0,
    reporter,
  });
  reader.open("/etc/k/k.conf");
  const lines: string[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    lines.push(`${line.number}:${line.text.columnAt(0)} ${line.text.text}`);
  }
  return [...lines, ...reporter.all().map(({ severity, message }) => `!${severity} ${message}`)];
}

describe("physical lines", () => {
  it("carriage returns, blanks, empty lines and a missing last line end", () => {
    expect(read("a b \r\n\r\n\t c")).toEqual(["1:1 a b", "3:3 c"]);
  });

  it("a byte order mark is taken off with a note", () => {
    expect(read("\ufeffa")).toEqual([
      "1:1 a",
      "!note the file starts with a byte order mark, keepalived would not know its first word",
    ]);
  });

  it("a line of 1022 bytes is read, one of 1023 is dropped", () => {
    expect(read(`${"x".repeat(1022)}\nb`)).toEqual([`1:1 ${"x".repeat(1022)}`, "2:1 b"]);
    expect(read(`${"x".repeat(1023)}\nb`)).toEqual(["2:1 b", "!complaint line too long - ignoring"]);
    expect(read(`${"é".repeat(511)}\n${"é".repeat(512)}`)).toEqual([
      `1:1 ${"é".repeat(511)}`,
      "!complaint line too long - ignoring",
    ]);
  });

  it("a line with a NUL is dropped", () => {
    expect(read("a\0b\nc")).toEqual([
      "2:1 c",
      "!complaint configuration appears to have embedded NULs - ignoring line",
    ]);
  });

  it("bytes that are no UTF-8 do not stop the reading", () => {
    expect(read(Uint8Array.from([0x61, 0xff, 0x20, 0xc3, 0xa9]))).toEqual(["1:1 a\ufffd é"]);
  });
});

describe("§ comments", () => {
  it("# and ! start one anywhere outside double quotes", () => {
    expect(read("# x\na # b\nc!d\n\"e#!f\" g\n'h#i'")).toEqual(["2:1 a", "3:1 c", '4:1 "e#!f" g', "5:1 'h"]);
  });

  it("a backslash protects # and !", () => {
    expect(read("a\\#b \\!c # d")).toEqual(["1:1 a#b !c"]);
  });

  it("a quote that is not closed is reported and protects the rest", () => {
    expect(read('a "b # c')).toEqual(['1:1 a "b # c', "!complaint Unterminated quote 'a \"b # c'"]);
  });
});

describe("§ braces", () => {
  it("stand on lines of their own wherever they are written, with their columns", () => {
    expect(read("global_defs{router_id x}")).toEqual([
      "1:1 global_defs",
      "1:12 {",
      "1:13 router_id x",
      "1:24 }",
    ]);
    expect(read("a {  b } c")).toEqual(["1:1 a", "1:3 {", "1:6 b", "1:8 }", "1:10 c"]);
  });

  it("within double quotes are text", () => {
    expect(read('a "{b}" {')).toEqual(['1:1 a "{b}"', "1:9 {"]);
  });
});

describe("§ @id conditions", () => {
  it("a line counts for its id, or with ^ for all others", () => {
    expect(read("@n1 a\n@n2 b\n@^n1 c\n@^n2 d\n@n1\n", { id: "n1" })).toEqual(["1:5 a", "4:6 d"]);
  });

  it("without an id only negated lines count", () => {
    expect(read("@n1 a\n@^n1 b")).toEqual(["2:6 b"]);
  });

  it("the id vigil always applies", () => {
    expect(read("@vigil a\n@^vigil b", { id: "n1" })).toEqual(["1:8 a"]);
  });

  it("works on definitions", () => {
    expect(read("@n1 $P=1\n@n2 $P=2\np $P", { id: "n2" })).toEqual(["3:1 p 2"]);
  });
});

describe("§ definitions", () => {
  it("are replaced with and without braces, and may be defined again", () => {
    expect(read("$A=1\nx $A,$A) ${A}y $Ab\n$A=2\n$A")).toEqual(["2:1 x 1,1) 1y $Ab", "4:1 2"]);
  });

  it("contain others, looked up when they are used", () => {
    expect(read("$A=a$B\n$B=b\n$A")).toEqual(["3:1 ab"]);
  });

  it("an unknown reference stays as written", () => {
    expect(read("a $NO ${NO}")).toEqual(["1:1 a $NO $", "1:8 {", "1:9 NO", "1:11 }"]);
  });

  it("columns behind a replacement are those of the file", () => {
    expect(read("$LONG=abcdefgh\n$LONG {")).toEqual(["2:1 abcdefgh", "2:7 {"]);
  });

  it("one that refers to itself is refused", () => {
    expect(read("$A=$A\nx $A\ny")).toEqual(["3:1 y", "!refused Definition A refers to itself"]);
    expect(read("$A=x$B\n$B=y$A\nx $A\nz")).toEqual([
      "4:1 z",
      "!refused Definition A refers to itself through B",
    ]);
    expect(read("$A=x $C\n$B=$C\n$C=c\nx $A $B $C $C ${A}$A")).toEqual(["4:1 x x c c c c x $Cx c"]);
  });

  it("one that doubles is complained about when the line gets too long", () => {
    expect(read(`$A=\${B}\${B}\${B}\n$B=\${C}\${C}\${C}\${C}\n$C=${"a".repeat(99)}\nx $A\ny`)).toEqual([
      "5:1 y",
      "!complaint Parameter substitution on line would exceed maximum line length",
    ]);
  });

  it("of several lines replace the rest of a line", () => {
    expect(read("$V= \\\n  a $N { \\\n   b \\\n# c\n  }\n$N=1\n$V\nd")).toEqual([
      "7:1 a 1",
      "7:1 {",
      "7:1 b",
      "7:1 }",
      "8:1 d",
    ]);
    expect(read("$V=a \\\nb\nx $V y\nx $V")).toEqual(["3:1 x $V y", "4:1 x a", "4:1 b"]);
    expect(read("$V=a \\\nb\n$W=c $V \\\nd\n$W")).toEqual(["5:1 c a", "5:1 b", "5:1 d"]);
  });

  it("of several lines in others of several lines keep the lines that follow", () => {
    const both = "$A= \\\na \\\nb\n$B= \\\nc \\\nd\n$ALL= \\\n$A \\\n$B \\\ne\n";
    expect(read(`${both}$ALL`)).toEqual(["11:1 a", "11:1 b", "11:1 c", "11:1 d", "11:1 e"]);
    expect(read("$A= \\\na \\\n$A \\\nb\n$A").at(-1)).toMatch(/^!refused .* nested/);
  });

  it("an empty line ends one of several lines", () => {
    expect(read("$V= \\\na \\\n\nb\n$V")).toEqual(["4:1 b", "5:1 a"]);
  });

  it("built-in ones", () => {
    const options = { id: "n1", environment: [["E", "env"]] as [string, string][], random: 0.5 };
    expect(read("${_PWD} ${_INSTANCE} ${_ENV E} ${_ENV NO}.", options)).toEqual(["1:1 /etc/k n1 env ."]);
    expect(read('"${_HASH}${_BANG}" ${_HASH} x')).toEqual(['1:1 "#!"']);
    expect(read("${_RANDOM} ${_RANDOM 10} ${_RANDOM 10 19}", options)).toEqual(["1:1 16384 16389 15"]);
    expect(read("${_RANDOM x}")).toEqual(["!complaint Definition _RANDOM requires numeric parameters only."]);
  });
});

describe("§ repetitions", () => {
  it("~SEQ counts up, down, by steps and in hexadecimal", () => {
    expect(read("~SEQ(i,3) a$i")).toEqual(["1:11 a1", "1:11 a2", "1:11 a3"]);
    expect(read("~SEQ(i,3,1) $i")).toEqual(["1:13 3", "1:13 2", "1:13 1"]);
    expect(read("~SEQ(i,0,5,0x0a) $i")).toEqual(["1:18 0", "1:18 5", "1:18 10"]);
    expect(read("~SEQx(i,9,10) ${i}h")).toEqual(["1:15 9h", "1:15 ah"]);
  });

  it("~SEQ takes numbers from definitions and nests", () => {
    expect(read("$N=2\n~SEQ(i,$N) ~SEQ(j,$N) $i $j")).toEqual([
      "2:23 1 1",
      "2:23 1 2",
      "2:23 2 1",
      "2:23 2 2",
    ]);
  });

  it("~LST takes values or tuples, missing ones are empty", () => {
    expect(read("~LST(i,a,b) <$i")).toEqual(["1:13 <a", "1:13 <b"]);
    expect(read("~LST({i,j},{a,b},{c}) ${i}-${j}.")).toEqual(["1:23 a-b.", "1:23 c-."]);
  });

  it("complain about what they cannot read", () => {
    expect(read("~SEQ(i,a) x")).toEqual(["!complaint Invalid ~SEQ definition '~SEQ(i,a) x'"]);
    expect(read("~SEQ(i,1,0,2) x")).toEqual(["!complaint Invalid ~SEQ values '~SEQ(i,1,0,2) x'"]);
    expect(read("~SEQ i x")).toEqual(["!complaint Invalid ~SEQ specification '~SEQ i x'"]);
    expect(read("~LST(i) x")).toEqual(["!complaint Invalid ~LST specification '~LST(i) x'"]);
    expect(read("~LST({i},{a,b}) x")).toEqual([
      "!complaint ~LST specification has too many values '~LST({i},{a,b}) x'",
    ]);
  });

  it("a number of repetitions that would not end is refused", () => {
    expect(read("~SEQ(i,1000000000) x")).toEqual([
      "!refused ~SEQ of 1000000000 repetitions, more than 65536 '~SEQ(i,1000000000) x'",
    ]);
  });
});

describe("§ include", () => {
  const files = {
    "/etc/k/b.conf": "b\n",
    "/etc/k/d/1.conf": "one\ninclude ../c.conf\n",
    "/etc/k/d/2.conf": "two\n",
    "/c": "c\n",
  };

  it("reads files where it stands, relative to the including file", () => {
    expect(read("a\ninclude b.conf\nz", { files })).toEqual(["1:1 a", "1:1 b", "3:1 z"]);
    expect(read("include /c", { files })).toEqual(["1:1 c"]);
  });

  it("patterns and braces, in order", () => {
    expect(read("include d/*.conf", { files: { ...files, "/etc/k/d/../c.conf": "up\n" } })).toEqual([
      "1:1 one",
      "1:1 up",
      "1:1 two",
    ]);
    expect(read("include {b,d/2}.conf", { files })).toEqual(["1:1 b", "1:1 two"]);
  });

  it("what is missing is a note, with a strict variant a refusal", () => {
    expect(read("include no.conf\na")).toEqual(["2:1 a", "!note Config files missing 'no.conf'."]);
    expect(read("includem no.conf\na")).toEqual(["2:1 a", "!refused Config files missing 'no.conf'."]);
    expect(read("includem n*.conf\na")).toEqual(["2:1 a", "!note Config files missing 'n*.conf'."]);
    expect(read("includew n*.conf\na")).toEqual(["2:1 a", "!refused Config files missing 'n*.conf'."]);
    expect(read("includeb {b,no}.conf", { files })).toEqual([
      "1:1 b",
      "!refused Config files missing '{b,no}.conf'.",
    ]);
  });

  it("a file that includes itself is refused", () => {
    expect(read("a\ninclude k.conf")).toEqual([
      "1:1 a",
      "!refused Configuration file '/etc/k/k.conf' includes itself",
    ]);
  });
});
