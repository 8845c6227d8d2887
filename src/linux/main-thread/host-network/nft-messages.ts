/** Messages of NETLINK_NETFILTER about tables and chains (linux/netfilter/nf_tables.h), and what of their answers tells a change. */

import { Flags, FlagsGet } from "netlink/dist/constants.js";
import {
  AttrStream,
  formatMessage,
  getString,
  type NetlinkMessage,
  parseAttributes,
} from "netlink/dist/structs.js";

/** linux/netlink.h */
export const NETLINK_NETFILTER = 12;

/** The group of nftables, NFNLGRP_NFTABLES of linux/netfilter/nfnetlink.h, as a mask for bind(2). */
export const NFTABLES_GROUP = 1 << (7 - 1);

const NFNL_SUBSYS_NFTABLES = 10;
const NFTABLES = NFNL_SUBSYS_NFTABLES << 8;

/** What a transaction begins and ends with, linux/netfilter/nfnetlink.h. */
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;

const NFT_MSG_GETTABLE = 1;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_NEWGEN = 15;

/** NFTA_TABLE_NAME and NFTA_CHAIN_TABLE. */
const NAME = 1;
const CHAIN_TABLE = 1;

/** `struct nfgenmsg`: family, version, and a number that counts the transactions. */
const HEADER_LENGTH = 4;

/** NFPROTO_* of linux/netfilter.h. */
const FAMILIES = { ip: 2, netdev: 5, ip6: 10 } as const;

/** A table: its family and its name. */
export interface NftTable {
  readonly family: keyof typeof FAMILIES;
  readonly name: string;
}

/** Asks for one table; ENOENT when there is none. */
export function tableRequest({ family, name }: NftTable, seq: number): Buffer {
  const body = new AttrStream();
  body.push(NAME, Buffer.from(`${name}\0`));
  return message(NFT_MSG_GETTABLE, Flags.REQUEST, seq, [
    header(family),
    ...body.bufs.map((bytes) => Buffer.from(bytes)),
  ]);
}

/** Removes a table, in a transaction; ENOENT when there is none. */
export function removalRequest({ family, name }: NftTable, seq: number): Buffer {
  const body = new AttrStream();
  // Padded, as another message follows.
  const padded = name.padEnd(4 * Math.ceil((name.length + 1) / 4), "\0");
  body.push(NAME, Buffer.from(padded));
  const nothing = Buffer.from([0, 0, 0, NFNL_SUBSYS_NFTABLES]);
  return Buffer.concat([
    ...formatMessage({ type: BATCH_BEGIN, flags: Flags.REQUEST, seq, port: 0, data: [nothing] }),
    message(NFT_MSG_DELTABLE, Flags.REQUEST | Flags.ACK, seq, [
      header(family),
      ...body.bufs.map((bytes) => Buffer.from(bytes)),
    ]),
    ...formatMessage({ type: BATCH_END, flags: Flags.REQUEST, seq, port: 0, data: [nothing] }),
  ]);
}

/** Asks for all chains of a family. */
export function chainsRequest(family: NftTable["family"], seq: number): Buffer {
  return message(NFT_MSG_GETCHAIN, Flags.REQUEST | FlagsGet.DUMP, seq, [header(family)]);
}

/** True for a chain of the table. */
export function isChainOf({ data }: NetlinkMessage, table: NftTable): boolean {
  let found = false;
  parseAttributes(data.subarray(HEADER_LENGTH), ({ type, data: value }) => {
    if (type === CHAIN_TABLE && getString(value) === table.name) found = true;
  });
  return found;
}

/** What a message tells of a table or chain, as text: its handle, how much it has, and the hook of a chain. */
export function contentOf({ data }: NetlinkMessage): string {
  return data.toString("latin1", HEADER_LENGTH);
}

/**
 * A filter (linux/filter.h) for a socket of {@link NFTABLES_GROUP} that passes only the message at the end of each transaction: a
 * busy host has thousands of others.
 */
export function transactionFilter(): Uint8Array {
  // Loads are big-endian, and a message has its type in the machine's order.
  const type = Buffer.alloc(2);
  new Uint16Array(type.buffer, type.byteOffset, 1)[0] = NFTABLES | NFT_MSG_NEWGEN;
  return encode([
    [0x28, 0, 0, 4],
    [0x15, 0, 1, type.readUInt16BE()],
    [0x06, 0, 0, 0xffff_ffff],
    [0x06, 0, 0, 0],
  ]);
}

function header(family: NftTable["family"]): Buffer {
  return Buffer.from([FAMILIES[family], 0, 0, 0]);
}

function message(type: number, flags: number, seq: number, data: Buffer[]): Buffer {
  return Buffer.concat(formatMessage({ type: NFTABLES | type, flags, seq, port: 0, data }));
}

/** An array of struct sock_filter. */
function encode(instructions: readonly (readonly [number, number, number, number])[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  for (const [at, [code, jumpTrue, jumpFalse, operand]] of instructions.entries()) {
    view.setUint16(at * 8, code, little);
    view.setUint8(at * 8 + 2, jumpTrue);
    view.setUint8(at * 8 + 3, jumpFalse);
    view.setUint32(at * 8 + 4, operand, little);
  }
  return bytes;
}
