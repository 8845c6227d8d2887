/** `startup_script` and `shutdown_script`: run once, waited for, and ended when they take too long. */

import type { AccountName } from "./accounts.js";
import { ScriptProcess } from "./script-process.js";
import { type OwnedCommand, programOf } from "./script-runner.js";

/** How long a script has after SIGTERM, ms, before its process group is killed. */
const GRACE = 1_000;

/**
 * Runs a script to its end. Never rejects.
 * @param limit ms after which it is told to end.
 * @returns a line for the log when it failed; undefined when all went well.
 */
export async function runTimedScript(
  command: OwnedCommand,
  scriptUser: AccountName | undefined,
  limit: number,
): Promise<string | undefined> {
  const name = command.argv[0];
  const program = await programOf(command, scriptUser);
  if ("error" in program) return `script ${name}: ${program.error}`;
  const script = new ScriptProcess(program);
  const timers: NodeJS.Timeout[] = [];
  let late = false;
  timers.push(
    setTimeout(() => {
      late = true;
      script.signal("SIGTERM");
      timers.push(setTimeout(() => script.signal("SIGKILL"), GRACE));
    }, limit),
  );
  const result = await script.ended;
  for (const timer of timers) clearTimeout(timer);
  if (late) return `script ${name} took longer than ${limit / 1_000} s and was ended`;
  if (result.kind === "failedToStart") return `script ${name}: ${result.error}`;
  if (result.kind === "signaled") return `script ${name} ended by ${result.signal}`;
  return result.status === 0 ? undefined : `script ${name} exited with status ${result.status}`;
}
