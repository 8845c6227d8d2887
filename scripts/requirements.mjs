/** What the machine must offer, checked before and after installing. Each failure is one line that says what to do. */

import { readFileSync } from "node:fs";
import { runQuietly, SetupError } from "./process.mjs";

/** @throws {SetupError} unless this is Node.js 20.5 or newer on Linux. */
export function requirePlatform() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 5)) {
    throw new SetupError(`Node.js ${process.versions.node} is too old: install Node.js 20.5 or newer`);
  }
  if (process.platform !== "linux") {
    throw new SetupError(`this is ${process.platform}: Vigil runs on Linux only, use a Linux machine`);
  }
}

/** @throws {SetupError} unless we are root, with the capabilities for namespaces and raw sockets. */
export function requireRoot(task) {
  const insteadOfTests = task === "test" ? ", or leave out the tests that need it with SKIP_LINUX=1" : "";
  if (process.geteuid() !== 0) {
    throw new SetupError(
      `"npm run ${task}" needs root for network namespaces: run it as root${insteadOfTests}`,
    );
  }
  const effective = BigInt(
    `0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`,
  );
  for (const [name, bit] of Object.entries({ CAP_NET_ADMIN: 12n, CAP_NET_RAW: 13n, CAP_SYS_ADMIN: 21n })) {
    if ((effective >> bit) & 1n) continue;
    throw new SetupError(
      `root lacks ${name} here: start the container with it (or privileged)${insteadOfTests}`,
    );
  }
  if (!runQuietly("unshare", ["-n", "-m", "true"]).ok) {
    throw new SetupError(
      `"unshare -n -m true" fails: allow network and mount namespaces in this container or kernel${insteadOfTests}`,
    );
  }
}

/**
 * The kinds of interfaces that the demo and the tests build, tried in a network namespace that ends at once.
 * @throws {SetupError} for the first kind that the kernel refuses. Needs iproute2.
 */
export function requireInterfaceKinds() {
  const kinds = {
    veth: "ip link add probe0 type veth peer name probe1",
    bridge: "ip link add probe0 type bridge",
    macvlan:
      "ip link add probe0 type veth peer name probe1 && ip link add probe2 link probe0 type macvlan mode private",
  };
  for (const [kind, command] of Object.entries(kinds)) {
    const result = runQuietly("unshare", ["-n", "sh", "-c", command]);
    if (result.ok) continue;
    throw new SetupError(
      `the kernel makes no ${kind} interface (${result.output.trim()}): run "modprobe ${kind}"`,
    );
  }
}
