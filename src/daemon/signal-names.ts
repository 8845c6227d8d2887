/** `--signum`: names of what a signal makes keepalived do. */

/** Linux signal numbers; the real-time ones count from glibc's SIGRTMIN (34) and SIGRTMAX (64). */
export const SIGNALS = { STOP: 15, RELOAD: 1, DATA: 10, STATS: 12, STATS_CLEAR: 63, JSON: 36 } as const;

/** The number for a name, case-sensitive as in keepalived; undefined for an unknown one. */
export function signalNumber(name: string): number | undefined {
  return new Map<string, number>(Object.entries(SIGNALS)).get(name);
}
