/** The addon by itself: unfit arguments, failed calls, descriptors, and its life in threads that end at any moment. */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Descriptor, native, type PollerId } from "../../src/linux/both/native.js";
import { SyscallError } from "../../src/linux/both/syscall-error.js";
import { inNamespace } from "../support/in-namespace.js";
import { Lab } from "../support/lab.js";

const { constants } = native;
const ADDON = fileURLToPath(new URL("../../native/build/Release/vigil_native.node", import.meta.url));

/** The addon as JavaScript without types may call it. */
const untyped = native as unknown as Record<string, (...args: unknown[]) => unknown>;

function call(name: string, args: readonly unknown[]): unknown {
  const method = untyped[name];
  if (method === undefined) throw new RangeError(`no function ${name}`);
  return method(...args);
}

describe("unfit arguments", () => {
  const bytes = new Uint8Array(64);
  const ints = new Int32Array(16);
  it.each<{ name: string; args: unknown[]; code: string; message: RegExp }>([
    { name: "openSocket", args: [], code: "ERR_INVALID_ARG_TYPE", message: /3 arguments wanted, 0 given/ },
    { name: "openSocket", args: ["2", 3, 112], code: "ERR_INVALID_ARG_TYPE", message: /"domain"/ },
    { name: "openSocket", args: [2, 3.5, 112], code: "ERR_INVALID_ARG_TYPE", message: /"type"/ },
    { name: "openSocket", args: [2, 3, Number.NaN], code: "ERR_INVALID_ARG_TYPE", message: /"protocol"/ },
    { name: "close", args: [2 ** 31], code: "ERR_INVALID_ARG_TYPE", message: /"descriptor"/ },
    { name: "close", args: [null], code: "ERR_INVALID_ARG_TYPE", message: /"descriptor"/ },
    {
      name: "bind",
      args: [0, [1, 2]],
      code: "ERR_INVALID_ARG_TYPE",
      message: /"address" must be a Uint8Array/,
    },
    { name: "bind", args: [0, new Uint8Array(129)], code: "ERR_OUT_OF_RANGE", message: /1 to 128 bytes/ },
    { name: "bindToDevice", args: [0, 7], code: "ERR_INVALID_ARG_TYPE", message: /"name" must be a string/ },
    { name: "bindToDevice", args: [0, "a".repeat(16)], code: "ERR_INVALID_ARG_TYPE", message: /shorter/ },
    { name: "bindToDevice", args: [0, "a\0b"], code: "ERR_INVALID_ARG_TYPE", message: /without NUL/ },
    { name: "setOptionBytes", args: [0, 1, 26, bytes], code: "ERR_OUT_OF_RANGE", message: /attachFilter/ },
    { name: "attachFilter", args: [0, new Uint8Array(7)], code: "ERR_OUT_OF_RANGE", message: /instructions/ },
    { name: "attachFilter", args: [0, new Uint8Array(0)], code: "ERR_OUT_OF_RANGE", message: /instructions/ },
    {
      name: "receiveBatch",
      args: [0, bytes, 64, 64, bytes, ints],
      code: "ERR_OUT_OF_RANGE",
      message: /headroom/,
    },
    {
      name: "receiveBatch",
      args: [0, bytes, 65, 0, bytes, ints],
      code: "ERR_OUT_OF_RANGE",
      message: /no room/,
    },
    {
      name: "receiveBatch",
      args: [0, bytes, 9, 0, bytes, bytes],
      code: "ERR_INVALID_ARG_TYPE",
      message: /"columns"/,
    },
    { name: "sendBatch", args: [0, 3, bytes, bytes, ints, 1], code: "ERR_OUT_OF_RANGE", message: /family/ },
    { name: "sendBatch", args: [0, 2, bytes, bytes, ints, 3], code: "ERR_OUT_OF_RANGE", message: /count/ },
    { name: "sendBatch", args: [0, 2, bytes, bytes, ints, -1], code: "ERR_OUT_OF_RANGE", message: /count/ },
    {
      name: "sendBatch",
      args: [0, 2, bytes, bytes, Int32Array.of(60, 5, 0, 0, 0, 0, 0, 0), 1],
      code: "ERR_OUT_OF_RANGE",
      message: /outside the data/,
    },
    {
      name: "sendBatch",
      args: [0, 2, bytes, bytes, Int32Array.of(-1, 5, 0, 0, 0, 0, 0, 0), 1],
      code: "ERR_OUT_OF_RANGE",
      message: /outside the data/,
    },
    { name: "startPoll", args: [-1, 1, () => {}], code: "ERR_OUT_OF_RANGE", message: /negative/ },
    { name: "startPoll", args: [0, 0, () => {}], code: "ERR_OUT_OF_RANGE", message: /events/ },
    {
      name: "startPoll",
      args: [0, 1, {}],
      code: "ERR_INVALID_ARG_TYPE",
      message: /"callback" must be a function/,
    },
    { name: "stopPoll", args: [4711], code: "ERR_OUT_OF_RANGE", message: /no such poller/ },
    { name: "setTimer", args: [0, -1], code: "ERR_INVALID_ARG_TYPE", message: /"instant"/ },
    {
      name: "setTimer",
      args: [0, Number.POSITIVE_INFINITY],
      code: "ERR_INVALID_ARG_TYPE",
      message: /"instant"/,
    },
  ])("$name: $message", ({ name, args, code, message }) => {
    expect(() => call(name, args)).toThrowError(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

describe("failed system calls", () => {
  it("throw as Node.js does", () => {
    expect(() => native.openSocket(constants.AF_INET, 99, 0)).toThrowError(
      expect.objectContaining({
        message: "EINVAL: invalid argument, socket",
        code: "EINVAL",
        errno: -22,
        syscall: "socket",
      }),
    );
    expect(() => native.interfaceIndex("nowhere0")).toThrowError(
      expect.objectContaining({ code: "ENODEV", syscall: "if_nametoindex" }),
    );
  });

  it("return their errno where they are called for each batch", () => {
    const columns = new Int32Array(constants.COLUMN_STRIDE);
    const noSocket = 1_000_000 as Descriptor;
    const buffer = new Uint8Array(64);
    expect(native.receiveBatch(noSocket, buffer, 64, 0, buffer, columns)).toBe(-9);
    expect(native.sendBatch(noSocket, constants.AF_INET, buffer, buffer, columns, 1)).toBe(1);
    expect(columns[constants.COLUMN_RESULT]).toBe(9);
  });

  it("read well as SyscallError", () => {
    const error = new SyscallError({ syscall: "sendmmsg", object: "ff02::12 on eth0", errno: 100 });
    expect(error.message).toBe("sendmmsg ff02::12 on eth0: network is down (ENETDOWN)");
    expect(error.code).toBe("ENETDOWN");
  });
});

describe("descriptors", () => {
  it("are closed once, and only where they were opened", () => {
    const timer = native.openTimer();
    native.close(timer);
    expect(() => native.close(timer)).toThrowError(expect.objectContaining({ code: "EBADF" }));
    // Standard error is not the addon's.
    expect(() => native.close(2 as Descriptor)).toThrowError(expect.objectContaining({ code: "EBADF" }));
  });

  it("are not closed while they are watched, nor watched twice", () => {
    const timer = native.openTimer();
    const poller = native.startPoll(timer, constants.UV_READABLE, () => {});
    expect(() => native.close(timer)).toThrowError(expect.objectContaining({ code: "EBUSY" }));
    expect(() => native.startPoll(timer, constants.UV_READABLE, () => {})).toThrowError(
      expect.objectContaining({ code: "EEXIST" }),
    );
    native.stopPoll(poller);
    expect(() => native.stopPoll(poller)).toThrowError(expect.objectContaining({ code: "ERR_OUT_OF_RANGE" }));
    native.close(timer);
  });

  it("may be used again under the same number right after", async () => {
    const seen: number[] = [];
    for (let round = 0; round < 100; round++) {
      const timer = native.openTimer();
      native.setTimer(timer, 1);
      await new Promise<void>((resolve) => {
        const poller: PollerId = native.startPoll(timer, constants.UV_READABLE, () => {
          native.stopPoll(poller);
          native.close(timer);
          seen.push(round);
          resolve();
        });
      });
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});

describe("an exception of a callback", () => {
  it("is an uncaught exception of the process", () => {
    const script = `
      const native = require(${JSON.stringify(ADDON)});
      const timer = native.openTimer();
      native.setTimer(timer, 1);
      const poller = native.startPoll(timer, native.constants.UV_READABLE, () => { throw new Error("of a callback"); });
      process.on("uncaughtException", (error) => {
        native.stopPoll(poller);
        native.close(timer);
        console.log(error.message);
      });`;
    const { stdout, status } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    expect({ stdout, status }).toEqual({ stdout: "of a callback\n", status: 0 });
  });
});

describe("worker threads", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.create(["a"]);
  });

  afterAll(() => lab.dispose());

  /** Sends VRRP-like packets to itself over `lo`, as fast as it can, and counts what comes back. */
  const busyThread = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { openSync } = require("node:fs");
    const native = require(workerData.addon);
    const c = native.constants;
    native.enterNamespace(openSync("/run/netns/" + workerData.namespace, "r"), c.CLONE_NEWNET);
    const socket = native.openSocket(c.AF_INET, c.SOCK_RAW, 112);
    native.setOption(socket, c.IPPROTO_IP, c.IP_HDRINCL, 1);
    native.bindToDevice(socket, "lo");
    const data = new Uint8Array(64 * 64), addresses = new Uint8Array(64 * c.ADDRESS_STRIDE);
    const columns = new Int32Array(64 * c.COLUMN_STRIDE);
    const packets = new Uint8Array(64 * 28), to = new Uint8Array(addresses.length), rows = new Int32Array(columns.length);
    for (let i = 0; i < 64; i++) {
      packets.set([0x45, 0, 0, 28, 0, 0, 0, 0, 255, 112, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1, 0x31, i], i * 28);
      to.set([127, 0, 0, 1], i * c.ADDRESS_STRIDE + c.DESTINATION);
      rows.set([i * 28, 28], i * c.COLUMN_STRIDE);
    }
    const send = () => native.sendBatch(socket, c.AF_INET, packets, to, rows, 64);
    native.setScheduler(c.SCHED_RR | c.SCHED_RESET_ON_FORK, 1);
    const policy = native.getScheduler();
    // Two busy threads at real-time priority would leave the rest of a small machine too little.
    native.setScheduler(c.SCHED_OTHER | c.SCHED_RESET_ON_FORK, 0);
    let count = 0, told = false;
    native.startPoll(socket, c.UV_READABLE, () => {
      count += native.receiveBatch(socket, data, 64, 0, addresses, columns);
      if (count >= 640 && !told) { told = true; parentPort.postMessage({ count, policy }); }
      send();
    });
    const timer = native.openTimer();
    native.startPoll(timer, c.UV_READABLE, () => native.setTimer(timer, native.monotonicNow() + 50));
    native.setTimer(timer, 1);
    send();`;

  const descriptors = () => readdirSync("/proc/self/fd").length;
  const start = () =>
    new Worker(busyThread, {
      eval: true,
      workerData: { addon: ADDON, namespace: lab.host("a").namespace },
    });
  const firstMessage = (worker: Worker) =>
    new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });

  it("each has its own pollers, scheduling and namespace; ended in full flight they leave nothing behind", async () => {
    await start().terminate();
    const before = descriptors();
    for (let round = 0; round < 10; round++) {
      const workers = [start(), start()];
      for (const message of await Promise.all(workers.map(firstMessage))) {
        expect(message).toEqual({
          count: expect.any(Number),
          policy: constants.SCHED_RR | constants.SCHED_RESET_ON_FORK,
        });
      }
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    // The one descriptor of node:fs in each thread is Node.js's to close, and it does.
    expect(descriptors()).toBe(before);
    expect(native.getScheduler()).toBe(constants.SCHED_OTHER);
    expect(() => inNamespace(lab.host("a").namespace, () => native.interfaceIndex("eth0"))).not.toThrow();
  });

  it("ended at any moment of their start they leave nothing behind", async () => {
    const before = descriptors();
    for (let round = 0; round < 20; round++) {
      const worker = start();
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      await worker.terminate();
    }
    expect(descriptors()).toBe(before);
  });

  it("end by themselves once nothing is watched", async () => {
    const script = `
      const native = require(require("node:worker_threads").workerData.addon);
      const timer = native.openTimer();
      const poller = native.startPoll(timer, native.constants.UV_READABLE, () => native.stopPoll(poller));
      native.setTimer(timer, 1);`;
    const worker = new Worker(script, { eval: true, workerData: { addon: ADDON } });
    expect(await new Promise((resolve) => worker.once("exit", resolve))).toBe(0);
  });
});

describe("the thread's own affairs", () => {
  it("tells the number of the thread", () => {
    expect(native.threadId()).toBe(process.pid);
  });

  it("refuses a priority that the policy does not have", () => {
    expect(() => native.setScheduler(constants.SCHED_OTHER, 5)).toThrowError(
      expect.objectContaining({ code: "EINVAL", syscall: "sched_setscheduler" }),
    );
  });
});
