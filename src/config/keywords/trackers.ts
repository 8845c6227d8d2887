/** Lines of `track_interface`, `track_script`, `track_check`, `track_file`, `track_process` and `track_bfd`. */

import type { ConfigDraft, TrackDraft, TrackerDrafts } from "../draft.js";
import { type Keyword, list } from "../keyword-table.js";
import type { NamedList } from "../named-list.js";
import { readSigned } from "../numbers.js";
import type { Statement } from "../statement.js";

/** What an instance and a sync group have in common. */
export interface Tracking {
  readonly name: string;
  readonly root: ConfigDraft;
  readonly trackers: TrackerDrafts;
}

/** keepalived words its complaints differently for each kind of tracker. */
interface TrackerKind {
  readonly keyword: string;
  /** As in `duplicate track_script X`. */
  readonly word: string;
  /** As in `weight without value specified for …`. */
  readonly noun: string;
  /** Largest weight that is accepted. */
  readonly limit: number;
  /** ±254 becomes ±253 with a complaint. */
  readonly clamps: boolean;
  readonly unknownOption: (tracked: string, option: string) => string;
  readonly badWeight: (tracked: string, weight: string) => string;
}

const INTERFACE: TrackerKind = {
  keyword: "track_interface",
  word: "track_interface",
  noun: "track_interface",
  limit: 254,
  clamps: true,
  unknownOption: (tracked, option) => `unknown track_interface ${tracked} option ${option} - ignoring`,
  badWeight: (tracked, weight) =>
    `weight ${weight} for ${tracked} must be between [-253..253] inclusive. Ignoring...`,
};

const SCRIPT: TrackerKind = {
  keyword: "track_script",
  word: "track_script",
  noun: "track script",
  limit: 254,
  clamps: true,
  unknownOption: (_tracked, option) => `unknown track script option ${option} - ignoring`,
  badWeight: (tracked) =>
    `track script ${tracked}: weight must be between [-253..253] inclusive, ignoring...`,
};

const CHECK: TrackerKind = {
  keyword: "track_check",
  word: "track_check",
  noun: "track check",
  limit: 253,
  clamps: false,
  unknownOption: (_tracked, option) => `unknown track check option ${option} - ignoring`,
  badWeight: (tracked) => `track check ${tracked}: weight must be between [-253..253] inclusive, ignoring...`,
};

const FILE: TrackerKind = {
  keyword: "track_file",
  word: "track_file",
  noun: "track file",
  limit: 254,
  clamps: false,
  unknownOption: (_tracked, option) => `unknown track file option ${option} - ignoring`,
  badWeight: (tracked) => `weight for track file ${tracked} must be in [-254..254] inclusive. Ignoring...`,
};

const PROCESS: TrackerKind = {
  keyword: "track_process",
  word: "track_process",
  noun: "track process",
  limit: 254,
  clamps: false,
  unknownOption: (_tracked, option) => `unknown track process option ${option} - ignoring`,
  badWeight: (tracked) => `weight for track process ${tracked} must be in [-254..254] inclusive. Ignoring...`,
};

const BFD: TrackerKind = {
  keyword: "track_bfd",
  word: "track_bfd",
  noun: "track bfd",
  limit: 253,
  clamps: false,
  unknownOption: (tracked, option) => `unknown track bfd ${tracked} option ${option} - ignoring`,
  badWeight: (tracked) => `weight for track bfd ${tracked} must be in [-253..253] inclusive. Ignoring...`,
};

const CODE = "ERR_CONFIG_TRACKER";

/** What a tracked thing was defined with. */
interface Defaults {
  readonly weight: number;
  readonly reverse: boolean;
}

/** The five tracker blocks, the same in an instance and in a group. */
export function trackerKeywords<Target extends Tracking>(): Keyword<Target>[] {
  return [
    list(
      "track_interface",
      { doc: "interfaces whose going down matters: IF [weight N [reverse]]" },
      (target, statement) => {
        const name = statement.required(0);
        if (!target.root.knowsInterface(name)) {
          statement.complain(CODE, `(${target.name}) tracked interface ${name} doesn't exist`);
          return;
        }
        add(INTERFACE, target, target.trackers.interfaces, statement, { weight: 0, reverse: false });
      },
    ),
    list(
      "track_script",
      { doc: "vrrp_scripts that matter: NAME [weight N [reverse|noreverse]]" },
      (target, statement) => {
        const { scripts, checks } = target.root;
        const name = statement.required(0);
        const script = scripts.get(name);
        if (script === undefined) {
          if (checks.has(name)) addCheck(target, statement);
          else notFound(SCRIPT, target, statement, [...scripts.names(), ...checks.names()]);
        } else add(SCRIPT, target, target.trackers.scripts, statement, script);
      },
    ),
    list(
      "track_check",
      { doc: "vrrp_checks that matter: NAME [weight N [reverse|noreverse]]" },
      (target, statement) => addCheck(target, statement),
    ),
    list("track_file", { doc: "track_files that matter: NAME [weight N [reverse]]" }, (target, statement) => {
      const file = target.root.trackFiles.get(statement.required(0));
      if (file === undefined) notFound(FILE, target, statement, target.root.trackFiles.names());
      else add(FILE, target, target.trackers.files, statement, file);
    }),
    list(
      "track_process",
      { doc: "vrrp_track_processes that matter: NAME [weight N [reverse]]" },
      (target, statement) => {
        const process = target.root.trackProcesses.get(statement.required(0));
        if (process === undefined) notFound(PROCESS, target, statement, target.root.trackProcesses.names());
        else add(PROCESS, target, target.trackers.processes, statement, process);
      },
    ),
    list(
      "track_bfd",
      { doc: "bfd_instances that matter: NAME [weight N [reverse]]" },
      (target, statement) => {
        const bfd = target.root.bfds.get(statement.required(0));
        if (bfd === undefined) notFound(BFD, target, statement, target.root.bfds.names());
        else add(BFD, target, target.trackers.bfds, statement, bfd);
      },
    ),
  ];
}

function addCheck(target: Tracking, statement: Statement): void {
  const check = target.root.checks.get(statement.required(0));
  if (check === undefined) notFound(CHECK, target, statement, target.root.checks.names());
  else if (add(CHECK, target, target.trackers.checks, statement, check)) check.used = true;
}

function notFound(kind: TrackerKind, target: Tracking, statement: Statement, known: Iterable<string>): void {
  const name = statement.required(0);
  const suggestion = statement.suggest(0, known);
  const hint =
    suggestion === undefined ? "define it before the block that tracks it" : `did you mean '${suggestion}'?`;
  statement.complain(CODE, `(${target.name}) ${kind.noun} ${name} not found, ignoring...`, 0, hint);
}

/** Adds the tracker of a line; false after a complaint. */
function add(
  kind: TrackerKind,
  target: Tracking,
  trackers: NamedList<TrackDraft>,
  statement: Statement,
  defaults: Defaults,
): boolean {
  const name = statement.required(0);
  const complain = (message: string, index: number, hint?: string) =>
    statement.complain(CODE, `(${target.name}) ${message}`, index, hint);
  if (trackers.has(name)) {
    complain(`duplicate ${kind.word} ${name} - ignoring`, 0);
    return false;
  }
  let { weight, reverse } = defaults;
  const option = statement.word(1);
  if (option !== undefined) {
    if (option !== "weight") {
      complain(kind.unknownOption(name, option), 1, "weight N [reverse]");
      return false;
    }
    if (statement.word(2) === undefined) {
      complain(`weight without value specified for ${kind.noun} ${name} - ignoring`, 2, "weight N [reverse]");
      return false;
    }
    const given = readSigned(statement, 2, -kind.limit, kind.limit);
    if (given === undefined) complain(kind.badWeight(name, statement.required(2)), 2);
    else if (kind.clamps && Math.abs(given) === 254) {
      complain(`weight for ${name} cannot be +/-254. Setting to +/-253`, 2);
      weight = Math.sign(given) * 253;
    } else weight = given;
    reverse = readReverse(kind, statement, reverse, complain);
  }
  trackers.add({ name, weight, reverse, place: statement.placeOf(0) });
  return true;
}

function readReverse(
  kind: TrackerKind,
  statement: Statement,
  inherited: boolean,
  complain: (message: string, index: number) => void,
): boolean {
  const option = statement.word(3);
  if (option === undefined) return inherited;
  if (option === "reverse") return true;
  if (option === "noreverse" && (kind === SCRIPT || kind === CHECK)) return false;
  complain(`unknown ${kind.word} ${statement.required(0)} weight option ${option} - ignoring`, 3);
  return inherited;
}
