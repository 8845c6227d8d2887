/** The text of a `reload_time_file`. */

/** A time to reload at. */
export interface ReloadTime {
  readonly at: Date;
  /** It names a day, so it does not come again. */
  readonly dated: boolean;
}

const FORM = /^(?:(\d{2}|\d{4})-(\d{1,2})-(\d{1,2}) )?(\d{1,2}):(\d{2}):(\d{2})(Z?)$/;

/**
 * `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, in local time, or with `Z` at the end in UTC. A time without a day is
 * the next one after `now`. Undefined for anything else, and for a moment that is past.
 */
export function parseReloadTime(text: string, now: Date): ReloadTime | undefined {
  const found = FORM.exec(text.trim());
  if (found === null) return undefined;
  const [, year, month, day, ...clock] = found;
  const [hour = 0, minute = 0, second = 0] = clock.slice(0, 3).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const utc = clock[3] === "Z";
  const instant = (y: number, m: number, d: number) =>
    utc ? new Date(Date.UTC(y, m, d, hour, minute, second)) : new Date(y, m, d, hour, minute, second);
  if (year !== undefined) {
    const full = year.length === 2 ? 2000 + Number(year) : Number(year);
    const at = instant(full, Number(month) - 1, Number(day));
    return at > now ? { at, dated: true } : undefined;
  }
  const today = utc
    ? ([now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()] as const)
    : ([now.getFullYear(), now.getMonth(), now.getDate()] as const);
  const at = instant(...today);
  return { at: at > now ? at : instant(today[0], today[1], today[2] + 1), dated: false };
}

/** As keepalived logs it: local time, `2026-11-24 14:16:54`. */
export function formatReloadTime({ at }: ReloadTime): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
