/** `keepalived.data` and `keepalived_parent.data`, in the shape of Debian's keepalived 2.2.7. Pure. */

import type { Micros } from "../base/time.js";
import { usesCommandLine } from "../check/process-table.js";
import type { TrackEntry } from "../config/config.js";
import type { LoadedConfig, LoadedSyncGroup } from "../config/loaded-config.js";
import { portsOf, sendPortIdOf } from "../engine/ports.js";
import { trackersOf } from "../engine/tracking/assessment.js";
import { addressLine, commandText } from "./config-lines.js";
import type { DumpSource } from "./dump-source.js";
import { globalLines } from "./global-dump.js";
import { bfdLines, instanceLines, ownFaults, trackText } from "./instance-dump.js";
import { interfaceLines } from "./interface-dump.js";
import { routeLine, ruleLine } from "./routing-lines.js";

/** An object of a section: its first line, and the lines below it. */
interface Block {
  readonly head: string;
  readonly lines: readonly string[];
}

/** The parent's file: its view of the global definitions. */
export function parentDataDump(source: DumpSource): string {
  return textOf([globalSection(source, true)]);
}

/** The file of the VRRP process. */
export function dataDump(source: DumpSource): string {
  const { config, snapshot } = source;
  const sections = [
    globalSection(source, false),
    flat(
      "Static Addresses",
      config.staticAddresses.map((line) => withGroup(addressLine(line, isPresent(source, line)), line)),
    ),
    flat(
      "Static Routes",
      config.staticRoutes.map((route) => withGroup(routeLine(route), route)),
    ),
    flat(
      "Static Rules",
      config.staticRules.map((rule) => withGroup(ruleLine(rule), rule)),
    ),
    section(
      "Static Track groups",
      config.trackGroups.map(({ name, members }) => ({
        head: `Static Track Group = ${name}`,
        lines: ["VRRP member instances :", ...members.map((member) => `  ${member}`)],
      })),
    ),
    section(
      "VRRP Topology",
      snapshot.routers.map((router) => ({
        head: `VRRP Instance = ${router.instance.name}`,
        lines: instanceLines(router, source),
      })),
    ),
    section("VRRP Sockpool", socketBlocks(source)),
    section("VRRP Sync groups", groupBlocks(source)),
    section("VRRP Scripts", scriptBlocks(source)),
    section("VRRP Track files", fileBlocks(source)),
    section("VRRP Track processes", processBlocks(source)),
    section(
      "Interfaces",
      snapshot.interfaces.map((state) => ({
        head: `Name = ${state.name}`,
        lines: interfaceLines(state, source),
      })),
    ),
  ];
  return textOf(sections);
}

/** With the `track_group` of a static item, before whether it is there. */
function withGroup(line: string, { trackGroup }: { readonly trackGroup?: string }): string {
  return trackGroup === undefined ? line : line.replace(/( set)?$/, ` track_group ${trackGroup}$1`);
}

interface Section {
  readonly title: string;
  /** Whole lines. */
  readonly lines: readonly string[];
}

function textOf(sections: readonly Section[]): string {
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => `------< ${title} >------\n${lines.map((line) => `${line}\n`).join("")}`)
    .join("");
}

/** Objects with one blank before their first line and three before the others. */
function section(title: string, blocks: readonly Block[]): Section {
  return {
    title,
    lines: blocks.flatMap(({ head, lines }) => [` ${head}`, ...lines.map((line) => `   ${line}`)]),
  };
}

/** Lines that are no objects. */
function flat(title: string, lines: readonly string[]): Section {
  return { title, lines: lines.map((line) => `     ${line}`) };
}

function globalSection(source: DumpSource, parent: boolean): Section {
  const lines = globalLines(source, parent);
  return { title: "Global definitions", lines: lines.map((line) => ` ${line}`) };
}

function isPresent({ snapshot }: DumpSource, line: LoadedConfig["staticAddresses"][number]): boolean {
  const state = snapshot.interfaces.find(({ name }) => name === line.interface);
  return state?.addresses.some(({ address }) => address === line.address) === true;
}

function socketBlocks({ snapshot }: DumpSource): Block[] {
  const instances = snapshot.routers.map(({ instance }) => instance);
  const sending = new Set(instances.map(sendPortIdOf));
  const ports = portsOf(instances, false).filter(({ id }) => sending.has(id));
  return ports.map((port) => {
    const users = instances
      .filter((instance) => sendPortIdOf(instance) === port.id)
      .sort((a, b) => a.vrid - b.vrid);
    const unicast = port.multicastGroup === undefined;
    const names = new Set(users.map(({ name }) => name));
    // keepalived shows what is configured, whether this host has the address or not.
    const configured = users.find(({ sourceAddress }) => sourceAddress !== undefined)?.sourceAddress;
    const source = configured ?? snapshot.routers.find(({ instance }) => names.has(instance.name))?.source;
    const buffer = Math.max(0, ...users.map(({ kernelReceiveBuffer }) => kernelReceiveBuffer ?? 0));
    return {
      head: "fd_in -1 fd_out = -1",
      lines: [
        `Interface = ${port.interface ?? "(none)"}`,
        `Family = IPv${port.family}`,
        `Protocol = ${port.protocol === 51 ? "AH" : "VRRP"}`,
        `Type = ${unicast ? "Unicast" : "Multicast"}`,
        ...(unicast && source !== undefined ? [`Address = ${source}`] : []),
        `Rx buf size = ${buffer}`,
        "VRRP instances",
        ...users.map(({ name, vrid }) => `  ${name} vrid ${vrid}`),
      ],
    };
  });
}

function groupBlocks({ config, snapshot, ids }: DumpSource): Block[] {
  return snapshot.groups.map(({ name, state, members }) => {
    const group = config.syncGroups.find((one) => one.name === name);
    const routers = snapshot.routers.filter((router) => router.group === name);
    // A member that is in FAULT for another one's sake is not counted.
    const faulty = routers.filter((router) => router.state.name === "FAULT" && ownFaults(router) > 0).length;
    const waiting = routers.filter((router) => router.state.name === "INIT").length;
    const { notify } = group ?? {};
    const scripts = [
      ["Backup", notify?.backup],
      ["Master", notify?.master],
      ["Fault", notify?.fault],
      ["Stop", notify?.stop],
      ["Generic", notify?.notify],
    ] as const;
    return {
      head: `VRRP Sync Group = ${name}, ${state}`,
      lines: [
        `Num member fault ${faulty}, num member init ${waiting}`,
        "VRRP member instances :",
        ...members.map((member) => `  ${member}`),
        ...(group?.trackingWeight === true ? ["sync group tracking weight set"] : []),
        `Using smtp notification = ${group?.smtpAlert === true ? "yes" : "no"}`,
        ...(group?.notifyPriorityChanges === undefined
          ? []
          : [`Notify priority changes = ${group.notifyPriorityChanges ? "yes" : "no"}`]),
        ...groupTrackLines(group),
        ...scripts.flatMap(([what, command]) =>
          command === undefined
            ? []
            : [`${what} state transition script = ${commandText(command)}, uid:gid ${ids(command)}`],
        ),
      ],
    };
  });
}

function groupTrackLines(group: LoadedSyncGroup | undefined): string[] {
  if (group === undefined) return [];
  const lists: readonly [string, readonly TrackEntry[], string][] = [
    ["interfaces", group.trackInterfaces, ""],
    ["scripts", group.trackScripts, ""],
    ["files", group.trackFiles, ","],
    ["process", group.trackProcesses, ","],
  ];
  const lines = lists.flatMap(([what, tracks, comma]) =>
    tracks.length === 0
      ? []
      : [`Tracked ${what} :`, ...tracks.map((track) => `  ${trackText(track, comma)}`)],
  );
  return [...lines, ...bfdLines(group.trackBfds)];
}

function scriptBlocks(source: DumpSource): Block[] {
  const { snapshot, ids } = source;
  const seconds = (length: Micros) => length / 1_000_000;
  return snapshot.scripts.map(({ config, ok, against, running }) => {
    // keepalived counts up to rise + fall - 1; from `rise` on the script is OK.
    const top = config.rise + config.fall - 1;
    const result = ok === undefined ? 0 : ok ? top - against : against;
    return {
      head: `VRRP Script = ${config.name}`,
      lines: [
        `Command = ${commandText(config.command)}`,
        `Interval = ${seconds(config.interval)} sec`,
        `Timeout = ${config.timeout === config.interval ? 0 : seconds(config.timeout)} sec`,
        `Weight = ${config.weight}${config.reverse ? " reverse" : ""}`,
        `Rise = ${config.rise}`,
        `Fall = ${config.fall}`,
        `Result = ${result}`,
        "Insecure = no",
        `Init state = ${ok === undefined ? "INIT" : "unknown"}`,
        `Status = ${ok === true ? "GOOD" : "BAD"}`,
        `Script uid:gid = ${ids(config.command)}`,
        "VRRP instances :",
        ...trackers(source, "trackScripts", config.name),
        `State = ${running ? "running" : "idle"}`,
      ],
    };
  });
}

/** keepalived forgets files that nobody tracks. */
function fileBlocks(source: DumpSource): Block[] {
  return source.snapshot.trackFiles.flatMap(({ config, number }) => {
    const tracking = trackers(source, "trackFiles", config.name);
    if (tracking.length === 0) return [];
    return {
      head: `Track file = ${config.name}`,
      lines: [
        `File = ${config.path}`,
        `Status = ${number}`,
        `Weight = ${config.weight}${config.reverse ? " reverse" : ""}`,
        ...tracking,
      ],
    };
  });
}

function processBlocks(source: DumpSource): Block[] {
  const delay = (length: Micros) => `${(length / 1_000_000).toFixed(6)}s`;
  return source.snapshot.trackProcesses.map(({ config, count, ok }) => ({
    head: `VRRP Track process = ${config.name}`,
    lines: [
      `Process = ${config.command[0] ?? ""}`,
      ...(config.command.length > 1 ? [`Parameters = ${config.command.slice(1).join(" ")}`] : []),
      ...(config.parameterMatch === "none" ? [] : [parameterMatchLine(config.parameterMatch)]),
      `Min processes = ${config.quorum}`,
      ...(config.quorumMax === undefined ? [] : [`Max processes = ${config.quorumMax}`]),
      `Current processes = ${count}`,
      `Have quorum = ${ok}`,
      `Weight = ${config.weight}${config.reverse ? " reverse" : ""}`,
      `Terminate delay = ${delay(config.terminateDelay)}`,
      `Fork delay = ${delay(config.forkDelay)}`,
      "Fork delay timer not running",
      "Terminate delay timer not running",
      `Full command = ${usesCommandLine(config)}`,
      ...trackers(source, "trackProcesses", config.name),
    ],
  }));
}

function parameterMatchLine(match: "exact" | "initial" | "partial"): string {
  return match === "exact" ? "Param match" : `Param match = ${match}`;
}

function trackers(
  { config, snapshot }: DumpSource,
  list: "trackScripts" | "trackFiles" | "trackProcesses",
  name: string,
): string[] {
  const found = snapshot.routers.flatMap(({ instance, group: groupName }) =>
    trackersOf(instance[list], config.syncGroups.find((group) => group.name === groupName)?.[list])
      .filter((track) => track.name === name)
      .map((track: TrackEntry) => `  ${trackText({ ...track, name: instance.name }, ",")}`),
  );
  return found.length === 0 ? [] : ["Tracking instances :", ...found];
}
