/**
 * `npm run bench -- config [INSTANCES]`: how long a configuration of that many virtual routers takes to read and check, and
 * whether the time grows with the size of the file only; then `-t` of Vigil and of keepalived side by side, as whole programs on
 * the interfaces that the file names, with the start of Node.js apart.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../src/config/load.js";
import { FilesOfThisMachine } from "../src/daemon/config-files.js";

/** Longest that 4,000 instances may take, ms. */
const LIMIT = 2_000;

/** Virtual routers of both families that one interface can have. */
const PER_INTERFACE = 510;

/** Runs of each, of which the fastest counts: the others waited for somebody else. */
const RUNS = 5;

const VIGIL = resolve(dirname(fileURLToPath(import.meta.url)), "../../bin/keepalived");

/** Instances that keepalived accepts without a complaint: every VRID of both families on as many interfaces as are needed. */
function configuration(instances: number): string {
  const blocks = Array.from({ length: instances }, (_, index) => {
    const link = Math.floor(index / PER_INTERFACE);
    const vrid = 1 + (Math.floor(index / 2) % 255);
    const addresses =
      index % 2 === 0
        ? [`10.${link}.${vrid}.1/24`, `10.${link}.${vrid}.2/24`]
        : [`fe80::${vrid}/64`, `fd00:${link}::${vrid}/64`];
    return `vrrp_instance VI_${index} {
  state BACKUP
  interface v${link}
  version 3
  virtual_router_id ${vrid}
  priority ${1 + (index % 254)}
  advert_int 1
  garp_master_delay 5
  nopreempt
  virtual_ipaddress {
    ${addresses.join("\n    ")}
  }
}
`;
  });
  return blocks.join("");
}

/** ms, the fastest of some runs. */
function fastest(run: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

function read(path: string): void {
  const files = new FilesOfThisMachine();
  const { config } = loadConfig({ path, configId: "bench", files, environment: new Map() });
  if (config.instances.length === 0) throw new Error("nothing was read");
}

/** Times of `-t`, ms, by file and program, measured within a namespace that has the interfaces; NaN: not clean, or not installed. */
function testTimes(paths: readonly string[], links: number, programs: readonly string[]): number[] {
  const make = Array.from(
    { length: links },
    (_, n) => `ip link add v${n} type veth peer name p${n} && ip link set v${n} up && ip link set p${n} up`,
  );
  const one = (program: string, path: string) => `
    best=
    for run in $(seq ${RUNS}); do
      start=$(date +%s%N)
      ${program} -t -f ${path} >/dev/null 2>&1 || { best=nan; break; }
      took=$(( $(date +%s%N) - start ))
      [ -z "$best" ] || [ $took -lt $best ] && best=$took
    done
    echo $best`;
  const script = [...make, ...paths.flatMap((path) => programs.map((program) => one(program, path)))];
  const { stdout } = spawnSync("unshare", ["-n", "sh", "-c", script.join("\n")], {
    encoding: "utf8",
    timeout: 600_000,
  });
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((text) => Number(text) / 1e6);
}

/** p in time = c · size^p, by least squares on logarithms: 1 is linear, 2 quadratic. */
function exponent(sizes: readonly number[], times: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [sizes.map(Math.log), times.map(Math.log)];
  const [mx, my] = [mean(x), mean(y)];
  const covariance = mean(x.map((value, i) => (value - mx) * ((y[i] ?? 0) - my)));
  return covariance / mean(x.map((value) => (value - mx) ** 2));
}

const most = Number(process.argv[2] ?? 8_000);
const sizes = [16, 8, 4, 2, 1].map((part) => Math.floor(most / part));
const folder = mkdtempSync(join(tmpdir(), "vigil-bench-config-"));
const cell = (value: number | string, width: number) =>
  (typeof value === "string" ? value : value.toFixed(0)).padStart(width);
let failed = false;
try {
  const files = sizes.map((size) => ({
    size,
    path: join(folder, `${size}.conf`),
    text: configuration(size),
  }));
  for (const { path, text } of files) writeFileSync(path, text);
  // Compiled before it is timed, as far as that goes: what is asked here is whether the time grows with the file.
  for (let run = 0; run < RUNS; run++) read(files[0]?.path ?? "");
  console.log("Reading and checking, warm, in one process");
  console.log("instances       KiB         ms   ms per MiB");
  const times = files.map(({ size, path, text }) => {
    const time = fastest(() => read(path));
    const kib = text.length / 1_024;
    console.log(cell(size, 9), cell(kib, 9), cell(time, 10), cell((time * 1_024) / kib, 12));
    if (size <= 4_000 && time > LIMIT) failed = true;
    return time;
  });
  console.log(
    `time grows with the number of instances to the power of ${exponent(sizes, times).toFixed(2)}\n`,
  );

  const start = fastest(() => spawnSync(process.execPath, ["-e", "0"]));
  console.log(`Whole programs, -t; the start of Node.js alone takes ${start.toFixed(0)} ms`);
  console.log("instances   Vigil ms   keepalived ms   ratio   without the start");
  const empty = join(folder, "empty.conf");
  writeFileSync(empty, "global_defs {\n}\n");
  const links = Math.ceil(most / PER_INTERFACE);
  const paths = [empty, ...files.map(({ path }) => path)];
  const measured = testTimes(paths, links, [VIGIL, "keepalived"]);
  const base = measured[0] ?? Number.NaN;
  for (const [i, size] of [0, ...sizes].entries()) {
    const [here = Number.NaN, there = Number.NaN] = measured.slice(2 * i, 2 * i + 2);
    const ratio = (time: number) => (Number.isNaN(there) ? "-" : `${(time / there).toFixed(1)}`);
    console.log(
      cell(size, 9),
      cell(here, 10),
      cell(Number.isNaN(there) ? "-" : there, 15),
      cell(ratio(here), 7),
      cell(size === 0 ? "-" : ratio(here - base), 19),
    );
  }
  if (failed) console.log(`4,000 instances took longer than ${LIMIT} ms`);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
