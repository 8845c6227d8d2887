/** Mail through a real SMTP dialogue. */

import { createServer, type Server } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { micros } from "../../src/base/time.js";
import { Mailer, type MailRelay } from "../../src/linux/main-thread/scripts/mailer.js";
import { waitFor } from "../support/lab/wait-for.js";

interface Received {
  readonly helo: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

const closing: { close(done?: () => void): void }[] = [];

afterEach(() => {
  for (const server of closing.splice(0)) server.close();
});

function relayAt(port: number): MailRelay {
  return {
    host: "127.0.0.1",
    port,
    heloName: "master1.example.com",
    timeout: micros(500_000),
    from: "keepalived@example.com",
    to: ["a@example.com", "b@example.com"],
  };
}

async function listen(server: Server): Promise<number> {
  closing.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

async function smtpServer(received: Received[]): Promise<number> {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          helo: session.hostNameAppearsAs,
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(pieces).toString(),
        });
        done();
      });
    },
  });
  closing.push(smtp);
  await new Promise<void>((resolve) => {
    smtp.listen(0, "127.0.0.1", resolve);
  });
  return (smtp.server.address() as { port: number }).port;
}

describe("Mailer", () => {
  it("sends to all recipients, in keepalived's form, one after the other", async () => {
    const received: Received[] = [];
    const lost: string[] = [];
    const sent: string[] = [];
    const mailer = new Mailer(
      (text) => lost.push(text),
      (text) => sent.push(text),
    );
    const relay = relayAt(await smtpServer(received));
    for (const state of ["BACKUP", "MASTER"])
      mailer.send(relay, {
        subject: `[r1] VRRP Instance VI_1 - Entering ${state} state`,
        text: "=> text <=",
      });
    await waitFor(() => sent.length === 2, { what: "two mails", evidence: () => lost.join("\n") });
    expect(received.map(({ helo, from, to }) => ({ helo, from, to }))).toEqual(
      Array(2).fill({
        helo: "master1.example.com",
        from: "keepalived@example.com",
        to: ["a@example.com", "b@example.com"],
      }),
    );
    const text = received[1]?.text ?? "";
    expect(text).toContain("Subject: [r1] VRRP Instance VI_1 - Entering MASTER state\r\n");
    expect(text).toContain("X-Mailer: Keepalived\r\n");
    expect(text).toMatch(/\r\nDate: \w{3}, /);
    expect(text).toContain("\r\n\r\n=> text <=\r\n");
    expect(received[0]?.text).toContain("Entering BACKUP state");
  });

  it("a relay that refuses, or never answers, costs a line each", async () => {
    const lost: string[] = [];
    const mailer = new Mailer(
      (text) => lost.push(text),
      () => {},
    );
    const silent = createServer();
    const port = await listen(silent);
    mailer.send(relayAt(port), { subject: "s", text: "t" });
    mailer.send(relayAt(1), { subject: "s", text: "t" });
    await waitFor(() => lost.length === 2, { what: "two failures" });
    expect(lost[0]).toContain(`SMTP alert lost, server [127.0.0.1]:${port}: `);
    expect(lost[1]).toContain("ECONNREFUSED");
  });

  it("mails that pile up behind a dead relay are dropped, and the end does not wait for them", async () => {
    const lost: string[] = [];
    const mailer = new Mailer(
      (text) => lost.push(text),
      () => {},
    );
    const port = await listen(createServer());
    for (let i = 0; i < 130; i++) mailer.send(relayAt(port), { subject: `mail ${i}`, text: "t" });
    expect(lost).toHaveLength(30);
    expect(lost[0]).toBe("SMTP alert lost, 100 wait already: mail 100");
    await mailer.drain(50);
  });
});
