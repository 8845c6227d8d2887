/** Brings what is missing: Debian packages, npm packages, native addons, compiled TypeScript. Silent when nothing is. */

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { addonVariables } from "./compiler-flags.mjs";
import { announce, root, runQuietly, runStep, SetupError } from "./process.mjs";
import { runtime, runtimeFolder, runtimeVersion } from "./runtime.mjs";

const require = createRequire(import.meta.url);

/** Debian packages of the programs that build native addons. */
export const toolchain = { python3: "python3", make: "make", "g++": "g++" };

/** Debian packages that the demo runs, by a program each brings. */
export const demoPrograms = { ip: "iproute2", openssl: "openssl", curl: "curl", tcpdump: "tcpdump" };

/** Debian packages that the tests and benchmarks run, by a program each brings. */
export const testPrograms = {
  ...demoPrograms,
  arping: "arping",
  keepalived: "keepalived",
  mandoc: "mandoc",
  nft: "nftables",
  ping: "iputils-ping",
  ps: "procps",
  socat: "socat",
  tshark: "tshark",
  "/usr/lib/frr/vrrpd": "frr",
};

/** Debian packages of the programs that make a package, by a program each brings. */
export const packagePrograms = { "dpkg-deb": "dpkg", strip: "binutils", objdump: "binutils", cc: "gcc" };

/** Debian packages that boot a clean Debian in a container, by a program each brings. */
export const bootPrograms = { debootstrap: "debootstrap", "systemd-nspawn": "systemd-container" };

/**
 * Installs the packages whose program is absent, and leaves no service of theirs running.
 * @param programs program name or path → Debian package.
 * @throws {SetupError} when they cannot be installed.
 */
export function installPrograms(programs) {
  const missing = Object.entries(programs).filter(([program]) => !isPresent(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].sort();
  const byHand = `install them with "apt-get install ${packages.join(" ")}"`;
  if (!isPresent("apt-get"))
    throw new SetupError(`${packages.join(", ")} missing and this is no Debian: install them`);
  if (process.geteuid() !== 0) throw new SetupError(`${packages.join(", ")} missing: as root, ${byHand}`);
  withoutStartingServices(() => {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    runStep(
      "reading the lists of Debian packages",
      "apt-get",
      ["update", "-q"],
      "check the machine's apt sources",
      options,
    );
    const install = ["install", "-q", "-y", "--no-install-recommends", ...packages];
    runStep(`installing Debian packages: ${packages.join(" ")}`, "apt-get", install, byHand, options);
  });
  const still = missing.filter(([program]) => !isPresent(program)).map(([program]) => program);
  if (still.length > 0) throw new SetupError(`${still.join(", ")} still missing after installing: ${byHand}`);
}

/** Installs the npm packages of package-lock.json unless node_modules holds exactly those. */
export function installNpmPackages() {
  if (npmPackagesAreCurrent()) return;
  installPrograms(toolchain);
  const npm = process.env.npm_execpath;
  const [program, first] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  // Install scripts are left out for every npm alike (newer ones block them): the one that matters is run below.
  const args = [...first, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  runStep("installing npm packages", program, args, 'run "npm ci --ignore-scripts" to see why');
}

/** Builds the addon inside the `raw-socket` package unless it is there as it would be built now, and loads. */
export function buildRawSocket() {
  const folder = dirname(require.resolve("raw-socket/package.json"));
  const stamp = join(folder, "build", "settings");
  const settings = buildSettings();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === settings && loads("raw-socket")) return;
  rebuildAddon("building the raw-socket addon", folder);
  writeFileSync(stamp, settings);
  if (!loads("raw-socket"))
    throw new SetupError(`raw-socket does not load after building: rm -r ${folder}, then again`);
}

/** Builds `native/` when its sources, or the Node.js headers' version, differ from those of the last build. */
export function buildNative() {
  const folder = join(root, "native");
  const stamp = join(folder, "build", "sources.sha256");
  const digest = nativeSourcesDigest(folder);
  const addon = join(folder, "build", "Release", "vigil_native.node");
  if (existsSync(addon) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  rebuildAddon("building the native addon", folder);
  writeFileSync(stamp, digest);
}

/**
 * Compiles a TypeScript project, and those it refers to, where out of date.
 * @throws {SetupError} after the compiler's messages when it finds errors.
 */
export function compile(project) {
  const result = runQuietly(process.execPath, [require.resolve("typescript/bin/tsc"), ...project]);
  if (result.ok) return;
  process.stderr.write(result.output);
  throw new SetupError("TypeScript found errors: correct the lines above");
}

/** Compiles `bench/`; its `../src/` is served by the compiled program, so that what is measured is what ships. */
export function compileBench() {
  mkdirSync(join(root, "dist-bench"), { recursive: true });
  const sources = join(root, "dist-bench", "src");
  rmSync(sources, { force: true });
  symlinkSync(join("..", "dist"), sources);
  compile(["-b", "tsconfig.bench.json"]);
}

function isPresent(program) {
  if (program.startsWith("/")) return existsSync(program);
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** Debian asks policy-rc.d before starting the service of a fresh package; 101 forbids it. */
function withoutStartingServices(install) {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/** npm keeps a lock file of what it installed, written last; packages for other platforms may lack. */
function npmPackagesAreCurrent() {
  const installedLock = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedLock, "utf8")).packages;
  return (
    Object.entries(wanted).every(
      ([path, entry]) =>
        path === "" ||
        (installed[path] === undefined
          ? entry.optional === true && !isForThisMachine(entry)
          : installed[path].version === entry.version),
    ) && Object.keys(installed).every((path) => wanted[path] !== undefined)
  );
}

/** By npm's fields, each absent, one word or a list. */
function isForThisMachine({ os, cpu, libc }) {
  const fits = (words, here) => words === undefined || [words].flat().includes(here());
  const cLibrary = () =>
    process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  return fits(os, () => process.platform) && fits(cpu, () => process.arch) && fits(libc, cLibrary);
}

function loads(name) {
  return runQuietly(runtime(), ["-e", `require(${JSON.stringify(name)})`]).ok;
}

function rebuildAddon(what, folder) {
  installPrograms(toolchain);
  const headers = runtimeFolder();
  const args = [require.resolve("node-gyp/bin/node-gyp.js"), "rebuild", "-C", folder];
  // An addon is for the Node.js that its headers are of. npm's settings come as variables, which node-gyp prefers to its options.
  const beside = existsSync(join(headers, "include", "node", "node_api.h"));
  const env = { ...process.env, ...addonVariables, ...(beside ? { npm_config_nodedir: headers } : {}) };
  runStep(what, runtime(), args, "correct what the compiler says above", { env });
}

/** What an addon depends on besides its sources. */
function buildSettings() {
  return `${runtimeVersion()} ${Object.values(addonVariables).join(" ")}`;
}

function nativeSourcesDigest(folder) {
  const hash = createHash("sha256").update(buildSettings());
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
  const sources = files
    .filter((path) => !path.startsWith("build/") && /\.(c|cc|h|gyp|gypi)$/.test(path))
    .sort();
  if (sources.length === 0)
    throw new SetupError(`no sources in ${folder}: the checkout is incomplete, clone again`);
  for (const path of sources) hash.update(`\0${path}\0`).update(readFileSync(join(folder, path)));
  return hash.digest("hex");
}

/** Says that everything is in place; used once, after a first build. */
export function announceReady() {
  announce("built; try bin/vigil --help");
}
