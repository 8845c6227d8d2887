/** A TypeScript source as the architecture rules see it: parsed, with its place below `src/`. */

import { posix } from "node:path";
import ts from "typescript";

/** A parsed file. */
export interface Source {
  /** Relative to the project's folder, such as `src/wire/vrrp.ts`. */
  readonly path: string;
  readonly tree: ts.SourceFile;
}

/** Parses `text` as the file at `path`. */
export function parseSource(path: string, text: string): Source {
  return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
}

/** The folder right below `src/`; undefined for a file outside of any layer. */
export function layerOf(path: string): string | undefined {
  const [top, layer, ...rest] = path.split("/");
  return top === "src" && rest.length > 0 ? layer : undefined;
}

/** Path that a relative module name means, with `.ts` for `.js`. */
export function resolveRelative(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
}

/** `path:line: message`, what a violation looks like in a failed test; `at` is a node or an offset in the text. */
export function violation({ path, tree }: Source, at: ts.Node | number, message: string): string {
  const { line } = tree.getLineAndCharacterOfPosition(typeof at === "number" ? at : at.getStart(tree));
  return `${path}:${line + 1}: ${message}`;
}

/** Calls `visit` for the node and everything below it, documentation comments left out. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
