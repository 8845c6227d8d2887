/** Words that no file of the project may hold: they would tie it to one place or one moment. */

import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

// Put together here, so that this file does not hold what it looks for.
const registries = [
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["npmmirror", "com"],
  ["deb", "debian", "org"],
  ["security", "debian", "org"],
  ["archive", "ubuntu", "com"],
  ["pypi", "org"],
  ["crates", "io"],
  ["proxy", "golang", "org"],
].map((labels) => labels.join("\\."));

const rules: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b(${registries.join("|")})\\b`), "names the address of a package registry"],
  [new RegExp(`(?<![\\w.~-])/(${["work", "farm"].join("|")})/`), "names a folder of one machine"],
];

const unfinished = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`);

/** Violations in the text of one file. */
export function textViolations(path: string, text: string): string[] {
  const applied = /^(src|native|scripts|bin|bench)\//.test(path)
    ? [...rules, [unfinished, "leaves work for later"] as const]
    : rules;
  return text
    .split("\n")
    .flatMap((line, index) =>
      applied
        .filter(([pattern]) => pattern.test(line))
        .map(([, message]) => `${path}:${index + 1}: ${message}`),
    );
}

/** Paths of all files that are, or are about to be, under version control; relative to `root`. */
export function trackedFiles(root: string): string[] {
  const git = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", git, { cwd: root, encoding: "utf8" }).split("\0");
  return listed.filter((path) => path !== "" && isFile(resolve(root, path)));
}

/** The file's bytes as text, one character a byte, so that binary files can be searched too. */
export function readTracked(root: string, path: string): string {
  return readFileSync(resolve(root, path), "latin1");
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
