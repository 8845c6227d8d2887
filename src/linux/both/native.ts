/**
 * The native addon, typed: system calls of which Node.js has none. This file alone loads it. The addon checks its arguments
 * itself and throws a TypeError or RangeError that names the unfit one; a failed system call throws as Node.js does, with
 * `errno` (negative), `code` and `syscall`.
 */

import { createRequire } from "node:module";
import { findNativeFile } from "./native-files.js";

declare const descriptorBrand: unique symbol;
declare const pollerBrand: unique symbol;

/** An open file descriptor of the addon's own. It is closed with its thread, should the thread end first. */
export type Descriptor = number & { readonly [descriptorBrand]: true };

/** A descriptor being watched by the thread's event loop. */
export type PollerId = number & { readonly [pollerBrand]: true };

/** The kernel's numbers on this architecture, and the layout of a batch. */
export interface NativeConstants {
  readonly AF_UNIX: number;
  readonly AF_INET: number;
  readonly AF_INET6: number;
  readonly AF_PACKET: number;
  readonly SOCK_RAW: number;
  readonly SOCK_DGRAM: number;
  readonly SOL_SOCKET: number;
  readonly SO_PRIORITY: number;
  readonly SO_REUSEADDR: number;
  readonly SO_RCVBUF: number;
  readonly SO_RCVBUFFORCE: number;
  readonly SO_SNDBUF: number;
  readonly SO_SNDBUFFORCE: number;
  readonly SO_TIMESTAMPNS: number;
  readonly IPPROTO_IP: number;
  readonly IPPROTO_IPV6: number;
  readonly IP_HDRINCL: number;
  readonly IP_ADD_MEMBERSHIP: number;
  readonly IP_MULTICAST_ALL: number;
  readonly IP_RECVTTL: number;
  readonly IPV6_V6ONLY: number;
  readonly IP_MULTICAST_IF: number;
  readonly IP_MULTICAST_LOOP: number;
  readonly IPV6_JOIN_GROUP: number;
  readonly IPV6_MULTICAST_ALL: number;
  readonly IPV6_MULTICAST_HOPS: number;
  readonly IPV6_MULTICAST_IF: number;
  readonly IPV6_MULTICAST_LOOP: number;
  readonly IPV6_RECVHOPLIMIT: number;
  readonly IPV6_RECVPKTINFO: number;
  readonly IPV6_RECVTCLASS: number;
  readonly IN_CLOSE_WRITE: number;
  readonly IN_MOVED_FROM: number;
  readonly IN_MOVED_TO: number;
  readonly IN_DELETE: number;
  readonly IN_Q_OVERFLOW: number;
  readonly IN_IGNORED: number;
  readonly IN_ISDIR: number;
  readonly IN_ONLYDIR: number;
  readonly UV_READABLE: number;
  readonly SCHED_OTHER: number;
  readonly SCHED_RR: number;
  readonly SCHED_RESET_ON_FORK: number;
  readonly CLONE_NEWNET: number;
  /** Of the kernel headers that the addon was compiled with: 65536 × major + 256 × minor + patch. */
  readonly LINUX_VERSION_CODE: number;
  /** Packets in one batch at most. */
  readonly BATCH_SIZE: number;
  /** Bytes per packet in `addresses`: source at 0, destination at `DESTINATION`. */
  readonly ADDRESS_STRIDE: number;
  readonly DESTINATION: number;
  /** Numbers per packet in `columns`, and which is which. */
  readonly COLUMN_STRIDE: number;
  /** Of the packet in `data`, bytes. */
  readonly COLUMN_OFFSET: number;
  /** Of the packet, bytes. */
  readonly COLUMN_LENGTH: number;
  /** Interface index; 0 for unknown or any. */
  readonly COLUMN_INTERFACE: number;
  /** Hop limit; -1 for unknown or the socket's own. */
  readonly COLUMN_HOP_LIMIT: number;
  /** IPv6 traffic class; -1 for unknown or the socket's own. */
  readonly COLUMN_TRAFFIC_CLASS: number;
  /** Sent: 0 or the errno. Received: flags such as MSG_TRUNC. */
  readonly COLUMN_RESULT: number;
  /** Received: µs since the kernel had the packet, at most a second; 0 when it does not say. */
  readonly COLUMN_AGE: number;
}

/** The functions of the addon. All return at once. */
export interface NativeAddon {
  readonly constants: NativeConstants;

  /** socket(2), close-on-exec and non-blocking. */
  openSocket(domain: number, type: number, protocol: number): Descriptor;
  /** close(2). EBADF unless this thread opened it; EBUSY while it is watched. */
  close(descriptor: Descriptor): void;
  /** bind(2) to the bytes of a `struct sockaddr`. */
  bind(descriptor: Descriptor, address: Uint8Array): void;
  /** SO_BINDTODEVICE; "" undoes it. */
  bindToDevice(descriptor: Descriptor, name: string): void;
  /** setsockopt(2) of an int. */
  setOption(descriptor: Descriptor, level: number, option: number, value: number): void;
  /** setsockopt(2) of a structure. */
  setOptionBytes(descriptor: Descriptor, level: number, option: number, value: Uint8Array): void;
  /** getsockopt(2) of an int. */
  getOption(descriptor: Descriptor, level: number, option: number): number;
  /** SO_ATTACH_FILTER with an array of `struct sock_filter`; replaces the filter before. */
  attachFilter(descriptor: Descriptor, program: Uint8Array): void;
  /** if_nametoindex(3) in the calling thread's network namespace. */
  interfaceIndex(name: string): number;

  /**
   * recvmmsg(2) without waiting. Packet i begins `headroom` bytes into slot i of `slot` bytes.
   * @returns packets received, 0 when none waits, or the negative errno.
   */
  receiveBatch(
    descriptor: Descriptor,
    data: Uint8Array,
    slot: number,
    headroom: number,
    addresses: Uint8Array,
    columns: Int32Array,
  ): number;
  /**
   * sendmmsg(2) without waiting, going on behind a packet that fails. `AF_INET` (with IP_HDRINCL) uses the destination,
   * `AF_INET6` everything, `AF_PACKET` the interface.
   * @returns packets that failed.
   */
  sendBatch(
    descriptor: Descriptor,
    family: number,
    data: Uint8Array,
    addresses: Uint8Array,
    columns: Int32Array,
    count: number,
  ): number;

  /**
   * Watches a descriptor on the thread's own event loop and keeps that alive. A negative `status` tells of an error on the
   * descriptor and pauses the poller until {@link resumePoll}.
   */
  startPoll(
    descriptor: Descriptor,
    events: number,
    callback: (status: number, events: number) => void,
  ): PollerId;
  resumePoll(poller: PollerId): void;
  /** For good; the descriptor may be closed right after. */
  stopPoll(poller: PollerId): void;

  /** timerfd_create(2) on CLOCK_MONOTONIC. */
  openTimer(): Descriptor;
  /** Expires once at that microsecond of {@link monotonicNow}, at once if it is past; 0 disarms. */
  setTimer(descriptor: Descriptor, instant: number): void;
  /** Expirations since the last reading or setting. */
  readTimer(descriptor: Descriptor): number;
  /** CLOCK_MONOTONIC in whole microseconds. */
  monotonicNow(): number;

  /** inotify_init1(2), close-on-exec and non-blocking; read it with `readSync` of `node:fs`. */
  openInotify(): Descriptor;
  /** inotify_add_watch(2): the number of the watch. */
  addWatch(descriptor: Descriptor, path: string, mask: number): number;
  /** SIOCGIFFLAGS: IFF_* of linux/if.h. `descriptor` is any socket. */
  interfaceFlags(descriptor: Descriptor, name: string): number;
  /** ETHTOOL_GLINK: 1 for a link, 0 for none. */
  ethtoolLink(descriptor: Descriptor, name: string): number;
  /** SIOCGMIIPHY and SIOCGMIIREG: the Basic Mode Status Register, linux/mii.h. */
  miiStatus(descriptor: Descriptor, name: string): number;

  /** PR_SET_NAME of prctl(2) for the calling thread; at most 15 bytes. */
  setThreadName(name: string): void;
  /** sched_setaffinity(2) for the calling thread alone. EINVAL when the machine has none of them. */
  setAffinity(cpus: Int32Array): void;
  /** gettid(2) */
  threadId(): number;
  /** sched_setscheduler(2) for the calling thread alone. */
  setScheduler(policy: number, priority: number): void;
  /** sched_getscheduler(2) of the calling thread. */
  getScheduler(): number;
  /** setns(2) for the calling thread alone. `descriptor` is one of `node:fs`. */
  enterNamespace(descriptor: number, type: number): void;
  /**
   * Catches these signals, for the process: the descriptor becomes readable when one arrives, see {@link readSignal}. Node.js
   * has no names for real-time signals. Once in a process, else EBUSY.
   */
  catchSignals(numbers: Int32Array): Descriptor;
  /** The next signal that arrived at the descriptor of {@link catchSignals}; 0 for none. */
  readSignal(descriptor: Descriptor): number;
  /** 1 when this signal, by its number, arrived while Node.js started and was not asked for yet, else 0; native/early-signals.c. */
  earlySignal(signal: number): 0 | 1;
  /** mkfifo(3); the process's umask applies. */
  makeFifo(path: string, mode: number): void;
  /** pipe(2): reading end, which does not block, and writing end, which does. */
  openPipe(): readonly [Descriptor, Descriptor];
  /** connect(2) to the bytes of a `struct sockaddr`. */
  connect(descriptor: Descriptor, address: Uint8Array): void;
  /**
   * Writes without waiting to a descriptor of the process, whatever it is; at most 4096 bytes unless it is a socket.
   * @returns bytes taken, or the negative errno: EAGAIN when it would have to wait.
   */
  writeNow(descriptor: number, bytes: Uint8Array): number;
  /** socketpair(2): SOCK_SEQPACKET when `seqpacket` is not 0, else SOCK_STREAM; close-on-exec and non-blocking. */
  openSocketPair(seqpacket: number): readonly [Descriptor, Descriptor];
  /** Makes a descriptor that the process was started with one of this thread: close-on-exec, non-blocking, closed with it. */
  adoptDescriptor(number: number): Descriptor;
  /**
   * sendmsg(2) with copies of at most 8 descriptors, without waiting.
   * @returns bytes taken, or the negative errno.
   */
  sendDescriptors(socket: number, bytes: Uint8Array, descriptors: Int32Array): number;
  /** memfd_create(2): a file in no folder with these bytes, to be read from its beginning. */
  memoryFile(bytes: Uint8Array): Descriptor;
  /** setrlimit(2) of RLIMIT_CORE to the most there may be, and PR_SET_DUMPABLE of prctl(2). */
  allowCoreDumps(): void;
}

/** The addon, loaded into this thread. */
export const native = createRequire(import.meta.url)(findNativeFile("vigil_native.node")) as NativeAddon;
