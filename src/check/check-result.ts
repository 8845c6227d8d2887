/** What one probe of a `vrrp_check` found out, and how much that is worth. */

/**
 * Why a probe failed. Words for it are in the result's text.
 * - `refused`: nobody listens. Of a connection that was open a moment ago: its server is dead.
 * - `closed`: accepted and closed without an answer, every time that it was tried.
 * - `timedOut`: not done within the timeout.
 * - `status`, `body`, `report`: the answer is a wrong one; `report` names the part that is not well.
 * - `certificateExpired`, `certificate`: what the server shows is not what it should be.
 * - `protocol`: something else has the port: no TLS, or no HTTP.
 * - `clientRejected`: the server does not accept our certificate.
 * - `unreachable`, `name`: no way there, no such name.
 * - `exit`: a plugin said so. `setup`: the probe itself cannot be made, e.g. a file cannot be read.
 */
export type CheckFailure =
  | "refused"
  | "closed"
  | "timedOut"
  | "status"
  | "body"
  | "report"
  | "certificateExpired"
  | "certificate"
  | "protocol"
  | "clientRejected"
  | "unreachable"
  | "name"
  | "exit"
  | "setup";

/** The end of one probe. */
export type CheckResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly failure: CheckFailure; readonly text: string };

/** What a failure is worth: a proof needs no second look, a suspicion has to come several times in a row. */
export type Evidence = "proof" | "suspicion";

/** Nobody can listen and refuse: of all failures this one cannot be a matter of load. */
export function evidenceOf(failure: CheckFailure): Evidence {
  return failure === "refused" ? "proof" : "suspicion";
}

/** True when two results say the same, so that only the first is worth a line. Successes do, whatever their text. */
export function sameResult(a: CheckResult | undefined, b: CheckResult): boolean {
  return a !== undefined && a.ok === b.ok && (b.ok || a.text === b.text);
}
