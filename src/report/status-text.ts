/** `vigil status`, `vigil explain` and `vigil events` as text: plain in a pipe, with a little colour on a terminal. */

import type { RouterStateName } from "../vrrp/events.js";
import type { NotedEvent } from "./event-text.js";
import type { Finding } from "./findings.js";
import type { Explanation, InstanceStatus, StatusReport } from "./status.js";

/** How to set words off. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

/** No colour: for pipes, files and NO_COLOR. */
export const PLAIN: Style = {
  good: (text) => text,
  bad: (text) => text,
  strong: (text) => text,
  faint: (text) => text,
};

const ansi = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

/** ANSI colours. */
export const COLOURS: Style = { good: ansi(32), bad: ansi(31), strong: ansi(1), faint: ansi(2) };

/** The text of `vigil status`, with a newline at its end. */
export function statusText(report: StatusReport, style: Style): string {
  const blocks = report.instances.map((instance) => instanceLines(instance, style).join("\n"));
  const groups = report.groups.map(
    ({ name, state, members }) => `sync group ${name}: ${stateWord(state, style)} (${members.join(", ")})`,
  );
  const settings = report.withoutEffect.map((sentence) => `note: ${sentence}`).join("\n");
  const parts = [report.node.sentence, ...blocks, ...groups, ...(settings === "" ? [] : [settings])];
  return `${parts.join("\n\n")}\n`;
}

/** The text of `vigil explain`, with a newline at its end. */
export function explanationText(explanations: readonly Explanation[], style: Style): string {
  if (explanations.length === 0) return "no vrrp_instance is configured\n";
  return explanations.map((one) => `${explanationLines(one, style).join("\n")}\n`).join("\n");
}

/** One line of `vigil events`, with a newline at its end. */
export function eventLine(event: NotedEvent, style: Style): string {
  const important = event.kind === "transition";
  return `${style.faint(event.local)} ${important ? style.strong(event.text) : event.text}\n`;
}

function instanceLines(instance: InstanceStatus, style: Style): string[] {
  const { name, state, transition, priority, master, addresses, tracked, findings, faults } = instance;
  const since = transition === null ? "" : ` since ${transition.sinceLocal}: ${transition.text}`;
  const { base, effective } = priority;
  const shown = base === effective ? `${base}` : `${base} → ${effective}`;
  const where = `virtual router id ${instance.vrid}${instance.interface === null ? "" : ` on ${instance.interface}`}, VRRPv${instance.version}`;
  return [
    `${style.strong(name)}  ${stateWord(state, style)}${since}`,
    ...(state === "MASTER" ? [] : [`  because   ${instance.rule.text}`]),
    `  master    ${masterText(master)}`,
    `  priority  ${shown}`,
    `  router    ${where}`,
    ...addresses.map(({ address, interface: dev, present }) => {
      return `  address   ${address} dev ${dev}${present ? ` ${style.good("held")}` : ""}`;
    }),
    ...faults.map(({ text, sinceLocal }) => `  fault     ${style.bad(text)} since ${sinceLocal}`),
    ...tracked.map((track) => {
      const verdict = track.ok === null ? "unknown" : track.ok ? style.good("ok") : style.bad("failed");
      return `  tracks    ${track.kind} ${track.name} ${verdict}: ${track.evidence}`;
    }),
    ...findings.flatMap((finding) => findingLines(finding, style)),
  ];
}

function masterText(master: InstanceStatus["master"]): string {
  if (master === null) return "not known";
  return `${master.address}${master.self ? " (this node)" : ""}, priority ${master.priority}`;
}

function findingLines({ severity, text, advice }: Finding, style: Style): string[] {
  const head = severity === "warning" ? style.bad("warning") : "note   ";
  return [`  ${head}   ${text}`, ...(advice === null ? [] : [`            ${style.faint(advice)}`])];
}

function explanationLines(one: Explanation, style: Style): string[] {
  const { name, state, rule, transition, findings, inputs, changes } = one;
  const width = Math.max(...inputs.map((input) => input.name.length));
  return [
    `${style.strong(name)} is ${stateWord(state, style)}: ${rule.text}.`,
    ...(transition === null
      ? []
      : [`Since ${transition.sinceLocal}; it came to this by: ${transition.text}.`]),
    ...(findings.length === 0 ? [] : ["", "What stands out:"]),
    ...findings.flatMap((finding) => findingLines(finding, style)),
    "",
    "What it is decided from:",
    ...inputs.map(
      ({ name: what, value, evidence }) =>
        `  ${what.padEnd(width)}  ${value}${evidence === null ? "" : style.faint(` (${evidence})`)}`,
    ),
    ...(changes.length === 0 ? [] : ["", "What would change it:"]),
    ...changes.map((change) => `  - ${change}`),
  ];
}

function stateWord(state: RouterStateName, style: Style): string {
  if (state === "MASTER") return style.good(state);
  return state === "FAULT" || state === "INIT" ? style.bad(state) : state;
}
