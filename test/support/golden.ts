/** The captures of test/golden, each frame with what tshark reads in it. */

import { readdirSync, readFileSync } from "node:fs";
import { readPcap } from "./pcap.js";

const FOLDER = new URL("../golden/", import.meta.url);

/** One frame. */
export interface GoldenFrame {
  /** From the Ethernet header on. */
  readonly frame: Uint8Array;
  /** tshark's fields by their names, such as `vrrp.prio`; absent ones are not in the frame. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** One capture. */
export interface Golden {
  /** `<peer>-<version>-<case>`. */
  readonly name: string;
  readonly frames: readonly GoldenFrame[];
}

interface TsharkFrame {
  readonly _source: { readonly layers: Readonly<Record<string, readonly string[]>> };
}

/** All captures, by name. */
export function readGoldens(): readonly Golden[] {
  const names = readdirSync(FOLDER).flatMap((file) => /^(.+)\.pcap$/.exec(file)?.[1] ?? []);
  return names.sort().map((name) => {
    const texts = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as readonly TsharkFrame[];
    const frames = readPcap(new URL(`${name}.pcap`, FOLDER));
    if (texts.length !== frames.length)
      throw new Error(`${name}: ${frames.length} frames, ${texts.length} texts`);
    return {
      name,
      frames: frames.map((frame, i) => ({
        frame,
        fields: new Map(Object.entries(texts[i]?._source.layers ?? {})),
      })),
    };
  });
}

/**
 * The only value of a field as text.
 * @throws {Error} when it is absent or there are several.
 */
export function textOf(golden: GoldenFrame, field: string): string {
  const values = golden.fields.get(field);
  const [value] = values ?? [];
  if (value === undefined || values?.length !== 1) throw new Error(`${field}: ${JSON.stringify(values)}`);
  return value;
}

/** The only value of a field as a number, decimal or hexadecimal. */
export function numberOf(golden: GoldenFrame, field: string): number {
  return Number(textOf(golden, field));
}
