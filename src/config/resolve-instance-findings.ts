/** Findings about one instance: `(NAME) MESSAGE` at the keyword that caused them. */

import type { ConfigDraft, InstanceDraft } from "./draft.js";
import { finding } from "./resolve-finding.js";

const CODE = "ERR_CONFIG_INSTANCE";

/** Reports what keepalived says when it completes an instance. `places`: keywords, the first that was written is shown. */
export class InstanceFindings {
  readonly #draft: InstanceDraft;
  readonly #root: ConfigDraft;

  constructor(draft: InstanceDraft, root: ConfigDraft) {
    this.#draft = draft;
    this.#root = root;
  }

  /** keepalived changes something and starts. */
  complain(message: string, places: readonly string[], hint?: string, separator = ""): void {
    this.#add("complaint", message, places, hint, separator);
  }

  /** keepalived does not start. */
  refuse(message: string, places: readonly string[], hint?: string, separator = ""): void {
    this.#add("refused", message, places, hint, separator);
  }

  /** Worth knowing. */
  note(message: string, places: readonly string[]): void {
    this.#add("note", message, places, undefined, "");
  }

  #add(
    severity: "complaint" | "refused" | "note",
    message: string,
    places: readonly string[],
    hint: string | undefined,
    separator: string,
  ): void {
    const text = `(${this.#draft.name})${separator} ${message}`;
    finding(this.#root, severity, CODE, text, this.#draft.placeOf(...places), hint);
  }
}
