/**
 * Secrets of a configuration stay out of everything that Vigil writes: each one written here is different, and all that can be
 * made to say something about the configuration is run. What is left must still show where a mistake is.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { vigil } from "../support/lab/control.js";
import type { Host } from "../support/lab/host.js";
import { VIGIL } from "../support/lab/keepalived-node.js";
import { Lab } from "../support/lab.js";

/** Every secret made so far with what it stands in. */
const secrets = new Map<string, string>();

/** A new secret, of 8 characters as a VRRPv2 password has. @param where what it stands in, for the report. */
function secret(where: string, length = 8): string {
  const text = `s${String(secrets.size + 11)}`.padEnd(length, "QxZjW");
  secrets.set(text, where);
  return text;
}

const hex = (text: string) => Buffer.from(text).toString("hex");

/** A configuration that runs, with secrets in the right places, and others beside them. */
function running(host: Host): string {
  const note = host.file("note", `#!/bin/sh\n{ echo "$*"; env; } >> ${host.directory}/said-notes\n`, 0o755);
  const fileKey = secret("key in a file", 32);
  host.file("hmac.key", `${fileKey}\n`, 0o600);
  const hexKey = secret("key in hexadecimal", 32);
  secrets.set(hex(hexKey), "key in hexadecimal, as written");
  host.file(
    "tls.key",
    `-----BEGIN PRIVATE KEY-----\n${secret("TLS key", 32)}\n-----END PRIVATE KEY-----\n`,
    0o600,
  );
  return `$PASS=${secret("definition")}
$BLOCK= \\
  auth_type PASS \\
  auth_pass ${secret("multi-line definition")}
global_defs {
  script_user root
  notification_email {
    admin@example.com
  }
  notification_email_from vigil@example.com
  smtp_server 127.0.0.1 2525
  smtp_alert
  vrrp_notify_fifo ${host.directory}/fifo
}
SSL {
  password ${secret("SSL password")}
}
vrrp_check web {
  https_get https://127.0.0.1:9/x?token=${secret("token in a URL")}
  cert ${host.directory}/tls.key
  key ${host.directory}/tls.key
  interval 0.2
  weight 1
}
vrrp_instance PASS {
  interface eth0
  virtual_router_id 1
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass $PASS
  }
  virtual_ipaddress {
    10.77.0.101/24
  }
  track_check {
    web
  }
  notify "${note}"
}
vrrp_instance LONG {
  interface eth0
  virtual_router_id 2
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass ${secret("password that is too long", 16)}
  }
  virtual_ipaddress {
    10.77.0.102/24
  }
}
vrrp_instance AH {
  interface eth0
  virtual_router_id 3
  advert_int 1
  authentication {
    auth_type AH
    auth_pass "${secret("quoted").slice(0, 6)} q"
  }
  virtual_ipaddress {
    10.77.0.103/24
  }
}
vrrp_instance HMAC {
  interface eth0
  version 3
  virtual_router_id 4
  advert_int 1
  auth_hmac {
    key 1 hex:${hex(hexKey)}
    key 2 file:${host.directory}/hmac.key
    key 3 ${secret("literal key", 32)}
    active_key 1
  }
  virtual_ipaddress {
    10.77.0.104/24
  }
}
vrrp_instance BLOCK {
  interface eth0
  virtual_router_id 5
  advert_int 1
  authentication {
    $BLOCK
  }
  virtual_ipaddress {
    10.77.0.105/24
  }
}
`;
}

/** Lines that are complained about, in an \`authentication\` block unless they leave it. */
function complaints(): string {
  const lines = [
    `auth_pas ${secret("auth_pas")}`,
    `authpass ${secret("authpass")}`,
    `AUTH_PASS ${secret("AUTH_PASS")}`,
    `auth_pass=${secret("equals sign")}`,
    `auth_pass:${secret("colon")}`,
    `auth_type ${secret("auth_type")}`,
    `auth_type PASS ${secret("behind auth_type")} "`,
    `${secret("alone")}`,
    `nonsense auth_pass ${secret("behind nonsense")}`,
    `auth_pass ${secret("two words")} ${secret("second word")} "`,
    `auth_pass "${secret("open quote")}`,
    `auth_pass '${secret("single quotes")} ${secret("in single quotes")}' "`,
    `~LST(P,${secret("list")}) auth_pas $P`,
    `passphrase "${secret("passphrase")}" # comment`,
    `secret ${secret("secret")}`,
    `}\nauth_hmac {\nkey x ${secret("key with a bad id", 32)}\nkey 1 ${secret("short key")}\nkee 2 ${secret("kee", 32)}`,
    `active_key ${secret("active_key", 32)}`,
  ];
  return `$LONELY="${secret("definition with an open quote")}
vrrp_instance BAD {
  interface eth0
  virtual_router_id 9
  authentication {
    ${lines.join("\n    ")}
  }
  virtual_ipaddress {
    10.77.0.109/24
  }
}
`;
}

/** A line that refuses the file: keepalived ends at a keyword without its value. */
const refusal = () => `vrrp_instance WORSE {
  authentication { auth_pas ${secret("in a refused file")} }
  virtual_router_id
}
`;

/** A mail server that prints what it gets. */
const MAIL_SERVER = `require("net").createServer((socket) => {
  let text = false;
  socket.write("220 x\\r\\n");
  socket.on("error", () => {});
  socket.on("data", (data) => {
    for (const line of data.toString().split("\\r\\n").slice(0, -1)) {
      console.log("MAIL " + line);
      if (text && line !== ".") continue;
      text = line === "DATA";
      socket.write(text ? "354 x\\r\\n" : "250 x\\r\\n");
    }
  });
}).listen(2525, "127.0.0.1", () => console.log("MAIL ready"));`;

/** All files that were written, but those with the configuration itself. */
function written(host: Host, own: ReadonlySet<string>): string[] {
  return readdirSync(host.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !own.has(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
}

/** Secrets that a text has, and what they stood in. */
function leaks(text: string): string[] {
  return [...secrets]
    .filter(([value]) => text.includes(value) || text.includes(value.slice(0, 6)))
    .map(([value, where]) => {
      const line = text.split("\n").find((one) => one.includes(value.slice(0, 6)));
      return `${where}: ${line}`;
    });
}

async function live(lab: Lab, format: "keepalived" | "json"): Promise<string> {
  const host = lab.host("n1");
  const said: string[] = [];
  const mail = host.spawn(["node", "-e", MAIL_SERVER], "mail server");
  await mail.waitForLine(/MAIL ready/);
  const good = running(host);
  const bad = complaints();
  const conf = host.file("keepalived.conf", good + bad);
  const own = new Set(["keepalived.conf", "hmac.key", "tls.key"]);
  for (const options of [["-t"], [`-t${host.directory}/said-test`]]) {
    const { stdout, stderr } = await host.attempt([VIGIL, ...options, "-f", conf]);
    said.push(stdout, stderr);
  }
  const daemon = host.spawn(
    [VIGIL, "-n", "-l", "-D", "-D", "-d", "-G", `-g${host.directory}/said-log`, "-P", "-f", conf].concat([
      "-p",
      `${host.directory}/said-pid`,
      "-r",
      `${host.directory}/said-vrrp-pid`,
    ]),
    "vigil",
    { VIGIL_LOG_FORMAT: format },
  );
  const reader = host.spawn(["sh", "-c", `until cat ${host.directory}/fifo; do sleep 0.1; done`], "fifo");
  await daemon.waitForLine(/\(HMAC\) Entering MASTER STATE/);
  await daemon.waitForLine(/\(PASS\) Entering MASTER STATE/);
  await mail.waitForLine(/MAIL Subject:.*MASTER/);
  const ask = async (...words: readonly string[]) => {
    const { stdout, stderr } = await vigil(host, ...words);
    said.push(stdout, stderr);
  };
  const askAll = async () => {
    for (const command of ["status", "explain", "events"]) {
      await ask(command);
      await ask(command, "--json");
    }
    await ask("explain", "PASS");
    for (const what of ["data", "stats", "json"]) await ask("dump", what);
    await ask("check", conf);
  };
  if (format === "keepalived") await askAll();
  for (const signal of ["SIGUSR1", "SIGUSR2"] as const) daemon.signal(signal);
  host.file("keepalived.conf", good + bad + refusal());
  await ask("reload");
  await daemon.waitForLine(/Reload refused/);
  daemon.signal("SIGTERM");
  await daemon.ended;
  await reader.ended;
  mail.signal("SIGTERM");
  return [...said, ...written(host, own), ...host.processes.flatMap(({ lines }) => lines)].join("\n");
}

describe.concurrent("no secret in anything that is written", () => {
  test.each(["keepalived", "json"] as const)("log in the format of %s", (format) =>
    Lab.use(["n1"], async (lab) => {
      const text = await live(lab, format);
      expect(leaks(text)).toEqual([]);
      // All of it took part.
      for (const part of [
        "MAIL Subject",
        "INSTANCE PASS MASTER",
        "auth_pass ********",
        "said-notes",
        "Password = ",
      ])
        expect(text).toContain(part);
    }),
  );
});
