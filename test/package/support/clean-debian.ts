/** A clean Debian 12 with systemd and without Node.js, made once and kept: tests write to layers of their own above it. */

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../support/lab/commands.js";

/** Where it is kept. */
const CACHE = process.env.VIGIL_PACKAGE_CACHE ?? "/var/cache/vigil-package-test";

/** Beside systemd and iproute2, what the tests need before anything is installed. */
const INCLUDED = "systemd,systemd-sysv,dbus,iproute2";

/** Packages that machines without network install from apt's cache. */
const DOWNLOADED = ["keepalived", "procps", "curl", "nftables", "sudo", "lsb-release"];

/** The root's path; makes it at the first call, in about two minutes, from the mirror that debootstrap chooses. */
export async function cleanDebian(): Promise<string> {
  const root = join(CACHE, "bookworm");
  if (existsSync(root)) return root;
  mkdirSync(CACHE, { recursive: true });
  const part = join(CACHE, `bookworm.${process.pid}`);
  try {
    await run(["debootstrap", "--variant=minbase", `--include=${INCLUDED}`, "bookworm", part]);
    const apt = ["chroot", part, "apt-get", "-q", "-y"];
    await run([...apt, "update"]);
    await run([...apt, "install", "--no-install-recommends", "--download-only", ...DOWNLOADED]);
    renameSync(part, root);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return root;
}
