/** Versions. */

import { readFileSync } from "node:fs";
import { release, version } from "node:os";
import { kernelHeaders } from "../linux/main-thread/host-network/kernel-headers.js";

/**
 * What keepalived would have been configured with to do what Vigil does. Exporters look for `--enable-json` before they ask for
 * keepalived.json.
 */
const CONFIGURE_OPTIONS = ["--enable-json", "--enable-sha1", "--enable-regex", "--with-init=systemd"];

/** Those of keepalived's features that Vigil has, by keepalived's names. */
const FEATURES = [
  "NFTABLES",
  "REGEX",
  "VRRP",
  "VRRP_AUTH",
  "VRRP_VMAC",
  "JSON",
  "OLD_CHKSUM_COMPAT",
  "INIT=systemd",
  "SYSTEMD_NOTIFY",
];

/** Vigil's own; package.json says the same. */
export const VIGIL_VERSION = "0.1.0";

/** Date of that version, as keepalived writes one. */
const VIGIL_DATE = "11/24,2026";

/** The keepalived that Vigil claims to be where tools compare versions, unless somebody decides otherwise. */
const COMPATIBILITY_VERSION = "2.2.7";

/** A file with the version to claim; for a package or an administrator. */
const COMPATIBILITY_FILE = "/etc/vigil/compatibility-version";

/**
 * The keepalived that Vigil claims to be: `VIGIL_COMPAT_VERSION`, else the first line of
 * `/etc/vigil/compatibility-version`, else 2.2.7. A leading `v` is allowed; what is no version counts as not given.
 */
function compatibilityVersion(): string {
  const wanted = [process.env.VIGIL_COMPAT_VERSION, fileText(COMPATIBILITY_FILE)];
  for (const text of wanted) {
    const found = /^v?(\d[\w.+~-]*)$/.exec(text?.split("\n")[0]?.trim() ?? "")?.[1];
    if (found !== undefined) return found;
  }
  return COMPATIBILITY_VERSION;
}

/** First line of `--version`, in keepalived's shape: its version is the second word. */
function claim(): string {
  return `Keepalived v${compatibilityVersion()} (${VIGIL_DATE})`;
}

/** keepalived's version and ours, for the log. */
export function versionLine(): string {
  return `${claim()}, Vigil ${VIGIL_VERSION}`;
}

/** The second line of the log. */
export function systemLine(): string {
  return `Running on ${kernel()} (built for Linux ${kernelHeaders()})`;
}

/**
 * `--version` as keepalived prints it on stderr, blank lines included. The native parent says the same without Node.js
 * (native/parent/version.c); this is for a `--version` after mistakes.
 */
export function versionText(): string {
  const distribution = /^PRETTY_NAME="?(.*?)"?$/m.exec(fileText("/etc/os-release") ?? "")?.[1];
  const lines = [
    claim(),
    "",
    `Vigil ${VIGIL_VERSION} is a reimplementation of keepalived's VRRP part and shares no code with it`,
    "",
    `Built with kernel headers for Linux ${kernelHeaders()}`,
    `Running on ${kernel()}`,
    ...(distribution === undefined ? [] : [`Distro: ${distribution}`]),
    "",
    `configure options: ${CONFIGURE_OPTIONS.join(" ")}`,
    "",
    `Config options:  ${FEATURES.join(" ")}`,
    "",
    "System options: ",
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function kernel(): string {
  return `Linux ${release()} ${version()}`;
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
