/**
 * Asks drivers for the state of their links (`linkbeat_interfaces`, `linkbeat_use_polling`), for those whose changes the kernel
 * does not tell. Belongs to the main thread: a driver may take its time.
 */

import { type Descriptor, native } from "../../both/native.js";

/** Milliseconds between two looks; keepalived's. */
const INTERVAL = 1_000;

/** linux/mii.h: the link is there. Latched low, so that it is read twice. */
const BMSR_LSTATUS = 0x4;

/** linux/if.h */
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;

type Method = "MII" | "ETHTOOL" | "IOCTL";

/** An interface to poll. */
export interface PolledLink {
  readonly interface: string;
  /** Absent: the first of MII, ETHTOOL and IOCTL that works. */
  readonly method?: Method;
}

/** Who is told. */
export interface LinkPollerListener {
  /** The link of an interface, whenever it is another one; undefined: it is polled no longer. */
  polled(interfaceName: string, up: boolean | undefined): void;
  /** A line for the operator. */
  notice(text: string): void;
}

interface Link {
  readonly wanted: Method | undefined;
  method: Method | undefined;
  up: boolean | undefined;
}

/** The poller. */
export class LinkPoller {
  readonly #listener: LinkPollerListener;
  #links = new Map<string, Link>();
  #socket: Descriptor | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(listener: LinkPollerListener) {
    this.#listener = listener;
  }

  /** Polls these interfaces instead of the ones before; looks at once, and tells of all of them. */
  configure(links: readonly PolledLink[]): void {
    const before = this.#links;
    this.#links = new Map(
      links.map(({ interface: name, method }) => {
        const known = before.get(name);
        const same = known !== undefined && known.wanted === method;
        return [name, { wanted: method, method: same ? known.method : undefined, up: undefined }];
      }),
    );
    for (const name of before.keys()) if (!this.#links.has(name)) this.#listener.polled(name, undefined);
    if (links.length === 0) {
      this.close();
      return;
    }
    this.#socket ??= native.openSocket(native.constants.AF_INET, native.constants.SOCK_DGRAM, 0);
    this.#timer ??= setInterval(() => this.#look(), INTERVAL);
    this.#look();
  }

  /** Nobody is told anything any more. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#socket !== undefined) native.close(this.#socket);
    this.#socket = undefined;
  }

  #look(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    for (const [name, link] of this.#links) {
      const up = this.#isUp(socket, name, link);
      if (up === link.up) continue;
      link.up = up;
      this.#listener.polled(name, up);
    }
  }

  #isUp(socket: Descriptor, name: string, link: Link): boolean {
    const flags = attempt(() => native.interfaceFlags(socket, name));
    // It does not exist: its driver, once it is back, may be another one.
    if (flags === undefined) {
      link.method = undefined;
      return false;
    }
    if (link.method === undefined) {
      link.method =
        methodsFrom(link.wanted).find((method) => ask(socket, name, method) !== undefined) ?? "IOCTL";
      if (link.wanted !== undefined && link.wanted !== link.method) {
        this.#listener.notice(
          `(${name}): Configured linkbeat type ${link.wanted} not supported, using ${link.method}`,
        );
      }
    }
    // Drivers that tell of a link that is not running are not believed, as in keepalived.
    return ask(socket, name, link.method) === true && (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0;
  }
}

/** keepalived's order: the wanted one, then what is left. */
function methodsFrom(wanted: Method | undefined): Method[] {
  switch (wanted) {
    case "IOCTL":
      return ["IOCTL"];
    case "ETHTOOL":
      return ["ETHTOOL", "MII", "IOCTL"];
    default:
      return ["MII", "ETHTOOL", "IOCTL"];
  }
}

/** Whether there is a link; undefined when the driver does not know the question. */
function ask(socket: Descriptor, name: string, method: Method): boolean | undefined {
  switch (method) {
    case "MII": {
      const first = attempt(() => native.miiStatus(socket, name));
      const second = attempt(() => native.miiStatus(socket, name));
      // No PHY answers with all zeros or all ones.
      if (first === undefined || first === 0 || first === 0xffff) return undefined;
      return ((first | (second ?? 0)) & BMSR_LSTATUS) !== 0;
    }
    case "ETHTOOL": {
      const link = attempt(() => native.ethtoolLink(socket, name));
      return link === undefined ? undefined : link !== 0;
    }
    case "IOCTL":
      return true;
  }
}

/** Undefined when the driver refuses. */
function attempt(question: () => number): number | undefined {
  try {
    return question();
  } catch {
    // Any refusal means the same: this is not to be had here.
    return undefined;
  }
}
