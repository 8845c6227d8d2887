/** No secret of a configuration is in anything that is said about it, wherever and however it is written. */

import { describe, expect, test } from "vitest";
import { formatAsKeepalived, formatDiagnostic } from "../../../src/config/format-diagnostic.js";
import { parseConfig } from "../../../src/config/load.js";

const SECRET = "hunter2x";

/** Lines with the secret, to stand in an instance; each with a mistake somewhere. */
const LINES = [
  `authentication { auth_type PASS auth_pass ${SECRET} }`,
  `authentication { auth_pas ${SECRET} }`,
  `authentication { authpass ${SECRET} }`,
  `authentication { auth_password ${SECRET} }`,
  `authentication { AUTH_PASS ${SECRET} }`,
  `authentication { auth-pass ${SECRET} }`,
  `authentication { auth_psas ${SECRET} } nonsense {`,
  `authentication {\nauth_pass ${SECRET} extra words\n}`,
  `authentication {\nauth_pass "${SECRET}\n}`,
  `authentication {\nauth_pass\n${SECRET}\n}`,
  `authentication { auth_pass ${SECRET} } } }`,
  `auth_pass ${SECRET}`,
  `authentication auth_pass ${SECRET}`,
  `priority x auth_pass ${SECRET}`,
  `auth_hmac {\nkey 1 ${SECRET}\n}`,
  `auth_hmac {\nkey x hex:${SECRET}\n}`,
  `auth_hmac {\nkeys 1 ${SECRET}\n}`,
  `auth_hmac { kye 1 ${SECRET} }`,
  `auth_hmac { key ${SECRET} }`,
  `$PASS=${SECRET}\nauthentication {\nauth_pass $PASS extra\nauth_pas $PASS\n}`,
  `$X=${SECRET}\nauthentication {\nauth_pass \${X} extra\nauth_pas $X\n}`,
  `$A= \\\nauth_typ PASS \\\nauth_pass ${SECRET} extra\nauthentication {\n$A\n}`,
  `$A= \\\nauth_pas ${SECRET}\nauthentication {\n$A\n}`,
  `authentication {\n~SEQ(N, 2) auth_pas ${SECRET}$N\n}`,
  `authentication {\n~SEQ(N auth_pass ${SECRET}\n}`,
  `authentication {\n~LST(P, ${SECRET}, "x") auth_pas $P\n}`,
  `authentication { auth_pass=${SECRET} }`,
  `authentication {\nauth_pass:${SECRET}\n}`,
  `authentication {\nauth_pass${SECRET}\n}`,
  `authentication {\npassword='${SECRET}'\n}`,
  `authentication {\n"auth_pass ${SECRET}"\n}`,
  `authentication {\nauth_type ${SECRET}\n}`,
  `authentication { auth_type ${SECRET} }`,
  `authentication {\nauth_type PASS ${SECRET}\nnonsense\n}`,
  `authentication { auth_type PASS ${SECRET} nonsense } nonsense`,
  `authentication {\n${SECRET}\n}`,
  `authentication { ${SECRET} }`,
  `authentication {\nauthpass\n${SECRET}\n}`,
  `authentication {\npasswort {\n${SECRET}\n}\n}`,
  `authpass\n${SECRET}`,
  `authentication ${SECRET} {\nnonsense\n}`,
  `auth_pass ${SECRET} {`,
  `authentication {\nauth_pass "a ${SECRET}" "b\n}`,
  `auth_secret ${SECRET}`,
  `auth_token ${SECRET}`,
  `psk=${SECRET}`,
  `vrrp_token = ${SECRET}`,
  `auth_hmac {\nactive_key ${SECRET}\n}`,
  `auth_hmac { active_key ${SECRET} }`,
  `auth_hmac {\nhmac_key 1 ${SECRET}\n}`,
  `auth_hmac {\nkey 1 ${SECRET} "\n}`,
  `auth_hmac {\n1 ${SECRET}\n}`,
  `$X="${SECRET}`,
  `$X= \\\n"${SECRET} \\\nb\nauthentication {\nauth_pass $X\n}`,
  `@^other $PW="${SECRET}`,
  `}\nvrrp_check C {\nhttps_get https://user:${SECRET}@host/\n}\nnonsense {`,
  `}\nvrrp_check C {\nhttps_gett https://host/?x=1&token=${SECRET}\n}\nnonsense {`,
  `}\nvrrp_script C {\nscript "/bin/x --password=${SECRET}\n}\nnonsense {`,
  `}\nvrrp_script C {\nscript "/bin/x --password ${SECRET}\n}\nnonsense {`,
  `authentication {\nauth_pass ${SECRET}${"x".repeat(1_100)}\n}`,
  `authentication {\nauth_pass \0${SECRET}\n}`,
  `authentication {\n@other auth_pass x\n@^other auth_pas ${SECRET}\n}`,
];

describe("no secret in what is said", () => {
  test.each(LINES)("%s", (line) => {
    const text = `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n${line}\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n`;
    const { diagnostics } = parseConfig(text);
    const said = diagnostics
      .flatMap((one) => [formatDiagnostic(one), formatAsKeepalived(one, true)])
      .join("\n");
    expect(said).not.toContain(SECRET);
  });

  test("something is said about nearly all of them", () => {
    const silent = LINES.filter(
      (line) => parseConfig(`vrrp_instance A {\n${line}\n}\n`).diagnostics.length === 0,
    );
    expect(silent).toEqual([]);
  });
});
