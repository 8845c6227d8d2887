/**
 * Starts a daemon with keepalived's command line on a configuration, in namespaces of its own, and returns the keepalived.data
 * that it writes. Scripts of the configuration find a read-only system and only the daemon's own processes.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "../lab/wait-for.js";

/** What a run gave: the dump, or what the daemon said when there is none. */
export interface DumpRun {
  readonly data: string | undefined;
  readonly log: string;
}

/** `$1`: the folder that stays writable. Signals to be sent are read from standard input; at its end the daemon has to end. */
const SCRIPT = `
mount --make-rprivate / && mount --bind "$1" "$1" && mount -t tmpfs none /etc/keepalived && mount -t tmpfs none /run || exit 1
mount -t sysfs none /sys && mount -o remount,bind,ro / || exit 1
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0
ip -batch "$1/links" || exit 1
shift
exec 3<&0
"$@" &
daemon=$!
(while read -r signal; do kill -s "$signal" "$daemon"; done; kill -s TERM "$daemon") <&3 &
wait "$daemon"
`;

/** A line of `ip -batch` for each interface with an address and a carrier; the same in every run. */
function linksOf(interfaces: readonly string[]): string {
  const octets = (n: number) =>
    `${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;
  const lines = interfaces.flatMap((name, n) => [
    `link add name ${name} index ${10 + n} address 02:00:00:00:${octets(n)} type veth peer name peer-of-${n} index ${1_000 + n}`,
    `link set dev peer-of-${n} up`,
    `addr add 10.${100 + (n >> 8)}.${n & 255}.1/24 dev ${name}`,
    `link set dev ${name} up`,
  ]);
  return `${["link set lo up", ...lines].join("\n")}\n`;
}

/** keepalived's words when one of its processes ended itself. */
const CRASHED = /segmentation fault|died: Respawning/;

/** Runs `program` with the text as its configuration where interfaces of these names are; `folder` is its own and exists. */
export async function dumpOf(
  program: string,
  text: string,
  interfaces: readonly string[],
  folder: string,
): Promise<DumpRun> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "keepalived.conf"), text, "latin1");
  writeFileSync(join(folder, "links"), linksOf(interfaces));
  const argv = [program, "-n", "-l", "-D", "-P", "-i", "oracle", "-f", join(folder, "keepalived.conf")];
  const child = spawn(
    "unshare",
    ["-n", "-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", SCRIPT, "sh", folder, ...argv],
    { cwd: "/", stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, TMPDIR: folder } },
  );
  let log = "";
  for (const output of [child.stdout, child.stderr])
    output.setEncoding("utf8").on("data", (chunk: string) => {
      log += chunk;
    });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const path = join(folder, "keepalived.data");
  try {
    await waitFor(() => over || /Startup complete|no configuration to run/.test(log), {
      what: "the start",
      evidence: () => log,
    });
    if (over || !log.includes("Startup complete")) return { data: undefined, log };
    child.stdin.write("USR1\n");
    const data = await waitFor(async () => over || CRASHED.test(log) || (await whole(path)), {
      what: "the dump",
      evidence: () => log,
    });
    return { data: data === true ? undefined : data, log };
  } catch (error) {
    // Of many files, one that is never started or dumped is a finding and no end.
    return { data: undefined, log: `${log}${error instanceof Error ? error.message : String(error)}` };
  } finally {
    child.stdin.end();
    await Promise.race([ended, delay(20_000)]);
    child.kill("SIGKILL");
  }
}

/** The file, when it has not grown for a while. */
async function whole(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  const before = readFileSync(path, "utf8");
  await delay(150);
  const after = readFileSync(path, "utf8");
  return before === after && after.includes("------< Interfaces >------") ? after : undefined;
}
