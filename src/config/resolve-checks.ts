/** Check drafts to checks. */

import type { CheckDraft } from "./check-draft.js";
import type { CheckProbe, VrrpCheck } from "./config.js";
import type { ConfigDraft } from "./draft.js";
import { finding } from "./resolve-finding.js";

/** The checks that somebody tracks, or that refine one of `scripts`. Others are reported. */
export function resolveChecks(root: ConfigDraft, scripts: ReadonlySet<string>): VrrpCheck[] {
  return root.checks.items.flatMap((draft) => {
    const refinesScript = scripts.has(draft.name);
    if (!draft.used && !refinesScript) {
      const message = `Warning - check ${draft.name} is not used`;
      const hint = "track it, write track_in, or give it the name of a vrrp_script that is tracked";
      finding(root, "complaint", "ERR_CONFIG_UNUSED_CHECK", message, draft.place, hint);
      return [];
    }
    const { probe } = draft;
    if (probe === undefined || !mayRun(draft, probe, root)) return [];
    return [resolveCheck(draft, probe, refinesScript)];
  });
}

/** keepalived's rules for scripts hold for plugins: a command that others could change is not run. */
function mayRun(draft: CheckDraft, probe: CheckProbe, root: ConfigDraft): boolean {
  if (probe.kind !== "exec" || root.world?.checkScript === undefined) return true;
  const { enableScriptSecurity: security, scriptUser } = root.global;
  const command = { ...scriptUser, ...probe.command, ...draft.user };
  const verdict = root.world.checkScript(command, { security });
  if (verdict.kind === "ok") return true;
  const reason =
    verdict.kind === "insecure" ? "due to insecure" : "since not found, accessible or executable";
  const message = `Disabling check ${draft.name} ${reason}`;
  const place = draft.placeOf("exec");
  finding(root, "complaint", "ERR_CONFIG_SCRIPT_DISABLED", message, place, verdict.advice);
  return false;
}

function resolveCheck(draft: CheckDraft, probe: CheckProbe, refinesScript: boolean): VrrpCheck {
  const { interval, weight, reverse, rise, fall, initFail, proof, suspicion, damping } = draft;
  return {
    name: draft.name,
    probe: resolveProbe(draft, probe),
    interval,
    timeout: draft.timeout ?? interval,
    weight,
    reverse,
    rise,
    fall,
    initFail,
    proof,
    suspicion,
    damping,
    refinesScript,
  };
}

/** Every word of the block counts, wherever it stands. */
function resolveProbe(draft: CheckDraft, probe: CheckProbe): CheckProbe {
  if (probe.kind === "exec") return { ...probe, command: { ...probe.command, ...draft.user } };
  if (probe.kind !== "http") return probe;
  const { ca, certificate, key, serverName, insecure, status, body } = draft;
  return {
    ...probe,
    tls: probe.tls && { ca, certificate, key, serverName, insecure },
    status: status.length > 0 ? status : [{ from: 200, to: 299 }],
    body,
  };
}
