/** What code a running daemon has in memory. */

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, type VrrpMode } from "../support/lab/vrrp-config.js";
import { Lab } from "../support/lab.js";

const MODE: VrrpMode = { name: "v3 IPv4", version: 3, family: 4, interval: 0.2 };

/** The C and C++ libraries of the system that Node.js is linked to, and those that the C library loads to look up names. */
const OF_THE_SYSTEM = /^(ld-linux|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|atomic|resolv|nss_\w+)[-.])/;

/** Built here, from sources that are here or in a package of npm. */
const BUILT_HERE = ["raw.node", "vigil_early_signals.node", "vigil_native.node"];

test("the runtime, addons that were built here, and libraries of the system: no program that came ready-made", () =>
  Lab.use(["n1"], async (lab) => {
    const host = lab.host("n1");
    const check = "vrrp_check ping {\n icmp 10.77.0.1\n interval 1\n}\n";
    const instance = ["track_check {", "ping", "}"];
    const conf = host.file("k.conf", check + keepalivedConf(MODE, { priority: 200, instance }, host, []));
    const files = ["-p", `${host.directory}/k.pid`, "-r", `${host.directory}/v.pid`, "-f", conf];
    const daemon = host.spawn([VIGIL, "-nlG", ...files], "vigil");
    await daemon.waitForLine(/Entering MASTER STATE/);
    for (const pid of daemon.family()) {
      const paths = readFileSync(`/proc/${pid}/maps`, "utf8")
        .split("\n")
        .flatMap((line) => /^\S+ ..x. .* (\/.*)$/.exec(line)?.[1] ?? []);
      const names = [...new Set(paths.map((path) => basename(path)))];
      const others = names.filter((name) => !OF_THE_SYSTEM.test(name));
      if (others.includes("node")) expect(others.sort()).toEqual(["node", ...BUILT_HERE]);
      else expect(others, `process ${pid}`).toHaveLength(1);
    }
  }));
