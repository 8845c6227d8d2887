/** What the pure layers may not name: clocks, timers, chance, promises, Node.js and everything that differs by machine. */

import ts from "typescript";
import { type Source, violation, walk } from "./source.js";

const bannedNames: ReadonlySet<string> = new Set([
  "AbortSignal",
  "Atomics",
  "Buffer",
  "Date",
  "FinalizationRegistry",
  "Function",
  "Intl",
  "Promise",
  "PromiseLike",
  "SharedArrayBuffer",
  "Temporal",
  "WeakRef",
  "clearImmediate",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "eval",
  "fetch",
  "global",
  "globalThis",
  "performance",
  "process",
  "queueMicrotask",
  "require",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "structuredClone",
]);

/** Methods whose answer depends on the machine's locale. */
const localeMethods: ReadonlySet<string> = new Set([
  "localeCompare",
  "toLocaleDateString",
  "toLocaleLowerCase",
  "toLocaleString",
  "toLocaleTimeString",
  "toLocaleUpperCase",
]);

/** All impurities of one file, found in the syntax tree: comments, strings and property names may say anything. */
export function purityViolations(source: Source): string[] {
  const found: string[] = [];
  const checker = checkerOf(source);
  const report = (node: ts.Node, message: string) => found.push(violation(source, node, message));
  walk(source.tree, (node) => {
    if (ts.isAwaitExpression(node)) report(node, "await in a pure layer");
    else if (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
      report(node, "await in a pure layer");
    else if (node.kind === ts.SyntaxKind.AsyncKeyword) report(node, "async in a pure layer");
    else if (ts.isPropertyAccessExpression(node) && localeMethods.has(node.name.text)) {
      report(node, `${node.name.text}() depends on the locale`);
    } else if (ts.isIdentifier(node) && !isPropertyName(node) && !isDeclaredHere(checker, node)) {
      if (bannedNames.has(node.text)) report(node, `${node.text} in a pure layer`);
      else if (node.text === "Math" && !isSoberMath(node)) report(node, "Math.random in a pure layer");
    }
  });
  return found;
}

/** Resolves names within this one file: without libraries, what stays unresolved is a global. */
function checkerOf({ path, tree }: Source): ts.TypeChecker {
  const options: ts.CompilerOptions = {
    noLib: true,
    noResolve: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
  };
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === path ? tree : undefined),
    getDefaultLibFileName: () => "",
    writeFile: () => {},
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => name === path,
    readFile: () => undefined,
  };
  return ts.createProgram([path], options, host).getTypeChecker();
}

/** A parameter, variable or import called `process` is ours; `declare const Date` only gives the global a type. */
function isDeclaredHere(checker: ts.TypeChecker, node: ts.Identifier): boolean {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  const declarations = symbol?.declarations ?? [];
  const isAmbient = (declaration: ts.Declaration) =>
    (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0;
  return declarations.length > 0 && !declarations.some(isAmbient);
}

/** Names after a dot and names of members mean no global. A shorthand `{ process }` does. */
function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  if (ts.isEnumMember(parent) || ts.isJsxAttribute(parent)) return parent.name === node;
  if (ts.isPropertyAssignment(parent)) return parent.name === node;
  return (ts.isClassElement(parent) || ts.isTypeElement(parent)) && parent.name === node;
}

/** `Math.max` and its like; not `Math.random`, and not `Math` itself handed around. */
function isSoberMath(node: ts.Identifier): boolean {
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.expression === node && parent.name.text !== "random";
}
