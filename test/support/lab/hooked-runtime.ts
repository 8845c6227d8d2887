/** A runtime that loads a test's own code before the program: faults that no input provokes. */

import type { Host } from "./host.js";

/**
 * Environment for {@link Host.spawn} with which Vigil's launcher takes this runtime; packages take none but their own.
 * @param code a CommonJS module, run at the start of each thread; `__dirname` is the host's folder.
 */
export function withHook(host: Host, code: string): { readonly VIGIL_NODE: string } {
  const hook = host.file("hook.cjs", code);
  const runtime = `#!/bin/sh\nexec ${process.execPath} --require=${hook} "$@"\n`;
  return { VIGIL_NODE: host.file("hooked-node", runtime, 0o755) };
}
