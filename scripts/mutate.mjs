/**
 * Applies small faults to the core, one at a time, and counts those that the tests of the core notice. It works in a copy of the tree.
 * Usage: node scripts/mutate.mjs FOLDER [MUTANTS] [SEED]. FOLDER is a copy with node_modules; it is left as it was found.
 */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const [folder, count = "100", seed = "1"] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node scripts/mutate.mjs FOLDER [MUTANTS] [SEED]");

/** Where faults are made: files whose tests are quick. */
const PLACES = ["src/vrrp"];
const TESTS = [
  "test/unit/vrrp",
  "test/unit/engine",
  "test/conformance",
  "test/golden",
  "test/sim/late-waking.test.ts",
];

const OPERATORS = new Map([
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.AmpersandAmpersandToken, "||"],
  [ts.SyntaxKind.BarBarToken, "&&"],
  [ts.SyntaxKind.PlusToken, "-"],
  [ts.SyntaxKind.MinusToken, "+"],
  [ts.SyntaxKind.AsteriskToken, "+"],
]);

/** All faults of one file: a place, what replaces it, and what that is. */
function faultsOf(path) {
  const text = readFileSync(join(folder, path), "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const add = (node, replacement, what) =>
    found.push({ path, start: node.getStart(), end: node.getEnd(), replacement, what });
  const visit = (node) => {
    if (ts.isBinaryExpression(node)) {
      const other = OPERATORS.get(node.operatorToken.kind);
      if (other !== undefined)
        add(node.operatorToken, other, `${node.operatorToken.getText()} becomes ${other}`);
    } else if (ts.isIfStatement(node)) {
      add(node.expression, `!(${node.expression.getText()})`, "a condition is inverted");
    } else if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      if (node.expression.expression.kind !== ts.SyntaxKind.SuperKeyword)
        add(node, ";", "a call is left out");
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, "false", "true becomes false");
    else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, "true", "false becomes true");
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A generator of numbers from 0 to below 1 that one seed repeats. */
function numbers(from) {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function isNoticed() {
  const { status } = spawnSync(
    "npx",
    [
      "vitest",
      "run",
      "--project",
      "unit",
      "--project",
      "sim",
      "--no-isolate",
      "--bail=1",
      "--testTimeout=90000",
      ...TESTS,
    ],
    { cwd: folder, encoding: "utf8", timeout: 180_000 },
  );
  return status !== 0;
}

const files = PLACES.flatMap((place) =>
  readdirSync(join(folder, place))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(place, name)),
);
const all = files.flatMap(faultsOf);
const random = numbers(Number(seed));
const chosen = all
  .map((fault) => ({ fault, rank: random() }))
  .sort((a, b) => a.rank - b.rank)
  .slice(0, Number(count))
  .map(({ fault }) => fault);
if (isNoticed()) throw new Error("the tests fail without a fault, too");
let noticed = 0;
for (const [index, { path, start, end, replacement, what }] of chosen.entries()) {
  const file = join(folder, path);
  const before = readFileSync(file, "utf8");
  writeFileSync(file, before.slice(0, start) + replacement + before.slice(end));
  const seen = isNoticed();
  writeFileSync(file, before);
  if (seen) noticed++;
  else console.log(`not noticed: ${path}:${before.slice(0, start).split("\n").length}: ${what}`);
  console.log(`${noticed} of ${index + 1} noticed (of ${all.length} possible)`);
}
