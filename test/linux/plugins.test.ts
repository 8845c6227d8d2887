/** The plugins against servers that are well and not, each with its exit status and its one line. */

import { createServer, type Server } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attempt } from "../support/lab/commands.js";
import { Lab } from "../support/lab.js";

const PLUGINS = resolve("plugins");

/** What the fake servers answer, by path. */
const ANSWERS = new Map<string, [number, string]>([
  ["/readyz", [200, "ok"]],
  ["/sick", [500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n"]],
  ["/etcd", [200, '{"health":"true","reason":""}']],
  ["/no-leader", [200, '{"health":"false","reason":"RAFT NO LEADER"}']],
]);

/** One line of haproxy's `show stat`: names and status, in their columns. */
const stat = (proxy: string, server: string, status: string) =>
  `${proxy},${server},${",".repeat(14)},${status},\n`;

let web: Server;
let url: string;
const haproxy = (file: string, text: string) =>
  createSocketServer((socket) => socket.end(text)).listen(join(tmpdir(), file));
const socketOf = (name: string) => join(tmpdir(), `vigil-plugins-${process.pid}-${name}`);
const sockets = [
  haproxy(
    `vigil-plugins-${process.pid}-up`,
    `# pxname\n${stat("api", "m1", "UP")}${stat("api", "BACKEND", "UP")}`,
  ),
  haproxy(`vigil-plugins-${process.pid}-down`, stat("api", "BACKEND", "DOWN") + stat("web", "BACKEND", "UP")),
];

beforeAll(async () => {
  web = createServer((request, response) => {
    const [status, body] = ANSWERS.get(request.url ?? "") ?? [404, ""];
    response.writeHead(status);
    response.end(body);
  });
  await new Promise<void>((ready) => web.listen(0, "127.0.0.1", ready));
  const address = web.address();
  url = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
});

afterAll(() => {
  web.close();
  for (const socket of sockets) socket.close();
});

async function plugin(name: string, ...args: string[]): Promise<string> {
  const { status, stdout } = await attempt([join(PLUGINS, name), ...args]);
  return `${status} ${stdout.trimEnd()}`;
}

describe("plugins", () => {
  test("check_apiserver", async () => {
    expect(await plugin("check_apiserver", "-u", `${url}/readyz`)).toBe("0 OK - apiserver answered 200");
    expect(await plugin("check_apiserver", "-u", `${url}/sick`)).toBe(
      "2 CRITICAL - apiserver answered 500, not well: etcd",
    );
    expect(await plugin("check_apiserver", "-u", "http://127.0.0.1:1/")).toMatch(/^2 CRITICAL - apiserver: /);
    expect(await plugin("check_apiserver", "-x")).toMatch(/^3 UNKNOWN - usage: /);
  });

  test("check_etcd", async () => {
    expect(await plugin("check_etcd", "-u", `${url}/etcd`)).toBe("0 OK - etcd is healthy");
    expect(await plugin("check_etcd", "-u", `${url}/no-leader`)).toBe(
      "2 CRITICAL - etcd is not healthy: RAFT NO LEADER",
    );
  });

  test("check_kubelet", async () => {
    expect(await plugin("check_kubelet", "-u", `${url}/readyz`)).toBe("0 OK - kubelet: ok");
    expect(await plugin("check_kubelet", "-u", `${url}/sick`)).toMatch(/^2 CRITICAL - kubelet: /);
  });

  test("check_haproxy", async () => {
    expect(await plugin("check_haproxy", "-s", socketOf("up"))).toBe(
      "0 OK - haproxy has a server up in every backend",
    );
    expect(await plugin("check_haproxy", "-s", socketOf("down"))).toMatch(/^2 CRITICAL - .* up: api$/);
    expect(await plugin("check_haproxy", "-s", socketOf("down"), "-b", "web")).toMatch(/^0 OK/);
    expect(await plugin("check_haproxy", "-s", "/nonexistent")).toMatch(
      /^2 CRITICAL - haproxy does not answer/,
    );
  });

  test("check_disk", async () => {
    expect(await plugin("check_disk", "-w", "0", "-c", "0")).toMatch(/^0 OK - \/: \d+ % free \| free=\d+%$/);
    expect(await plugin("check_disk", "-w", "101", "-c", "0")).toMatch(/^1 WARNING - /);
    expect(await plugin("check_disk", "-c", "101")).toMatch(/^2 CRITICAL - /);
    expect(await plugin("check_disk", "-p", "/nonexistent")).toMatch(/^3 UNKNOWN - /);
  });

  test("check_gateway", { timeout: 30_000 }, () =>
    Lab.use(["n1", "n2"], async (lab) => {
      const [n1, n2] = [lab.host("n1"), lab.host("n2")];
      const check = async () => {
        const { status, stdout } = await n1.attempt([join(PLUGINS, "check_gateway")]);
        return `${status} ${stdout.trimEnd()}`;
      };
      expect(await check()).toBe("2 CRITICAL - there is no default route");
      await n1.exec(["ip", "route", "add", "default", "via", n2.ipv4, "dev", "eth0"]);
      expect(await check()).toBe(`0 OK - gateway ${n2.ipv4} answers`);
      await n2.exec(["ip", "address", "flush", "dev", "eth0"]);
      await n1.exec(["ip", "neigh", "flush", "all"]);
      expect(await check()).toBe(`2 CRITICAL - gateway ${n2.ipv4} does not answer`);
    }),
  );
});
