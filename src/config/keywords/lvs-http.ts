/** `HTTP_GET` and `SSL_GET`: pages that are asked for. */

import { block, type Keyword, KeywordTable, line } from "../keyword-table.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import type { CheckerDraft } from "./lvs-checkers.js";
import { flagKeyword } from "./lvs-values.js";
import { switchKeyword, wordKeyword } from "./value-keywords.js";

const CODE = "ERR_CONFIG_CHECKER";

/** A `url` as far as it was read. */
interface UrlDraft {
  path: string | undefined;
  digest: string | undefined;
}

const known = (name: string, argument: string, doc: string): Keyword<UrlDraft> =>
  line(name, { argument, doc, required: 0 }, () => undefined);

const URL = new KeywordTable<UrlDraft>([
  wordKeyword("path", { argument: "PATH", doc: "the page", code: CODE }, (url, path) => {
    url.path = path;
  }),
  line("digest", { argument: "MD5", doc: "digest of the page, by genhash(1)" }, (url, statement) => {
    const digest = statement.required(1);
    if (url.digest !== undefined) {
      statement.complain(CODE, `Digest '${digest}' is a duplicate`, 1, "one digest for each url");
      return;
    }
    const wrong = /[^0-9a-fA-F]/.exec(digest)?.index;
    if (digest.length !== 32) {
      const message = `digest '${digest}' character length should be 32 rather than ${digest.length}`;
      statement.complain(CODE, message, 1);
    } else if (wrong !== undefined) {
      const first = wrong - (wrong % 2);
      statement.complain(
        CODE,
        `Unable to interpret hex digit in '${digest}' at offset ${first}/${first + 1}`,
        1,
      );
    } else url.digest = digest;
  }),
  line(
    "status_code",
    { argument: "CODE[-CODE]…", doc: "what counts as success, default 200-299", required: 0 },
    (_url, statement) => {
      for (const [i, code] of statement.args.entries()) {
        if (isStatusRange(code)) continue;
        statement.complain(CODE, `Invalid HTTP_GET status code '${code}'`, i + 1, "from 100 to 999");
      }
    },
  ),
  wordKeyword("virtualhost", {
    argument: "NAME",
    doc: "Host header",
    code: CODE,
    missing: "Missing HTTP_GET virtualhost name",
  }),
  line(
    "regex",
    { argument: "PATTERN", doc: "what the page must match", command: true, required: 0 },
    () => undefined,
  ),
  flagKeyword("regex_no_match", "the page must not match"),
  known("regex_options", "WORD…", "options of PCRE2"),
  known("regex_min_offset", "N", "where matching starts"),
  known("regex_max_offset", "N", "where matching ends"),
  known("regex_stack", "MIN MAX", "stack of PCRE2"),
  flagKeyword("tls_compliant", "demand an orderly end of TLS"),
]);

function isStatusRange(text: string): boolean {
  const match = /^([0-9]{3})(?:-([0-9]{3}))?$/.exec(text);
  const low = Number(match?.[1] ?? 0);
  return match !== null && low >= 100 && Number(match[2] ?? low) >= low;
}

/** The keywords of both; `common` are those of all checks. */
export function httpKeywords(common: readonly Keyword<CheckerDraft>[]): readonly Keyword<CheckerDraft>[] {
  return [
    ...common,
    wordKeyword("virtualhost", {
      argument: "NAME",
      doc: "Host header of all pages",
      code: CODE,
      missing: "HTTP_GET virtualhost name missing",
    }),
    line("http_protocol", { argument: "1.0|1.1|1.0C", doc: "version", required: 0 }, (_check, statement) => {
      const version = statement.word(1);
      if (version === undefined) statement.complain(CODE, "Missing http_protocol version", 1);
      else if (!["1.0", "1.1", "1.0C"].includes(version)) {
        statement.complain(CODE, `Invalid http_protocol version ${version}`, 1, "1.0 or 1.1");
      }
    }),
    ...["enable_sni", "fast_recovery"].map((name) =>
      switchKeyword<CheckerDraft>(name, {
        doc: name === "enable_sni" ? "send the name in TLS" : "up again after one success",
        code: CODE,
        bad: (value) => `Invalid ${name} parameter ${value}`,
      }),
    ),
    wordKeyword("sni_name", { argument: "NAME", doc: "name sent in TLS", code: CODE }),
    flagKeyword("tls_compliant", "demand an orderly end of TLS"),
    line("nb_get_retry", { argument: "N", doc: "old name of retry" }, (_check, statement: Statement) => {
      const message = "nb_get_retry is deprecated - please use 'retry'";
      statement.complain("ERR_CONFIG_DEPRECATED", message, 0, "retry");
      if (readUnsigned(statement, 1, 0, UINT32_MAX) === undefined) {
        statement.complain(CODE, `Invalid nb_get_retry value '${statement.required(1)}'`, 1);
      }
    }),
    block<CheckerDraft, UrlDraft>("url", { doc: "a page to ask for" }, URL, {
      open: () => ({ path: undefined, digest: undefined }),
      close: (check, url, { end }) => {
        if (url.path !== undefined) check.urls++;
        else end.complain(CODE, "HTTP/SSL_GET checker url has no path - ignoring");
      },
    }),
  ];
}
