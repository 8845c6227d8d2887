/**
 * What a test process leaves in the system, and its removal: network namespaces, the processes in them, and files.
 * Everything is named `vgl-<pid>-…` after the test process, so that a later run finds what a killed one left.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "vgl";
const OWNED = /^vgl-(\d+)-/;

let created = 0;
let prepared = false;
const namespaces = new Set<string>();
const directories = new Set<string>();

/** A name for a lab, not used by any other on this machine, short enough for a namespace. */
export function uniqueLabName(): string {
  prepare();
  created++;
  return `${PREFIX}-${process.pid}-${created}`;
}

/** Makes the lab's directory (0755, as scripts in it must pass keepalived's script security) and remembers it. */
export function makeLabDirectory(labName: string): string {
  const directory = join(tmpdir(), labName);
  mkdirSync(directory, { mode: 0o755 });
  directories.add(directory);
  return directory;
}

/** Remembers a namespace for the case that the test process ends before it is removed. */
export function rememberNamespace(name: string): void {
  namespaces.add(name);
}

/** Kills every process in the namespaces, then removes them and the directory. */
export function removeLab(names: readonly string[], directory: string): void {
  for (const name of names) removeNamespace(name);
  for (const name of names) namespaces.delete(name);
  if (process.env.VIGIL_KEEP_LAB !== "1") rmSync(directory, { recursive: true, force: true });
  directories.delete(directory);
}

/** Removes what test processes that no longer live have left. */
function sweep(): void {
  for (const line of spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout.split("\n")) {
    const name = line.split(" ")[0] ?? "";
    if (isStale(name)) removeNamespace(name);
  }
  for (const name of readdirSync(tmpdir())) {
    if (isStale(name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isStale(name: string): boolean {
  const pid = OWNED.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

/** False for a test worker whose runner was killed, too: it goes round in circles, so it is ended here. */
function isAlive(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (!/^Name:\tnode \(vitest/m.test(status) || !/^PPid:\t1$/m.test(status)) return true;
    process.kill(pid, "SIGKILL");
    return false;
  } catch {
    return false;
  }
}

function removeNamespace(name: string): void {
  for (let round = 0; round < 20; round++) {
    const pids = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" })
      .stdout.split("\n")
      .filter(Boolean);
    if (pids.length === 0) break;
    for (const pid of pids) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It ended by itself in between.
      }
    }
  }
  spawnSync("ip", ["netns", "delete", name]);
}

/** Once per test process: sweeps, and sees to it that no exit leaves anything behind. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  sweep();
  process.on("exit", removeEverything);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      removeEverything();
      process.kill(process.pid, signal);
    });
  }
}

function removeEverything(): void {
  for (const name of namespaces) removeNamespace(name);
  namespaces.clear();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories.clear();
}
