/**
 * Files that the daemon writes to under names that somebody chose, perhaps in a folder where others may write, such as /tmp. A link
 * that one of them puts there must not lead root to another file.
 */

import { closeSync, constants, fstatSync, openSync } from "node:fs";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/** open(2) of what is a symbolic link. */
const LINK = "ELOOP";

/**
 * Opens a file for appending, made with `mode` (less the umask) if it is not there. It is never truncated: what is opened is looked
 * at first. Devices such as /dev/null are taken as well.
 * @returns its descriptor.
 * @throws {Error} when it is a link, no file, belongs to another user, or has a second name; and of open(2).
 */
export function openOwnFile(path: string, mode: number): number {
  const descriptor = open(path, mode);
  try {
    const found = fstatSync(descriptor);
    if (found.isCharacterDevice()) return descriptor;
    if (!found.isFile()) throw new Error(`${path} is no file`);
    if (found.uid !== process.geteuid?.()) throw new Error(`${path} belongs to user ${found.uid}`);
    // A hard link: the file of the other name may be anybody's secret or configuration.
    if (found.nlink !== 1) throw new Error(`${path} has ${found.nlink} names`);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function open(path: string, mode: number): number {
  try {
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === LINK) throw new Error(`${path} is a symbolic link`);
    throw error;
  }
}
