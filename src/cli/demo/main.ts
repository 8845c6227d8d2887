/**
 * `npm run demo`: three masters, one VIP, and what happens when things die. Exit status 0: every step did what it should.
 * `VIGIL_UNDER_TEST=/usr/sbin/keepalived` shows the same with keepalived.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { countAdverts } from "./adverts.js";
import { makeCertificates } from "./certificates.js";
import { API_PORT, DemoLan, MASTERS, VIP } from "./lan.js";
import { DemoMaster, PROGRAM, PROGRAM_IS_VIGIL } from "./node.js";
import { WorkerRecord } from "./outage.js";
import { MARGIN, playSteps, type StepResult } from "./steps.js";
import { View } from "./view.js";
import { VipWatch } from "./vip-watch.js";

if (process.getuid?.() !== 0) {
  process.stderr.write("demo: needs root for network namespaces: run it as root\n");
  process.exit(1);
}

const lan = new DemoLan();
const folder = mkdtempSync(join(tmpdir(), "vigil-demo-"));

// Runs however we end, by an error that nobody caught too; all of it is synchronous, as it must be here.
process.on("exit", () => {
  try {
    lan.down();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    process.stdout.write("\ndemo: interrupted, taking everything down\n");
    process.exit(128 + constants.signals[signal]);
  });
}

// Whoever reads our output has left, as `head` does.
process.stdout.on("error", () => process.exit(1));

/** Prints the table; true when every step did what it should. */
function printTable(results: readonly StepResult[]): boolean {
  const rows = [
    ["what happened", "VIP from", "to", "outage", "formula allows", "", "VIP gone after", "two holders"],
    ...results.map(({ title, from, to, outage, allowed, letGoAfter, twoHolders }) => [
      title,
      from,
      to,
      `${outage} ms`,
      `${allowed.ms} ms`,
      allowed.formula,
      from === to ? "-" : letGoAfter === undefined ? "restart" : `${letGoAfter} ms`,
      `${twoHolders} ms`,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) => cells.map((cell, i) => cell.padEnd(widths?.[i] ?? 0)).join("  "));
  const text = lines.map((line) => line.trimEnd()).join("\n");
  process.stdout.write(`
${text}

outage: longest time between two answers to the worker; a step fails beyond the formula and ${MARGIN} ms of margin.
skew: (256 - priority 100) / 256 s. handover: at most 43 ms, docs/handover.md.
VIP gone after: from the event until the old holder's kernel had lost the VIP.
`);
  for (const { title, failure } of results) {
    if (failure !== undefined) process.stdout.write(`FAILED: ${title}: ${failure}\n`);
  }
  return results.every(({ failure }) => failure === undefined);
}

/** Runs the demo; returns the exit status. */
async function main(): Promise<number> {
  if (!PROGRAM_IS_VIGIL) process.stdout.write(`In place of Vigil: ${PROGRAM}\n`);
  process.stdout.write(
    `Three masters share ${VIP}; a worker asks https://${VIP}:${API_PORT}/healthz every 20 ms.\n`,
  );
  const certificates = makeCertificates(folder);
  lan.up();
  const vips = new VipWatch(lan);
  const worker = new WorkerRecord();
  const masters = MASTERS.map((number) => new DemoMaster(number, lan, folder, certificates));
  const view = new View({ vips, masters, worker, adverts: countAdverts(lan) });
  try {
    for (const master of masters) {
      master.startApiserver();
      master.startDaemon();
    }
    const program = fileURLToPath(new URL("./worker.js", import.meta.url));
    const argv = [process.execPath, program, VIP, String(API_PORT), certificates.ca];
    lan.start("worker", argv, { onLine: (line) => worker.add(line) });
    const results = await playSteps({ lan, vips, masters, worker, view });
    view.close();
    return printTable(results) ? 0 : 1;
  } finally {
    view.close();
  }
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message.trim() : String(error)}\n`);
  process.exit(1);
}
