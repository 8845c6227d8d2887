/** The system's log as a target, as syslog(3) speaks to it: idents of keepalived, pid, facility. */

import { UnixDatagrams } from "../linux/main-thread/process/unix-datagrams.js";
import { type LogProcess, type LogRecord, syslogTime } from "./log-format.js";
import { type LogTarget, lostLines } from "./log-target.js";

/** Where syslog daemons listen. */
const SOCKET = "/dev/log";

/** LOG_INFO of syslog(3): keepalived's severity for all that matters here. */
const INFO = 6;

/** Whose pid a line has. The parent may die before us. */
const PID: Readonly<Record<LogProcess, number>> = { parent: process.ppid, vrrp: process.pid };

const IDENT: Readonly<Record<LogProcess, string>> = { parent: "Keepalived", vrrp: "Keepalived_vrrp" };

/** Lines to the syslog daemon. */
export class SyslogTarget implements LogTarget {
  readonly #socket = new UnixDatagrams(SOCKET);
  readonly #facility: number;
  readonly #suffix: () => string;
  #untold = 0;

  /** @param suffix appended to the idents: `_NAMESPACE_INSTANCE`, or nothing. */
  constructor(facility: number, suffix: () => string) {
    this.#facility = facility;
    this.#suffix = suffix;
  }

  write(record: LogRecord): void {
    if (this.#untold > 0 && this.#send(lostLines(record, this.#untold))) this.#untold = 0;
    if (!this.#send(record)) this.#untold++;
  }

  close(): void {
    this.#socket.close();
  }

  #send(record: LogRecord): boolean {
    const priority = this.#facility * 8 + INFO;
    const tag = `${IDENT[record.process]}${this.#suffix()}[${PID[record.process]}]`;
    return this.#socket.send(`<${priority}>${syslogTime(record.time)} ${tag}: ${record.text}`);
  }
}
