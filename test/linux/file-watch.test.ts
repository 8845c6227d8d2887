/** Watching files: whole ones only, however they come and go. */

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileWatch, initialiseFiles } from "../../src/linux/main-thread/tracking/file-watch.js";
import { waitFor } from "../support/lab/wait-for.js";

let directory: string;
let path: string;
let numbers: number[];
let notices: string[];
let watch: FileWatch;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vigil-file-"));
  path = join(directory, "weight");
  numbers = [];
  notices = [];
  watch = new FileWatch({
    number: (_file, number) => numbers.push(number),
    notice: (text) => notices.push(text),
  });
});

afterEach(() => {
  watch.close();
  rmSync(directory, { recursive: true, force: true });
});

const file = (more: object = {}) => ({ name: "F", path, weight: 1, reverse: false, ...more });

const told = (number: number) =>
  waitFor(() => numbers.at(-1) === number, { what: `${number}`, evidence: () => numbers.join(" ") });

test("what is no regular file is not opened and counts as 0", async () => {
  const fifo = join(directory, "fifo");
  execFileSync("mkfifo", [fifo]);
  const files = [fifo, "/dev/zero", directory].map((special) => file({ path: special }));
  for (const special of files) watch.configure([special]);
  expect(numbers).toEqual([0, 0, 0]);
  expect(notices).toEqual([]);
});

test("a file that is being written says nothing until it is closed", async () => {
  writeFileSync(path, "7");
  watch.configure([file()]);
  expect(numbers).toEqual([7]);
  const descriptor = openSync(path, "w");
  writeSync(descriptor, "1");
  // Of another file, and told after everything about the first one.
  writeFileSync(join(directory, "other"), "x");
  writeSync(descriptor, "5");
  closeSync(descriptor);
  await told(15);
  expect(numbers).toEqual([7, 15]);
});

test("renamed away, renamed into place, removed, made anew", async () => {
  watch.configure([file()]);
  expect(numbers).toEqual([0]);
  writeFileSync(path, "1");
  await told(1);
  renameSync(path, `${path}.old`);
  await told(0);
  renameSync(`${path}.old`, path);
  await told(1);
  rmSync(path);
  await told(0);
  appendFileSync(path, "9");
  await told(9);
});

test("through a symbolic link the real directory is watched", async () => {
  mkdirSync(join(directory, "real"));
  writeFileSync(join(directory, "real", "file"), "3");
  symlinkSync(join(directory, "real", "file"), path);
  watch.configure([file()]);
  expect(numbers).toEqual([3]);
  writeFileSync(join(directory, "real", "file"), "4");
  await told(4);
});

test("no directory: said once, not tracked; a directory that vanishes: said, and 0", async () => {
  watch.configure([file({ path: join(directory, "none", "file") })]);
  expect([numbers, notices]).toEqual([[], ["Track file directory for F does not exist - not tracked"]]);
  mkdirSync(join(directory, "sub"));
  writeFileSync(join(directory, "sub", "file"), "5");
  watch.configure([file({ path: join(directory, "sub", "file") })]);
  rmSync(join(directory, "sub"), { recursive: true });
  await waitFor(() => notices.length === 2, { what: "a notice" });
  expect(notices[1]).toBe("The directory of track file F is gone - no longer tracked");
  expect(numbers.at(-1)).toBe(0);
});

test("a number out of range leaves the one before", async () => {
  writeFileSync(path, "3");
  watch.configure([file()]);
  writeFileSync(path, "99999999999");
  await waitFor(() => notices.length === 1, { what: "a notice" });
  expect([numbers, notices]).toEqual([[3], [`Invalid number read from ${path} - ignoring`]]);
});

test("init_file: made when missing, kept or overwritten when there; never through a link, never another kind of file", () => {
  const initialise = (init: object, at = path) => {
    initialiseFiles([file({ path: at, init })], (text) => notices.push(text));
  };
  initialise({ value: 5, overwrite: false });
  expect(readFileSync(path, "utf8")).toBe("5\n");
  initialise({ value: 6, overwrite: false });
  expect(readFileSync(path, "utf8")).toBe("5\n");
  initialise({ value: -7, overwrite: true });
  expect(readFileSync(path, "utf8")).toBe("-7\n");
  initialise({ value: 1, overwrite: true }, directory);
  expect(notices).toEqual(["Cannot initialise track file F - it is not a regular file"]);
  const victim = join(directory, "victim");
  symlinkSync(victim, join(directory, "link"));
  initialise({ value: 1, overwrite: true }, join(directory, "link"));
  expect(() => readFileSync(victim)).toThrow();
  expect(notices[1]).toContain("Unable to initialise track file F");
});
