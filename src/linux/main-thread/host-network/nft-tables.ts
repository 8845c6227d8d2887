/** Tables of nftables by netlink: what must work without nft(8), which nobody can start when the parent is dead. */

import { exchange } from "../../both/netlink-exchange.js";
import { SyscallError } from "../../both/syscall-error.js";
import { NETLINK_NETFILTER, type NftTable, removalRequest } from "./nft-messages.js";

/**
 * Removes tables; one that is not there is no error.
 * @returns what went wrong, in one line; undefined when nothing did.
 */
export function removeTables(tables: readonly NftTable[]): string | undefined {
  const failures = tables.flatMap((table) => {
    try {
      const about = { syscall: "NFT_MSG_DELTABLE", object: table.name, protocol: NETLINK_NETFILTER };
      exchange(about, (seq) => removalRequest(table, seq));
      return [];
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return error.code === "ENOENT" ? [] : [error.message];
    }
  });
  return failures[0];
}
