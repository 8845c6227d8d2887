/** Reads the pcap files of test/golden: libpcap 2.4, microseconds, Ethernet, either byte order. */

import { readFileSync } from "node:fs";

const GLOBAL_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const MAGIC = 0xa1b2c3d4;
const LINKTYPE_ETHERNET = 1;

/**
 * The frames of a capture, in order.
 * @throws {Error} when the file is something else, or frames were cut short.
 */
export function readPcap(path: string | URL): Uint8Array[] {
  const bytes = new Uint8Array(readFileSync(path));
  const view = new DataView(bytes.buffer);
  const isLittle = view.getUint32(0, true) === MAGIC;
  if (!isLittle && view.getUint32(0) !== MAGIC) throw new Error(`${path} is no pcap file`);
  if (view.getUint32(20, isLittle) !== LINKTYPE_ETHERNET) throw new Error(`${path} holds no Ethernet frames`);
  const frames: Uint8Array[] = [];
  for (let offset = GLOBAL_HEADER_LENGTH; offset < bytes.length; ) {
    const captured = view.getUint32(offset + 8, isLittle);
    if (captured !== view.getUint32(offset + 12, isLittle)) throw new Error(`${path} has a frame cut short`);
    offset += RECORD_HEADER_LENGTH;
    frames.push(bytes.slice(offset, offset + captured));
    offset += captured;
  }
  return frames;
}
