/** Which keys sign and verify the hellos of an instance: from its own secret, or from one for all of Vigil's hellos. */

import { encodeUtf8 } from "../base/utf8.js";
import { deriveHelloKey, type HelloKey } from "../wire/peer-signature.js";

/** Ids of keys that have none of their own. The ids of `auth_hmac` are 1…255, so these are told apart by the derivation only. */
const SINGLE_KEY = 0;

/** keepalived uses the first 8 bytes of `auth_pass`: nodes that agree by VRRP must agree here too. */
const AUTH_PASS_BYTES = 8;

/** What an instance has of secrets, in the words of its configuration. */
export interface InstanceSecrets {
  readonly authentication:
    | { readonly type: "none" }
    | { readonly type: "PASS" | "AH"; readonly password: string };
  readonly authHmac:
    | {
        readonly keys: readonly { readonly id: number; readonly hex: string }[];
        readonly activeKey: number;
      }
    | undefined;
}

/** The keys of an instance. */
export interface HelloKeys {
  readonly signing: HelloKey;
  /** By their ids. */
  readonly verifying: ReadonlyMap<number, Uint8Array>;
}

/**
 * The keys for the hellos of an instance: of `vrrp_peer_key` where there is one, else of `auth_hmac`, else of `auth_pass`; undefined
 * without any secret.
 */
export function helloKeysOf(
  { authentication, authHmac }: InstanceSecrets,
  peerKey: string | undefined,
): HelloKeys | undefined {
  if (peerKey !== undefined) return single("vrrp_peer_key", encodeUtf8(peerKey));
  const hmacKeys = authHmac?.keys.filter(({ hex }) => hex !== "") ?? [];
  const active = hmacKeys.find(({ id }) => id === authHmac?.activeKey);
  if (active !== undefined) {
    const derived = new Map(
      hmacKeys.map(({ id, hex }) => [id, deriveHelloKey("auth_hmac", encodeUtf8(hex.toLowerCase()))]),
    );
    const bytes = derived.get(active.id);
    if (bytes !== undefined) return { signing: { id: active.id, bytes }, verifying: derived };
  }
  if (authentication.type === "none") return undefined;
  return single(authentication.type, encodeUtf8(authentication.password).subarray(0, AUTH_PASS_BYTES));
}

function single(kind: string, secret: Uint8Array): HelloKeys {
  const bytes = deriveHelloKey(kind, secret);
  return { signing: { id: SINGLE_KEY, bytes }, verifying: new Map([[SINGLE_KEY, bytes]]) };
}

/** True for an instance that has a secret of its own, so that its hellos are signed. */
export function hasSecret({ authentication, authHmac }: InstanceSecrets): boolean {
  const active = authHmac?.keys.find(({ id }) => id === authHmac.activeKey);
  return authentication.type !== "none" || (active !== undefined && active.hex !== "");
}
