/** One master: its apiserver and its keepalived, and what is known of them. */

import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Certificates } from "./certificates.js";
import { API_PORT, type DemoLan, type MasterNumber, VIP } from "./lan.js";

const vigil = fileURLToPath(new URL("../../../bin/keepalived", import.meta.url));

/** The daemon that is shown. `VIGIL_UNDER_TEST=/usr/sbin/keepalived` puts the real keepalived in its place, to compare. */
export const PROGRAM = process.env.VIGIL_UNDER_TEST ?? vigil;

/** False when another program was put in Vigil's place: what only Vigil promises is then not expected. */
export const PROGRAM_IS_VIGIL = PROGRAM === vigil;

/**
 * keepalived.conf as nodelet writes it for a Platform9 master, with a quicker script; the lines for Vigil add proof to it, as
 * conf/vigil.conf.platform9 does.
 */
function configuration(certificates: Certificates): string {
  return `vrrp_script chk_apiserver {
    script "/usr/bin/curl --silent --fail --max-time 1 --cacert ${certificates.ca} https://127.0.0.1:${API_PORT}/healthz"
    interval 1
    fall 2
    rise 2
    user root
}
@vigil vrrp_check chk_apiserver {
@vigil     https_get https://127.0.0.1:${API_PORT}/healthz
@vigil     ca ${certificates.ca}
@vigil }
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
  /** How a daemon ended that was not asked to; undefined: none did. */
  died: string | undefined;
  readonly #lan: DemoLan;
  readonly #folder: string;
  readonly #certificates: Certificates;
  #apiserver: ChildProcess | undefined;
  #daemon: ChildProcess | undefined;
  #endIsWanted = false;

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
    writeFileSync(this.#path("conf"), configuration(this.#certificates));
    const files = ["-f", this.#path("conf"), "-p", this.#path("pid"), "-r", this.#path("vrrp.pid")];
    this.state = "starting";
    this.#endIsWanted = false;
    this.#daemon = this.#lan.start(this.number, [PROGRAM, "-n", "-l", "-D", "-G", ...files], {
      onLine: (line) => this.#read(line),
      onEnd: (how) => {
        if (!this.#endIsWanted) this.died = how;
        this.state = this.#endIsWanted ? "ended" : "DIED";
      },
    });
  }

  /** SIGHUP. `ip netns exec` has become the daemon, so the child is the daemon itself. */
  reloadDaemon(): void {
    this.#daemon?.kill("SIGHUP");
  }

  /** SIGTERM. */
  stopDaemon(): void {
    this.#endIsWanted = true;
    this.#daemon?.kill("SIGTERM");
  }

  /** SIGKILL to Vigil's daemon, which its parent starts again; to keepalived's parent and child alike. */
  killDaemon(): void {
    if (!PROGRAM_IS_VIGIL) this.#endIsWanted = true;
    // keepalived's child first: it says goodbye when its parent dies.
    const names = PROGRAM_IS_VIGIL ? ["vrrp.pid"] : ["vrrp.pid", "pid"];
    const pids = names.map((name) => Number(readFileSync(this.#path(name), "utf8")));
    for (const pid of new Set(pids)) process.kill(pid, "SIGKILL");
  }

  #path(name: string): string {
    return join(this.#folder, `${this.name}.${name}`);
  }

  #read(line: string): void {
    const state = /Entering (\w+) STATE|entering (FAULT) state/.exec(line);
    if (state !== null && !this.#endIsWanted) this.state = state[1] ?? state[2] ?? "";
  }
}
