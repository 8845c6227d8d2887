/** Failed system calls as values that say what was tried, on what, and why it failed. */

import { getSystemErrorMap } from "node:util";

/** What a {@link SyscallError} is made of. */
export interface SyscallFailure {
  /** The call, with its option where that matters: `setsockopt IPV6_JOIN_GROUP`. */
  readonly syscall: string;
  /** What it was tried on: `eth0`, `224.0.0.18 on eth0`. */
  readonly object: string;
  /** Positive, as in errno(3). */
  readonly errno: number;
}

/** A system call failed. The message reads `sendmmsg 224.0.0.18 on eth0: network is down (ENETDOWN)`. */
export class SyscallError extends Error {
  override readonly name = "SyscallError";
  readonly syscall: string;
  readonly object: string;
  /** Positive, as in errno(3). */
  readonly errno: number;
  /** `ENETDOWN` */
  readonly code: string;

  constructor(failure: SyscallFailure, cause?: unknown) {
    const [code, reason] = getSystemErrorMap().get(-failure.errno) ?? [`E${failure.errno}`, "unknown error"];
    super(`${failure.syscall} ${failure.object}: ${reason} (${code})`, { cause });
    this.syscall = failure.syscall;
    this.object = failure.object;
    this.errno = failure.errno;
    this.code = code;
  }
}

/**
 * Runs a system call of Node.js or of the addon; its failure becomes a {@link SyscallError} of this name and object.
 * @throws {SyscallError}; anything that is no failed system call passes as it is.
 */
export function attemptSyscall<T>(syscall: string, object: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof Error && "errno" in error && typeof error.errno === "number") {
      throw new SyscallError({ syscall, object, errno: Math.abs(error.errno) }, error);
    }
    throw error;
  }
}
