/** How this program was called, and how it goes into the background. */

import { detachedFrom, startDetachedCopy } from "../linux/main-thread/process/detached-copy.js";

/** What a process brings along. */
export interface Invocation {
  /** argv[0] as it was typed. */
  readonly program: string;
  /** Directory that relative paths of the command line belong to. */
  readonly directory: string;
  /** True in the copy that stays in the background. */
  readonly detached: boolean;
  /** The environment before anything was taken out of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads it, once: what only this program should see is taken from the environment, which scripts get. */
export function takeInvocation(): Invocation {
  const environment = { ...process.env };
  delete process.env.VIGIL_ARGV0;
  // The launcher's own (native/early-signals.c), for Node.js alone: it has removed any other.
  delete process.env.LD_PRELOAD;
  const directory = detachedFrom();
  return {
    program: environment.VIGIL_ARGV0 ?? "keepalived",
    directory: directory ?? process.cwd(),
    detached: directory !== undefined,
    environment,
  };
}

/** Starts a copy in the background; resolves to the exit status when it is ready, or has failed to become so. */
export async function startInBackground(invocation: Invocation): Promise<number> {
  const status = await startDetachedCopy(invocation.environment);
  if (status !== 0) process.stderr.write(`keepalived did not start (status ${status}): the log says why\n`);
  return status;
}
