/** vigil(1) and the completion know every command and option that the program has, and no other. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../support/lab/commands.js";
import { manualEntries, plainText } from "../support/manual.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const completion = readFileSync(`${ROOT}/completion/vigil.bash`, "utf8");
const manual = plainText(readFileSync(`${ROOT}/man/vigil.1`, "utf8"));

const help = (...words: readonly string[]) => run([`${ROOT}/bin/vigil`, ...words, "--help"]);

/** Commands of a help, in its order; a command of commands is its last word's parent: `nodelet status`. */
async function commands(...parents: readonly string[]): Promise<string[]> {
  const text = await help(...parents);
  const at = text.indexOf("Commands:");
  if (at < 0) return [parents.join(" ")];
  const names = [...text.slice(at).matchAll(/^ {2}([a-z]+)/gm)].map(([, name = ""]) => name);
  const found: string[] = [];
  for (const name of names.filter((one) => one !== "help"))
    found.push(
      ...(parents.length === 0 && name === "nodelet" ? await commands(name) : [[...parents, name].join(" ")]),
    );
  return found;
}

/** Long and short options of a command, but those that all have. */
async function optionsOf(command: string): Promise<string[]> {
  const text = await help(...command.split(" "));
  return [...text.matchAll(/^ {2}(-[^ ,]+(?:, --[^ ]+)?)/gm)]
    .flatMap(([, names = ""]) => names.split(", "))
    .filter((name) => !["-h", "--help", "--socket"].includes(name))
    .sort();
}

/** The part of the description that is about a command: its entry with the ones in it. */
function partAbout(command: string, all: readonly string[]): string {
  const entries = manualEntries("vigil.1").filter(({ section }) => section === "DESCRIPTION");
  const isAbout = (head: string, name: string) => head === name || head.startsWith(`${name} `);
  const start = entries.findIndex(({ heads }) => heads.some((head) => isAbout(head, command)));
  expect(start, `an entry for vigil ${command}`).toBeGreaterThanOrEqual(0);
  const length = entries
    .slice(start + 1)
    .findIndex(({ heads }) => heads.some((head) => all.some((name) => isAbout(head, name))));
  const part = entries.slice(start, length < 0 ? undefined : start + 1 + length);
  return part.map(({ heads, text }) => `${heads.join(" ")}\n${text}`).join("");
}

const optionsIn = (text: string) => [...new Set(text.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [])].sort();

test("every command with exactly its options, in the description and in the synopsis", async () => {
  const all = await commands();
  expect(all).toContain("explain");
  const described = manualEntries("vigil.1")
    .filter(({ section }) => section === "DESCRIPTION")
    .flatMap(({ heads }) => heads)
    .filter((head) => !head.startsWith("-"));
  expect(
    described.map((head) => all.find((name) => `${head} `.startsWith(`${name} `)) ?? head).sort(),
  ).toEqual([...all].sort());
  const synopsis = manual.slice(manual.indexOf(".SH SYNOPSIS"), manual.indexOf(".SH DESCRIPTION"));
  for (const command of all) {
    const options = await optionsOf(command);
    // Another program's option.
    const part = partAbout(command, all).replaceAll("keepalived -t", "");
    expect(optionsIn(part), `vigil ${command} in the manual`).toEqual(options);
    const usage = synopsis.split(".br\n").find((one) => one.includes(`vigil ${command}`)) ?? "";
    // The long name of a short one stands in the description alone.
    const short = options.includes("-i") ? options.filter((name) => name !== "--config-id") : options;
    expect(optionsIn(usage), `vigil ${command} in the synopsis`).toEqual(short);
    const [first = ""] = command.split(" ");
    const completed =
      new RegExp(`^ +${first}\\)[\\s\\S]*?options="([^"]*)"`, "m").exec(completion)?.[1]?.split(" ") ?? [];
    const wanted = completed.filter((name) => !["--help", "--socket"].includes(name)).sort();
    expect(wanted, `vigil ${command} in the completion`).toEqual(options);
    expect(completion).toMatch(new RegExp(`"[^"]*\\b${first}\\b[^"]*--help --version"`));
  }
});

test("the completion is clean for bash", async () => {
  const words = "COMP_WORDS=(vigil dump st); COMP_CWORD=2; _vigil; echo ${COMPREPLY[@]}";
  const said = await run(["bash", "-c", `. ${ROOT}/completion/vigil.bash; ${words}`]);
  expect(said.trim()).toBe("stats stats-clear");
});
