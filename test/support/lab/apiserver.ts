/** A Kubernetes master's apiserver on a host of the lab, and the certificates by which a check script asks it. */

import { fileURLToPath } from "node:url";
import { run } from "./commands.js";
import type { Host } from "./host.js";
import type { LabProcess } from "./lab-process.js";

const MAIN = fileURLToPath(new URL("apiserver-main.mjs", import.meta.url));

/** An apiserver that can be killed and started again. */
export class Apiserver {
  readonly #host: Host;
  readonly #port: number;
  readonly #directory: string;
  #process: LabProcess | undefined;

  private constructor(host: Host, port: number) {
    this.#host = host;
    this.#port = port;
    this.#directory = `${host.directory}/pki`;
  }

  /** Makes certificates for a CA, the server (127.0.0.1) and a client, and starts the server. */
  static async create(host: Host, port: number): Promise<Apiserver> {
    const apiserver = new Apiserver(host, port);
    await run(["mkdir", "-m", "755", apiserver.#directory]);
    await apiserver.#certificate("ca", ["-addext", "basicConstraints=critical,CA:TRUE"]);
    await apiserver.#certificate("server", ["-addext", "subjectAltName=IP:127.0.0.1", ...apiserver.#byCa()]);
    await apiserver.#certificate("client", apiserver.#byCa());
    await apiserver.start();
    return apiserver;
  }

  /** The command that tells whether it is healthy: exit status 0 or not. */
  get check(): string {
    const pki = this.#directory;
    const tls = `--cacert ${pki}/ca.crt --cert ${pki}/client.crt --key ${pki}/client.key`;
    return `curl --silent --fail --output /dev/null ${tls} https://127.0.0.1:${this.#port}/healthz`;
  }

  /** Starts the server; resolves when it listens. */
  async start(): Promise<void> {
    this.#process = this.#host.spawn([process.execPath, MAIN, this.#directory, `${this.#port}`], "apiserver");
    await this.#process.waitForLine(/^listening$/);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#process?.killAll();
  }

  #byCa(): string[] {
    return ["-CA", `${this.#directory}/ca.crt`, "-CAkey", `${this.#directory}/ca.key`];
  }

  async #certificate(name: string, more: readonly string[]): Promise<void> {
    const path = `${this.#directory}/${name}`;
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
    await run(["openssl", "req", "-x509", ...key, ...subject, ...more]);
  }
}
