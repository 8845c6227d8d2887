/**
 * Calls every function of an addon with arguments of all kinds, from a seed: `fuzz-addon.cjs ADDON CALLS SEED`. What it does to the
 * process that runs it is of no interest: the sanitizers that the addon is built with are.
 */

const { Worker, isMainThread, workerData } = require("node:worker_threads");

/** Would end the run or this process's signals, and is called with what cannot work only. */
const ENDS = new Set(["replaceProcess", "catchSignals", "enterNamespace", "writeNow"]);

/** mulberry32: 32 bits of chance from a seed. */
function chance(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NUMBERS = [
  0,
  1,
  2,
  3,
  10,
  16,
  17,
  64,
  255,
  4096,
  65535,
  65536,
  2 ** 31 - 1,
  -1,
  -(2 ** 31),
  2 ** 31,
  1.5,
  Number.NaN,
  -0,
  Infinity,
];
const SIZES = [0, 1, 7, 8, 16, 40, 64, 127, 128, 129, 1500, 4096, 65536];
const ARRAYS = [Uint8Array, Int32Array, Float64Array, Uint16Array, BigInt64Array, DataView];

/** Values of every kind that JavaScript has, sizes around every limit, buffers that are shared, shifted, shrunk or detached. */
function makeValues(random, descriptors) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const text = () =>
    String.fromCharCode(...Array.from({ length: pick(SIZES) % 5000 }, () => Math.floor(random() * 0x300)));
  const bytes = () => {
    const size = pick(SIZES);
    const buffer = new ArrayBuffer(size + 16);
    const Kind = pick(ARRAYS);
    if (Kind === Uint8Array || Kind === DataView) return new Kind(buffer, Math.floor(random() * 16), size);
    return new Kind(new ArrayBuffer((size >> 3) << 3));
  };
  const filled = () => {
    const array = new Uint8Array(pick(SIZES));
    for (let i = 0; i < array.length; i++) array[i] = Math.floor(random() * 256);
    return array;
  };
  const ints = () => Int32Array.from({ length: pick([0, 1, 8, 9, 64, 512, 2048]) }, () => pick(NUMBERS));
  const detached = () => {
    const array = new Uint8Array(64);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  };
  const kinds = [
    () => pick(NUMBERS),
    () => pick(NUMBERS),
    () => Math.floor((random() - 0.5) * 2 ** 33),
    () => pick(descriptors),
    () => pick(descriptors),
    text,
    () => pick(["lo", "eth0", "a\0b", "", "x".repeat(16), "/tmp", "/dev/null"]),
    bytes,
    filled,
    filled,
    ints,
    ints,
    () => new Uint8Array(new SharedArrayBuffer(64)),
    detached,
    () =>
      pick([
        undefined,
        null,
        true,
        {},
        [],
        Symbol("s"),
        1n,
        () => {},
        [1, "a"],
        ["a", "b"],
        new Proxy({}, {}),
      ]),
    () => () => {},
  ];
  return () => pick(kinds)();
}

/** Calls that work, for the functions whose arguments fit together: one of them is then exchanged. */
function fitting(native, random, socket) {
  const { BATCH_SIZE, ADDRESS_STRIDE, COLUMN_STRIDE, AF_INET } = native.constants;
  const batch = () => {
    const columns = Int32Array.from({ length: BATCH_SIZE * COLUMN_STRIDE }, () =>
      random() < 0.9 ? Math.floor(random() * 1500) : Math.floor((random() - 0.5) * 2 ** 32),
    );
    return [new Uint8Array(BATCH_SIZE * 1500), new Uint8Array(BATCH_SIZE * ADDRESS_STRIDE), columns];
  };
  return {
    receiveBatch: () => {
      const [data, addresses, columns] = batch();
      return [socket, data, 1500, 40, addresses, columns];
    },
    sendBatch: () => {
      const [data, addresses, columns] = batch();
      return [socket, AF_INET, data, addresses, columns, Math.floor(random() * BATCH_SIZE)];
    },
    attachFilter: () => [socket, new Uint8Array(8 * Math.floor(random() * 300))],
    setOptionBytes: () => [socket, 0, 35, new Uint8Array(12)],
    connect: () => [socket, Uint8Array.from([2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])],
  };
}

function run(addon, calls, seed) {
  const native = require(addon);
  const random = chance(seed);
  const { AF_INET, SOCK_RAW } = native.constants;
  const socket = native.openSocket(AF_INET, SOCK_RAW, 112);
  const fit = fitting(native, random, socket);
  const descriptors = [-1, 100, 2 ** 20];
  const value = makeValues(random, descriptors);
  const names = Object.keys(native).filter((name) => typeof native[name] === "function");
  let returned = 0;
  let thrown = 0;
  for (let i = 0; i < calls; i++) {
    const name = names[Math.floor(random() * names.length)];
    const words = Array.from({ length: Math.floor(random() * 8) }, value);
    if (fit[name] !== undefined && random() < 0.8) {
      words.splice(0, words.length, ...fit[name]());
      if (random() < 0.8) words[Math.floor(random() * words.length)] = value();
    }
    if (ENDS.has(name)) words[0] = undefined;
    try {
      const result = native[name](...words);
      returned++;
      if (typeof result === "number" && /^open|^start/.test(name) && descriptors.length < 200)
        descriptors.push(result);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      thrown++;
    }
  }
  console.log(JSON.stringify({ names, returned, thrown }));
}

if (isMainThread) {
  const [addon, calls, seed] = process.argv.slice(2);
  // In a thread, whose end has to clean up whatever is left open.
  const worker = new Worker(__filename, { workerData: { addon, calls: Number(calls), seed: Number(seed) } });
  worker.on("error", (error) => {
    console.error(error);
    process.exit(1);
  });
  worker.on("exit", (status) => process.exit(status));
} else {
  run(workerData.addon, workerData.calls, workerData.seed);
  process.exit(0);
}
