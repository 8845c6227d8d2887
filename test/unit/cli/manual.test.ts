/** keepalived(8) describes every option. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KEEPALIVED_OPTIONS } from "../../../src/cli/keepalived-options.js";

const manual = readFileSync(new URL("../../../man/keepalived.8", import.meta.url), "utf8").replaceAll(
  "\\-",
  "-",
);
const heads = manual.split("\n").filter((line) => line.startsWith(".B"));

it.each(KEEPALIVED_OPTIONS.map(({ short, long }) => [`--${long}`, short] as const))("%s", (long, short) => {
  const head = heads.find((line) => new RegExp(`[ "]${long}( |"|$)`).test(line));
  expect(head).toBeDefined();
  if (short !== undefined) expect(head).toMatch(new RegExp(`[ "]-${short}[ "]`));
});
