/** `authentication` (VRRPv2) and `auth_hmac` (VRRPv3) of a vrrp_instance. Values are secret: no message shows them. */

import { encodeUtf8 } from "../../base/utf8.js";
import { HmacDraft, type InstanceDraft } from "../draft.js";
import { block, KeywordTable, line } from "../keyword-table.js";
import { readUnsigned } from "../numbers.js";
import { MASK } from "../secrets.js";
import type { Statement } from "../statement.js";
import { nearest } from "../suggest.js";
import type { World } from "../world.js";

/** Bytes of a VRRPv2 password on the wire (RFC 2338 §5.3.6). */
const MAX_PASSWORD = 8;

const CODE = "ERR_CONFIG_AUTHENTICATION";

/** What people take for types; anything else may be the password in the wrong line. */
const AUTH_TYPES = ["PASS", "AH", "MD5", "HMAC", "NONE", "SIMPLE", "TEXT"];

const AUTHENTICATION = new KeywordTable<InstanceDraft>(
  [
    line(
      "auth_type",
      { argument: "PASS|AH", doc: "password in clear, or HMAC-MD5 in an AH header" },
      (instance, statement) => {
        const type = statement.required(1);
        if (type === "AH" || type === "PASS") instance.authType = type;
        else {
          instance.authType = undefined;
          const isType = AUTH_TYPES.includes(type) || nearest(type, AUTH_TYPES) !== undefined;
          const shown = isType ? type : MASK;
          statement.complain(
            CODE,
            `(${instance.name}) unknown authentication type '${shown}'`,
            1,
            "PASS or AH",
          );
        }
      },
    ),
    line(
      "auth_pass",
      { argument: "STRING", doc: "password, at most 8 characters" },
      (instance, statement) => {
        const password = statement.required(1);
        if (encodeUtf8(password).length > MAX_PASSWORD) {
          statement.complain(
            "ERR_CONFIG_PASSWORD_TOO_LONG",
            `Truncating auth_pass to ${MAX_PASSWORD} characters`,
            1,
            `every router uses the first ${MAX_PASSWORD} characters; write only those`,
          );
        }
        instance.authPass = truncate(password);
      },
    ),
  ],
  { secrets: true },
);

/** `authentication {…}`. */
export const authentication = block<InstanceDraft, InstanceDraft>(
  "authentication",
  { doc: "VRRPv2 authentication" },
  AUTHENTICATION,
  { open: (instance) => instance },
);

/** The longest start of a password that fits {@link MAX_PASSWORD} bytes. */
function truncate(password: string): string {
  let kept = "";
  let bytes = 0;
  for (const character of password) {
    bytes += encodeUtf8(character).length;
    if (bytes > MAX_PASSWORD) break;
    kept += character;
  }
  return kept;
}

const NO_KEY = new Uint8Array(0);

/** The draft of an `auth_hmac` block with the name of its instance for messages. */
class OpenHmac extends HmacDraft {
  readonly instanceName: string;
  readonly world: World | undefined;

  constructor(instance: InstanceDraft) {
    super();
    this.instanceName = instance.name;
    this.world = instance.root.world;
  }
}

const HMAC_CODE = "ERR_CONFIG_AUTH_HMAC";

const HMAC = new KeywordTable<OpenHmac>(
  [
    line(
      "key",
      { argument: "ID VALUE", doc: "a key: hex:…, file:PATH or literal, 32..64 bytes", required: 0 },
      (hmac, statement) => {
        const value = statement.word(2);
        if (value === undefined) {
          statement.complain(HMAC_CODE, `(${hmac.instanceName}) auth_hmac key needs an id and a value`, 1);
          return;
        }
        const id = keyId(statement.required(1));
        if (id === undefined) {
          statement.complain(
            HMAC_CODE,
            `(${hmac.instanceName}) auth_hmac key id '${shownId(statement.required(1))}' must be between 1 and 255`,
            1,
          );
          return;
        }
        const key = keyOf(value, hmac, statement);
        if (key !== undefined && (key.length < 32 || key.length > 64)) {
          const message = `(${hmac.instanceName}) auth_hmac key ${id} length ${key.length} not in range [32, 64]`;
          statement.complain(HMAC_CODE, message, 2);
        } else if (hmac.keys.some((known) => known.id === id)) {
          statement.complain(HMAC_CODE, `(${hmac.instanceName}) duplicate auth_hmac key id ${id}`, 1);
        } else hmac.keys.push({ id, hex: hexOf(key ?? NO_KEY) });
      },
    ),
    line("active_key", { argument: "ID", doc: "key used for sending" }, (hmac, statement) => {
      const id = keyId(statement.required(1));
      if (id !== undefined) hmac.activeKey = id;
      else {
        statement.complain(
          HMAC_CODE,
          `(${hmac.instanceName}) auth_hmac active_key '${shownId(statement.required(1))}' must be between 1 and 255`,
          1,
        );
      }
    }),
    line("time_window", { argument: "SECS", doc: "how old an advert may be, 1..300" }, (hmac, statement) => {
      const value = readUnsigned(statement, 1, 1, 300);
      if (value !== undefined) hmac.timeWindow = value;
      else {
        statement.complain(
          HMAC_CODE,
          `(${hmac.instanceName}) auth_hmac time_window '${statement.required(1)}' must be between 1 and 300 seconds`,
          1,
        );
      }
    }),
    line(
      "anti_replay",
      { argument: "time|monotonic", doc: "checked against the clock, or only increasing" },
      (hmac, statement) => {
        const value = statement.required(1);
        if (value === "time" || value === "monotonic") hmac.antiReplay = value;
        else {
          statement.complain(
            HMAC_CODE,
            `(${hmac.instanceName}) auth_hmac anti_replay '${value}' must be time or monotonic`,
            1,
          );
        }
      },
    ),
    line(
      "mode",
      { argument: "enforce|permissive|receive-only", doc: "for migrations" },
      (hmac, statement) => {
        const value = statement.required(1);
        if (value === "enforce" || value === "permissive" || value === "receive-only") hmac.mode = value;
        else {
          statement.complain(
            HMAC_CODE,
            `(${hmac.instanceName}) auth_hmac mode '${value}' must be enforce, permissive or receive-only`,
            1,
          );
        }
      },
    ),
  ],
  { secrets: true },
);

/** `auth_hmac {…}`. */
export const authHmac = block<InstanceDraft, OpenHmac>(
  "auth_hmac",
  { doc: "authenticated VRRPv3 adverts" },
  HMAC,
  {
    open: (instance, statement) => {
      const hmac = new OpenHmac(instance);
      hmac.place = statement.placeOf(0);
      return hmac;
    },
    close: (instance, hmac) => {
      instance.hmac = hmac;
    },
  },
);

/** An id for a message; what is no number may be the key itself. */
function shownId(text: string): string {
  return /^[0-9]{1,9}$/.test(text) ? text : MASK;
}

function keyId(text: string): number | undefined {
  const id = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  return id >= 1 && id <= 255 ? id : undefined;
}

/** The bytes of a key; undefined for a file where there is nobody to read it. */
function keyOf(value: string, hmac: OpenHmac, statement: Statement): Uint8Array | undefined {
  if (!value.startsWith("file:")) return decodeKey(encodeUtf8(value));
  const path = value.slice(5);
  const file = hmac.world?.readKeyFile?.(path);
  if (file === undefined) return undefined;
  const said = `(${hmac.instanceName}) auth_hmac key file '${path}'`;
  if (!file.ok) {
    statement.complain(HMAC_CODE, `${said} ${file.reason}`, 2);
    return NO_KEY;
  }
  if (file.exposed)
    statement.complain(HMAC_CODE, `${said} is readable by group or others`, 2, "chmod 600, owner root");
  const end = file.bytes.findLastIndex((byte) => byte !== 0x0a && byte !== 0x0d) + 1;
  return decodeKey(file.bytes.subarray(0, end));
}

/** `hex:` and digits, or the key itself. */
function decodeKey(written: Uint8Array): Uint8Array {
  const text = String.fromCharCode(...written);
  if (!text.startsWith("hex:")) return written;
  const digits = text.slice(4);
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) return NO_KEY;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function hexOf(key: Uint8Array): string {
  return Array.from(key, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
