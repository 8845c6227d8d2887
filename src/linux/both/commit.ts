/** A change of configuration that was prepared: nothing of it is in force before {@link Commit.commit}. */

/** One part of a change. */
export interface Commit {
  /** Puts the change in force. What can fail has been done by the preparation. */
  commit(): void | Promise<void>;
  /** Undoes what the preparation has made, as the change will not be in force. */
  abandon?(): void | Promise<void>;
  /** Lets go of what only the configuration before needed: every part has been put in force. */
  finish?(): void | Promise<void>;
}
