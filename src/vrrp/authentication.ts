/** The key material of VRRPv2 authentication. */

import { encodeUtf8 } from "../base/utf8.js";
import type { VirtualRouterConfig } from "./config.js";

/** Length of the authentication data in a VRRPv2 packet and of keepalived's AH key, bytes (RFC 2338 §5.3.10). */
const AUTH_DATA_LENGTH = 8;

/** `auth_pass` as keepalived uses it: its first 8 bytes, padded with zeros; all zeros without authentication. */
export function authenticationDataOf({ authentication }: VirtualRouterConfig): Uint8Array {
  const data = new Uint8Array(AUTH_DATA_LENGTH);
  if (authentication.type !== "none")
    data.set(encodeUtf8(authentication.password).subarray(0, AUTH_DATA_LENGTH));
  return data;
}
