/**
 * Classic BPF programs (linux/filter.h) for raw sockets that pass only packets for our VRIDs, so that the kernel drops other
 * routers' adverts before they wake us.
 */

import type { PortSpec } from "../../../engine/platform.js";
import { Ipv6Offset } from "../../../wire/ipv6.js";

/** `code` of struct sock_filter: class | size or operation | mode or source, linux/bpf_common.h. */
const LOAD_BYTE_AT = 0x30; // BPF_LD | BPF_B | BPF_ABS
const LOAD_BYTE_BEHIND_X = 0x50; // BPF_LD | BPF_B | BPF_IND
const LOAD_X_HEADER_LENGTH = 0xb1; // BPF_LDX | BPF_B | BPF_MSH: X = 4 × low nibble, the length of an IPv4 header
const JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_IF_GREATER_OR_EQUAL = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

/** SKF_NET_OFF of linux/filter.h: offsets from here on are into the IP header, which an IPv6 raw socket does not see. */
const NETWORK_HEADER = 0xfff00000;

const INSTRUCTION_BYTES = 8;
const ACCEPT = 0xffffffff;
const REJECT = 0;

/** The VRID is the second byte of a VRRP header (RFC 9568 §5.1, RFC 3768 §5.1). */
const VRID_OFFSET = 1;
/** An AH header with a 96-bit integrity check value, RFC 4302 §2. */
const AH_HEADER_BYTES = 24;
const PROTOCOL_AH = 51;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, operand: number];

/** Lets nothing through. */
export function rejectAllFilter(): Uint8Array {
  return encode([[RETURN, 0, 0, REJECT]]);
}

/** What the filter depends on. */
export type FilteredPort = Pick<PortSpec, "family" | "protocol" | "multicastGroup" | "vrids">;

/**
 * Lets through what has one of the VRIDs where a VRRP header has it; a packet too short to have one is dropped. An IPv4 raw
 * socket's filter sees the IP header first, an IPv6 one's the payload.
 * @param port VRIDs 0…255, in any order, repeated or not.
 */
export function vridFilter(port: FilteredPort): Uint8Array {
  const offset = VRID_OFFSET + (port.protocol === PROTOCOL_AH ? AH_HEADER_BYTES : 0);
  const load: Instruction[] =
    port.family === 4
      ? [
          [LOAD_X_HEADER_LENGTH, 0, 0, 0],
          [LOAD_BYTE_BEHIND_X, 0, 0, offset],
        ]
      : [...(port.multicastGroup === undefined ? rejectIpv6Multicast : []), [LOAD_BYTE_AT, 0, 0, offset]];
  return encode([...load, ...decide(rangesOf(port.vrids))]);
}

/** An IPv6 raw socket that is bound to no address receives all groups of the host, whatever IPV6_MULTICAST_ALL says. */
const rejectIpv6Multicast: readonly Instruction[] = [
  [LOAD_BYTE_AT, 0, 0, NETWORK_HEADER + Ipv6Offset.destination],
  [JUMP_IF_EQUAL, 0, 1, 0xff],
  [RETURN, 0, 0, REJECT],
];

interface Range {
  readonly first: number;
  readonly last: number;
}

function rangesOf(vrids: readonly number[]): Range[] {
  const ranges: { first: number; last: number }[] = [];
  for (const vrid of [...new Set(vrids)].sort((a, b) => a - b)) {
    const previous = ranges.at(-1);
    if (previous?.last === vrid - 1) previous.last = vrid;
    else ranges.push({ first: vrid, last: vrid });
  }
  return ranges;
}

/**
 * Tests the accumulator against ascending ranges. Jumps reach 255 instructions, and the most that 256 VRIDs need is 170: 85
 * ranges of two.
 */
function decide(ranges: readonly Range[]): Instruction[] {
  const tests = ranges.flatMap(testsOf);
  const reject = tests.length;
  const accept = reject + 1;
  const instructions = tests.map(({ code, whenTrue, operand }, at): Instruction => {
    const toAccept = accept - at - 1;
    const toReject = reject - at - 1;
    if (whenTrue === "accept") return [code, toAccept, 0, operand];
    // Below this range, and not in those before it: in none.
    if (whenTrue === "continue") return [code, 0, toReject, operand];
    return [code, 0, toAccept, operand];
  });
  return [...instructions, [RETURN, 0, 0, REJECT], [RETURN, 0, 0, ACCEPT]];
}

interface Test {
  readonly code: number;
  readonly operand: number;
  /** `next`: on to the next range, and accept when false. `continue`: on within this range, and reject when false. */
  readonly whenTrue: "accept" | "continue" | "next";
}

function testsOf({ first, last }: Range): Test[] {
  if (first === last) return [{ code: JUMP_IF_EQUAL, operand: first, whenTrue: "accept" }];
  return [
    { code: JUMP_IF_GREATER_OR_EQUAL, operand: first, whenTrue: "continue" },
    { code: JUMP_IF_GREATER_OR_EQUAL, operand: last + 1, whenTrue: "next" },
  ];
}

/** An array of struct sock_filter in the machine's byte order. */
function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const codes = new Uint16Array(bytes.buffer);
  const operands = new Uint32Array(bytes.buffer);
  for (const [at, [code, jumpTrue, jumpFalse, operand]] of instructions.entries()) {
    codes[at * 4] = code;
    bytes[at * INSTRUCTION_BYTES + 2] = jumpTrue;
    bytes[at * INSTRUCTION_BYTES + 3] = jumpFalse;
    operands[at * 2 + 1] = operand;
  }
  return bytes;
}
