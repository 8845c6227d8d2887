/** Vigil's test of a configuration beside keepalived's: the class of the verdict and the lines complained about. */

import { loadConfig } from "../../../src/config/load.js";
import { testVerdict } from "../../../src/config/verdict.js";
import { FilesOfThisMachine } from "../../../src/daemon/config-files.js";
import { WorldOfThisMachine } from "../../../src/daemon/config-world.js";
import { hostHasAddress } from "../../../src/linux/main-thread/checks/host-names.js";
import type { OracleAnswer } from "./keepalived-oracle.js";

/** Statuses of a keepalived that crashed or did not end. */
const BROKEN = [124, 128, 134, 137, 139, 143];

/** True when there is nothing to compare with. */
export function crashed({ status }: OracleAnswer): boolean {
  return BROKEN.includes(status);
}

/** This machine, in which interfaces of the given names exist and no others. */
class WorldOfTheOracle extends WorldOfThisMachine {
  readonly #interfaces: ReadonlySet<string>;

  constructor(interfaces: readonly string[]) {
    super();
    this.#interfaces = new Set(["lo", ...interfaces]);
  }

  override interfaceExists(name: string): boolean {
    return this.#interfaces.has(name);
  }

  override isLoopback(name: string): boolean {
    return name === "lo";
  }

  override isMulticast(name: string): boolean {
    return name !== "lo";
  }

  override virtualKind(): undefined {
    return undefined;
  }

  hostResolves(host: string): boolean {
    return hostHasAddress(host);
  }
}

/** Compares what both say about files. */
export class Agreement {
  readonly #configId: string;
  readonly #world: WorldOfTheOracle;
  readonly #known: readonly RegExp[];

  /** `interfaces` exist for both; complaints that match one of `known` are differences that are documented. */
  constructor(configId: string, interfaces: readonly string[], known: readonly RegExp[]) {
    this.#configId = configId;
    this.#world = new WorldOfTheOracle(interfaces);
    this.#known = known;
  }

  /** Differences in words, those of the verdict apart from those of the lines; both empty when all agrees. */
  differences(file: string, theirs: OracleAnswer): { verdict: string[]; lines: string[] } {
    const mine = this.#ask(file);
    // keepalived's processes stop at different places when a parameter is missing.
    if (mine.status === 2 && theirs.status === 2) return { verdict: [], lines: [] };
    const known = (message: string) => this.#known.some((pattern) => pattern.test(message));
    const expected = [...theirs.lines.map(({ message }) => message), ...theirs.others].some(known);
    const verdict: string[] = [];
    if (!expected && verdictClass(theirs.status) !== verdictClass(mine.status)) {
      verdict.push(`status ${theirs.status}, ours ${mine.status}`);
      for (const other of theirs.others) if (!mine.others.includes(other)) verdict.push(`  theirs: ${other}`);
      for (const other of mine.others) if (!theirs.others.includes(other)) verdict.push(`  ours:   ${other}`);
    }
    const theirLines = new Set(theirs.lines.map(({ line }) => line));
    const ourLines = new Set(mine.lines.map(({ line }) => line));
    const lines = [
      ...theirs.lines
        .filter(({ line, message }) => !ourLines.has(line) && !known(message))
        .map(({ line, message }) => `theirs ${line}: ${message}`),
      ...mine.lines
        .filter(({ line, counted, message }) => counted && !theirLines.has(line) && !known(message))
        .map(({ line, message }) => `ours   ${line}: ${message}`),
    ];
    return { verdict, lines: [...new Set(lines)] };
  }

  #ask(file: string): {
    status: number;
    lines: { line: number; message: string; counted: boolean }[];
    others: string[];
  } {
    const { diagnostics } = loadConfig({
      path: file,
      configId: this.#configId,
      files: new FilesOfThisMachine(),
      environment: new Map(),
      world: this.#world,
    });
    const lines = diagnostics.flatMap(({ position, message, severity, afterReading }) =>
      position === undefined || afterReading === true
        ? []
        : [{ line: position.line, message, counted: severity !== "note" }],
    );
    const others = diagnostics.filter(
      ({ position, severity, afterReading }) =>
        severity !== "note" && (position === undefined || afterReading === true),
    );
    return { status: testVerdict(diagnostics), lines, others: others.map(({ message }) => message) };
  }
}

/** 0 runs; 5 and 6 run with complaints; 2 and 4 are refused. */
function verdictClass(status: number): "runs" | "complaints" | "refused" {
  if (status === 0) return "runs";
  return status === 2 || status === 4 ? "refused" : "complaints";
}
