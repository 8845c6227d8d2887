/** Commands in a configuration: `"CMD ARGS" [USER [GROUP]]`, never run through a shell. */

import type { ScriptCommand } from "../config.js";
import type { ConfigDraft } from "../draft.js";
import type { Statement } from "../statement.js";

/** Argument text of commands in the manual. */
export const COMMAND_ARGUMENT = '"CMD" [USER [GROUP]]';

/** The command of a statement, its arguments split; undefined when it cannot be split. */
export function readArgv(statement: Statement): readonly string[] | undefined {
  const words = statement.shellWords();
  const command = words?.[1];
  if (command === undefined) return undefined;
  const argv = statement.commandArguments(command.text, 1);
  return argv === undefined || argv.length === 0 ? undefined : argv;
}

/** A notify-like command with its user; undefined, after a note, when it is not usable. */
export function readCommand(
  statement: Statement,
  root: ConfigDraft,
  kind: string,
): ScriptCommand | undefined {
  const argv = readArgv(statement);
  if (argv === undefined) {
    statement.note("ERR_CONFIG_BAD_COMMAND", `Unable to parse ${kind} script`, 1);
    return undefined;
  }
  const [, , user, group] = statement.shellWords() ?? [];
  if (user === undefined) {
    if (root.hasDefaultUser((message) => statement.complain("ERR_CONFIG_UNKNOWN_USER", message, 1)))
      return { argv };
    const message = `Failed to set default user for ${kind} script ${argv[0]} - ignoring`;
    statement.note("ERR_CONFIG_UNKNOWN_USER", message, 1);
    return undefined;
  }
  if (root.world?.userExists?.(user.text, group?.text) === false) {
    statement.note(
      "ERR_CONFIG_UNKNOWN_USER",
      `Invalid user/group for ${kind} script ${argv[0]} - ignoring`,
      2,
    );
    return undefined;
  }
  return group === undefined ? { argv, user: user.text } : { argv, user: user.text, group: group.text };
}
