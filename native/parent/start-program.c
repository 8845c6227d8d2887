#include "start-program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The lowest descriptor that is neither standard input, output nor error. */
#define REPORT 3

_Noreturn static void fail(int report) {
  int error = errno;
  (void)!write(report, &error, sizeof error);
  _exit(127);
}

/* Before the kernel had close_range(2), 5.9. */
static void close_one_by_one(int first) {
  long most = sysconf(_SC_OPEN_MAX);
  for (int i = first; i < (most > 0 && most < 65536 ? most : 65536); i++) close(i);
}

/* Lays out the descriptors: 0, 1, 2, and the report, which exec closes. Returns the report. */
static int lay_out_descriptors(const int *stdio, int report) {
  int moved[4];
  /* Above all that is laid out, so that no copy falls on one that is still to be moved. */
  for (int i = 0; i < 3; i++) {
    int source = stdio[i] >= 0 ? stdio[i] : open("/dev/null", O_RDWR);
    moved[i] = fcntl(source, F_DUPFD, 16);
    if (moved[i] < 0) fail(report);
  }
  moved[3] = fcntl(report, F_DUPFD, 16);
  if (moved[3] < 0) fail(report);
  for (int i = 0; i < 3; i++) dup2(moved[i], i);
  dup3(moved[3], REPORT, O_CLOEXEC);
  if (syscall(SYS_close_range, REPORT + 1, ~0u, 0) != 0) close_one_by_one(REPORT + 1);
  return REPORT;
}

/* Signals as after a login: nothing is blocked, nothing ignored. */
static void reset_signals(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigset_t none;
  for (int number = 1; number < _NSIG; number++) (void)sigaction(number, &action, NULL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What exec would hand to a program of a user that is not root. */
static void drop_inherited_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (syscall(SYS_capget, &header, data) != 0) return;
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) data[i].inheritable = 0;
  (void)syscall(SYS_capset, &header, data);
}

static void become_user(uint32_t uid, uint32_t gid, int report) {
  drop_inherited_capabilities();
  /* As keepalived: no supplementary groups. Without CAP_SETGID they stay, which are then our own. */
  (void)setgroups(0, NULL);
  if ((gid != getgid() || gid != getegid()) && setresgid(gid, gid, gid) != 0) fail(report);
  if ((uid != getuid() || uid != geteuid()) && setresuid(uid, uid, uid) != 0) fail(report);
}

_Noreturn static void run(const struct program *program, int report) {
  setsid();
  reset_signals();
  report = lay_out_descriptors(program->stdio, report);
  become_user(program->uid, program->gid, report);
  umask(program->umask);
  execvp(program->argv[0], program->argv);
  fail(report);
}

pid_t start_program(const struct program *program, int *failure) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t pid = fork();
  if (pid == 0) run(program, ends[1]);
  int error = errno;
  close(ends[1]);
  if (pid < 0) close(ends[0]);
  else (void)fcntl(*failure = ends[0], F_SETFL, O_NONBLOCK);
  errno = error;
  return pid;
}
