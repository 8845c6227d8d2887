/**
 * The messages of NETLINK_SOCK_DIAG about TCP sockets (sock_diag(7); linux/inet_diag.h): a list of those that are bound to given
 * addresses, and their destruction.
 */

import { Flags, FlagsGet } from "netlink/dist/constants.js";
import { formatMessage, type NetlinkMessage } from "netlink/dist/structs.js";
import { addressBytes, type Family, familyOf, type IpAddress } from "../../../base/ip-address.js";
import type { TcpEnd } from "../../../wire/bare-ack.js";
import { AF_INET, AF_INET6 } from "../../both/address-families.js";

/** linux/sock_diag.h */
export const SOCK_DIAG_BY_FAMILY = 20;
const SOCK_DESTROY = 21;

const IPPROTO_TCP = 6;

/** `struct inet_diag_req_v2`: family, protocol, ext, pad, a mask of states, then `struct inet_diag_sockid`. */
const REQUEST_LENGTH = 56;
const REQUEST_STATES = 4;
const REQUEST_ID = 8;

/** `struct inet_diag_sockid`: ports, addresses, interface, cookie. */
const ID_LENGTH = 48;

/** In `struct inet_diag_msg`: family, state, timer, retrans, then the id. */
const MESSAGE_ID = 4;

/**
 * States of a connection, net/tcp_states.h: ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING.
 * Not LISTEN: who listens goes on. Not TIME_WAIT: nobody waits there.
 */
const CONNECTED = [1, 2, 3, 4, 5, 8, 9, 11].reduce((mask, state) => mask | (1 << state), 0);

/** The attribute with a filter, and its instructions. */
const INET_DIAG_REQ_BYTECODE = 1;
const BC_JMP = 1;
const BC_S_COND = 7;

/** `struct inet_diag_bc_op`, and `struct inet_diag_hostcond` without its address. */
const OPERATION = 4;
const CONDITION = 8;

/** A socket, as the kernel named it. */
export interface DiagSocket {
  readonly family: number;
  /** `struct inet_diag_sockid`, with the cookie that tells it from a later one with the same addresses. */
  readonly id: Uint8Array;
}

/** Asks for all connections with one of these local addresses, of IPv4 or of IPv6 sockets. */
export function listRequest(family: Family, addresses: readonly IpAddress[], seq: number): Buffer {
  const filter = sourceFilter(addresses);
  const request = Buffer.alloc(REQUEST_LENGTH + 4 + filter.length);
  request[0] = family === 4 ? AF_INET : AF_INET6;
  request[1] = IPPROTO_TCP;
  request.writeUInt32LE(CONNECTED, REQUEST_STATES);
  request.writeUInt16LE(4 + filter.length, REQUEST_LENGTH);
  request.writeUInt16LE(INET_DIAG_REQ_BYTECODE, REQUEST_LENGTH + 2);
  filter.copy(request, REQUEST_LENGTH + 4);
  return message(SOCK_DIAG_BY_FAMILY, Flags.REQUEST | FlagsGet.DUMP, seq, request);
}

/** Destroys a socket: the other end gets a reset, its owner ECONNABORTED. */
export function destroyRequest(socket: DiagSocket, acknowledge: boolean, seq: number): Buffer {
  const request = Buffer.alloc(REQUEST_LENGTH);
  request[0] = socket.family;
  request[1] = IPPROTO_TCP;
  request.writeUInt32LE(CONNECTED, REQUEST_STATES);
  request.set(socket.id, REQUEST_ID);
  const flags = Flags.REQUEST | (acknowledge ? Flags.ACK : 0);
  return message(SOCK_DESTROY, flags, seq, request);
}

/** The socket that an answer to {@link listRequest} tells of. */
export function socketOf({ data }: NetlinkMessage): DiagSocket {
  // The bytes are the receive buffer's.
  return { family: data[0] ?? 0, id: Uint8Array.from(data.subarray(MESSAGE_ID, MESSAGE_ID + ID_LENGTH)) };
}

/** What a socket connects. */
export interface Connection {
  readonly local: TcpEnd;
  readonly remote: TcpEnd;
  /** 0 where it is bound to none. */
  readonly interfaceIndex: number;
}

/** The ends of a socket's connection, with addresses of IPv4 where a socket of IPv6 has mapped ones. */
export function connectionOf({ family, id }: DiagSocket): Connection {
  const view = new DataView(id.buffer, id.byteOffset, id.byteLength);
  const end = (port: number, address: number): TcpEnd => {
    const bytes = id.subarray(address, address + 16);
    const ipv4 = family === AF_INET ? bytes.subarray(0, 4) : isMapped(bytes) ? bytes.subarray(12) : undefined;
    return { port: view.getUint16(port), address: ipv4 ?? bytes };
  };
  return { local: end(0, 4), remote: end(2, 20), interfaceIndex: view.getUint32(36, true) };
}

/** ::ffff:0:0/96 */
function isMapped(address: Uint8Array): boolean {
  return address.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
}

function message(type: number, flags: number, seq: number, data: Buffer): Buffer {
  return Buffer.concat(formatMessage({ type, flags, seq, port: 0, data: [data] }));
}

/**
 * A program that accepts a socket with one of the addresses: a condition for each, which goes on to a jump to the end when it
 * holds, and to the next condition when it does not; the last one beyond the end, which refuses. A condition of IPv4 holds for
 * IPv6 sockets with the mapped address, too.
 */
function sourceFilter(addresses: readonly IpAddress[]): Buffer {
  const conditions = addresses.map((address) => {
    const bytes = addressBytes(address);
    const condition = Buffer.alloc(OPERATION + CONDITION + bytes.length);
    condition[0] = BC_S_COND;
    condition[1] = condition.length;
    condition.writeUInt16LE(condition.length + OPERATION, 2);
    condition[4] = familyOf(address) === 4 ? AF_INET : AF_INET6;
    condition[5] = bytes.length * 8;
    // Any port.
    condition.writeInt32LE(-1, 8);
    condition.set(bytes, OPERATION + CONDITION);
    return condition;
  });
  const parts: Buffer[] = [];
  let behind = 0;
  for (const condition of conditions.reverse()) {
    const jump = Buffer.alloc(parts.length === 0 ? 0 : OPERATION);
    if (jump.length > 0) {
      jump[0] = BC_JMP;
      jump[1] = OPERATION;
      jump.writeUInt16LE(OPERATION + behind, 2);
    }
    parts.unshift(condition, jump);
    behind += condition.length + jump.length;
  }
  return Buffer.concat(parts);
}
