/** Waiting for what a test expects of daemons that run beside it: by polling, with a deadline that only a failure reaches. */

/** Options of {@link waitFor}. */
export interface WaitOptions {
  /** What is awaited, for the message: "n1 is MASTER". */
  readonly what: string;
  /** Milliseconds; far more than a healthy system needs, as the machine may be busy. */
  readonly timeout?: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
  /** Appended to the message of a failure. */
  readonly evidence?: () => string | Promise<string>;
}

/**
 * Looks until `condition` gives something other than `undefined` and `false`, and returns that.
 * @throws {Error} after the timeout; the message has what was awaited and the evidence. An error thrown by the condition ends
 *   the wait at once.
 */
export async function waitFor<T>(
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  options: WaitOptions,
): Promise<T> {
  const timeout = options.timeout ?? 40_000;
  const deadline = performance.now() + timeout;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) {
      const evidence = options.evidence === undefined ? "" : `\n${await options.evidence()}`;
      throw new Error(`waited ${timeout / 1000} s in vain: ${options.what}${evidence}`);
    }
    await pause(options.every ?? 60);
  }
}

/** Lets real time pass: for "nothing happens during", never for "by then it will have happened". */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
