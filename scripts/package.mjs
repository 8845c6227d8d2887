/**
 * Makes the Debian package: the bundled programs with the Node.js of the lock file, so that the target needs neither Node.js
 * nor npm nor a compiler. dpkg-deb alone builds it; what is in it is the list below.
 */

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundle } from "./bundle.mjs";
import { programFlags } from "./compiler-flags.mjs";
import { announce, root, runQuietly, runStep, SetupError } from "./process.mjs";
import { runtime, runtimeFolder, runtimeVersion } from "./runtime.mjs";

/** Debian's name of each processor that Node.js names. */
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };

/** Where everything lives that is not a fixed path of keepalived's. */
const LIBRARY = "usr/lib/vigil";

/**
 * Builds it into `dist-package/`.
 * @param options `version`: of the package, default that of package.json. `fast`: compress little, for a test.
 * @returns the path of the .deb.
 */
export async function makePackage({
  version = packageVersion(),
  fast = false,
  folder = join(root, "dist-package"),
} = {}) {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined)
    throw new SetupError(`no Debian package for ${process.arch}: use x64 or arm64`);
  const stage = mkdtempSync(join(tmpdir(), "vigil-package-"));
  chmodSync(stage, 0o755);
  try {
    announce("bundling the programs");
    const packages = await bundle(join(stage, LIBRARY));
    addRuntime(stage);
    addNativePrograms(stage);
    addSystemFiles(stage);
    addDocumentation(stage, packages);
    addControl(stage, version, architecture);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `vigil_${version}_${architecture}.deb`);
    const compression = fast ? ["-Zgzip", "-z1"] : ["-Zxz", "-z6"];
    const args = ["--root-owner-group", ...compression, "--build", stage, path];
    runStep(`compressing ${basename(path)}`, "dpkg-deb", args, "see dpkg-deb's message above");
    announce(`${path}: ${megabytes(statSync(path).size)}, installed ${megabytes(installedBytes(stage))}`);
    return path;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** The launcher of `vigil` and the Node.js for all. Its symbols for debuggers are left out; what addons link to stays. */
function addRuntime(stage) {
  for (const name of ["vigil", "launch.sh"]) install(stage, `${LIBRARY}/bin/${name}`, `bin/${name}`);
  chmodSync(join(stage, LIBRARY, "bin", "launch.sh"), 0o644);
  install(stage, `${LIBRARY}/runtime/node`, runtime(), 0o755);
  strip(join(stage, LIBRARY, "runtime", "node"));
  for (const name of ["keepalived", "vigil"]) link(stage, `${LIBRARY}/runtime/${name}`, "node");
  write(stage, `${LIBRARY}/package.json`, '{ "type": "module" }\n');
  link(stage, "usr/bin/vigil", `/${LIBRARY}/bin/vigil`);
}

/**
 * The addon as built. The programs are compiled anew, static: they then run on a libc older than that of this machine, start in a
 * millisecond, and the parent needs no file at the moment it acts. `/usr/sbin/keepalived` is the program itself, not a link to it:
 * so it is what /proc/PID/exe and start-stop-daemon(8) name.
 */
function addNativePrograms(stage) {
  const target = `${LIBRARY}/native/build/Release`;
  for (const name of ["vigil_native.node", "vigil_early_signals.node"])
    install(stage, `${target}/${name}`, `native/build/Release/${name}`, 0o644);
  compileStatic("keepalived", join(stage, "usr/sbin/keepalived"));
  compileStatic("vigil_starter", join(stage, target, "vigil_starter"));
  const addons = [
    `${target}/vigil_native.node`,
    `${target}/vigil_early_signals.node`,
    `${LIBRARY}/node_modules/raw-socket/build/Release/raw.node`,
  ];
  for (const path of addons) {
    strip(join(stage, path));
    chmodSync(join(stage, path), 0o644);
  }
}

/** Compiles a program of native/binding.gyp, with its own flags. */
function compileStatic(name, path) {
  const { targets } = JSON.parse(readFileSync(join(root, "native/binding.gyp"), "utf8"));
  const { sources, defines, cflags_c: flags } = targets.find((each) => each.target_name === name);
  mkdirSync(dirname(path), { recursive: true });
  const args = [...flags, ...programFlags, ...defines.map((define) => `-D${define}`), "-o", path];
  const files = sources.map((source) => join(root, "native", source));
  runStep(`compiling ${name}`, "cc", [...args, ...files], "install libc6-dev, which has the static library");
  strip(path);
}

/** Unit, man pages, completion: where the system looks for them. */
function addSystemFiles(stage) {
  // The same path as keepalived's in Debian 12, so that dpkg hands it over from one package to the other. The copy is for the
  // others: see postinst.
  install(stage, "lib/systemd/system/keepalived.service", "packaging/debian/keepalived.service", 0o644);
  install(stage, `${LIBRARY}/keepalived.service`, "packaging/debian/keepalived.service", 0o644);
  mkdirSync(join(stage, "etc", "keepalived"), { recursive: true });
  for (const page of filesOf("man")) {
    const section = page.slice(page.lastIndexOf(".") + 1);
    writeZipped(stage, `usr/share/man/man${section}/${page}.gz`, readFileSync(join(root, "man", page)));
  }
  for (const [source, target] of [
    ["completion/vigil.bash", "usr/share/bash-completion/completions/vigil"],
    ["completion/keepalived.bash", "usr/share/bash-completion/completions/keepalived"],
    ["completion/_vigil", "usr/share/zsh/vendor-completions/_vigil"],
    ["completion/vigil.zsh", "usr/share/zsh/vendor-completions/_vigil"],
    ["completion/vigil.fish", "usr/share/fish/vendor_completions.d/vigil.fish"],
  ]) {
    if (existsSync(join(root, source))) install(stage, target, source, 0o644);
  }
  for (const name of filesOf("plugins"))
    install(stage, `usr/share/vigil/plugins/${name}`, `plugins/${name}`, 0o755);
}

function addDocumentation(stage, packages) {
  const folder = "usr/share/doc/vigil";
  for (const name of filesOf("conf")) install(stage, `${folder}/examples/${name}`, `conf/${name}`, 0o644);
  for (const name of ["keepalived.conf", "hardening.conf"]) {
    install(stage, `${folder}/examples/${name}`, `packaging/debian/${name}`, 0o644);
  }
  install(stage, `${folder}/examples/static-pod.yaml`, "packaging/static-pod.yaml", 0o644);
  writeZipped(stage, `${folder}/changelog.gz`, readFileSync(join(root, "CHANGELOG.md")));
  write(stage, `${folder}/copyright`, copyright(packages));
  // Long: Node.js names there everything that it contains.
  const licence = ["share/doc/nodejs/LICENSE", "LICENSE"]
    .map((path) => join(runtimeFolder(), path))
    .find((path) => existsSync(path));
  if (licence !== undefined) writeZipped(stage, `${folder}/LICENSE.nodejs.gz`, readFileSync(licence));
}

/** Vigil's licence, and those of what is bundled, each in its own words where the package has them. */
function copyright(packages) {
  const parts = [`Vigil\n\n${readFileSync(join(root, "LICENSE"), "utf8")}`];
  for (const { name, version, license, folder } of packages) {
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `Licence: ${license}\n` : readFileSync(join(folder, file), "utf8");
    parts.push(`${name} ${version}\n\n${text}`);
  }
  parts.push(`Node.js ${runtimeVersion()}: MIT; https://github.com/nodejs/node/blob/main/LICENSE\n`);
  return parts.join(`\n${"-".repeat(78)}\n\n`);
}

/** Control data. No conffiles: what the package writes under /etc, its scripts write where nothing is, and a purge removes it. */
function addControl(stage, version, architecture) {
  const control = {
    Package: "vigil",
    Version: version,
    Architecture: architecture,
    Maintainer: "The Vigil authors <vigil@localhost>",
    Section: "admin",
    Priority: "optional",
    "Installed-Size": Math.ceil(installedBytes(stage) / 1024),
    "Pre-Depends": "init-system-helpers (>= 1.54~)",
    Depends: `libc6 (>= ${newestLibc(stage)}), libgcc-s1 | libgcc1, libstdc++6 (>= 8)`,
    // For check scripts, and for no_accept.
    Recommends: "curl, iproute2, nftables",
    Provides: "keepalived",
    Conflicts: "keepalived",
    Replaces: "keepalived",
    Description: [
      "VRRP daemon for Kubernetes masters, drop-in for keepalived",
      " Vigil holds a virtual IP address on one of several hosts. It reads keepalived's",
      " configuration, takes its options and signals, and speaks with it on the wire.",
      " The package brings its own runtime.",
    ].join("\n"),
  };
  const fields = Object.entries(control).map(([name, value]) => `${name}: ${value}\n`);
  write(stage, "DEBIAN/control", fields.join(""));
  for (const name of ["postinst", "prerm", "postrm"]) {
    install(stage, `DEBIAN/${name}`, `packaging/debian/${name}`, 0o755);
  }
  install(stage, "DEBIAN/triggers", "packaging/debian/triggers", 0o644);
}

/** The newest version of the C library that a program of the package asks for. */
function newestLibc(stage) {
  const versions = programsOf(join(stage, LIBRARY)).flatMap((path) => {
    const symbols = runQuietly("objdump", ["-T", path]).output;
    return [...symbols.matchAll(/\bGLIBC_2\.(\d+)/g)].map((found) => Number(found[1]));
  });
  return `2.${Math.max(...versions)}`;
}

function programsOf(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  return files.filter((path) => path.endsWith(".node") || basename(path) === "node");
}

function strip(path) {
  const result = runQuietly("strip", ["--strip-unneeded", path]);
  if (!result.ok) throw new SetupError(`strip ${path}: ${result.output.trim()}`);
}

/** Copies a file of the project (or one with an absolute path), with the mode that is asked for or its own. */
function install(stage, target, source, mode) {
  const path = join(stage, target);
  const from = source.startsWith("/") ? source : join(root, source);
  mkdirSync(dirname(path), { recursive: true });
  cpSync(from, path, { dereference: true });
  chmodSync(path, mode ?? statSync(from).mode & 0o777);
}

function write(stage, target, content) {
  const path = join(stage, target);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o644 });
}

function writeZipped(stage, target, content) {
  write(stage, target, gzipSync(content, { level: 9 }));
}

function link(stage, path, target) {
  mkdirSync(dirname(join(stage, path)), { recursive: true });
  symlinkSync(target, join(stage, path));
}

function filesOf(folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

function installedBytes(stage) {
  return readdirSync(stage, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/DEBIAN"))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function packageVersion() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}
