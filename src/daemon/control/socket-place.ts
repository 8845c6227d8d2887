/**
 * The name under which the control API's socket is found. It is taken without a moment in which the socket has another mode or in
 * which another daemon's socket could be removed.
 */

import { linkSync, lstatSync, renameSync, type Stats, unlinkSync } from "node:fs";
import { connect } from "node:net";

/** How often the name is tried while others take and leave it. */
const MOST_TRIES = 5;

/** ms until a socket that accepts nothing counts as alive: its daemon may stand still. */
const ANSWER_LIMIT = 1_000;

/** A name for our socket while it is made, in the same folder. */
export function privateName(path: string): string {
  return `${path}.${process.pid}`;
}

/**
 * Gives the socket its public name. What a dead daemon left behind there is replaced.
 * @param made its private name, which is gone afterwards.
 * @throws {Error} when another daemon listens there, or something else has the name; of link(2) and rename(2).
 */
export async function takeName(made: string, path: string): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    try {
      linkSync(made, path);
      unlinkSync(made);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    await removeDead(path);
  }
  throw new Error(`${path} is taken again and again by others`);
}

/** Whether the name is that of this socket still; `missing` when nothing has it. */
export function holderOf(path: string, ours: Stats): "ours" | "other" | "missing" {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "missing";
  return found.ino === ours.ino && found.dev === ours.dev ? "ours" : "other";
}

/** Takes the name away from a dead daemon's socket. One that came to life meanwhile gets it back. */
async function removeDead(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} exists and is no socket`);
  if (await answers(path)) throw new Error(`another daemon listens at ${path}`);
  const aside = `${privateName(path)}.old`;
  renameSync(path, aside);
  const alive = await answers(aside);
  if (alive) giveBack(aside, path);
  unlinkSync(aside);
  if (alive) throw new Error(`another daemon listens at ${path}`);
}

function giveBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch {
    // A third daemon has the name by now.
  }
}

/** True when somebody accepts connections there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setTimeout(ANSWER_LIMIT, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
