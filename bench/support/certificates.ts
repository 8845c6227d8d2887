/** Certificates of a cluster: an authority, the apiservers' and a client's. */

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Makes ca, server and client, each .crt and .key, in a new folder. `names`: what the server is called, such as `IP:10.0.0.1`. */
export function makeCertificates(folder: string, names: readonly string[]): void {
  mkdirSync(folder, { mode: 0o755 });
  const make = (name: string, more: readonly string[]) => {
    const path = join(folder, name);
    const key = [
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      `${path}.key`,
    ];
    const subject = ["-subj", `/CN=${name}`, "-days", "2", "-out", `${path}.crt`];
    execFileSync("openssl", ["req", "-x509", ...key, ...subject, ...more], { stdio: "ignore" });
  };
  const byCa = ["-CA", join(folder, "ca.crt"), "-CAkey", join(folder, "ca.key")];
  make("ca", ["-addext", "basicConstraints=critical,CA:TRUE"]);
  make("server", ["-addext", `subjectAltName=${names.join(",")}`, ...byCa]);
  make("client", byCa);
}
