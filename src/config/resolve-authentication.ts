/** Which authentication an instance ends up with. */

import type { AuthenticationConfig, AuthHmacConfig } from "./config.js";
import type { InstanceBasics } from "./resolve-instance.js";
import type { InstanceFindings } from "./resolve-instance-findings.js";

const NONE: AuthenticationConfig = { type: "none" };

/** VRRPv2 authentication, and the initial state, which AH takes from a MASTER that is no owner. */
export function resolveAuthentication(
  { draft, strict, family, version, priority }: InstanceBasics,
  state: "MASTER" | "BACKUP",
  findings: InstanceFindings,
): { authentication: AuthenticationConfig; state: "MASTER" | "BACKUP" } {
  const { authType, authPass = "" } = draft;
  const places = ["authentication"];
  if (authType === undefined) return { authentication: NONE, state };
  if (strict) {
    findings.complain("Strict mode does not support authentication. Ignoring.", places, "remove the block");
    return { authentication: NONE, state };
  }
  if (version === 3) {
    findings.complain(
      "VRRP version 3 does not support authentication. Ignoring.",
      places,
      "remove the block",
    );
    return { authentication: NONE, state };
  }
  if (authPass === "") {
    findings.complain("Authentication specified but no password given. Ignoring", places, "auth_pass STRING");
    return { authentication: NONE, state };
  }
  if (authType === "PASS") return { authentication: { type: "PASS", password: authPass }, state };
  if (family === 6) {
    findings.complain("Cannot use AH authentication with IPv6. ignoring", places);
    return { authentication: NONE, state };
  }
  const authentication: AuthenticationConfig = { type: "AH", password: authPass };
  if (state === "BACKUP" || priority === 255) return { authentication, state };
  findings.complain(
    "Initial state master is incompatible with AH authentication - clearing",
    ["state"],
    "state BACKUP",
  );
  return { authentication, state: "BACKUP" };
}

/** Shortest and longest freshness window in seconds. */
const WINDOW = { floor: 5, ceiling: 300 };

/** `auth_hmac`, undefined when it is not usable. */
export function resolveHmac(
  { draft, strict }: InstanceBasics,
  legacy: AuthenticationConfig,
  findings: InstanceFindings,
): AuthHmacConfig | undefined {
  const { hmac } = draft;
  if (hmac === undefined) return undefined;
  const places = ["auth_hmac"];
  if (legacy.type !== "none") {
    findings.complain("auth_hmac cannot be combined with authentication, dropping legacy auth", places);
  }
  if (!hmac.keys.some((key) => key.id === hmac.activeKey)) {
    const message = `auth_hmac active_key ${hmac.activeKey} is not defined, disabling extension`;
    findings.complain(message, places, "active_key ID of one of the keys");
    return undefined;
  }
  if (strict && hmac.mode !== "enforce") {
    findings.complain("strict mode requires auth_hmac mode enforce", places);
    hmac.mode = "enforce";
  }
  const threeAdverts = 3 * Math.floor((draft.advertInterval ?? 1_000_000) / 1_000_000);
  return {
    keys: hmac.keys,
    activeKey: hmac.activeKey,
    timeWindow: hmac.timeWindow ?? Math.min(WINDOW.ceiling, Math.max(WINDOW.floor, threeAdverts)),
    antiReplay: hmac.antiReplay,
    mode: hmac.mode,
  };
}
