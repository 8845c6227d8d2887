/** Vigil and keepalived as nodes of the lab: two programs, one command line. */

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host } from "./host.js";
import type { LabProcess, ProcessEnd } from "./lab-process.js";
import type { RouterNode, RouterState } from "./node.js";
import { REAL_TIME } from "./real-time.js";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The real keepalived of the system. */
export const KEEPALIVED = "/usr/sbin/keepalived";

/**
 * The program the tests examine. `VIGIL_UNDER_TEST=/usr/sbin/keepalived` puts the real one in its place, to see whether the
 * tests and the lab are right.
 */
export const VIGIL = process.env.VIGIL_UNDER_TEST ?? resolve(REPOSITORY, "bin/keepalived");

/** True when the program under test is not Vigil: what only Vigil promises is then not expected. */
export const UNDER_TEST_IS_KEEPALIVED = VIGIL === KEEPALIVED;

/** Beginning of a line on standard error: keepalived's `ctime` time stamp. */
const STAMP = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: /;

/** keepalived's words for a state, after the name of the instance. */
const STATE = /^(?:Entering (MASTER|BACKUP|FAULT) STATE|entering (FAULT) state)/;

/** Complaints about a received packet, in the words of keepalived 2.2 and 2.4. */
const PACKET_ERROR =
  /checksum|mismatch|invalid|too short|too long|IPSEC|AH header|\bauth\b|wrong|expect|unknown|not present|TTL\/HL|not a unicast peer|ip_tot_len/i;

/** A stack trace, an error nobody caught, or a failed system call. */
const OWN_MISTAKE = /\.js:\d+|Error\b|exception|unhandled|\bE[A-Z]{4,}\b|segfault/;

/** A daemon with keepalived's command line, on a host. */
export class KeepalivedNode implements RouterNode {
  readonly host: Host;
  readonly implementation: string;
  readonly seesCarrier = true;
  readonly #program: string;
  readonly #runs: LabProcess[] = [];
  readonly #instance: string;
  #configuration: string;

  /**
   * @param program {@link VIGIL} or {@link KEEPALIVED}.
   * @param configuration text of keepalived.conf, or the path of a file that is used as it is.
   * @param instance name of the instance that the tests look at.
   */
  constructor(
    host: Host,
    program: string,
    configuration: string | { readonly path: string },
    instance = "VI_1",
  ) {
    if (!existsSync(program)) throw new Error(`${program} does not exist`);
    this.host = host;
    this.#program = program;
    this.implementation = program === KEEPALIVED ? "keepalived" : "vigil";
    this.#instance = `(${instance}) `;
    this.#configuration =
      typeof configuration === "string"
        ? this.host.file("keepalived.conf", configuration)
        : configuration.path;
  }

  /** Writes a new configuration, for the next start or {@link reload}. */
  configure(configuration: string): void {
    this.#configuration = this.host.file("keepalived.conf", configuration);
  }

  /** Sends SIGHUP. */
  reload(): void {
    this.process.signal("SIGHUP");
  }

  /** The running process, or the last one. @throws {Error} before the first start. */
  get process(): LabProcess {
    const last = this.#runs.at(-1);
    if (last === undefined) throw new Error(`${this.implementation} on ${this.host.name} was never started`);
    return last;
  }

  /** Log lines of the current run, without time stamps. */
  get log(): readonly string[] {
    return this.process.lines.map((line) => line.replace(STAMP, ""));
  }

  /** Starts it in the foreground, with the log on standard error, as `keepalived -n -l -D -G`. */
  async start(): Promise<void> {
    const pidFile = `${this.host.directory}/keepalived.pid`;
    const vrrpPidFile = `${this.host.directory}/vrrp.pid`;
    const peer = this.#program === KEEPALIVED ? REAL_TIME : [];
    const argv = [...peer, this.#program, "-n", "-l", "-D", "-G", "-P"];
    this.#runs.push(
      this.host.spawn(
        [...argv, "-f", this.#configuration, "-p", pidFile, "-r", vrrpPidFile],
        this.implementation,
      ),
    );
    await this.process.waitForLine(/Startup complete/);
  }

  /** Sends SIGTERM and waits for the end. */
  async stop(): Promise<void> {
    const end = await this.terminate();
    if (end.code !== 0) throw new Error(`ended with ${JSON.stringify(end)}\n${this.process.tail()}`);
  }

  /** As {@link stop}, with whatever exit status. */
  terminate(): Promise<ProcessEnd> {
    this.process.signal("SIGTERM");
    return this.process.ended;
  }

  async kill(): Promise<void> {
    await this.process.killAll();
  }

  async state(): Promise<RouterState> {
    if (this.#runs.at(-1)?.end !== undefined || this.#runs.length === 0) return "other";
    return this.states().at(-1) ?? "other";
  }

  /** The states of the current run in the order the log tells them. */
  states(): RouterState[] {
    return this.log.flatMap((line) => {
      const match = line.startsWith(this.#instance) ? STATE.exec(line.slice(this.#instance.length)) : null;
      return match === null ? [] : [(match[1] ?? match[2]) as RouterState];
    });
  }

  complaints(): readonly string[] {
    const lines = this.#runs.flatMap((run) => run.lines.map((line) => line.replace(STAMP, "")));
    return lines.filter(
      (line) =>
        OWN_MISTAKE.test(line) ||
        (line.startsWith(this.#instance) && PACKET_ERROR.test(line) && !line.includes("lower priority")),
    );
  }
}
