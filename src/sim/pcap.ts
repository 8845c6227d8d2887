/** The traffic of a simulated LAN as a pcap file (libpcap 2.4, µs, Ethernet), to be read with tshark. */

import type { Micros } from "../base/time.js";

const GLOBAL_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const ETHERNET_HEADER_LENGTH = 14;
const LINKTYPE_ETHERNET = 1;

/** Collects frames. */
export class PcapRecorder {
  readonly #records: { readonly at: Micros; readonly frame: Uint8Array }[] = [];

  /** Adds an Ethernet frame. */
  frame(at: Micros, frame: Uint8Array): void {
    this.#records.push({ at, frame });
  }

  /** Adds an IP packet behind an Ethernet header made up from the sender's number. */
  packet(at: Micros, sender: number, packet: Uint8Array): void {
    const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + packet.length);
    const isIpv4 = (packet[0] ?? 0) >> 4 === 4;
    frame.set(isIpv4 ? [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12] : [0x33, 0x33, 0, 0, 0, 0x12], 0);
    frame.set([0x02, 0, 0, 0, 0, sender & 0xff], 6);
    frame.set(isIpv4 ? [0x08, 0x00] : [0x86, 0xdd], 12);
    frame.set(packet, ETHERNET_HEADER_LENGTH);
    this.frame(at, frame);
  }

  /** The complete file. */
  toBytes(): Uint8Array {
    const size = this.#records.reduce((sum, { frame }) => sum + RECORD_HEADER_LENGTH + frame.length, 0);
    const bytes = new Uint8Array(GLOBAL_HEADER_LENGTH + size);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0xa1b2c3d4, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, 65535, true);
    view.setUint32(20, LINKTYPE_ETHERNET, true);
    let offset = GLOBAL_HEADER_LENGTH;
    for (const { at, frame } of this.#records) {
      view.setUint32(offset, Math.floor(at / 1_000_000), true);
      view.setUint32(offset + 4, at % 1_000_000, true);
      view.setUint32(offset + 8, frame.length, true);
      view.setUint32(offset + 12, frame.length, true);
      bytes.set(frame, offset + RECORD_HEADER_LENGTH);
      offset += RECORD_HEADER_LENGTH + frame.length;
    }
    return bytes;
  }
}
