/** Reads a configuration for a reload, aside: one that could not be started with leaves everything as it is. */

import { closeSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { formatDiagnostic } from "../config/format-diagnostic.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { startVerdict, testVerdict } from "../config/verdict.js";
import { settingsNotRun } from "../report/settings-not-run.js";
import { readConfig } from "./config-reading.js";
import { reportFindings } from "./config-report.js";
import type { Log } from "./logging.js";
import type { DaemonOptions } from "./options.js";
import { openOwnFile } from "./own-file.js";
import { processKeywords } from "./process-settings.js";

/** Reads. */
export class Reloader {
  readonly #options: DaemonOptions;
  readonly #log: Log;

  constructor(options: DaemonOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /** The new configuration; undefined when the running one stays. Never rejects. */
  async read(running: LoadedConfig): Promise<LoadedConfig | undefined> {
    const marker = processKeywords(running).reloadFile;
    if (marker !== undefined) await this.#attempt(() => append(marker, "", 0o644));
    try {
      return await this.#readAside(running);
    } finally {
      if (marker !== undefined) await this.#attempt(() => rm(marker, { force: true }));
    }
  }

  async #readAside(running: LoadedConfig): Promise<LoadedConfig | undefined> {
    const { config, diagnostics, opened } = readConfig(this.#options);
    const checkLog = running.global.process.reloadCheckConfig;
    if (checkLog !== undefined && testVerdict(diagnostics) !== 0) {
      const text = diagnostics.map((finding) => `${formatDiagnostic(finding)}\n`).join("");
      await this.#attempt(() => append(checkLog, text, 0o600));
      this.#log.parent.info(`New config failed validation, see ${checkLog} for details`);
      return undefined;
    }
    this.#log.parent.info("Reloading ...");
    for (const path of opened) this.#log.parent.detail(`Opening file '${path}'.`);
    if (opened.length > 0) this.#log.parent.info(`Configuration file ${this.#options.configFile}`);
    const refused = startVerdict(diagnostics) !== undefined;
    if (!refused) this.#log.vrrp.info("Reloading");
    reportFindings(diagnostics, this.#log.vrrp);
    if (refused) {
      this.#log.parent.info("Reload refused: the running configuration stays as it is");
      return undefined;
    }
    this.#reportUnchangeable(running, config);
    for (const line of settingsNotRun(config)) this.#log.vrrp.info(line);
    return config;
  }

  /** What is decided at the start, in keepalived's words. */
  #reportUnchangeable(running: LoadedConfig, config: LoadedConfig): void {
    const before = running.global.process;
    const after = config.global.process;
    const changed: readonly [string, boolean][] = [
      ["network namespace", before.netNamespace !== after.netNamespace],
      ["instance", before.instanceName !== after.instanceName],
    ];
    for (const [what, differs] of changed) {
      if (differs) this.#log.parent.info(`Cannot change ${what} at a reload - please restart keepalived`);
    }
  }

  async #attempt(action: () => Promise<void> | void): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#log.parent.info(`Reload: ${(error as Error).message}`);
    }
  }
}

function append(path: string, text: string, mode: number): void {
  const descriptor = openOwnFile(path, mode);
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
