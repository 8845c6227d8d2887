/** Mail through an SMTP server (`smtp_server`): one after the other, never waited for, and lost, with a line in the log, when it fails. */

import { createTransport } from "nodemailer";
import type { Micros } from "../../../base/time.js";

/** Mails that may wait; a relay that does not answer must not fill the memory. */
const WAITING = 100;

/** What a mail relay needs to be told. */
export interface MailRelay {
  readonly host: string;
  readonly port: number;
  /** Argument of HELO or EHLO. */
  readonly heloName: string;
  /** µs for connecting and for each answer. */
  readonly timeout: Micros;
  readonly from: string;
  readonly to: readonly string[];
}

/** A mail. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

/** Sends to one relay after the other, as the configuration changes. */
export class Mailer {
  readonly #say: (text: string) => void;
  readonly #detail: (text: string) => void;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** @param say gets a line for each mail that was lost, `detail` one for each that was sent. */
  constructor(say: (text: string) => void, detail: (text: string) => void) {
    this.#say = say;
    this.#detail = detail;
  }

  /** Sends a mail when those before it are gone. Never rejects. */
  send(relay: MailRelay, mail: Mail): void {
    if (this.#waiting >= WAITING) {
      this.#say(`SMTP alert lost, ${WAITING} wait already: ${mail.subject}`);
      return;
    }
    this.#waiting++;
    this.#work = this.#work.then(async () => {
      this.#waiting--;
      try {
        await deliver(relay, mail);
        this.#detail("SMTP alert successfully sent.");
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#say(`SMTP alert lost, server [${relay.host}]:${relay.port}: ${reason}`);
      }
    });
  }

  /** Waits for what is under way, at most `limit` ms. */
  async drain(limit: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limit);
    });
    await Promise.race([this.#work, enough]);
    clearTimeout(timer);
  }
}

async function deliver(relay: MailRelay, { subject, text }: Mail): Promise<void> {
  const timeout = relay.timeout / 1_000;
  const transport = createTransport({
    host: relay.host,
    port: relay.port,
    name: relay.heloName,
    secure: false,
    // As keepalived: to a relay of one's own, in clear.
    ignoreTLS: true,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  });
  try {
    await transport.sendMail({
      from: relay.from,
      to: [...relay.to],
      subject,
      text: `${text}\n`,
      xMailer: false,
      headers: { "X-Mailer": "Keepalived" },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  } finally {
    transport.close();
  }
}
