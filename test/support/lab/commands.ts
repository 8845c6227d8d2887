/** Short-lived commands of the lab: `ip`, `nft`, `bridge`, `tshark`, each run to its end. */

import { spawn } from "node:child_process";

/** What a command left behind. */
export interface CommandResult {
  /** Exit status; 128 + signal number when a signal ended it, as a shell says it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link attempt} and {@link run}. */
export interface CommandOptions {
  /** Written to standard input, which is empty otherwise. */
  readonly input?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command and tells how it ended, whatever that was.
 * @throws {Error} only when the program cannot be started.
 */
export function attempt(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new RangeError("an empty command");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...options.env } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    // A program that does not read its input closes it early; its exit status tells the story.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({
        status: code ?? 128 + (signal === "SIGKILL" ? 9 : 15),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/**
 * Runs a command that must succeed; returns its standard output.
 * @throws {Error} with the command and its standard error when the exit status is not 0.
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(argv, options);
  if (result.status === 0) return result.stdout;
  const input = options.input === undefined ? "" : `\ninput:\n${options.input}`;
  throw new Error(
    `${argv.join(" ")}: exit status ${result.status}\n${result.stderr}${result.stdout}${input}`,
  );
}
