/** A line of the log as text: keepalived's form on the console and in files, or JSON by choice. */

import { pino } from "pino";
import { plainText } from "../base/plain-text.js";

/** Which of keepalived's processes would have written a line. */
export type LogProcess = "parent" | "vrrp";

/** One line. */
export interface LogRecord {
  readonly time: Date;
  readonly process: LogProcess;
  readonly text: string;
  /** Written with `-D` only. */
  readonly detail: boolean;
  /** What JSON has besides. */
  readonly fields: object;
}

/** A record as one line, with its newline. */
export type LogFormat = (record: LogRecord) => string;

/** `Mon Nov 23 00:25:33 2026: TEXT`. */
export const keepalivedFormat: LogFormat = ({ time, text }) => `${consoleTime(time)}: ${text}\n`;

/** One JSON object a line: level, time (ms), pid, process, msg and the fields of the record. */
export function jsonFormat(): LogFormat {
  let line = "";
  const write = (text: string) => {
    // The fields' texts with it: of JSON's own characters none is unfit.
    line = `${plainText(text.trimEnd())}\n`;
  };
  const logger = pino({ level: "debug", base: { pid: process.pid } }, { write });
  return ({ process, text, detail, fields }) => {
    logger[detail ? "debug" : "info"]({ process, ...fields }, text);
    return line;
  };
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** ctime(3) without its newline, as keepalived writes it: `Mon Nov 23 00:25:33 2026`. */
function consoleTime(time: Date): string {
  return `${DAYS[time.getDay()]} ${syslogTime(time)} ${time.getFullYear()}`;
}

/** The time in a line of syslog(3): `Nov 23 00:25:33`. */
export function syslogTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${MONTHS[time.getMonth()]} ${String(time.getDate()).padStart(2, " ")} ${clock}`;
}
