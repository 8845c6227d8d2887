/**
 * `npm run bench -- config [INSTANCES]`: how long a configuration of that many virtual routers takes to read and check, here and
 * by `keepalived -t`, and whether the time grows with the size of the file only.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { loadConfig } from "../src/config/load.js";
import { FilesOfThisMachine } from "../src/daemon/config-files.js";

/** Longest that 4,000 instances may take, ms. */
const LIMIT = 2_000;

/** Instances without an interface of their own need no machine: unicast from an address each. */
function configuration(instances: number): string {
  const blocks = Array.from({ length: instances }, (_, index) => {
    const [high, low] = [1 + (index >> 8), index & 255];
    return `vrrp_instance VI_${index} {
  state BACKUP
  interface lo
  virtual_router_id ${1 + (index % 255)}
  priority ${1 + (index % 254)}
  advert_int 1
  unicast_src_ip 10.${high}.${low}.1
  unicast_peer {
    10.${high}.${low}.2
  }
  authentication {
    auth_type PASS
    auth_pass secret
  }
  virtual_ipaddress {
    10.${high}.${low}.100/24 dev lo label lo:${index % 1000}
  }
}
`;
  });
  return blocks.join("");
}

function readHere(path: string): number {
  const start = performance.now();
  const { config } = loadConfig({
    path,
    configId: "bench",
    files: new FilesOfThisMachine(),
    environment: new Map(),
  });
  if (config.instances.length === 0) throw new Error("nothing was read");
  return performance.now() - start;
}

function readThere(path: string): number | undefined {
  const start = performance.now();
  const { error } = spawnSync("unshare", ["-n", "keepalived", "-t", "-f", path], { timeout: 120_000 });
  return error === undefined ? performance.now() - start : undefined;
}

const most = Number(process.argv[2] ?? 4_000);
const folder = mkdtempSync(join(tmpdir(), "vigil-bench-config-"));
let failed = false;
try {
  console.log("instances       KiB   Vigil ms   ms per MiB   keepalived -t ms");
  for (const instances of [most / 8, most / 4, most / 2, most]) {
    const path = join(folder, `${instances}.conf`);
    const text = configuration(Math.floor(instances));
    writeFileSync(path, text);
    const here = Math.min(readHere(path), readHere(path), readHere(path));
    const there = readThere(path);
    const size = text.length / 1_024;
    const columns = [
      String(Math.floor(instances)).padStart(9),
      size.toFixed(0).padStart(9),
      here.toFixed(0).padStart(10),
      ((here * 1_024) / size).toFixed(0).padStart(12),
      (there?.toFixed(0) ?? "not installed").padStart(18),
    ];
    console.log(columns.join(" "));
    if (instances === 4_000 && here > LIMIT) failed = true;
  }
  if (failed) console.log(`4,000 instances took longer than ${LIMIT} ms`);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
