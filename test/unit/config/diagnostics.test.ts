import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/config/diagnostic.js";
import { formatAsKeepalived, formatDiagnostic } from "../../../src/config/format-diagnostic.js";
import { parseConfig } from "../../../src/config/load.js";
import { maskSecrets } from "../../../src/config/secrets.js";
import { editDistance, nearest } from "../../../src/config/suggest.js";
import { startVerdict, testVerdict } from "../../../src/config/verdict.js";
import { instance } from "../../support/config/findings.js";

describe("secrets", () => {
  it("never appear in a diagnostic, however the keyword is spelt or placed", () => {
    const texts = [
      "auth_pass hunter2secret",
      "auth_pas hunter2secret",
      "authpass hunter2secret",
      "AUTH_PASS hunter2secret",
      "authentication { auth_type PASS auth_pass hunter2secret }",
      "authentication {\nauth_type PASS\nauth_pass hunter2secret\n}",
      'authentication {\nauth_pass "hunter2secret\n}',
      "auth_hmac {\nkey 1 hunter2secret\n}",
      "auth_hmac {\nkey x hunter2secret\n}",
      "password hunter2secret",
      "$VRRP_PASS=hunter2secret\nauth_pas $VRRP_PASS",
    ];
    for (const text of texts) {
      for (const wrapped of [instance(text), text]) {
        const { diagnostics } = parseConfig(wrapped);
        expect(JSON.stringify(diagnostics), text).not.toContain("hunter2");
      }
    }
  });

  it("masking keeps the columns before it and a closing brace", () => {
    expect(maskSecrets("  auth_pass  a b }")).toBe("  auth_pass  ******** }");
    expect(maskSecrets("auth_type PASS # auth_pass x")).toBe("auth_type PASS # auth_pass ********");
    expect(maskSecrets("$DB_PASSWORD= x y")).toBe("$DB_PASSWORD= ********");
    expect(maskSecrets("priority 100")).toBe("priority 100");
    expect(maskSecrets("auth_pass")).toBe("auth_pass");
    expect(maskSecrets("  auth_pass=a b")).toBe("  auth_pass********");
    expect(maskSecrets("authentication { auth_type PASS x }")).toBe(
      "authentication { auth_type PASS ******** }",
    );
    expect(maskSecrets("get https://u:p@h/x?a=1&token=2&b=3")).toBe(
      "get https://********@h/x?a=1&token=********&b=3",
    );
  });
});

describe("suggestions", () => {
  it("edit distance counts insertions, deletions, replacements and swaps", () => {
    expect(editDistance("abc", "abc", 3)).toBe(0);
    expect(editDistance("abc", "acb", 3)).toBe(1);
    expect(editDistance("kitten", "sitting", 3)).toBe(3);
    expect(editDistance("a", "abcdef", 3)).toBe(4);
  });

  it("the nearest word, if it is near", () => {
    expect(nearest("priorty", ["priority", "preempt"])).toBe("priority");
    expect(nearest("Priority", ["priority"])).toBe("priority");
    expect(nearest("foo", ["bar"])).toBeUndefined();
  });
});

describe("§1.2 exit status of a test", () => {
  const verdict = (text: string) => testVerdict(parseConfig(text).diagnostics);
  const diagnostic = (severity: Diagnostic["severity"], code: string): Diagnostic => ({
    severity,
    code,
    message: "",
  });

  it("0 without complaints, notes do not count", () => {
    expect(verdict("")).toBe(0);
    expect(verdict(instance(""))).toBe(0);
    expect(verdict("include /no")).toBe(0);
    expect(testVerdict([diagnostic("refused", "ERR_CONFIG_FILE_MISSING")])).toBe(0);
  });

  it("2 for a missing parameter, whatever else there is", () => {
    expect(verdict("foo\nvrrp_script")).toBe(2);
  });

  it("5 for complaints and refusals", () => {
    expect(verdict("foo")).toBe(5);
    expect(verdict("vrrp_instance A {\n}")).toBe(5);
  });

  it("4 for unknown interfaces alone", () => {
    expect(testVerdict([diagnostic("complaint", "ERR_CONFIG_UNKNOWN_INTERFACE")])).toBe(4);
    expect(
      testVerdict([
        diagnostic("complaint", "ERR_CONFIG_UNKNOWN_INTERFACE"),
        diagnostic("complaint", "ERR_CONFIG_GARP"),
      ]),
    ).toBe(5);
  });

  it("6 for scripts without security and checked includes", () => {
    expect(
      testVerdict([diagnostic("complaint", "X"), diagnostic("security", "ERR_CONFIG_SCRIPT_SECURITY")]),
    ).toBe(6);
    expect(verdict("includem /no")).toBe(6);
  });

  it("whether the daemon starts", () => {
    expect(startVerdict(parseConfig("foo").diagnostics)).toBeUndefined();
    expect(startVerdict([diagnostic("complaint", "ERR_CONFIG_UNKNOWN_INTERFACE")])).toBeUndefined();
    expect(startVerdict(parseConfig("vrrp_instance A {\n}").diagnostics)).toBe(2);
    expect(startVerdict(parseConfig("includem /no").diagnostics)).toBe(6);
  });
});

describe("formatting", () => {
  it("place, message, source with a caret, hint", () => {
    const [found] = parseConfig("global_defs {\n\tvrrp_version 4\n}", "/etc/k.conf").diagnostics;
    if (found === undefined) throw new Error("nothing found");
    expect(formatDiagnostic(found)).toBe(
      [
        "/etc/k.conf:2:15: warning: number '4' outside range [2, 3] [ERR_CONFIG_INVALID_NUMBER]",
        "    \tvrrp_version 4",
        "    \t             ^",
        "    hint: expected a whole number from 2 to 3",
      ].join("\n"),
    );
    expect(formatAsKeepalived(found, true)).toBe("(Line 2) number '4' outside range [2, 3]");
    expect(formatAsKeepalived(found, false)).toBe("(/etc/k.conf: Line 2) number '4' outside range [2, 3]");
  });

  it("a finding about the whole has no place", () => {
    expect(formatDiagnostic({ severity: "refused", code: "C", message: "m" })).toBe("error: m [C]");
  });

  it("what keepalived finds after reading has no line in its form", () => {
    const [found] = parseConfig(`vrrp_script s {\nscript /x\n}\n${instance("")}`).diagnostics;
    if (found === undefined) throw new Error("nothing found");
    expect(found.position?.line).toBe(1);
    expect(formatAsKeepalived(found, true)).toBe("Warning - script s is not used");
  });
});
