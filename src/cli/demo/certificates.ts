/** A certificate authority for one demo, and the apiservers' certificate. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { VIP } from "./lan.js";

/** Paths of what was made. */
export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes a CA and a certificate for the VIP and for localhost in `folder`, with openssl(1). */
export function makeCertificates(folder: string): Certificates {
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    path("ca.key"),
    "-out",
    path("ca.crt"),
    "-days",
    "1",
    "-subj",
    "/CN=demo CA",
  );
  openssl("req", ...newKey, "-keyout", path("api.key"), "-out", path("api.csr"), "-subj", "/CN=apiserver");
  writeFileSync(path("api.ext"), `subjectAltName=IP:${VIP},IP:127.0.0.1\n`);
  const sign = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "1"];
  openssl(
    "x509",
    "-req",
    "-in",
    path("api.csr"),
    ...sign,
    "-extfile",
    path("api.ext"),
    "-out",
    path("api.crt"),
  );
  return { ca: path("ca.crt"), certificate: path("api.crt"), key: path("api.key") };
}
