/** What a daemon tells the outside, against the real keepalived: scripts, FIFOs, and their order under a storm of changes. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Host } from "../support/lab/host.js";
import { KEEPALIVED, KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

/** Two instances of a group, one alone, and two that a reload removes. */
function configuration(host: Host, names: readonly string[]): string {
  const note = host.file("note", `#!/bin/sh\necho "$*" >> ${host.directory}/notes\n`, 0o755);
  const instances = names.map(
    (name) => `vrrp_instance ${name} {
  interface eth0
  virtual_router_id ${name.charCodeAt(0)}
  version 3
  advert_int 0.2
  virtual_ipaddress {
    10.77.0.${name.charCodeAt(0)}/24
  }
  notify_master "${note} ${name} master"
  notify_backup "${note} ${name} backup"
  notify_fault "${note} ${name} fault"
  notify_stop "${note} ${name} stop"
  notify "${note} ${name} all"
${name === "E" ? `  notify_deleted "${note} E deleted"` : ""}
}`,
  );
  return `global_defs {
  enable_script_security
  script_user root
  vrrp_notify_fifo ${host.directory}/fifo
  startup_script "${note} startup"
  shutdown_script "${note} shutdown"
}
vrrp_sync_group G {
  group {
    A
    B
  }
  notify_master "${note} G master"
  notify_stop "${note} G stop"
  notify "${note} G all"
}
${instances.join("\n")}
`;
}

/** A life with a take-over, a fault, a reload and an end; the lines of the scripts, and of the FIFO until the reload. */
async function live(lab: Lab, host: Host, program: string): Promise<{ notes: string[]; fifo: string[] }> {
  const node = new KeepalivedNode(host, program, configuration(host, ["A", "B", "C", "D", "E"]), "C");
  const notes = () => readFileSync(`${host.directory}/notes`, "utf8").split("\n").filter(Boolean);
  const has = (line: string) =>
    lab.waitFor(`a note "${line}" of ${program}`, () => notes().filter((note) => note === line).length > 0);
  await node.start();
  const reader = host.spawn(["cat", `${host.directory}/fifo`], "cat");
  for (const name of ["A", "B", "C", "D", "E"]) await has(`${name} all INSTANCE ${name} MASTER 100`);
  await has("G all GROUP G MASTER 0");
  await lab.cutLink(host);
  for (const name of ["A", "B", "C", "D", "E"]) await has(`${name} all INSTANCE ${name} FAULT 100`);
  const fifo = await lab.waitFor("the group's line", () => {
    const told = (line: string) => reader.lines.includes(line);
    return told('GROUP "G" FAULT 0') && told('INSTANCE "E" FAULT 100') && [...reader.lines];
  });
  node.configure(configuration(host, ["A", "B", "C"]));
  node.reload();
  await has("E deleted");
  await has("E all INSTANCE E DELETED 100");
  await node.terminate();
  await has("shutdown");
  return { notes: notes(), fifo };
}

describe("notifications", () => {
  test("the same scripts with the same arguments, and the same FIFO lines, as keepalived", () =>
    Lab.use(["v", "k"], async (lab) => {
      const [vigil, keepalived] = [
        await live(lab, lab.host("v"), VIGIL),
        await live(lab, lab.host("k"), KEEPALIVED),
      ];
      // Both run the scripts of different instances side by side: only what is said is the same, not who comes first.
      expect([...vigil.notes].sort()).toEqual([...keepalived.notes].sort());
      expect([...vigil.fifo].sort()).toEqual([...keepalived.fifo].sort());
      expect(vigil.notes[0]).toBe("startup");
      expect(vigil.notes.at(-1)).toBe("shutdown");
    }));

  test("fifty changes in a row: every one is told, in order, and the last one told is the true one", () =>
    Lab.use(["v"], async (lab) => {
      const host = lab.host("v");
      const out = `${host.directory}/states`;
      const note = host.file("note", `#!/bin/sh\necho "$3" >> ${out}\n`, 0o755);
      const node = new KeepalivedNode(
        host,
        VIGIL,
        `global_defs {
  enable_script_security
  script_user root
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 40
  virtual_ipaddress {
    10.77.0.100/24
  }
  notify ${note}
}
`,
      );
      await node.start();
      const entered = () =>
        node.log.flatMap((line) => /^\(VI_1\) Entering (\w+) STATE/.exec(line)?.[1] ?? []);
      const told = () => readFileSync(out, "utf8").split("\n").filter(Boolean);
      await lab.waitFor("BACKUP", () => entered().length > 0);
      // As many as the log tells of one instance in a minute.
      const flaps = Array.from({ length: 25 }, () => "link set eth0 down\nlink set eth0 up\n").join("");
      await host.exec(["ip", "-batch", "-"], { input: flaps });
      await lab.waitFor(
        "BACKUP after the flaps",
        () => entered().length > 1 && entered().at(-1) === "BACKUP",
      );
      await waitFor(() => told().length >= entered().length, {
        what: "a line of each script",
        timeout: 60_000,
        evidence: () => `${entered().length} states, ${told().length} lines`,
      });
      expect(told()).toEqual(entered());
    }));
});
