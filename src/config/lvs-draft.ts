/** What is kept of IPVS blocks while they are read: as much as keepalived's own checks need. Nothing of it runs. */

import type { Family, IpAddress } from "../base/ip-address.js";
import { type ConfigDraft, PlacedDraft } from "./draft.js";

/** How packets reach a real server. */
export type ForwardingMethod = "NAT" | "DR" | "TUN";

/** Where packets go: a real server, or the server of last resort. */
export interface ServerAddress {
  readonly address: IpAddress;
  /** 0 = the virtual server's. */
  readonly port: number;
}

/** A `real_server` as far as it was read. */
export class RealServerDraft extends PlacedDraft {
  readonly server: VirtualServerDraft;
  readonly target: ServerAddress;
  weight: number | undefined;
  method: ForwardingMethod | undefined;
  /** Weight 0 instead of removal; undefined: as the service. */
  inhibit: boolean | undefined;
  readonly scripts = new Set<string>();

  constructor(server: VirtualServerDraft, target: ServerAddress) {
    super();
    this.server = server;
    this.target = target;
  }

  /** `[ADDRESS]:PROTOCOL:PORT`, as messages name it. */
  get label(): string {
    return `[${this.target.address}]:${this.server.protocol ?? "none"}:${this.target.port}`;
  }
}

/** A `virtual_server` as far as it was read. */
export class VirtualServerDraft extends PlacedDraft {
  readonly root: ConfigDraft;
  /** What it is named by. */
  readonly kind: "address" | "fwmark" | "group";
  /** The address, the mark or the group's name. */
  readonly subject: string;
  readonly port: number;
  family: Family | undefined;
  /** Of its first real server; counts where the service has none itself. */
  familyOfReals: Family | undefined;
  protocol: "tcp" | "udp" | "sctp" | undefined;
  scheduler: string | undefined;
  method: ForwardingMethod | undefined;
  quorum = 1;
  hysteresis = 0;
  weight = 1;
  persistent = false;
  onePacket = false;
  readonly realServers: RealServerDraft[] = [];
  inhibit = false;
  sorryServer: ServerAddress | undefined;
  /** How packets reach it: as the service had it when it was read. */
  sorryMethod: ForwardingMethod | undefined;
  sorryInhibit = false;
  readonly scripts = new Set<string>();

  constructor(
    root: ConfigDraft,
    named: { kind: "address" | "fwmark" | "group"; subject: string; port: number; family?: Family },
  ) {
    super();
    this.root = root;
    this.kind = named.kind;
    this.subject = named.subject;
    this.port = named.port;
    this.family = named.family;
  }

  /** As messages name it: `[ADDRESS]:PROTOCOL:PORT`, `FWM MARK` or `[GROUP]:PORT`. */
  get label(): string {
    if (this.kind === "fwmark") return `FWM ${this.subject}`;
    if (this.kind === "group") return `[${this.subject}]:${this.port}`;
    return `[${this.subject}]:${this.protocol ?? "none"}:${this.port}`;
  }
}

/** A `virtual_server_group` as far as it was read. */
export class ServerGroupDraft {
  readonly name: string;
  entries = 0;
  /** How many of them are marks. */
  marks = 0;
  /** What its entries are: addresses of a family, marks of a family or marks of none. */
  readonly kinds = new Set<"4" | "6" | "fwmark">();
  /** Its addresses and ranges, each as messages name it. */
  readonly ranges: { readonly label: string; readonly port: number }[] = [];

  constructor(name: string) {
    this.name = name;
  }
}
