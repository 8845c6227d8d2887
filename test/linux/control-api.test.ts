/** The control API of a real daemon: what it says fits its schema, and no client disturbs anything. */

import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { attempt } from "../support/lab/commands.js";
import { askDaemon, statusOf, vigil } from "../support/lab/control.js";
import { expectCalm, waitForMaster } from "../support/lab/election.js";
import { KeepalivedNode, VIGIL } from "../support/lab/keepalived-node.js";
import { keepalivedConf, PASSWORD, type VrrpMode } from "../support/lab/vrrp-config.js";
import { waitFor } from "../support/lab/wait-for.js";
import { Lab } from "../support/lab.js";

const V2: VrrpMode = { name: "v2 PASS", version: 2, family: 4, interval: 1, auth: "PASS" };
const V3: VrrpMode = { name: "v3", version: 3, family: 4, interval: 0.2 };

const TRACKED = "vrrp_script chk {\n  script /usr/bin/true\n  interval 20\n  weight 10\n}\n";

async function master(lab: Lab, mode: VrrpMode): Promise<KeepalivedNode> {
  const host = lab.host("n1");
  const instance = ["track_script {", "  chk", "}", "track_interface {", "  lo weight 2", "}"];
  const conf = keepalivedConf(mode, { priority: 100, global: ["script_user root"], instance }, host, []);
  const node = new KeepalivedNode(host, VIGIL, TRACKED + conf);
  await node.start();
  await node.process.waitForLine(/Changing effective priority from 102 to 112/);
  await waitForMaster(lab, mode, "alone", node);
  return node;
}

describe.concurrent("the control API", () => {
  test("every answer fits the schema that it gives, and none has the password", () =>
    Lab.use(["n1"], async (lab) => {
      const { host } = await master(lab, V2);
      const path = host.controlSocket;
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const schema = (await askDaemon(path, "/v1/schema")).body as { $defs: object };
      const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
      ajv.addSchema(schema, "control");
      const fits = async (name: string, target: string, method = "GET", status = 200) => {
        const answer = await askDaemon(path, target, method);
        expect(answer.status, target).toBe(status);
        expect(ajv.validate(`control#/$defs/${name}`, answer.body), ajv.errorsText()).toBe(true);
        expect(JSON.stringify(answer.body)).not.toContain(PASSWORD);
      };
      await fits("status", "/v1/status");
      await fits("status", "/v1/status?instance=VI_1");
      await fits("explain", "/v1/explain");
      await fits("events", "/v1/events");
      await fits("reload", "/v1/reload", "POST");
      for (const what of ["data", "stats", "stats-clear", "json"])
        await fits("dump", `/v1/dumps/${what}`, "POST");
      await fits("error", "/v1/status?instance=NOPE", "GET", 404);
      await fits("error", "/v1/explain?instance=__proto__", "GET", 404);
      await fits("error", "/v1/events?after=x", "GET", 400);
      await fits("error", "/constructor", "GET", 404);
      await fits("error", "/v1/reload", "GET", 405);
      const curl = ["curl", "-sS", "--unix-socket", path, "http://vigil/v1/status"];
      expect(JSON.parse((await attempt(curl)).stdout).node.state).toBe("holder");
    }));

  test("a reload that is refused says so; the daemon goes on", () =>
    Lab.use(["n1"], async (lab) => {
      const node = await master(lab, V3);
      const good = (await statusOf(node.host)).instances;
      node.configure("vrrp_instance VI_1 {\n  interface eth0\n}\n");
      expect((await askDaemon(node.host.controlSocket, "/v1/reload", "POST")).body).toEqual({
        reload: "refused",
      });
      expect((await vigil(node.host, "reload")).status).toBe(1);
      expect((await statusOf(node.host)).instances.map(({ state }) => state)).toEqual(
        good.map(({ state }) => state),
      );
    }));

  test("the commands: state, reason, transitions; exit statuses by state", () =>
    Lab.use(["n1"], async (lab) => {
      const node = await master(lab, V3);
      const status = await vigil(node.host, "status");
      expect(status).toMatchObject({ status: 0, stderr: "" });
      expect(status.stdout).toMatch(
        /^holder: VI_1 MASTER with 10\.77\.0\.100\/24 since [\d:]+ \(no advert for/,
      );
      expect(status.stdout).toContain("priority  100 → 112");
      expect(status.stdout, "no colours in a pipe").not.toContain("\u001b");
      expect(JSON.parse((await vigil(node.host, "status", "--json")).stdout).instances[0].state).toBe(
        "MASTER",
      );
      expect((await vigil(node.host, "explain", "VI_1")).stdout).toContain("VI_1 is MASTER: ");
      // On a busy machine the script may have returned after the election only.
      const raised = node.log.findIndex((line) => line.endsWith("from 102 to 112"));
      const elected = node.log.indexOf("(VI_1) Entering MASTER STATE");
      expect((await vigil(node.host, "events")).stdout).toContain(
        `VI_1: BACKUP → MASTER, priority ${raised < elected ? 112 : 102}: no advert for`,
      );
      const nodelet = await vigil(node.host, "nodelet", "status");
      expect(nodelet.status).toBe(0);
      expect(nodelet.stdout.trimEnd().split("\n")).toHaveLength(1);
      await lab.cutLink(node.host);
      await lab.waitFor("FAULT", async () => (await vigil(node.host, "nodelet", "status")).status === 152);
      expect((await vigil(node.host, "status", "NOPE")).status).toBe(4);
      await node.stop();
      const after = await vigil(node.host, "nodelet", "status");
      expect(after).toMatchObject({ status: 3, stdout: expect.stringMatching(/^not running: /) });
    }));

  test("a follower hears transitions as they come", () =>
    Lab.use(["n1"], async (lab) => {
      const node = await master(lab, V3);
      const follower = open(
        node.host.controlSocket,
        "GET /v1/events?after=0 HTTP/1.1\r\nHost: v\r\nAccept: text/event-stream\r\n\r\n",
      );
      await lab.waitFor("what was", () => follower.text.includes("BACKUP → MASTER"));
      await lab.cutLink(node.host);
      await lab.waitFor("what comes", () => follower.text.includes("MASTER → FAULT"));
      expect(follower.text).toMatch(/id: \d+\nevent: transition\ndata: \{.*"cause":"fault"/);
      follower.socket.destroy();
    }));

  test("stuck, slow, greedy and malicious clients: the address stays, adverts go on, others are answered", () =>
    Lab.use(["n1"], async (lab) => {
      const node = await master(lab, V3);
      const path = node.host.controlSocket;
      const others = [
        ...Array.from({ length: 10 }, () => open(path, "GET /v1/status HT")),
        open(path, `GET /${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`),
        open(path, "\u0000\u0001\u0002 nonsense\r\n\r\n"),
        open(
          path,
          `POST /v1/status HTTP/1.1\r\nHost: v\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(200_000)}`,
        ),
        open(path, "POST /v1/reload HTTP/1.1\r\nHost: v\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"),
        open(path, "GET http://[ HTTP/1.1\r\nHost: v\r\n\r\n"),
        open(path, "GET /v1/events HTTP/1.1\r\nHost: v\r\nAccept: text/event-stream\r\n\r\n"),
        open(path, "GET /v1/status HTTP/1.1\r\nHost: v\r\n\r\n".repeat(200)),
      ];
      const stuck = open(path, "GET /v1/explain HTTP/1.1\r\nHost: v\r\n\r\n".repeat(500));
      stuck.socket.pause();
      await expectCalm(lab, V3, node, 6);
      expect((await statusOf(node.host)).node.state).toBe("holder");
      const flood = Array.from({ length: 100 }, () => open(path, "GET /v1/"));
      await waitFor(() => flood.some(({ closed }) => closed()), { what: "too many connections are closed" });
      for (const { socket } of [...others, ...flood, stuck]) socket.destroy();
      await lab.waitFor("answers again", () =>
        statusOf(node.host).then(
          ({ node: { state } }) => state === "holder",
          () => false,
        ),
      );
      await expectCalm(lab, V3, node, 3);
      expect(node.states()).toEqual(["BACKUP", "MASTER"]);
    }));

  test("a second daemon at the same path does without; a dead one's socket is replaced", () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const first = await master(lab, V3);
      const second = lab.host("n2");
      const conf = keepalivedConf(V3, { priority: 50 }, second, []);
      const argv = [VIGIL, "-n", "-l", "-G", "-f", second.file("k.conf", conf)];
      const files = ["-p", `${second.directory}/k.pid`, "-r", `${second.directory}/v.pid`];
      const at = { VIGIL_CONTROL_SOCKET: first.host.controlSocket };
      const process = second.spawn([...argv, ...files], "second", at);
      await process.waitForLine(/Control API is not available: another daemon listens/);
      await process.waitForLine(/Startup complete/);
      expect((await statusOf(first.host)).instances[0]?.state).toBe("MASTER");
      await first.kill();
      expect(statSync(first.host.controlSocket).isSocket()).toBe(true);
      await first.start();
      await lab.waitFor("answers", () =>
        statusOf(first.host).then(
          () => true,
          () => false,
        ),
      );
      rmSync(first.host.controlSocket);
      await first.process.waitForLine(/control.sock was gone and is made again/);
      expect((await statusOf(first.host)).instances[0]?.state).toBe("MASTER");
      expect(statSync(first.host.controlSocket).mode & 0o777).toBe(0o600);
      const folder = readdirSync(first.host.directory).filter((name) => name.startsWith("control.sock"));
      expect(folder).toEqual(["control.sock"]);
      await first.stop();
      expect(existsSync(first.host.controlSocket)).toBe(false);
      writeFileSync(first.host.controlSocket, "precious");
      await first.start();
      expect(first.log.join()).toContain("exists and is no socket");
      expect(readFileSync(first.host.controlSocket, "utf8")).toBe("precious");
    }));
});

interface RawClient {
  readonly socket: Socket;
  readonly text: string;
  closed(): boolean;
}

/** A connection that sends these bytes and goes on listening. */
function open(path: string, bytes: string): RawClient {
  const socket = connect(path);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("utf8");
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  return {
    socket,
    get text() {
      return text;
    },
    closed: () => socket.destroyed || socket.closed,
  };
}
