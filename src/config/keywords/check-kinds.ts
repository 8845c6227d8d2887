/** The kinds of `vrrp_check`: one of these lines says what is asked, and whom. */

import type { CheckDraft } from "../check-draft.js";
import { type Keyword, line } from "../keyword-table.js";
import { readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";
import { splitUrl, type UrlParts } from "../url.js";
import { readArgv } from "./commands.js";

/** All of them. */
export function checkKindKeywords(): Keyword<CheckDraft>[] {
  return [
    line(
      "https_get",
      { argument: "URL", doc: "ask by HTTPS, over a connection that is kept open" },
      (check, statement) => setHttp(check, statement, "https", "/", "any"),
    ),
    line(
      "http_get",
      { argument: "URL", doc: "ask by HTTP, over a connection that is kept open" },
      (check, statement) => setHttp(check, statement, "http", "/", "any"),
    ),
    line(
      "etcd",
      { argument: "URL", doc: "ask etcd for its health; without a path: /health" },
      (check, statement) => setHttp(check, statement, undefined, "/health", "etcd"),
    ),
    line("tcp_connect", { argument: "HOST PORT", doc: "open a TCP connection" }, (check, statement) => {
      const port = statement.word(2) === undefined ? undefined : readUnsigned(statement, 2, 1, 65_535);
      const host = unbracketed(statement.required(1));
      if (port === undefined) complain(check, statement, "tcp_connect needs a host and a port", 2);
      else set(check, statement, { kind: "tcp", host, port });
    }),
    line("icmp", { argument: "HOST", doc: "send an echo request (ping)" }, (check, statement) =>
      set(check, statement, { kind: "icmp", host: unbracketed(statement.required(1)) }),
    ),
    line(
      "exec",
      {
        argument: '"CMD ARGS"',
        doc: "run a plugin: exit status 0 or 1 is well, 2 and 3 are not",
        command: true,
      },
      (check, statement) => {
        const argv = readArgv(statement);
        if (argv === undefined) complain(check, statement, "exec needs a command");
        else set(check, statement, { kind: "exec", command: { argv } });
      },
    ),
  ];
}

function setHttp(
  check: CheckDraft,
  statement: Statement,
  scheme: UrlParts["scheme"] | undefined,
  defaultPath: string,
  report: "any" | "etcd",
): void {
  const url = splitUrl(statement.required(1));
  if (url === undefined || (scheme !== undefined && url.scheme !== scheme)) {
    const example = `${scheme ?? "https"}://127.0.0.1:6443${report === "etcd" ? "" : "/readyz"}`;
    complain(
      check,
      statement,
      `'${statement.required(1)}' is no ${scheme ?? "http or https"} URL`,
      1,
      example,
    );
    return;
  }
  const { host, port, path } = url;
  const tls =
    url.scheme === "http"
      ? undefined
      : { ca: undefined, certificate: undefined, key: undefined, serverName: undefined, insecure: false };
  set(check, statement, {
    kind: "http",
    host,
    port,
    path: path ?? defaultPath,
    tls,
    status: [],
    body: undefined,
    report,
  });
}

function set(check: CheckDraft, statement: Statement, probe: NonNullable<CheckDraft["probe"]>): void {
  if (check.probe !== undefined)
    complain(check, statement, `${statement.keyword}: one kind is enough - using the last`, 0);
  check.probe = probe;
}

function unbracketed(host: string): string {
  return /^\[(.*)\]$/.exec(host)?.[1] ?? host;
}

function complain(check: CheckDraft, statement: Statement, message: string, index = 1, hint?: string): void {
  statement.complain("ERR_CONFIG_VRRP_CHECK", `(${check.name}): vrrp_check ${message}`, index, hint);
}
