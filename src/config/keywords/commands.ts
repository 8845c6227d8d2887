/** Commands in a configuration: `"CMD ARGS" [USER [GROUP]]`, never run through a shell. */

import type { ScriptCommand } from "../config.js";
import type { ConfigDraft } from "../draft.js";
import type { Statement } from "../statement.js";

/** Argument text of commands in the manual. */
export const COMMAND_ARGUMENT = '"CMD" [USER [GROUP]]';

/** The command of a statement, its arguments split as keepalived 2.2 does; undefined when it cannot be split. */
export function readArgv(statement: Statement): readonly string[] | undefined {
  const words = statement.commandWords();
  const command = words?.[1];
  if (command === undefined) return undefined;
  const argv = statement.commandArguments(command.text, 1);
  if (argv === undefined || argv.length === 0) return undefined;
  noteOtherReading(statement, argv);
  return argv;
}

/** Tells of a command that later versions of keepalived run with other words. */
function noteOtherReading(statement: Statement, argv: readonly string[]): void {
  const later = statement.laterCommandArguments();
  if (later === undefined || JSON.stringify(later) === JSON.stringify(argv)) return;
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
  statement.note(
    "ERR_CONFIG_ESCAPED_COMMAND",
    `runs ${quoted(argv)}; keepalived 2.3.2 and later run ${quoted(later)}`,
    1,
    "write the quotes inside the command as '…', which all versions read alike",
  );
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
  const [, , user, group] = statement.commandWords() ?? [];
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
