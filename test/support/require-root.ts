/** Runs once before the tests on real sockets: they fail as a whole without root, and never skip in silence. */

/**
 * Vitest's global setup of the `linux` project.
 * @throws {Error} unless the tests run as root.
 */
export default function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new Error(
    "the tests of project `linux` open raw sockets and network namespaces: run them as root, or leave them out with SKIP_LINUX=1",
  );
}
