/** The programs of `dist/` as few files, with the npm packages that they use inside. */

import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "./process.mjs";

const require = createRequire(import.meta.url);

/** What is started: the two commands, and the engine's thread, which has to be a file beside the code that starts it. */
const ENTRIES = ["dist/cli/keepalived.js", "dist/cli/vigil.js", "dist/daemon/engine-worker.js"];

/** npm packages that the code loads by `createRequire`, which a bundler does not see → the files of them that run. */
const WITH_ADDON = { "raw-socket": ["index.js", "package.json", "build/Release/raw.node"] };

/** CommonJS packages ask for Node's modules by `require`, which a module of today does not have. */
const BANNER =
  'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);';

/**
 * Bundles the compiled programs into `folder`/dist/cli and copies the packages with addons to `folder`/node_modules.
 * @returns the npm packages that are inside, sorted: `{name, version, license, folder}`.
 */
export async function bundle(folder) {
  const { build } = await import("esbuild");
  const result = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES,
    outdir: join(folder, "dist", "cli"),
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: Object.keys(WITH_ADDON),
    banner: { js: BANNER },
    legalComments: "inline",
    metafile: true,
    logLevel: "warning",
  });
  for (const [name, files] of Object.entries(WITH_ADDON)) {
    const source = dirname(require.resolve(`${name}/package.json`));
    for (const file of files) {
      const target = join(folder, "node_modules", name, file);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(source, file), target);
    }
  }
  const inside = Object.keys(result.metafile.inputs).flatMap(
    (path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set([...inside, ...Object.keys(WITH_ADDON)])].sort().map(describePackage);
}

function describePackage(name) {
  const folder = join(root, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { name, version, license: license ?? "see its source", folder };
}
