/** Tells the outside of changes: runs notify scripts, writes to FIFOs, sends mail. All on the main thread, nothing is waited for. */

import { hostname, userInfo } from "node:os";
import type { NotifyFifo as FifoConfig, LoadedConfig, MailSettings } from "../config/loaded-config.js";
import type { EngineEvent } from "../engine/events.js";
import type { Commit } from "../linux/both/commit.js";
import { type Account, findCredentials } from "../linux/main-thread/scripts/accounts.js";
import { Mailer, type MailRelay } from "../linux/main-thread/scripts/mailer.js";
import { NotifyFifo, type NotifyFifoSpec } from "../linux/main-thread/scripts/notify-fifo.js";
import { NotifyRunner } from "../linux/main-thread/scripts/notify-runner.js";
import { programOf } from "../linux/main-thread/scripts/script-runner.js";
import { groupLine, instanceLine, Notifier, type NotifyMail } from "../report/notifications.js";

/** How long mail may hold up the end of the process, ms. */
const MAIL_LIMIT = 1_000;

/** What it says. */
export interface NotificationsLog {
  info(text: string): void;
  detail(text: string): void;
}

/** One for the life of the daemon; a reload changes its configuration. */
export class Notifications {
  readonly #log: NotificationsLog;
  readonly #notifier: Notifier;
  readonly #scripts: NotifyRunner;
  readonly #mailer: Mailer;
  #config: LoadedConfig;
  #fifos: NotifyFifo[] = [];

  /** Nothing is told anywhere before a configuration was prepared and committed. */
  constructor(config: LoadedConfig, log: NotificationsLog) {
    this.#config = config;
    this.#log = log;
    this.#notifier = new Notifier(config);
    this.#scripts = new NotifyRunner((text) => log.info(text));
    this.#mailer = new Mailer(
      (text) => log.info(text),
      (text) => log.detail(text),
    );
  }

  /**
   * Looks up what a configuration needs. Its commit opens the FIFOs and starts their readers; one that stays as it was stays open,
   * so that no reader loses a line.
   */
  async prepare(config: LoadedConfig): Promise<Commit> {
    const specs = await this.#specsOf(config);
    return {
      commit: () => {
        this.#config = config;
        this.#notifier.reconfigure(config);
        this.#setFifos(specs);
      },
    };
  }

  /** Tells of an event. */
  tell(event: EngineEvent): void {
    const { scripts, lines, mails } = this.#notifier.of(event);
    for (const { key, command, args } of scripts)
      this.#scripts.run(key, command, args, this.#config.global.scriptUser);
    for (const line of lines) this.#write(line);
    for (const mail of mails) this.#send(mail);
  }

  /** `fifo_write_vrrp_states_on_reload`: tells the FIFOs what has not changed, too. */
  repeatStates(
    routers: readonly {
      readonly instance: { readonly name: string };
      readonly state: { readonly name: string };
      readonly priority: number;
    }[],
    groups: readonly { readonly name: string; readonly state: string }[],
  ): void {
    for (const { instance, state, priority } of routers) {
      if (state.name !== "INIT") this.#write(instanceLine(instance.name, state.name, priority));
    }
    for (const { name, state } of groups) if (state !== "INIT") this.#write(groupLine(name, state));
  }

  /** Waits until all scripts have ended, at most `limit` ms, then closes everything. */
  async close(limit: number): Promise<void> {
    await Promise.all([this.#scripts.drain(limit), this.#mailer.drain(MAIL_LIMIT)]);
    for (const fifo of this.#fifos.splice(0)) fifo.close();
  }

  #write(line: string): void {
    for (const fifo of this.#fifos) fifo.write(line);
  }

  #send({ subject, text }: NotifyMail): void {
    const { mail, routerId } = this.#config.global;
    const relay = relayOf(mail);
    if (relay === undefined) return;
    this.#mailer.send(relay, { subject: `[${routerId ?? hostname()}] ${subject}`, text });
  }

  async #specsOf({ global }: LoadedConfig): Promise<readonly NotifyFifoSpec[]> {
    // Nothing here is of interest to readers of LVS only.
    const wanted = global.notifyFifos.filter((fifo) => fifo.scope !== "lvs");
    const specs = await Promise.all(wanted.map((fifo) => this.#specOf(fifo, global.scriptUser)));
    return specs.filter((spec) => spec !== undefined);
  }

  #setFifos(specs: readonly NotifyFifoSpec[]): void {
    const before = this.#fifos;
    const sameAs = (spec: NotifyFifoSpec) =>
      before.find((fifo) => JSON.stringify(fifo.spec) === JSON.stringify(spec));
    const kept = specs.map((spec) => sameAs(spec));
    for (const fifo of before) {
      if (!kept.includes(fifo)) fifo.close();
    }
    this.#fifos = specs.map((spec, i) => kept[i] ?? new NotifyFifo(spec, (text) => this.#log.info(text)));
  }

  async #specOf(
    { path, user, group, script }: FifoConfig,
    scriptUser: LoadedConfig["global"]["scriptUser"],
  ): Promise<NotifyFifoSpec | undefined> {
    let owner: Account | undefined;
    try {
      if (user !== undefined) owner = await findCredentials(group === undefined ? { user } : { user, group });
    } catch (error) {
      this.#log.info(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (script === undefined) return { path, owner, reader: undefined };
    const reader = await programOf(script, scriptUser);
    if (!("error" in reader)) return { path, owner, reader };
    this.#log.info(`FIFO script ${script.argv[0]}: ${reader.error}`);
    return { path, owner, reader: undefined };
  }
}

/** Where mail goes; undefined: nowhere, as keepalived does without a server or without recipients. */
function relayOf(mail: MailSettings): MailRelay | undefined {
  if (mail.server === undefined || mail.to.length === 0) return undefined;
  return {
    host: mail.server.host,
    port: mail.server.port,
    heloName: mail.heloName ?? hostname(),
    timeout: mail.connectTimeout,
    from: mail.from ?? `${userInfo().username}@${hostname()}`,
    to: mail.to,
  };
}
