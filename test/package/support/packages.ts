/** Runs once before the tests of the package: makes two versions of it and the clean Debian to install them in. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../support/lab/commands.js";
import { cleanDebian } from "./clean-debian.js";

const SETUP = fileURLToPath(new URL("../../../scripts/setup.mjs", import.meta.url));

/** Environment variable with the folder of the packages. */
const FOLDER = "VIGIL_TEST_PACKAGES";

/** The version that tests install first, and the one they upgrade to. */
const VERSIONS = ["0.1.0", "0.1.1~test"] as const;

/** Vitest's global setup of the `package` project; returns its teardown. */
export default async function makePackages(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "vigil-test-packages-"));
  process.env[FOLDER] = folder;
  for (const version of VERSIONS) {
    await run([process.execPath, SETUP, "package", "--fast", "--version", version, "--folder", folder]);
  }
  await cleanDebian();
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The path of the .deb with that version. @throws {Error} when the setup did not make it. */
export function packageFile(version: (typeof VERSIONS)[number]): string {
  const folder = process.env[FOLDER] ?? "";
  const name = readdirSync(folder).find((file) => file.startsWith(`vigil_${version}_`));
  if (name === undefined) throw new Error(`no package ${version} in ${folder}`);
  return join(folder, name);
}
