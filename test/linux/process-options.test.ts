/** Options and keywords of the process with an effect outside of it: the same life under both programs leaves the same traces. */

import { expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

/** Conditional lines that `-i` chooses, an include of nothing that `-e` minds, and `use_pid_dir`. */
const CONFIGURATION = `use_pid_dir
vrrp_instance A {
  interface eth0
  version 3
  virtual_router_id 9
  advert_int 0.2
@one priority 111
@^one priority 99
  virtual_ipaddress {
    10.77.0.100/24
  }
}
include /nonexistent/*.conf
`;

/** One life with `-X -i one -u 027`, in a /run of its own; the address is there before the daemon, as after a crash. */
async function traces(host: Host, program: string): Promise<string[]> {
  host.file("k.conf", CONFIGURATION);
  const script = `
    mount -t tmpfs none /run
    cd ${host.directory}
    ${program} -t -f k.conf > /dev/null 2>&1; echo "-t: $?"
    ${program} -t -e -f k.conf > /dev/null 2>&1; echo "-t -e: $?"
    ${program} -n -G -e -f k.conf > /dev/null 2>&1; echo "-n -e: $?"
    ip address add 10.77.0.100/24 dev eth0
    ${program} -n -l -D -G -P -X -i one -u 027 -f k.conf > log 2>&1 & pid=$!
    until grep -q "Entering MASTER STATE" log; do sleep 0.1; done
    find /run -name "*.pid" | sort | xargs stat -c "%a %n"
    kill -USR1 $(cat /run/keepalived/vrrp.pid)
    until [ -s keepalived.data ] && grep -q "Priority = " keepalived.data; do sleep 0.1; done
    grep "   Priority = " keepalived.data; stat -c "%a %n" keepalived.data
    kill $pid; wait $pid; echo "end: $?"
    ip -brief address show dev eth0 | grep -c 10.77.0.100
    find /run -name "*.pid"; echo done`;
  const { stdout } = await host.attempt(["timeout", "60", "sh", "-c", script], {
    env: {
      TMPDIR: host.directory,
      VIGIL_CONTROL_SOCKET: host.controlSocket,
      VIGIL_STATE_DIR: host.directory,
    },
  });
  return stdout.trim().split("\n");
}

test("-i, -e, -X, -u and use_pid_dir: exit statuses, pid files, modes, and nothing left", () =>
  Lab.use(["n1", "n2"], async (lab) => {
    const theirs = await traces(lab.host("n1"), KEEPALIVED);
    const ours = await traces(lab.host("n2"), VIGIL);
    expect(ours).toEqual(theirs);
    expect(ours).toEqual([
      "-t: 0",
      "-t -e: 6",
      "-n -e: 6",
      "644 /run/keepalived/keepalived.pid",
      "644 /run/keepalived/vrrp.pid",
      "   Priority = 111",
      "640 keepalived.data",
      "end: 0",
      "0",
      "done",
    ]);
  }));
