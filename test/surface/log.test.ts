/** The log of a whole life against the real keepalived's: the same lines in the same order. */

import { describe, expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

const STAMP = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: /;

/** Lines of keepalived's that Vigil has no use for. */
const ONLY_THEIRS = [
  /^NOTICE: setting config option max_auto_priority/,
  // Its processes read the file one after the other, and each complains; Vigil reads once.
  /^\(Line \d+\) /,
];

/** What is bound to differ, made the same. */
function normalized(line: string): string {
  return line
    .replace(STAMP, "")
    .replace(/Keepalived v\S+ \(.*\).*$/, "VERSION")
    .replace(/built for Linux [\d.]+/, "built for Linux N")
    .replace(/pid=\d+/, "pid=N")
    .replace(/[\d.]+ (user|system) time/g, "N $1 time")
    .replace(/(user|system): [\d.]+\/[\d.]+/g, "$1: N/N")
    .replace(/ifindex\( *\d+\)/, "ifindex(N)")
    .replace(/fd\(\d+,\d+\)/, "fd(N,N)")
    .replace(/(Assigned address) (10\.77\.0\.|fd00:77::|fe80::)\S*/, "$1 $2N");
}

/** The VRRP process's lines, and the parent's: they are written by two processes, in no certain order. */
function byProcess(lines: readonly string[]): { readonly parent: string[]; readonly vrrp: string[] } {
  const ofVrrp =
    /^\(|^Stopped$|^Stopped - used|^Reloading$|^Registering |^Sending |^Assigned address |^VRRP sockpool: /;
  return {
    parent: lines.filter((line) => !ofVrrp.test(line)),
    vrrp: lines.filter((line) => ofVrrp.test(line)),
  };
}

/** Start, take-over, reload, reload of a file with a mistake, stop. */
async function life(host: Host, program: string, detail: boolean): Promise<string[]> {
  const text = keepalivedConf(MODE, { priority: 200 }, host, []).replace(
    "vrrp_garp_master_delay 1",
    "vrrp_garp_master_delay 0",
  );
  const path = host.file("k.conf", text);
  const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`];
  const argv = ["-n", "-l", "-G", ...(detail ? ["-D"] : []), "-f", path, ...files];
  // The same first word in the log, whatever the program's path is.
  const name = host.file(`bin/${detail ? "d" : "n"}`, "");
  await host.exec(["rm", name]);
  await host.exec(["ln", "-s", program, name]);
  const daemon = host.spawn([name, ...argv], "daemon");
  await daemon.waitForLine(/Entering MASTER STATE/);
  for (const more of ["", "bogus_keyword 3\n"]) {
    host.file("k.conf", text + more);
    const since = daemon.mark();
    daemon.signal("SIGHUP");
    await daemon.waitForLine(/Reload complete/, { since });
  }
  daemon.signal("SIGTERM");
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
  return (
    daemon.lines
      .map(normalized)
      .map((line) => line.replaceAll(host.directory, "DIR"))
      .filter((line) => !ONLY_THEIRS.some((pattern) => pattern.test(line)))
      // At a reload it sets again what is set; Vigil leaves alone what did not change, and says nothing.
      .filter((line, i, all) => line !== "(VI_1) setting VIPs." || !all.slice(0, i).includes("Reloading"))
  );
}

describe.concurrent("the log of a life", () => {
  test.each([false, true])("detail: %s", (detail) =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [first, second] = [lab.host("n1"), lab.host("n2")];
      const theirs = byProcess(await life(first, KEEPALIVED, detail));
      const ours = byProcess(await life(second, VIGIL, detail));
      expect(ours).toEqual(theirs);
      expect(theirs.vrrp.length).toBeGreaterThan(4);
      expect(theirs.parent.length).toBeGreaterThan(10);
    }),
  );
});
