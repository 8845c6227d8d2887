/** What can go wrong with an apiserver, on real TLS servers: each is named, as proof or as suspicion. */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Apiserver } from "../support/lab/apiserver.js";
import { run } from "../support/lab/commands.js";
import type { Host } from "../support/lab/host.js";
import { KeepalivedNode, UNDER_TEST_IS_KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

const SERVERS = fileURLToPath(new URL("../support/lab/bad-servers-main.mjs", import.meta.url));

/** What becomes of each server, and what the log says about its check. */
const CASES = [
  ["hung", 7001, /^suspicion: connected, but no answer from 127\.0\.0\.1:7001 within 1500 ms$/],
  ["answers500", 7002, /^suspicion: answered 500: etcd failed$/],
  ["slow", 7003, /^suspicion: connected, but no answer from 127\.0\.0\.1:7003 within 1500 ms$/],
  ["refusing", 7004, /^proof: connection to 127\.0\.0\.1:7004 refused: nobody listens there$/],
  [
    "expired",
    7005,
    /^suspicion: the certificate of 127\.0\.0\.1:7005 expired on Jan {2}1 00:00:00 2021 GMT$/,
  ],
  // The port is free for a moment, which may be seen.
  ["taken", 7006, /^suspicion: what listens on 127\.0\.0\.1:7006 does not speak TLS$|^proof: .*refused/],
] as const;

/** A certificate that expired on 1 January 2021: `openssl req` makes none of the past. */
async function expiredCertificate(pki: string): Promise<void> {
  const config = `${pki}/ca.cnf`;
  writeFileSync(
    config,
    `[ca]\ndefault_ca = d\n[d]\ndatabase = ${pki}/index\nnew_certs_dir = ${pki}\nrand_serial = yes\n` +
      "default_md = sha256\npolicy = p\nx509_extensions = v\n[p]\ncommonName = supplied\n[v]\nsubjectAltName = IP:127.0.0.1\n",
  );
  writeFileSync(`${pki}/index`, "");
  await run([
    "openssl",
    "req",
    "-new",
    "-key",
    `${pki}/server.key`,
    "-subj",
    "/CN=server",
    "-out",
    `${pki}/e.csr`,
  ]);
  const dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];
  const ca = ["-cert", `${pki}/ca.crt`, "-keyfile", `${pki}/ca.key`];
  const files = ["-in", `${pki}/e.csr`, "-out", `${pki}/expired.crt`];
  await run(["openssl", "ca", "-batch", "-notext", "-config", config, ...ca, ...dates, ...files]);
}

function configuration(host: Host): string {
  const checks = [...CASES.map(([name, port]) => ({ name, port, path: "readyz" })), KILLED];
  const block = ({ name, port, path }: { name: string; port: number; path: string }) => `vrrp_check ${name} {
  https_get https://127.0.0.1:${port}/${path}
  ca ${host.directory}/pki/ca.crt
  cert ${host.directory}/pki/client.crt
  key ${host.directory}/pki/client.key
  interval 0.3
  timeout 1.5
  fall 3
  weight -1
}
`;
  return `${checks.map(block).join("")}vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    10.77.0.100/24
  }
  track_check {
    ${checks.map(({ name }) => name).join("\n    ")}
  }
}
`;
}

const KILLED = { name: "killed", port: 443, path: "healthz" } as const;

test.skipIf(UNDER_TEST_IS_KEEPALIVED)(
  "killed, hung, 500, slow, refusing, certificate expired, port taken: each is named",
  { timeout: 90_000 },
  () =>
    Lab.use(["n1"], async (lab) => {
      const host = lab.host("n1");
      const apiserver = await Apiserver.create(host, KILLED.port);
      await expiredCertificate(`${host.directory}/pki`);
      const servers = host.spawn([process.execPath, SERVERS, `${host.directory}/pki`], "servers");
      await servers.waitForLine(/^listening$/);
      const node = new KeepalivedNode(host, VIGIL, configuration(host));
      await node.start();
      const names = [...CASES.map(([name]) => name), KILLED.name];
      const said = (name: string, what: RegExp, from = 0) =>
        node.log.slice(from).some((line) => line.startsWith(`VRRP_Check(${name}) `) && what.test(line));
      await lab.waitFor("all servers are well", () => names.every((name) => said(name, /succeeded$/)));

      const well = node.log.length;
      servers.signal("SIGUSR2");
      await apiserver.kill();
      await lab.waitFor("all checks failed", () => names.every((name) => said(name, / failed /, well)));
      const reasons = new Map(
        node.log.slice(well).flatMap((line) => {
          const match = /^VRRP_Check\((\w+)\) failed \((.*)\)$/.exec(line);
          return match?.[1] === undefined ? [] : [[match[1], match[2] ?? ""] as const];
        }),
      );
      expect(reasons.get("killed")).toBe("proof: connection to 127.0.0.1:443 refused: nobody listens there");
      for (const [name, , reason] of CASES) expect(reasons.get(name), name).toMatch(reason);
      // Whoever probes once from the shell sees the same.
      const probe = await host.attempt([
        `${VIGIL.replace(/keepalived$/, "vigil")}`,
        "probe",
        "https://127.0.0.1:7002/readyz",
        "--ca",
        `${host.directory}/pki/ca.crt`,
      ]);
      expect(probe).toMatchObject({ status: 2 });
      expect(probe.stdout).toMatch(/^CRITICAL - answered 500: etcd failed \([0-9.]+ ms\)\n$/);

      // Proofs come before suspicions, which had to come three times; nothing is decided by chance.
      const order = node.log
        .slice(well)
        .filter((line) => /^VRRP_Check.* failed/.test(line))
        .map((line) => /proof/.test(line));
      expect(order.indexOf(false)).toBeGreaterThan(order.indexOf(true));

      await apiserver.start();
      await lab.waitFor(
        "the killed one is well again",
        () => node.log.filter((line) => line === "VRRP_Check(killed) succeeded").length === 2,
      );
    }),
);
