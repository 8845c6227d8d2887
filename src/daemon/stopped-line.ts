/** The last words of keepalived's VRRP process. */

/** `Stopped`, with `-D` and the time it used. @param used µs, as Node.js tells it. */
export function stoppedLine(
  detail: boolean,
  used: { readonly user: number; readonly system: number },
): string {
  if (!detail) return "Stopped";
  return `Stopped - used ${seconds(used.user)} user time, ${seconds(used.system)} system time`;
}

function seconds(micros: number): string {
  return (micros / 1_000_000).toFixed(6);
}
