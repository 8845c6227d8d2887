/** Versions. */

/** Vigil's own; package.json says the same. */
export const VIGIL_VERSION = "0.1.0";

/** The keepalived that Vigil claims to be where tools compare versions. */
export const COMPATIBILITY_VERSION = "2.2.7";

/** First line of `--version`, in keepalived's shape: its version is the second word. */
export function versionLine(): string {
  return `Keepalived v${COMPATIBILITY_VERSION} (Vigil ${VIGIL_VERSION})`;
}

/** `--version` as keepalived prints it on stderr, blank lines included. */
export function versionText(): string {
  return `${versionLine()}\n\nConfig options:  VRRP VRRP_AUTH\n\nRunning on node ${process.version}\n`;
}
