/**
 * The config layer against the installed keepalived: the same files, the same machine, the same verdict and the same
 * lines. VIGIL_CONFIG_CORPUS names another folder of files; then agreement is printed and must be high, not complete,
 * because versions of keepalived differ.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { testVerdict } from "../../src/config/verdict.js";
import { FilesOfThisMachine } from "../../src/daemon/config-files.js";
import { WorldOfThisMachine } from "../../src/daemon/config-world.js";
import {
  hasKeepalived,
  interfacesIn,
  KeepalivedOracle,
  type OracleAnswer,
} from "../support/oracle/keepalived-oracle.js";

const given = process.env.VIGIL_CONFIG_CORPUS;
const folder = resolve(given ?? "test/corpus");

/** Statuses of a keepalived that crashed or did not end. */
const BROKEN = [124, 128, 134, 137, 139, 143];

/** Lines of other ids are left out. */
const CONFIG_ID = "oracle";

/** Both read copies in which the network namespace is not entered: the right one is entered already. */
const copies = mkdtempSync(join(tmpdir(), "vigil-oracle-"));

function copyOf(file: string, index: number): string {
  const path = join(copies, `${index}-${basename(file)}`);
  const text = readFileSync(file, "latin1").replaceAll(/^([ \t]*(?:@\S+[ \t]+)?)net_namespace/gm, "$1#");
  writeFileSync(path, text, "latin1");
  return path;
}

const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".conf"))
  .map((name) => join(folder, name))
  .sort();

/**
 * What this version of keepalived says and others do not, or what depends on the machine. Lines with nothing else are
 * left out of the comparison.
 */
const NOT_COMPARED: readonly RegExp[] = [
  // 2.2.7 keeps the backslash at the end of a comment line; later versions drop it with the comment.
  /^Unknown keyword '\\'$/,
  // Settled in 2.4: such routes can be tracked.
  /^Warning - cannot track route /,
  // New in 2.4: keywords, and complaints that 2.2.7 does not make.
  /VIP duplicates a/,
  /^emailfrom - ignoring extra entries/,
  /^Sync group .* has no members - removing$/,
  // No firewall by ipset in this build.
  /^Unknown keyword 'vrrp_ipsets'$/,
  // A mail server is looked up while reading; here nothing is.
  /^Invalid smtp server /,
];

/** 0 runs; 5 and 6 run with complaints; 2 and 4 are refused. */
function verdictClass(status: number): "runs" | "complaints" | "refused" {
  if (status === 0) return "runs";
  return status === 2 || status === 4 ? "refused" : "complaints";
}

describe.skipIf(!hasKeepalived())("the installed keepalived on the same files", () => {
  const interfaces = [...new Set(files.flatMap((file) => interfacesIn(readFileSync(file, "latin1"))))];
  let oracle: KeepalivedOracle | undefined;
  const machine = new WorldOfThisMachine();
  const world = {
    interfaceExists: (name: string) => name === "lo" || interfaces.includes(name),
    isLoopback: (name: string) => name === "lo",
    isMulticast: (name: string) => name !== "lo",
    checkScript: machine.checkScript.bind(machine),
    userExists: machine.userExists.bind(machine),
    routingName: machine.routingName.bind(machine),
  };

  beforeAll(() => {
    oracle = new KeepalivedOracle("vgc-oracle", CONFIG_ID, interfaces);
  });
  afterAll(() => {
    oracle?.close();
    rmSync(copies, { recursive: true });
  });

  function ours(file: string): {
    status: number;
    lines: { line: number; message: string }[];
    others: string[];
  } {
    const { diagnostics } = loadConfig({
      path: file,
      configId: CONFIG_ID,
      files: new FilesOfThisMachine(),
      environment: new Map(),
      world,
    });
    const counted = diagnostics.filter((diagnostic) => diagnostic.severity !== "note");
    const placed = counted.filter(
      (diagnostic) => diagnostic.position !== undefined && diagnostic.afterReading !== true,
    );
    return {
      status: testVerdict(diagnostics),
      lines: placed.map(({ position, message }) => ({ line: position?.line ?? 0, message })),
      others: counted.filter((diagnostic) => !placed.includes(diagnostic)).map(({ message }) => message),
    };
  }

  /** Differences in words; empty when both agree. */
  function compare(file: string, theirs: OracleAnswer): { verdict: string[]; lines: string[] } {
    const mine = ours(file);
    const verdict: string[] = [];
    if (verdictClass(theirs.status) !== verdictClass(mine.status)) {
      verdict.push(`status ${theirs.status}, ours ${mine.status}`);
      for (const other of theirs.others) if (!mine.others.includes(other)) verdict.push(`  theirs: ${other}`);
      for (const other of mine.others) if (!theirs.others.includes(other)) verdict.push(`  ours:   ${other}`);
    }
    // keepalived's processes stop at different places when a parameter is missing.
    if (mine.status === 2 && theirs.status === 2) return { verdict, lines: [] };
    const compared = ({ message }: { message: string }) =>
      !NOT_COMPARED.some((pattern) => pattern.test(message));
    const theirLines = new Set(theirs.lines.map(({ line }) => line));
    const ourLines = new Set(mine.lines.map(({ line }) => line));
    const lines = [
      ...theirs.lines
        .filter(compared)
        .filter(({ line }) => !ourLines.has(line))
        .map(({ line, message }) => `theirs ${line}: ${message}`),
      ...mine.lines
        .filter(compared)
        .filter(({ line }) => !theirLines.has(line))
        .map(({ line, message }) => `ours   ${line}: ${message}`),
    ];
    return { verdict, lines: [...new Set(lines)] };
  }

  it("verdicts and lines agree", () => {
    const report: string[] = [];
    let asked = 0;
    let sameVerdict = 0;
    let sameLines = 0;
    for (const [i, file] of files.entries()) {
      const copy = copyOf(file, i);
      const theirs = oracle?.ask(copy);
      if (theirs === undefined) throw new Error("no oracle");
      if (BROKEN.includes(theirs.status)) {
        report.push(`${file}\n  keepalived itself ended with ${theirs.status}`);
        continue;
      }
      asked++;
      const { verdict, lines } = compare(copy, theirs);
      if (verdict.length === 0) sameVerdict++;
      if (lines.length === 0) sameLines++;
      if (verdict.length + lines.length > 0) report.push([file, ...verdict, ...lines].join("\n  "));
    }
    const percent = (count: number) => `${count} of ${asked} (${((100 * count) / asked).toFixed(1)} %)`;
    report.push(`verdict class: ${percent(sameVerdict)}; complained lines: ${percent(sameLines)}`);
    console.log(report.join("\n"));
    if (given === undefined) expect([sameVerdict, sameLines]).toEqual([asked, asked]);
    else expect(sameVerdict / asked).toBeGreaterThan(0.9);
  }, 600_000);
});
