/** nft(8): carries out one transaction of commands. */

import { runSystemProgram } from "../scripts/system-program.js";

/** How long nft may take, ms. */
const NFT_LIMIT = 5_000;

/**
 * Carries out all of the commands, or none.
 * @param commands what `nft -f` reads.
 * @returns what went wrong, in one line; undefined when nothing did.
 */
export async function runNft(commands: string): Promise<string | undefined> {
  const { result, errors } = await runSystemProgram(["nft", "-f", "-"], commands, NFT_LIMIT);
  if (result.kind === "failedToStart") return `nft (package nftables): ${result.error}`;
  if (result.kind === "exited" && result.status === 0) return undefined;
  const ended = result.kind === "exited" ? result.status : result.signal;
  return errors.trim().split("\n")[0] || `nft ended with ${ended}`;
}
