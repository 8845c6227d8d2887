/**
 * `node scripts/setup.mjs build|demo|test|bench|package|testPackage [arguments…]`: makes a fresh clone work, then runs the task. It checks
 * the machine, installs only what is missing, says a line for each step, and nothing when all is there.
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, runInForeground, SetupError } from "./process.mjs";
import { requireInterfaceKinds, requirePlatform, requireRoot } from "./requirements.mjs";
import { runtime } from "./runtime.mjs";

const tasks = { build, demo, test, bench, package: makePackage, testPackage };

/** Everything that the launchers need. */
async function build() {
  await prepare();
  return 0;
}

/** The demonstration on network namespaces of its own. */
async function demo(args) {
  const { demoPrograms } = await import("./install.mjs");
  requireRoot("demo");
  await prepare(demoPrograms);
  return runInForeground(runtime(), [join(root, "dist/cli/demo/main.js"), ...args]);
}

/** Type check of sources and tests, then vitest with the arguments given; SKIP_LINUX=1 leaves out what needs root. */
async function test(args) {
  const withLinux = process.env.SKIP_LINUX !== "1";
  const { compile, testPrograms } = await import("./install.mjs");
  if (withLinux) requireRoot("test");
  await prepare(withLinux ? testPrograms : undefined);
  compile(["-p", "tsconfig.test.json"]);
  const { runTests } = await import("./tests.mjs");
  return runTests(args);
}

/** One benchmark of `bench/`, by its file's name. */
async function bench([name, ...args]) {
  const folder = join(root, "bench");
  const names = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length));
  if (name === undefined || !names.includes(name)) {
    throw new SetupError(
      `name a benchmark: npm run bench -- ${names.join("|") || "(there is none in bench/)"}`,
    );
  }
  const { compileBench, testPrograms } = await import("./install.mjs");
  requireRoot("bench");
  await prepare(testPrograms);
  compileBench();
  return runInForeground(runtime(), [join(root, "dist-bench/bench", `${name}.js`), ...args]);
}

/** The Debian package, in `dist-package/` or another folder; `--fast` compresses little. */
async function makePackage(args) {
  const options = { version: { type: "string" }, folder: { type: "string" }, fast: { type: "boolean" } };
  const { values } = parseArgs({ args, options });
  const { installPrograms, packagePrograms } = await import("./install.mjs");
  await prepare();
  installPrograms(packagePrograms);
  const maker = await import("./package.mjs");
  await maker.makePackage(values);
  return 0;
}

/** The package on a clean Debian with systemd, in a container; some minutes, so that `npm test` leaves it out. */
async function testPackage(args) {
  const { bootPrograms, compile, packagePrograms, testPrograms } = await import("./install.mjs");
  requireRoot("test:package");
  await prepare({ ...testPrograms, ...packagePrograms, ...bootPrograms });
  compile(["-p", "tsconfig.test.json"]);
  process.env.VIGIL_PACKAGE_TEST = "1";
  const { runTests } = await import("./tests.mjs");
  return runTests(["--project", "package", ...args]);
}

/** Installs and compiles; `programs` are those that the task runs in network namespaces. */
async function prepare(programs) {
  const install = await import("./install.mjs");
  const first = !existsSync(join(root, "dist", "cli", "vigil.js"));
  if (programs !== undefined) {
    install.installPrograms(programs);
    requireInterfaceKinds();
  }
  install.installNpmPackages();
  install.buildRawSocket();
  install.buildNative();
  install.compile(["-b", "tsconfig.json"]);
  if (first) install.announceReady();
}

async function main([task, ...args]) {
  requirePlatform();
  if (!Object.hasOwn(tasks, task ?? "")) {
    throw new SetupError(`usage: node scripts/setup.mjs ${Object.keys(tasks).join("|")} [arguments]`);
  }
  return tasks[task](args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`vigil: ${error.message}`);
  process.exitCode = 1;
}
