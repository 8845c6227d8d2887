/** What the native parts were compiled for. */

import { native } from "../../both/native.js";

/** Version of the kernel headers, `5.19.11`. */
export function kernelHeaders(): string {
  const code = native.constants.LINUX_VERSION_CODE;
  return `${code >> 16}.${(code >> 8) & 255}.${code & 255}`;
}
