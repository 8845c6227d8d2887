/** Under which name ps(1), pidof(8), pgrep(1) and killall(1) know this process. */

import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";

/** Fields arg_start and arg_end of /proc/PID/stat, proc(5), counted from the one after the name. */
const ARG_START = 45;
const ARG_END = 46;

/**
 * Gives this process a name (/proc/PID/comm) and a command line (/proc/PID/cmdline), in place of those of the interpreter.
 * `process.title` would join the words by blanks, so that the first one is not the program any more. What is not permitted
 * is left as it is: a name is nothing to fail for.
 * @param words shortened when they take more room than the interpreter's own command line did.
 */
export function appearAs(name: string, words: readonly string[]): void {
  attempt(() => writeFileSync("/proc/self/comm", name));
  attempt(() => writeCommandLine(words));
}

function writeCommandLine(words: readonly string[]): void {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const start = Number(fields[ARG_START]);
  const room = Number(fields[ARG_END]) - start;
  // 0 where the system hides them.
  if (!(start > 0 && room > 0)) return;
  const text = Buffer.alloc(room);
  // The last byte stays 0: if it were not, the kernel would read on into the environment.
  text.write(`${words.join("\0")}\0`, 0, room - 1);
  // Its own memory: Node.js keeps copies of the words that it was started with.
  const memory = openSync("/proc/self/mem", "r+");
  try {
    writeSync(memory, text, 0, room, start);
  } finally {
    closeSync(memory);
  }
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // A system without /proc, or one that forbids it.
  }
}
