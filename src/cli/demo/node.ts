/** One master: its apiserver and its keepalived, and what is known of them. */

import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Certificates } from "./certificates.js";
import { API_PORT, type DemoLan, type MasterNumber, VIP } from "./lan.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** keepalived.conf as nodelet writes it for a Platform9 master, with a quicker check. */
function configuration(certificates: Certificates): string {
  return `vrrp_script chk_apiserver {
    script "/usr/bin/curl --silent --fail --max-time 1 --cacert ${certificates.ca} https://127.0.0.1:${API_PORT}/healthz"
    interval 1
    fall 2
    rise 2
    user root
}
global_defs {
    enable_script_security
    script_user root
    vrrp_garp_master_refresh 10
    vrrp_garp_master_refresh_repeat 2
}
vrrp_instance K8S_APISERVER {
    interface eth0
    state BACKUP
    virtual_router_id 209
    nopreempt
    authentication {
        auth_type AH
        auth_pass m@st3rv1
    }
    virtual_ipaddress {
        ${VIP}
    }
    track_script {
        chk_apiserver
    }
}
`;
}

/** A master of the demo. */
export class DemoMaster {
  readonly number: MasterNumber;
  /** Last state that its daemon logged. */
  state = "off";
  /** Last line of its log. */
  lastLine = "";
  readonly #lan: DemoLan;
  readonly #folder: string;
  readonly #certificates: Certificates;
  #apiserver: ChildProcess | undefined;
  #daemon: ChildProcess | undefined;

  constructor(number: MasterNumber, lan: DemoLan, folder: string, certificates: Certificates) {
    this.number = number;
    this.#lan = lan;
    this.#folder = folder;
    this.#certificates = certificates;
  }

  /** `master1` and so on. */
  get name(): string {
    return `master${this.number}`;
  }

  /** True while the apiserver runs. */
  get apiserverRuns(): boolean {
    return this.#apiserver !== undefined;
  }

  /** Starts the apiserver. */
  startApiserver(): void {
    const { certificate, key } = this.#certificates;
    const program = fileURLToPath(new URL("./apiserver.js", import.meta.url));
    const argv = [process.execPath, program, this.name, String(API_PORT), certificate, key];
    this.#apiserver = this.#lan.start(this.number, argv);
  }

  /** Kills it. */
  killApiserver(): void {
    this.#apiserver?.kill("SIGKILL");
    this.#apiserver = undefined;
  }

  /** Starts the daemon. */
  startDaemon(): void {
    const path = (name: string) => join(this.#folder, `${this.name}.${name}`);
    writeFileSync(path("conf"), configuration(this.#certificates));
    const pids = ["-p", path("pid"), "-r", path("vrrp.pid")];
    const argv = [join(root, "bin/keepalived"), "-n", "-l", "-D", "-G", "-f", path("conf"), ...pids];
    this.state = "starting";
    this.#daemon = this.#lan.start(this.number, argv, (line) => this.#read(line));
  }

  /** Signals the daemon; `ip netns exec` has become it, so the child is the daemon itself. */
  signalDaemon(signal: NodeJS.Signals): void {
    this.#daemon?.kill(signal);
    if (signal === "SIGKILL") this.state = "dead";
  }

  #read(line: string): void {
    this.lastLine = line;
    const state = /Entering (\w+) STATE/.exec(line)?.[1];
    if (state !== undefined) this.state = state;
    if (line.includes(": Stopped")) this.state = "stopped";
  }
}
