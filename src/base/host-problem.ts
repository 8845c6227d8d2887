/** Something of the host's network that virtual routers need and that could not be made so. */

/** One problem; it is tried again as long as it is wanted. */
export interface HostProblem {
  /** `interface`: a virtual interface. `filter`: the packet filter. `setting`: a sysctl of the kernel. */
  readonly what: "interface" | "filter" | "setting";
  /** The instances concerned; empty: whoever uses the host's network. */
  readonly instances: readonly string[];
  /** What is missing, and what the system said. */
  readonly text: string;
  /** What follows from it. */
  readonly effect: string;
  /** UTC, ms since 1970. */
  readonly since: number;
}
