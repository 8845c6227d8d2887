/** `npm run demo`: three masters, one VIP, and what happens when things die. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { countAdverts } from "./adverts.js";
import { makeCertificates } from "./certificates.js";
import { API_PORT, DemoLan, MASTERS, VIP } from "./lan.js";
import { DemoMaster } from "./node.js";
import { WorkerRecord } from "./outage.js";
import { playSteps, type StepResult } from "./steps.js";
import { View } from "./view.js";

if (process.getuid?.() !== 0) {
  process.stderr.write("demo: needs root for network namespaces: run it as root\n");
  process.exit(1);
}

const lan = new DemoLan();
const folder = mkdtempSync(join(tmpdir(), "vigil-demo-"));

/** Leaves nothing behind. */
function cleanUp(): void {
  lan.down();
  rmSync(folder, { recursive: true, force: true });
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    cleanUp();
    process.stdout.write("\ndemo: interrupted, everything is taken down\n");
    process.exit(130);
  });
}

/** Prints the table; true when every step did what it should. */
function printTable(results: readonly StepResult[]): boolean {
  const rows = [
    ["what happened", "VIP from", "to", "outage", "protocol and check allow"],
    ...results.map(({ title, from, to, outage, allowed }) => [title, from, to, `${outage} ms`, allowed]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? "").length)),
  );
  process.stdout.write("\n");
  for (const cells of rows) {
    process.stdout.write(
      `${cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
  for (const { title, failure } of results) {
    if (failure !== undefined) process.stdout.write(`FAILED: ${title}: ${failure}\n`);
  }
  return results.every(({ failure }) => failure === undefined);
}

/** Runs the demo; returns the exit status. */
async function main(): Promise<number> {
  const certificates = makeCertificates(folder);
  lan.up();
  const worker = new WorkerRecord();
  const masters = MASTERS.map((number) => new DemoMaster(number, lan, folder, certificates));
  for (const master of masters) {
    master.startApiserver();
    master.startDaemon();
  }
  const program = fileURLToPath(new URL("./worker.js", import.meta.url));
  lan.start("worker", [process.execPath, program, VIP, String(API_PORT), certificates.ca], (line) =>
    worker.add(line),
  );
  const view = new View({ lan, masters, worker, adverts: countAdverts(lan) });
  process.stdout.write(
    `Three masters share ${VIP}; a worker asks https://${VIP}:${API_PORT}/healthz every 20 ms.\n`,
  );
  try {
    const results = await playSteps({ lan, masters, worker, view });
    view.close();
    return printTable(results) ? 0 : 1;
  } finally {
    view.close();
  }
}

try {
  process.exitCode = await main();
} finally {
  cleanUp();
}
