/**
 * Kinds of tests. `unit` and `sim` are pure and share the cores; `linux` uses real sockets and namespaces, so
 * it runs after them, one file at a time, each in a process of its own. `package` boots whole systems and runs only when it is
 * asked for.
 */

import { defineConfig } from "vitest/config";

const withPackage = process.env.VIGIL_PACKAGE_TEST === "1";
const withoutLinux = process.env.SKIP_LINUX === "1";
// Vitest reads this file once for each project; the environment remembers that it has been said.
if (withoutLinux && process.env.VIGIL_SAID_SKIP_LINUX === undefined) {
  process.env.VIGIL_SAID_SKIP_LINUX = "1";
  console.warn("\nSKIP_LINUX=1: the tests on real sockets, namespaces and peers are LEFT OUT of this run.\n");
}

export default defineConfig({
  test: {
    pool: "threads",
    teardownTimeout: 30_000,
    poolOptions: { threads: { minThreads: 1, maxThreads: 2 }, forks: { minForks: 1, maxForks: 1 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "test/*.test.ts",
            "test/unit/**/*.test.ts",
            "test/conformance/**/*.test.ts",
            "test/golden/**/*.test.ts",
            "test/fuzz/**/*.test.ts",
          ],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "sim",
          include: ["test/sim/**/*.test.ts", "test/scenario/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      ...(withoutLinux
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: "linux",
                include: ["test/linux/**/*.test.ts", "test/oracle/**/*.test.ts", "test/surface/**/*.test.ts"],
                pool: "forks" as const,
                globalSetup: ["test/support/require-root.ts"],
                testTimeout: 120_000,
                hookTimeout: 120_000,
                sequence: { groupOrder: 1 },
                // Real daemons, kernels and elections on a machine that others may keep busy. What needed it is listed at the end.
                retry: 1,
              },
            },
          ]),
      ...(withPackage
        ? [
            {
              extends: true as const,
              test: {
                name: "package",
                include: ["test/package/**/*.test.ts"],
                pool: "forks" as const,
                globalSetup: ["test/support/require-root.ts", "test/package/support/packages.ts"],
                testTimeout: 400_000,
                hookTimeout: 400_000,
                sequence: { groupOrder: 2 },
              },
            },
          ]
        : []),
    ],
  },
});
