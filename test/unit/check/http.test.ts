import { describe, expect, it } from "vitest";
import { ResponseReader } from "../../../src/check/http-response.js";
import { type ExpectedResponse, judgeResponse } from "../../../src/check/http-verdict.js";

const ANY: ExpectedResponse = { status: [{ from: 200, to: 299 }], body: undefined, report: "any" };

/** The response of a text that arrives in pieces of `size` characters. */
function read(text: string, size = text.length) {
  const reader = new ResponseReader();
  for (let at = 0; at < text.length; at += size) {
    const response = reader.push(text.slice(at, at + size));
    if (response !== undefined) return response;
  }
  return reader.end();
}

const head = (lines: string) => `HTTP/1.1 200 OK\r\n${lines}\r\n`;

describe("a response", () => {
  it("of more than a mebibyte is given up, in chunks of one byte too", () => {
    const reader = new ResponseReader();
    reader.push(head("Transfer-Encoding: chunked\r\n"));
    const chunks = "1\r\nx\r\n".repeat(10_000);
    let answer = reader.push(chunks);
    let pushed = chunks.length;
    for (; answer === undefined && pushed < 2 << 20; pushed += chunks.length) answer = reader.push(chunks);
    expect(answer).toBe("too long");
    expect(pushed).toBeLessThan((1 << 20) + 2 * chunks.length);
    reader.reset();
    expect(reader.push(`${head("Content-Length: 2\r\n")}ok`)).toMatchObject({ body: "ok" });
  });

  it.each([
    ["with a length", `${head("Content-Length: 2\r\n")}ok`, "ok", true],
    ["without a body", "HTTP/1.1 204 No Content\r\n\r\n", "", true],
    [
      "in chunks",
      `${head("Transfer-Encoding: chunked\r\n")}2\r\nok\r\n3;x=y\r\n, a\r\n0\r\n\r\n`,
      "ok, a",
      true,
    ],
    ["with a trailer", `${head("Transfer-Encoding: chunked\r\n")}2\r\nok\r\n0\r\nX: y\r\n\r\n`, "ok", true],
    ["that closes", `${head("Content-Length: 2\r\nConnection: close\r\n")}ok`, "ok", false],
    ["after 100", `HTTP/1.1 100 Continue\r\n\r\n${head("content-length: 2\r\n")}ok`, "ok", true],
  ])("%s, however it is cut", (_name, text, body, keepAlive) => {
    for (const size of [text.length, 1, 2, 7]) {
      expect(read(text, size)).toEqual({ status: text.includes("204") ? 204 : 200, body, keepAlive });
    }
  });

  it("until the connection ends", () => {
    expect(read(`${head("")}all of it`)).toEqual({ status: 200, body: "all of it", keepAlive: false });
    expect(read(`${head("Content-Length: 9\r\n")}cut`)).toBeUndefined();
  });

  it("of HTTP/1.0 closes unless it says otherwise", () => {
    const text = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n";
    expect(read(`${text}\r\n`)).toMatchObject({ keepAlive: false });
    expect(read(`${text}Connection: keep-alive\r\n\r\n`)).toMatchObject({ keepAlive: true });
  });

  it.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["a wrong status", "HTTP/1.1 099 No\r\n\r\n"],
    ["a length that is none", `${head("Content-Length: -1\r\n")}`],
    ["a chunk that is none", `${head("Transfer-Encoding: chunked\r\n")}zz\r\n`],
    ["an endless head", `HTTP/1.1 200 OK\r\n${"x".repeat(20_000)}`],
  ])("%s is none", (_name, text) => {
    expect(read(text)).toBe("invalid");
  });

  it("a body without end is read in bounded space", () => {
    const reader = new ResponseReader();
    reader.push(head("Content-Length: 999999999\r\n"));
    for (let i = 0; i < 100; i++) expect(reader.push("x".repeat(10_000))).toBeUndefined();
  });
});

describe("the verdict on a response", () => {
  const about = (status: number, body: string, expected: Partial<ExpectedResponse> = {}) => {
    const result = judgeResponse({ ...ANY, ...expected }, { status, body, keepAlive: true });
    return result.ok ? "ok" : `${result.failure}: ${result.text}`;
  };

  it("status codes and ranges", () => {
    expect(about(200, "")).toBe("ok");
    expect(about(302, "")).toBe("status: answered 302");
    expect(about(401, "", { status: [{ from: 401, to: 401 }] })).toBe("ok");
  });

  it("names the failing sub-checks of the apiserver's reports", () => {
    const readyz =
      "[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/rbac failed: not finished\nreadyz check failed\n";
    expect(about(500, readyz)).toBe(
      "status: answered 500: etcd failed, poststarthook/rbac failed: not finished",
    );
    expect(about(200, "[-]etcd failed: reason withheld\n")).toBe("report: answered 200, but etcd failed");
    expect(about(200, "[+]ping ok\nreadyz check passed\n")).toBe("ok");
  });

  it("else the first line, short and printable", () => {
    expect(about(503, "\r\n\x1b[31mno\x07\r\nmore")).toBe("status: answered 503: ?[31mno?");
    expect(about(500, "x".repeat(500)).length).toBeLessThan(150);
  });

  it("text that must be there", () => {
    expect(about(200, "all ok", { body: "ok" })).toBe("ok");
    expect(about(200, "", { body: "ok" })).toBe("body: answered 200 without 'ok'");
  });

  it("etcd's health", () => {
    const etcd = (body: string) => about(200, body, { report: "etcd" });
    expect(etcd('{"health":"true","reason":""}')).toBe("ok");
    expect(etcd('{"health":"false","reason":"RAFT NO LEADER"}')).toBe("report: etcd: RAFT NO LEADER");
    expect(etcd("{")).toBe("report: etcd: its report is no JSON");
    expect(etcd("ok\n")).toBe("ok");
  });
});
