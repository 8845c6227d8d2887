/** Which layer may import what: the table of the design, and a check of a file's imports against it. */

import ts from "typescript";
import { layerOf, resolveRelative, type Source, violation, walk } from "./source.js";

/** What a layer may import besides itself. Absent folders are no layers, and importing them is a violation. */
const imports: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ["base"],
  config: ["base"],
  check: ["base"],
  vrrp: ["base", "wire"],
  peers: ["base", "wire"],
  engine: ["base", "wire", "config", "check", "vrrp", "peers"],
  report: ["base", "wire", "config", "check", "vrrp", "peers", "engine"],
  sim: ["base", "wire", "peers", "engine"],
  linux: ["base", "wire", "check", "peers", "engine"],
  daemon: ["base", "wire", "config", "check", "vrrp", "peers", "engine", "report", "linux"],
  cli: ["base", "config", "report", "daemon"],
};

/** Layers without time, chance, timers, promises or Node.js. */
export const pureLayers: ReadonlySet<string> = new Set([
  "base",
  "wire",
  "config",
  "check",
  "vrrp",
  "peers",
  "engine",
  "report",
  "sim",
]);

/** What the simulator names in its types, although it speaks to the engine only. */
const simTypes: ReadonlySet<string> = new Set(["src/vrrp/config.ts", "src/config/config.ts"]);

/** The layers that may import an npm package; any other package is a violation. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "@noble/hashes": ["wire"],
  netlink: ["linux"],
  nodemailer: ["linux"],
  "raw-socket": ["linux"],
  pino: ["daemon"],
  commander: ["cli"],
};

/** Node's modules that only the layer of the system calls may import (the demo builds its own namespaces). */
const systemModules: ReadonlySet<string> = new Set(["node:child_process", "node:dgram"]);

interface Import {
  readonly at: ts.Node | number;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** All violations of the table in one file of `src/`. */
export function importViolations(source: Source): string[] {
  const layer = layerOf(source.path);
  if (layer === undefined || imports[layer] === undefined) return [`${source.path}:1: lies in no layer`];
  return importsOf(source).flatMap((found) => {
    const complaint = judge(source.path, layer, found);
    return complaint === undefined ? [] : [violation(source, found.at, complaint)];
  });
}

function judge(path: string, layer: string, { specifier, typeOnly }: Import): string | undefined {
  if (specifier.startsWith(".")) return judgeRelative(path, layer, specifier, typeOnly);
  if (specifier.endsWith(".node")) return layer === "linux" ? undefined : "only linux loads a native addon";
  if (specifier.startsWith("node:")) {
    if (pureLayers.has(layer)) return `${layer} is pure and imports ${specifier}`;
    const allowed = layer === "linux" || path.startsWith("src/cli/demo/") || !systemModules.has(specifier);
    return allowed ? undefined : `only linux imports ${specifier}`;
  }
  if (specifier === "netlink") return "the entry of netlink loads a prebuilt addon: import its modules";
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const allowed = packages[name];
  if (allowed === undefined) return `no layer may import ${specifier}`;
  return allowed.includes(layer) ? undefined : `only ${allowed.join(", ")} may import ${name}`;
}

function judgeRelative(
  path: string,
  layer: string,
  specifier: string,
  typeOnly: boolean,
): string | undefined {
  const target = resolveRelative(path, specifier);
  const targetLayer = layerOf(target);
  if (targetLayer === undefined) {
    return layer === "linux" && target.startsWith("native/")
      ? undefined
      : `imports ${target}, outside of src/`;
  }
  if (targetLayer === layer || imports[layer]?.includes(targetLayer)) return undefined;
  if (layer === "sim" && typeOnly && simTypes.has(target)) return undefined;
  if (targetLayer === "sim" && /^src\/cli\/(demo|simulate)[./-]/.test(path)) return undefined;
  return `${layer} may not import ${targetLayer} (${specifier})`;
}

/** Static, type-only, dynamic and CommonJS imports, `import("…")` types and re-exports. */
function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, name: ts.Node | undefined, typeOnly: boolean) => {
    if (name !== undefined && ts.isStringLiteralLike(name))
      found.push({ at: node, specifier: name.text, typeOnly });
  };
  walk(source.tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isTypeOnlyImport(node));
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isExternalModuleReference(node)) add(node, node.expression, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node, node.argument.literal, true);
    else if (ts.isCallExpression(node) && isModuleCall(node.expression)) add(node, node.arguments[0], false);
  });
  for (const { fileName, pos } of source.tree.referencedFiles) {
    found.push({ at: pos, specifier: `./${fileName}`, typeOnly: true });
  }
  for (const { fileName, pos } of source.tree.typeReferenceDirectives) {
    found.push({
      at: pos,
      specifier: fileName === "node" ? "node:types" : fileName,
      typeOnly: true,
    });
  }
  return found;
}

function isTypeOnlyImport({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.isTypeOnly) return true;
  const bindings = importClause.namedBindings;
  if (importClause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

/** `import()`, `require()`, `require.resolve()`, and any variable named so. */
function isModuleCall(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isPropertyAccessExpression(callee))
    return callee.name.text === "resolve" && isModuleCall(callee.expression);
  return ts.isIdentifier(callee) && callee.text === "require";
}
