/** What was on the wire: tcpdump into a file, tshark out of it. */

import { readFileSync } from "node:fs";
import { run } from "./commands.js";
import type { Host } from "./host.js";
import type { LabProcess } from "./lab-process.js";

/** A running or ended capture. */
export class Capture {
  readonly path: string;
  readonly #process: LabProcess;

  private constructor(process: LabProcess, path: string) {
    this.#process = process;
    this.path = path;
  }

  /** Starts tcpdump on an interface of a host (or of the switch); resolves when it sees packets. */
  static async start(host: Host, networkInterface: string, name: string, filter: string): Promise<Capture> {
    const path = `${host.directory}/${name}.pcap`;
    // As root, as the folder is not writable for the account tcpdump would change to.
    const argv = [
      "tcpdump",
      "-i",
      networkInterface,
      "-n",
      "-U",
      "--immediate-mode",
      "-s",
      "0",
      "-Z",
      "root",
      "-w",
      path,
    ];
    const process = host.spawn([...argv, filter], `capture ${name}`);
    await process.waitForLine(/listening on/);
    return new Capture(process, path);
  }

  /** Ends the capture and returns the path of the pcap file. */
  async stop(): Promise<string> {
    this.#process.signal("SIGINT");
    await this.#process.ended;
    return this.path;
  }
}

/** What tshark must verify that it does not by default. */
const VERIFY = ["-o", "ip.check_checksum:TRUE"];

/**
 * One row per packet that passes the display filter, one text per field; a field that occurs several times in a packet is
 * joined by commas, a missing one is empty.
 */
export async function tsharkFields(
  pcap: string,
  fields: readonly string[],
  filter = "",
): Promise<string[][]> {
  const argv = [
    "tshark",
    "-n",
    "-r",
    pcap,
    ...VERIFY,
    "-T",
    "fields",
    ...fields.flatMap((field) => ["-e", field]),
  ];
  const text = await run([...argv, "-E", "separator=/t", "-Y", filter]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

/** The packets that pass the display filter as tshark's full text, for messages. */
export function tsharkText(pcap: string, filter: string): Promise<string> {
  return run(["tshark", "-n", "-r", pcap, ...VERIFY, "-V", "-Y", filter]);
}

/** The frames of a pcap file in the host's byte order (what tcpdump writes here), Ethernet header first. */
export function readPcap(path: string): Buffer[] {
  const file = readFileSync(path);
  const magic = file.readUInt32LE(0);
  if (magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) throw new Error(`${path} is no little-endian pcap file`);
  const frames: Buffer[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    frames.push(file.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return frames;
}
