/** vigil(1) and the completion know every command and option that the program has, and the manual is clean. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { attempt, run } from "../support/lab/commands.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const manual = readFileSync(`${ROOT}/man/vigil.1`, "utf8");
const completion = readFileSync(`${ROOT}/completion/vigil.bash`, "utf8");

/** Names of the commands, as the help lists them. */
async function commands(): Promise<string[]> {
  const help = await run([`${ROOT}/bin/vigil`, "--help"]);
  const list = help.slice(help.indexOf("Commands:"));
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

test("every command and every long option of the commands that ask the daemon", async () => {
  const names = await commands();
  expect(names).toContain("explain");
  const plain = manual.replaceAll("\\-", "-");
  for (const name of names) {
    expect(plain, `vigil ${name} in the manual`).toContain(`vigil ${name}`);
    expect(completion, `vigil ${name} in the completion`).toMatch(
      new RegExp(`"[^"]*\\b${name}\\b[^"]*--help`),
    );
    if (name === "probe") continue;
    const help = await run([`${ROOT}/bin/vigil`, name, "--help"]);
    for (const [option] of help.matchAll(/--[a-z][a-z-]+/g)) {
      if (option === "--help") continue;
      expect(plain, `${option} of vigil ${name} in the manual`).toContain(option);
      expect(completion, `${option} of vigil ${name} in the completion`).toContain(option);
    }
  }
});

test("the manual is clean for mandoc, the completion for bash", async () => {
  expect(await attempt(["mandoc", "-T", "lint", `${ROOT}/man/vigil.1`])).toMatchObject({
    status: 0,
    stdout: "",
  });
  const words = "COMP_WORDS=(vigil dump st); COMP_CWORD=2; _vigil; echo ${COMPREPLY[@]}";
  const said = await run(["bash", "-c", `. ${ROOT}/completion/vigil.bash; ${words}`]);
  expect(said.trim()).toBe("stats stats-clear");
});
