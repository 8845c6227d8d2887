/** The command line in the log, wrapped as keepalived 2.2.7 was seen to wrap it. */

import { expect, it } from "vitest";
import { commandLines } from "../../../src/daemon/command-lines.js";

const z = (count: number) => "z".repeat(count);

it("fits 102 characters in a line", () => {
  const line = (word: string) => commandLines(["keepalived", "-n", "-l", "-G", "-f", word, "-i", "q"]);
  expect(line(z(44))).toEqual([`Command line: 'keepalived' '-n' '-l' '-G' '-f' '${z(44)}' '-i' 'q'`]);
  expect(line(z(45))).toEqual([
    `Command line: 'keepalived' '-n' '-l' '-G' '-f' '${z(45)}' '-i'`,
    "              'q'",
  ]);
});
