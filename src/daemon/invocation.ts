/** How this program was called by its native parent. */

/** What a process brings along. */
export interface Invocation {
  /** argv[0] as it was typed. */
  readonly program: string;
  /** Directory that relative paths of the command line belong to. */
  readonly directory: string;
  /** Network namespace that the parent has entered for us. */
  readonly namespace: string | undefined;
  /** What the system does not let the parent take from this process; empty: nothing. */
  readonly unconfined: string;
  /** The environment before anything was taken out of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads it, once: what only this program should see is taken from the environment. */
export function takeInvocation(): Invocation {
  const environment = { ...process.env };
  // The parent's own (native/early-signals.c), for Node.js alone: it has removed any other.
  delete process.env.LD_PRELOAD;
  return {
    program: environment.VIGIL_ARGV0 ?? "keepalived",
    directory: environment.VIGIL_FOLDER ?? process.cwd(),
    namespace: environment.VIGIL_NAMESPACE,
    unconfined: environment.VIGIL_UNCONFINED ?? "",
    environment,
  };
}
