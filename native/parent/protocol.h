/*
 * What the parent speaks with the Node.js process below it (the child), and the child with the starter of scripts. All are pairs of
 * UNIX sockets. Numbers are in the byte order of the machine: both ends are always on one machine and of one version. No message
 * makes the parent allocate memory. A message that is not as described here ends the child, as if it had died.
 *
 * 1. Control: SOCK_SEQPACKET, one message is one packet of at most CONTROL_MOST bytes. The first byte says what it is.
 *
 *    child → parent
 *      's'                          takes signals from now on: those that came before are handed on, each once
 *      'n' NAME                     enter this network namespace, see ip-netns(8); answered by 'n'. After errno 0 the child ends,
 *                                   and the parent starts it again inside
 *      'p' (KIND PATH NUL)...       claim these pid files; KIND is 'p' for the parent's pid, 'c' for the child's; answered by 'p'
 *      'g'                          with a descriptor: a guardian channel, see 2
 *      'u'                          the daemon is up: a start in the background returns 0
 *      'y' TEXT                     hand TEXT to the service manager, see sd_notify(3)
 *      't' NAME                     the name of the parent process (prctl(2), PR_SET_NAME)
 *      'l'                          leaves for good: its exit status becomes the parent's
 *
 *    parent → child
 *      's' SIGNAL(u8)               this signal was sent to the parent
 *      'n' ERRNO(i32) STAGE(u8)     0 or why not; STAGE 0: no such namespace, 1: it may not be entered
 *      'p' RESULT(u8) INDEX(u8) VALUE(i32) NOTE(u8)...
 *                                   RESULT 0: all are ours. 1: a keepalived runs; VALUE is its pid. 2: VALUE is the errno of file
 *                                   INDEX. One NOTE for each file up to there: 0 none, 1 it named a process that is gone, 2 it could
 *                                   not be read
 *
 * 2. Guardian: SOCK_STREAM, one direction, child → parent. The child makes the pair and sends the parent its end over Control, for as
 *    many channels as there are threads that hold something. When a channel ends without a goodbye, the parent undoes what it holds, the
 *    last one first, and then sends its packets. A frame that the child's death cut off is not acted upon.
 *
 *      frame: LENGTH(u16, of BODY) TYPE(u8) 0(u8) SLOT(u32) BODY
 *
 *      FRAME_REQUEST   hold: one rtnetlink message that deletes an address, route or rule
 *      FRAME_LINK      hold: an interface of this index (u32) was made
 *      FRAME_SYSCTL    hold: VALUE NUL PATH; the file below /proc/sys/net/ had this value
 *      FRAME_TABLE     hold: NAME; nftables of this name, ip, ip6 and netdev, were made
 *      FRAME_PACKET    hold: INDEX(u32) PACKET; this VRRP packet says goodbye out of that interface; 0: of any
 *      FRAME_RELEASE   the hold in SLOT is undone already
 *      FRAME_GOODBYE   leaves in good order: nothing is undone
 *      FRAME_BEAT      LIMIT(u32, ms): the thread lives. When the next beat does not come within the limit, which is 1 s at least, the
 *                      child stands still and is killed. 0: no beats are promised
 *
 *    The child chooses the slots. A hold in a slot that is taken replaces the one before. Limits: GUARD_CHANNELS channels at a time,
 *    GUARD_SLOTS slots each, GUARD_MOST bytes a hold, GUARD_BYTES bytes of holds on one channel, with HOLD_OVERHEAD bytes counted for each.
 *
 * 3. Starter: SOCK_SEQPACKET, one message is one packet of at most STARTER_MOST bytes.
 *
 *    child → starter
 *      'S' RUN(u32) UID(u32) GID(u32) UMASK(u16) STDIO(u8) (WORD NUL)...
 *                                   start a program, its first word searched in PATH; with a descriptor for each bit of STDIO: 1 standard
 *                                   input, 2 output, 4 error; the others are /dev/null
 *      'K' RUN(u32) SIGNAL(u8)      signal the process group of a run
 *      'R'                          forget all runs; answered by 'R', after which only runs started since are told of
 *
 *    starter → child
 *      'E' RUN(u32) HOW(u8) VALUE(i32)
 *                                   a run has ended. HOW 0: VALUE is its exit status; 1: the signal; 2: it was not started, the errno
 *      'R'
 *      'D'                          the starter has died, and another one serves: nothing is told of the runs that were
 */
#ifndef VIGIL_PROTOCOL_H
#define VIGIL_PROTOCOL_H

#define CONTROL_MOST 4096

#define GUARD_CHANNELS 4
#define GUARD_SLOTS 16384
#define GUARD_MOST 4096
#define GUARD_BYTES (4 * 1024 * 1024)
#define HOLD_OVERHEAD 16

#define STARTER_MOST (128 * 1024)

enum frame_type {
  FRAME_REQUEST = 1,
  FRAME_LINK = 2,
  FRAME_SYSCTL = 3,
  FRAME_TABLE = 4,
  FRAME_PACKET = 5,
  FRAME_RELEASE = 16,
  FRAME_GOODBYE = 17,
  FRAME_BEAT = 18,
};

#endif
