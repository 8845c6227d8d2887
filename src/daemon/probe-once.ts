/** One probe from the shell, by the code of the checks: for `vigil probe`. */

import type { CheckResult } from "../check/check-result.js";
import { splitUrl } from "../config/url.js";
import { EchoSocket } from "../linux/main-thread/checks/echo-socket.js";
import { newProbe, type ProbeSettings } from "../linux/main-thread/checks/new-probe.js";

/** What the command line says. */
export interface ProbeOptions {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly serverName?: string | undefined;
  readonly insecure: boolean;
  /** Accepted status codes, as in `status` of a vrrp_check. */
  readonly status: readonly string[];
  readonly body?: string | undefined;
  readonly etcd: boolean;
  /** Seconds for everything. */
  readonly timeout: number;
}

/** Exit statuses of monitoring plugins. A script for keepalived need only tell 0 from the rest. */
const PluginStatus = { ok: 0, critical: 2, unknown: 3 } as const;

/** Probes once and says in one line what came of it; resolves to the exit status. */
export async function probeOnce(url: string, options: ProbeOptions): Promise<number> {
  const settings = settingsOf(url, options);
  if (typeof settings === "string") return say("UNKNOWN", settings, PluginStatus.unknown);
  const timeout = options.timeout * 1_000;
  const began = performance.now();
  const probe = await newProbe(settings, { timeout, scriptUser: undefined, disturbed: () => {} });
  let late: NodeJS.Timeout | undefined;
  const result = await new Promise<CheckResult>((resolve) => {
    const text = `no answer within ${timeout} ms`;
    late = setTimeout(() => resolve({ ok: false, failure: "timedOut", text }), timeout);
    probe.start(resolve);
  });
  clearTimeout(late);
  probe.close();
  EchoSocket.closeAll();
  const took = `${(performance.now() - began).toFixed(1)} ms`;
  if (result.ok) return say("OK", `${result.text} in ${took}`, PluginStatus.ok);
  if (result.failure === "setup") return say("UNKNOWN", result.text, PluginStatus.unknown);
  return say("CRITICAL", `${result.text} (${took})`, PluginStatus.critical);
}

function say(word: string, text: string, status: number): number {
  process.stdout.write(`${word} - ${text}\n`);
  return status;
}

/** A probe's settings, or what is wrong with the command line. */
function settingsOf(url: string, options: ProbeOptions): ProbeSettings | string {
  const other = /^(tcp|icmp):\/\/(?:\[([^\]]+)\]|([^:/]+))(?::([0-9]{1,5}))?$/.exec(url);
  const host = other?.[2] ?? other?.[3];
  if (host !== undefined && other?.[1] === "icmp" && other[4] === undefined) return { kind: "icmp", host };
  if (host !== undefined && other?.[1] === "tcp" && other[4] !== undefined)
    return { kind: "tcp", host, port: Number(other[4]) };
  const parts = splitUrl(url);
  if (parts === undefined)
    return `'${url}' is no URL: write https://HOST[:PORT]/PATH, http://…, tcp://HOST:PORT or icmp://HOST`;
  const status: { from: number; to: number }[] = [];
  for (const word of options.status) {
    const range = /^([1-5][0-9][0-9])(?:-([1-5][0-9][0-9]))?$/.exec(word);
    if (range === null) return `status '${word}' is no code or range such as 200-299`;
    status.push({ from: Number(range[1]), to: Number(range[2] ?? range[1]) });
  }
  if ((options.cert === undefined) !== (options.key === undefined)) return "--cert and --key go together";
  const { ca, cert: certificate, key, serverName, insecure, body, etcd } = options;
  return {
    kind: "http",
    host: parts.host,
    port: parts.port,
    path: parts.path ?? (etcd ? "/health" : "/"),
    tls: parts.scheme === "http" ? undefined : { ca, certificate, key, serverName, insecure },
    status: status.length > 0 ? status : [{ from: 200, to: 299 }],
    body,
    report: etcd ? "etcd" : "any",
  };
}
