/** Runs vitest and closes with one plain line that counts the tests of the run. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInForeground } from "./process.mjs";
import { runtime } from "./runtime.mjs";

const require = createRequire(import.meta.url);

/**
 * Runs the tests that `args` select, all without any.
 * @returns a promise of the exit status, 0 only when every test that ran passed.
 */
export async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), "vigil-tests-"));
  const results = join(folder, "results.json");
  try {
    const vitest = join(dirname(require.resolve("vitest/package.json")), "vitest.mjs");
    const secondTries = fileURLToPath(new URL("second-tries.mjs", import.meta.url));
    const reporters = ["default", "json", secondTries].map((name) => `--reporter=${name}`);
    reporters.push(`--outputFile.json=${results}`);
    const status = await runInForeground(runtime(), [vitest, "run", ...reporters, ...args]);
    const counts = countTests(readResults(results), status);
    if (process.env.SKIP_LINUX === "1")
      console.log("\nleft out by SKIP_LINUX=1: all tests of project `linux`");
    console.log(`\n${closingLine(counts)}`);
    return status !== 0 ? status : counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Counts from vitest's JSON report. A file that fails before its first test counts as one failure, and so does a run
 * that fails outside of any test (an unhandled error) or leaves no report.
 */
export function countTests(report, status) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report?.testResults ?? []) {
    const failedBefore = counts.failed;
    for (const { status: verdict } of file.assertionResults) {
      if (verdict === "passed") counts.passed++;
      else if (verdict === "failed") counts.failed++;
      else counts.skipped++;
    }
    if (file.status === "failed" && counts.failed === failedBefore) counts.failed++;
  }
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** `12 passed, 0 failed`, with `, 3 skipped` when there are any. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function readResults(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    console.error(`vigil: vitest left no results at ${path}: ${error.message}`);
    return undefined;
  }
}
