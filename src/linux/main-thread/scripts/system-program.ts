/** Programs of the system that Vigil itself needs, run by the starter as this process's own user: nft(8), getent(1). */

import { fstatSync, readSync } from "node:fs";
import type { ScriptResult } from "../../../engine/platform.js";
import { native } from "../../both/native.js";
import { startProgram } from "./starter.js";

/** How a program ended and what it wrote. */
export interface ProgramRun {
  readonly result: ScriptResult;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs a program to its end. Never rejects.
 * @param input what it reads from standard input.
 * @param limit ms after which it is killed.
 */
export async function runSystemProgram(
  argv: readonly string[],
  input: string,
  limit: number,
): Promise<ProgramRun> {
  const files = [input, "", ""].map((text) => native.memoryFile(Buffer.from(text)));
  const credentials = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const program = startProgram({ argv, credentials, stdio: files });
  const timer = setTimeout(() => program.signal("SIGKILL"), limit);
  const result = await program.ended;
  clearTimeout(timer);
  const [, output = "", errors = ""] = files.map(contentOf);
  for (const file of files) native.close(file);
  return { result, output, errors };
}

function contentOf(file: number): string {
  const bytes = Buffer.alloc(fstatSync(file).size);
  readSync(file, bytes, 0, bytes.length, 0);
  return bytes.toString("utf8");
}
