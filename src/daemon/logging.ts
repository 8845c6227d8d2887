/** The daemon's log: which lines, in whose name, to which targets. */

import { plainText } from "../base/plain-text.js";
import { ConsoleTarget } from "./log-console.js";
import { FileTarget } from "./log-file.js";
import { jsonFormat, keepalivedFormat, type LogProcess } from "./log-format.js";
import { SyslogTarget } from "./log-syslog.js";
import type { LogTarget } from "./log-target.js";
import type { LogChoice } from "./options.js";

/**
 * Takes lines in the name of one of keepalived's processes. Never waits, never throws. Whatever the text has from others, it is one
 * line of plain text for every target.
 */
export interface Logger {
  /** A line that is always written. */
  info(text: string, fields?: object): void;
  /** A line that is written with `-D` only. */
  detail(text: string, fields?: object): void;
}

/** The log. */
export class Log {
  /** As keepalived's parent process. */
  readonly parent: Logger;
  /** As keepalived's VRRP process. */
  readonly vrrp: Logger;
  readonly #detail: boolean;
  readonly #targets: readonly LogTarget[];
  #suffix = "";

  constructor(choice: LogChoice) {
    this.#detail = choice.detail;
    const format = choice.format === "json" ? jsonFormat() : keepalivedFormat;
    this.#targets = [
      ...(choice.console ? [new ConsoleTarget(format)] : []),
      ...(choice.syslog ? [new SyslogTarget(choice.facility, () => this.#suffix)] : []),
      ...(choice.file === undefined ? [] : [new FileTarget(choice.file, format, choice.flush)]),
    ];
    this.parent = this.#loggerOf("parent");
    this.vrrp = this.#loggerOf("vrrp");
  }

  /** Appends the names of network namespace and instance to the idents of syslog. */
  identify(names: readonly (string | undefined)[]): void {
    const suffix = names.flatMap((name) => (name === undefined ? [] : [`_${name}`])).join("");
    if (suffix === this.#suffix) return;
    this.parent.info(`Changing syslog ident to Keepalived${suffix}`);
    this.#suffix = suffix;
  }

  /** Writes what still can be written, soon. */
  async close(): Promise<void> {
    await Promise.all(this.#targets.map((target) => target.close()));
  }

  #loggerOf(process: LogProcess): Logger {
    const write = (text: string, detail: boolean, fields: object) => {
      const record = { time: new Date(), process, text: plainText(text), detail, fields };
      for (const target of this.#targets) target.write(record);
    };
    return {
      info: (text, fields = {}) => write(text, false, fields),
      detail: (text, fields = {}) => {
        if (this.#detail) write(text, true, fields);
      },
    };
  }
}
