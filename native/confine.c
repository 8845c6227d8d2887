#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine-calls.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no list of system calls for this architecture"
#endif

#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2)
#endif

/* linux/capability.h: sets of capabilities are pairs of 32 bits. */
#define SET_WORDS 2
#define WORD(capability) ((capability) / 32)
#define BIT(capability) (1U << ((capability) % 32))

/*
 * Addresses and adverts; checks from low ports; the real-time priority of the engine's thread; /proc of tracked processes. Files:
 * FIFOs and logs in folders of other users, and their owners.
 */
static const unsigned char child_capabilities[] = {
    CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE, CAP_SYS_NICE, CAP_SYS_PTRACE,
    CAP_CHOWN, CAP_FOWNER, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Numbers from 424 on are of Linux 5.1 and newer. Libraries that try such a call know what to do without it, if told so. */
#define FIRST_NEW_CALL 424

/* A program for the kernel as it is written; the longest is that of all allowed calls, two instructions each. */
struct program {
  struct sock_filter code[2 * COUNT(allowed_calls) + 64];
  unsigned short length;
};

static void add(struct program *program, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false) {
  program->code[program->length++] = (struct sock_filter){.code = code, .jt = if_true, .jf = if_false, .k = k};
}

static void load(struct program *program, size_t offset) {
  add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program *program, uint32_t verdict) {
  add(program, BPF_RET | BPF_K, verdict, 0, 0);
}

static void refuse(struct program *program, int error) {
  answer(program, SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA));
}

/* This verdict for this call. */
static void decide(struct program *program, uint32_t call, uint32_t verdict) {
  add(program, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
  answer(program, verdict);
}

/* The low half of an argument: all that are looked at are ints, on machines that are little-endian. */
static size_t argument(size_t index) { return offsetof(struct seccomp_data, args) + index * sizeof(uint64_t); }

/* Ends with the number of the call loaded. Another architecture's calls have other numbers: its programs are not ours. */
static void begin(struct program *program) {
  program->length = 0;
  load(program, offsetof(struct seccomp_data, arch));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  answer(program, SECCOMP_RET_KILL_PROCESS);
  load(program, offsetof(struct seccomp_data, nr));
}

/* The families of sockets that the daemon uses; nothing else of the kernel's protocols is to be reached. */
static void decide_socket(struct program *program) {
  static const unsigned char families[] = {AF_NETLINK, AF_INET, AF_INET6, AF_PACKET, AF_UNIX};
  add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 2 + 2 * COUNT(families));
  load(program, argument(0));
  for (size_t i = 0; i < COUNT(families); i++) decide(program, families[i], SECCOMP_RET_ALLOW);
  refuse(program, EAFNOSUPPORT);
}

/* Threads and processes, but no namespaces: within a new one of users a process has all capabilities. */
static void decide_clone(struct program *program) {
  const uint32_t namespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
  load(program, argument(0));
  add(program, BPF_JMP | BPF_JSET | BPF_K, namespaces, 0, 1);
  refuse(program, EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

/* All but those that type into the terminal from which the daemon was started. */
static void decide_ioctl(struct program *program) {
  add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5);
  load(program, argument(1));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0);
  add(program, BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 1);
  refuse(program, EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

/*
 * What is not allowed fails, with EPERM or for newer calls ENOSYS, and the process lives on: a call that is missing from the list
 * then costs what needed it, and not the address. The kernel's audit log has each one.
 */
static void child_program(struct program *program) {
  begin(program);
  for (size_t i = 0; i < COUNT(allowed_calls); i++) decide(program, allowed_calls[i], SECCOMP_RET_ALLOW);
  decide_socket(program);
  decide_clone(program);
  decide_ioctl(program);
  load(program, offsetof(struct seccomp_data, nr));
  add(program, BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW_CALL, 0, 1);
  refuse(program, ENOSYS);
  refuse(program, EPERM);
}

/* Of other architectures nothing is refused: scripts may start any program. */
static void parent_program(struct program *program) {
  program->length = 0;
  load(program, offsetof(struct seccomp_data, arch));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  answer(program, SECCOMP_RET_ALLOW);
  load(program, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < COUNT(refused_calls); i++) decide(program, refused_calls[i], SECCOMP_RET_ERRNO | EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

/*
 * SPEC_ALLOW: without it kernels before 5.16 slow the whole process down, for a danger that a process without secrets from itself
 * does not have. LOG: refused calls in the audit log. Older kernels know neither.
 */
static int install(const struct program *program) {
  static const unsigned long attempts[] = {SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_LOG, 0};
  const struct sock_fprog filter = {.len = program->length, .filter = (struct sock_filter *)program->code};
  for (size_t i = 0; i < COUNT(attempts); i++) {
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, attempts[i], &filter) == 0) return 0;
    if (errno != EINVAL) return errno;
  }
  return errno;
}

static bool wanted(unsigned capability) {
  return memchr(child_capabilities, (int)capability, COUNT(child_capabilities)) != NULL;
}

/* Nothing more can be gained than what is wanted, by this process or those that it starts. */
static int bound_capabilities(void) {
  int error = 0;
  for (unsigned capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
    if (wanted(capability) || prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) error = errno;
  }
  return error;
}

/* Calls capget or capset for this thread. */
static int capabilities(int call, struct __user_cap_data_struct sets[SET_WORDS]) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return syscall(call, &header, sets) == 0 ? 0 : errno;
}

/* Of root's rights root keeps the bounding set over execve; another user keeps only what is ambient. */
static int keep_child_capabilities(void) {
  struct __user_cap_data_struct sets[SET_WORDS];
  int error = bound_capabilities();
  int failed = capabilities(SYS_capget, sets);
  if (failed != 0) return failed;
  const bool root = geteuid() == 0;
  for (size_t word = 0; word < SET_WORDS; word++) {
    uint32_t kept = 0;
    for (size_t i = 0; i < COUNT(child_capabilities); i++) {
      if (WORD(child_capabilities[i]) == word) kept |= BIT(child_capabilities[i]);
    }
    sets[word].permitted &= kept;
    sets[word].effective = sets[word].permitted;
    sets[word].inheritable = root ? 0 : sets[word].permitted;
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) error = errno;
  failed = capabilities(SYS_capset, sets);
  if (failed != 0) return failed;
  for (size_t i = 0; !root && i < COUNT(child_capabilities); i++) {
    const unsigned capability = child_capabilities[i];
    if ((sets[WORD(capability)].permitted & BIT(capability)) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) error = errno;
  }
  return error;
}

void confine_child(struct confinement *reached) {
  struct program program;
  reached->capabilities = keep_child_capabilities();
  reached->no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
  child_program(&program);
  reached->filter = install(&program);
}

void confine_parent(struct confinement *reached) {
  struct program program;
  reached->capabilities = 0;
  reached->no_new_privileges = 0;
  parent_program(&program);
  reached->filter = install(&program);
}

int confinement_gaps(const struct confinement *reached, char *text, size_t size) {
  const struct {
    const char *what;
    int error;
  } parts[] = {
      {"more capabilities than needed", reached->capabilities},
      {"programs may gain privileges", reached->no_new_privileges},
      {"no system call filter", reached->filter},
  };
  int length = 0;
  if (size > 0) text[0] = '\0';
  for (size_t i = 0; i < COUNT(parts); i++) {
    if (parts[i].error == 0) continue;
    const size_t used = (size_t)length < size ? (size_t)length : size;
    length += snprintf(text + used, size - used, "%s%s (%s)", length == 0 ? "" : "; ", parts[i].what,
                       strerror(parts[i].error));
  }
  return length;
}
