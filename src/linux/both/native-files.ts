/** Where the compiled native parts are. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The path of a compiled native file: in the nearest folder above this one that has it, for this file may be compiled or bundled.
 * @throws {Error} that says how to build it.
 */
export function findNativeFile(name: string): string {
  const relative = join("native", "build", "Release", name);
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, relative);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) throw new Error(`${relative} is missing: build it with "npm run build"`);
  }
}
