/**
 * How much a configuration may be. Whatever a file says, reading it ends after bounded time and memory; what goes over a bound
 * that could leave half a configuration is refused as a whole.
 */

/** Longest line in bytes without its end, from keepalived's 1024-byte buffer. */
export const MAX_LINE_BYTES = 1022;

/** Longest line in characters after substitution, keepalived's buffer. */
export const MAX_EXPANDED_LENGTH = 1023;

/** Largest configuration file accepted, in bytes. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Most bytes of all files together, each counted as often as it is included. */
export const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

/** Most files read, and most include statements; repeated ones count again. */
export const MAX_FILES = 4_096;

/** Most alternatives that the braces of one include pattern may stand for. */
export const MAX_ALTERNATIVES = 256;

/** Deepest nesting of files, repetitions and multi-line definitions. */
export const MAX_DEPTH = 64;

/** Most lines with something in them, those counted that repetitions and definitions make. */
export const MAX_LINES = 250_000;

/** Most repetitions of one line by `~SEQ`. */
export const MAX_REPETITIONS = 65_536;

/** Most references replaced in one line: more can only come from definitions that double what they contain. */
export const MAX_LINE_REPLACEMENTS = 512;

/** Most references replaced in all lines together. */
export const MAX_REPLACEMENTS = 500_000;

/** Deepest nesting of blocks; keepalived's own keywords need five. */
export const MAX_BLOCK_DEPTH = 32;

/** How many findings get a suggestion that takes time to find. */
export const MAX_HINTED = 200;

/** Most findings kept; a broken file repeats itself. */
export const MAX_DIAGNOSTICS = 2_000;
