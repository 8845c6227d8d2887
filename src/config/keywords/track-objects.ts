/** `track_file` and `vrrp_track_process`: things that instances can track. */

import { micros } from "../../base/time.js";
import type { TrackFile, TrackProcess } from "../config.js";
import type { ConfigDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, line } from "../keyword-table.js";
import { INT32_MAX, readDecimal, readSigned, readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";

const FILE_CODE = "ERR_CONFIG_TRACK_FILE";
const PROCESS_CODE = "ERR_CONFIG_TRACK_PROCESS";

interface OpenFile {
  readonly name: string;
  path: string | undefined;
  weight: number | undefined;
  reverse: boolean;
  init: TrackFile["init"];
}

const FILE = new KeywordTable<OpenFile>([
  line("file", { argument: "PATH", doc: "the file whose number counts", required: 0 }, (file, statement) => {
    if (statement.word(1) === undefined) statement.complain(FILE_CODE, "track file file name missing", 1);
    else if (file.path === undefined) file.path = statement.required(1);
    else {
      statement.complain(
        FILE_CODE,
        `File already set for track file ${file.name} - ignoring ${statement.required(1)}`,
        1,
      );
    }
  }),
  line(
    "weight",
    { argument: "N [reverse]", doc: "multiplies the number, -254..254, default 1", required: 0 },
    (file, statement) => {
      if (statement.word(1) === undefined) {
        const message = `No weight specified for track file ${file.name} - ignoring`;
        statement.complain(FILE_CODE, message, 1);
        return;
      }
      if (file.weight !== undefined) {
        const message = `Weight already set for track file ${file.name} - ignoring ${statement.required(1)}`;
        statement.complain(FILE_CODE, message, 1);
        return;
      }
      const weight = readSigned(statement, 1, -254, 254);
      if (weight === undefined) {
        const message = `Weight (${statement.required(1)}) for track_file ${file.name} must be between [-254..254] inclusive. Ignoring...`;
        statement.complain(FILE_CODE, message, 1);
      }
      file.weight = weight ?? 1;
      const option = statement.word(2);
      if (option === "reverse") file.reverse = true;
      else if (option !== undefined) {
        statement.complain(
          FILE_CODE,
          `track_file ${file.name} unknown weight option ${option}`,
          2,
          "reverse",
        );
      }
    },
  ),
  line(
    "init_file",
    { argument: "[VALUE] [overwrite]", doc: "write the file at the start" },
    (file, statement) => {
      let value = 0;
      let overwrite = false;
      for (const [i, word] of statement.args.entries()) {
        if (word === "overwrite") {
          overwrite = true;
          continue;
        }
        if (!/^-?[0-9]/.test(word)) {
          statement.complain(
            FILE_CODE,
            `Unknown track file init option ${word}`,
            i + 1,
            "a number or overwrite",
          );
          continue;
        }
        const number = readSigned(statement, i + 1, -INT32_MAX, INT32_MAX);
        if (number === undefined) {
          const message = `Track file ${file.name} init value ${word} is invalid`;
          statement.complain(FILE_CODE, message, i + 1);
          continue;
        }
        value = number;
        if (Math.abs(number) > 254) {
          const message = `Track file ${file.name} init value ${number} is outside sensible range [-254, 254]`;
          statement.complain(FILE_CODE, message, i + 1);
        }
      }
      file.init = { value, overwrite };
    },
  ),
]);

function trackFile(name: string, doc: string): Keyword<ConfigDraft> {
  return block<ConfigDraft, OpenFile>(name, { argument: "NAME {…}", required: 1, doc }, FILE, {
    open: (_root, statement) => ({
      name: statement.required(1),
      path: undefined,
      weight: undefined,
      reverse: false,
      init: undefined,
    }),
    close: (root, { name: fileName, path, weight = 1, reverse, init }, { end }) => {
      if (path === undefined) {
        end.complain(FILE_CODE, `No file set for track_file ${fileName} - ignoring`);
        return;
      }
      root.trackFiles.add({
        name: fileName,
        path,
        weight,
        reverse,
        ...(init === undefined ? {} : { init }),
      });
    },
  });
}

interface OpenProcess {
  readonly name: string;
  command: readonly string[] | undefined;
  match: TrackProcess["parameterMatch"] | undefined;
  fullCommand: boolean;
  weight: number | undefined;
  reverse: boolean;
  quorum: number;
  quorumMax: number | undefined;
  forkDelay: number;
  terminateDelay: number;
}

function processDelay(
  name: string,
  doc: string,
  apply: (process: OpenProcess, delay: number) => void,
): Keyword<OpenProcess> {
  return line(name, { argument: "SECS", doc }, (process, statement) => {
    const value = readDecimal(statement, 1, { low: 1, high: 3_600_000_000, places: 6 });
    if (value !== undefined) apply(process, value);
    else {
      const message = `${name} (${statement.required(1)}) for vrrp_track_process ${process.name} must be between [0.000001..3600] inclusive. Ignoring...`;
      statement.complain(PROCESS_CODE, message, 1);
    }
  });
}

const PROCESS = new KeywordTable<OpenProcess>([
  line("process", { argument: "CMD [PARAM…]", doc: "the process to look for" }, (process, statement) => {
    if (process.command === undefined) {
      process.command = statement.args;
      return;
    }
    const message = `Process already set for track process ${process.name} - ignoring ${statement.required(1)}`;
    statement.complain(PROCESS_CODE, message, 1);
  }),
  line(
    "param_match",
    { argument: "[initial|partial]", doc: "how parameters are compared" },
    (process, statement) => {
      const type = statement.word(1);
      if (type === undefined) process.match = "exact";
      else if (type === "initial" || type === "partial") process.match = type;
      else
        statement.complain(
          PROCESS_CODE,
          `Invalid param_match type ${type} - ignoring`,
          1,
          "initial or partial",
        );
    },
  ),
  line("full_command", { doc: "match the whole command line" }, (process) => {
    process.fullCommand = true;
  }),
  line(
    "weight",
    { argument: "N [reverse]", doc: "change of priority, -254..254", required: 0 },
    processWeight,
  ),
  line("quorum", { argument: "N", doc: "fewest processes, default 1" }, (process, statement) => {
    const value = readUnsigned(statement, 1, 1, 65_535);
    if (value === undefined) {
      const message = `Quorum (${statement.required(1)}) for vrrp_track_process ${process.name} must be between [1..65535] inclusive. Ignoring...`;
      statement.complain(PROCESS_CODE, message, 1);
    } else if (process.quorumMax !== undefined && value > process.quorumMax) {
      statement.complain(PROCESS_CODE, "Quorum is greater than quorum_max - ignoring", 1);
    } else process.quorum = value;
  }),
  line("quorum_max", { argument: "N", doc: "most processes" }, (process, statement) => {
    const value = readUnsigned(statement, 1, 0, 65_535);
    if (value === undefined) {
      const message = `quorum_max (${statement.required(1)}) for vrrp_track_process ${process.name} must be between [0..65535] inclusive. Ignoring...`;
      statement.complain(PROCESS_CODE, message, 1);
    } else if ((value !== 0 || process.quorum > 1) && value < process.quorum) {
      statement.complain(PROCESS_CODE, "quorum_max is less than quorum - ignoring", 1);
    } else {
      process.quorumMax = value;
      // None at all is what quorum_max 0 asks for.
      if (value === 0) process.quorum = 0;
    }
  }),
  processDelay("delay", "both following delays", (process, delay) => {
    process.forkDelay = delay;
    process.terminateDelay = delay;
  }),
  processDelay("fork_delay", "how long a gain of the quorum must last", (process, delay) => {
    process.forkDelay = delay;
  }),
  processDelay("terminate_delay", "how long a loss of the quorum must last", (process, delay) => {
    process.terminateDelay = delay;
  }),
]);

function processWeight(process: OpenProcess, statement: Statement): void {
  if (statement.word(1) === undefined) {
    const message = `No weight specified for track process ${process.name} - ignoring`;
    statement.complain(PROCESS_CODE, message, 1);
    return;
  }
  if (process.weight !== undefined) {
    const message = `Weight already set for track process ${process.name} - ignoring ${statement.required(1)}`;
    statement.complain(PROCESS_CODE, message, 1);
    return;
  }
  const weight = readSigned(statement, 1, -254, 254);
  if (weight === undefined) {
    const message = `Weight (${statement.required(1)}) for vrrp_track_process ${process.name} must be between [-254..254] inclusive. Ignoring...`;
    statement.complain(PROCESS_CODE, message, 1);
    return;
  }
  process.weight = weight;
  const option = statement.word(2);
  if (option === "reverse") process.reverse = true;
  else if (option !== undefined) {
    statement.complain(
      PROCESS_CODE,
      `vrrp_track_process ${process.name} unknown weight option ${option}`,
      2,
      "reverse",
    );
  }
}

const trackProcess = block<ConfigDraft, OpenProcess>(
  "vrrp_track_process",
  { argument: "NAME {…}", required: 1, doc: "tracks running processes" },
  PROCESS,
  {
    open: (_root, statement) => ({
      name: statement.required(1),
      command: undefined,
      match: undefined,
      fullCommand: false,
      weight: undefined,
      reverse: false,
      quorum: 1,
      quorumMax: undefined,
      forkDelay: 0,
      terminateDelay: 0,
    }),
    close: (root, process, { end }) => {
      const { command } = process;
      if (command === undefined) {
        end.complain(PROCESS_CODE, `track process '${process.name}' process name not specified`);
        return;
      }
      root.trackProcesses.add({
        name: process.name,
        command,
        parameterMatch: process.match ?? (command.length > 1 ? "exact" : "none"),
        fullCommand: process.fullCommand,
        weight: process.weight ?? 0,
        reverse: process.reverse,
        quorum: process.quorum,
        quorumMax: process.quorumMax,
        forkDelay: micros(process.forkDelay),
        terminateDelay: micros(process.terminateDelay),
      });
    },
  },
);

/** The root keywords. */
export const trackObjects: readonly Keyword<ConfigDraft>[] = [
  trackFile("track_file", "a file whose number changes priorities"),
  trackFile("vrrp_track_file", "old name of track_file"),
  trackProcess,
];
