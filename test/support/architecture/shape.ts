/** How a file must look: its name, its length, its first comment, its documentation, and no barrels. */

import { posix } from "node:path";
import ts from "typescript";
import { type Source, violation } from "./source.js";

/** Lines that no source may exceed. */
const hardCap = 500;

const emptyNames: ReadonlySet<string> = new Set([
  "common",
  "helper",
  "helpers",
  "manager",
  "managers",
  "misc",
  "util",
  "utils",
]);

/** All violations of shape in one file of `src/`. */
export function shapeViolations(source: Source): string[] {
  return [
    ...nameViolations(source.path),
    ...lengthViolations(source),
    ...fileCommentViolations(source),
    ...barrelViolations(source),
    ...documentationViolations(source),
  ];
}

function nameViolations(path: string): string[] {
  const names = path.replace(/\.ts$/, "").split("/");
  const odd = names.find((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name));
  if (odd !== undefined) return [`${path}:1: ${odd} is not kebab-case`];
  const empty = names.flatMap((name) => name.split("-")).find((word) => emptyNames.has(word));
  return empty === undefined ? [] : [`${path}:1: "${empty}" in a name says nothing`];
}

function lengthViolations({ path, tree }: Source): string[] {
  const lines = tree.text.replace(/\n$/, "").split("\n").length;
  return lines > hardCap ? [`${path}:${hardCap + 1}: ${lines} lines, more than ${hardCap}`] : [];
}

/** The first comment belongs to the file; a documentation comment of the first statement comes after it. */
function fileCommentViolations(source: Source): string[] {
  const { text, statements } = source.tree;
  const comments = ts.getLeadingCommentRanges(text, ts.getShebang(text)?.length ?? 0) ?? [];
  const [first] = statements;
  const documented = first !== undefined && isExported(first) ? 1 : 0;
  return comments.length > documented ? [] : [`${source.path}:1: no comment says what the file owns`];
}

function barrelViolations(source: Source): string[] {
  if (posix.basename(source.path) === "index.ts") return [`${source.path}:1: an index.ts is a barrel`];
  const { statements } = source.tree;
  const passesOn = (statement: ts.Statement) =>
    ts.isExportDeclaration(statement) ||
    ts.isExportAssignment(statement) ||
    ts.isImportDeclaration(statement);
  const barrel = statements.some(ts.isExportDeclaration) && statements.every(passesOn);
  return barrel ? [`${source.path}:1: only re-exports: a barrel`] : [];
}

/** Every exported declaration is documented, whether exported where it stands or by name further down. */
function documentationViolations(source: Source): string[] {
  const { statements } = source.tree;
  const exportedLater = new Set(statements.flatMap(localExports));
  const seen = new Set<string>();
  return statements.flatMap((statement) => {
    const names = declaredNames(statement);
    const exported = isExported(statement) || names.some((name) => exportedLater.has(name));
    if (!exported || names.length === 0) return [];
    // The signatures after the first of an overloaded function need no words of their own.
    const overload = ts.isFunctionDeclaration(statement) && names.some((name) => seen.has(name));
    for (const name of names) seen.add(name);
    if (overload || hasDocstring(statement, source.tree.text)) return [];
    return [violation(source, statement, `${names.join(", ")} has no docstring`)];
  });
}

function localExports(statement: ts.Statement): string[] {
  if (ts.isExportAssignment(statement))
    return ts.isIdentifier(statement.expression) ? [statement.expression.text] : [];
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) return [];
  const clause = statement.exportClause;
  if (clause === undefined || !ts.isNamedExports(clause)) return [];
  return clause.elements.map((element) => (element.propertyName ?? element.name).text);
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const declares =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement);
  return declares ? [statement.name?.text ?? "default"] : [];
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** A comment of two stars right before the statement, the file's own not counted, with words in it. */
function hasDocstring(statement: ts.Statement, text: string): boolean {
  const start = statement.getFullStart();
  const from = start === 0 ? (ts.getShebang(text)?.length ?? 0) : start;
  const ranges = ts.getLeadingCommentRanges(text, from) ?? [];
  return ranges.slice(start === 0 ? 1 : 0).some(({ pos, end }) => {
    const comment = text.slice(pos, end);
    return comment.startsWith("/**") && /\w/.test(comment);
  });
}
