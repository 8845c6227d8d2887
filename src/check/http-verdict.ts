/** Whether an answer is the one that was hoped for; if not, what is wrong with it, named as its sender names it. */

import { plainText } from "../base/plain-text.js";
import type { CheckResult } from "./check-result.js";
import type { HttpResponse } from "./http-response.js";

/** What is hoped for; see `HttpProbe` in config/config.ts. */
export interface ExpectedResponse {
  readonly status: readonly { readonly from: number; readonly to: number }[];
  readonly body: string | undefined;
  readonly report: "any" | "etcd";
}

/** Longest piece of an answer in a text. */
const MAX_EXCERPT = 120;

/** The result of a probe that got an answer. */
export function judgeResponse(expected: ExpectedResponse, response: HttpResponse): CheckResult {
  const { status, body } = response;
  if (!expected.status.some(({ from, to }) => status >= from && status <= to)) {
    const why = reasonIn(body);
    return { ok: false, failure: "status", text: `answered ${status}${why === "" ? "" : `: ${why}`}` };
  }
  const failing = failingSubChecks(body);
  if (failing.length > 0) {
    return { ok: false, failure: "report", text: `answered ${status}, but ${failing.join(", ")}` };
  }
  if (expected.report === "etcd") {
    const sick = sicknessOfEtcd(body);
    if (sick !== undefined) return { ok: false, failure: "report", text: `etcd: ${sick}` };
  }
  if (expected.body !== undefined && !body.includes(expected.body)) {
    return { ok: false, failure: "body", text: `answered ${status} without '${expected.body}'` };
  }
  return { ok: true, text: `answered ${status}` };
}

/** What a failing answer says about itself: its failing parts, else its first line. */
function reasonIn(body: string): string {
  const failing = failingSubChecks(body);
  return failing.length > 0 ? failing.join(", ") : excerpt(body);
}

/**
 * Failing parts of a verbose report of kube-apiserver (`/livez?verbose`, `/readyz`) or etcd (`/readyz?verbose`): lines such as
 * `[-]etcd failed: reason withheld`.
 */
function failingSubChecks(body: string): string[] {
  if (!body.includes("[-]")) return [];
  return body.split("\n").flatMap((line) => {
    const failing = /^\[-\](\S+)[ \t]*(.*)$/.exec(line.trim());
    if (failing === null) return [];
    const why = (failing[2] ?? "").replace(/^failed: reason withheld$/, "failed");
    return [excerpt(`${failing[1]} ${why === "" ? "failed" : why}`)];
  });
}

/** etcd's `{"health":"false","reason":"…"}`; undefined when it is well. */
function sicknessOfEtcd(body: string): string | undefined {
  if (!body.trimStart().startsWith("{")) return undefined;
  let report: unknown;
  try {
    report = JSON.parse(body);
  } catch {
    return "its report is no JSON";
  }
  if (typeof report !== "object" || report === null) return "its report is no object";
  const { health, reason } = report as { readonly health?: unknown; readonly reason?: unknown };
  if (health === "true" || health === true) return undefined;
  return typeof reason === "string" && reason !== "" ? excerpt(reason) : "not healthy";
}

/** The first line that says something, short and printable. */
function excerpt(text: string): string {
  const first = text.split("\n").find((line) => line.trim() !== "") ?? "";
  const printable = plainText(first.trim());
  return printable.length > MAX_EXCERPT ? `${printable.slice(0, MAX_EXCERPT)}…` : printable;
}
