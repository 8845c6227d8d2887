#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../confine.h"
#include "background.h"
#include "control.h"
#include "guard.h"
#include "pid-files.h"
#include "protocol.h"
#include "respawn-delay.h"
#include "say.h"
#include "starter.h"

/* Of keepalived: a failure at the start; a software error. */
#define STATUS_FATAL 1
#define STATUS_INTERNAL 70

static const struct command_line *line;
static struct call node;
/* Our end; -1: none. */
static int control = -1;
/* The child's end of the starter's channel, and the starter's. */
static int starter_ends[2] = {-1, -1};
static pid_t starter;
static struct child_state child;
/* Signals to be handed on, by number. */
static uint64_t waiting;
static bool is_stopping;
/* It was up once: what ends the child from now on is no failure of the start. */
static bool was_up;
static int first_process = -1;
/* When to start the child again, ms; 0: it runs. */
static int64_t start_at;
static bool is_over;
static int status_at_end;

static void end_with(int status) {
  is_over = true;
  status_at_end = status;
}

static void is_up(void) {
  was_up = true;
  if (first_process >= 0) tell_first_process(first_process, 0);
  first_process = -1;
}

/* Both ends of its channel stay open here, so that a starter that has died is replaced without the child. */
static bool open_starter_channel(void) {
  for (int i = 0; i < 2; i++) {
    if (starter_ends[i] >= 0) close(starter_ends[i]);
  }
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, starter_ends) != 0) return false;
  int most = 2 * STARTER_MOST;
  for (int i = 0; i < 2; i++) setsockopt(starter_ends[i], SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
  return true;
}

/* The starter in ps(1): pidof(8) must not count it as a keepalived. The words lie one behind the other. */
static void rename_command_line(int argc, char *const *argv, const char *name) {
  if (argc == 0) return;
  size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]);
  memset(argv[0], 0, room);
  memcpy(argv[0], name, strlen(name) < room ? strlen(name) : room);
}

static bool start_starter(void) {
  starter = fork();
  if (starter != 0) return starter > 0;
  /* It ends with us. What else we have open is not for scripts, which get descriptors from the child alone. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(starter_ends[1], 3);
  (void)syscall(SYS_close_range, 4, ~0u, 0);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  rename_command_line(node.argc, node.argv, "vigil-starter");
  serve_starts(3);
}

static bool start_node(void) {
  int ends[2];
  if (control >= 0) close(control);
  control = -1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
  node.network_namespace = entered_namespace();
  pid_t pid = start_child(&node, ends[1], starter_ends[0]);
  close(ends[1]);
  control = ends[0];
  child = (struct child_state){.pid = pid};
  start_at = 0;
  return pid > 0;
}

/* Adverts stop when a busy machine keeps the child from running; undoing it must not wait then. Not inherited. */
static void become_real_time(void) {
  struct sched_param parameters = {.sched_priority = 1};
  (void)sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters);
}

static void hand_on_signals(void) {
  if (!child.takes_signals || start_at != 0) return;
  for (int number = 1; number <= SIGRTMAX; number++) {
    if ((waiting >> (number - 1) & 1) != 0) hand_on_signal(control, number);
  }
  waiting = 0;
}

static void take_signal(int number) {
  switch (number) {
    case SIGCHLD:
    case SIGPIPE:
    case SIGWINCH:
    case SIGURG:
    case SIGCONT: return;
    case SIGINT:
    case SIGTERM:
    case SIGQUIT:
      if (number == SIGINT && line->ignore_interrupt) return;
      number = SIGTERM;
      is_stopping = true;
      /* Nothing runs that would have to be told. */
      if (start_at != 0) return end_with(0);
      break;
    default: break;
  }
  waiting |= UINT64_C(1) << (number - 1);
}

static void take_signals(int descriptor) {
  struct signalfd_siginfo signal;
  while (read(descriptor, &signal, sizeof signal) == sizeof signal) take_signal((int)signal.ssi_signo);
}

static bool is_asking_signal(int number) {
  return number == SIGHUP || number == SIGUSR1 || number == SIGUSR2 || number >= SIGRTMIN;
}

static void respawn(int status) {
  if (WIFSIGNALED(status)) {
    say("pid %d exited due to signal %d (%s)", (int)child.pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  if (!line->respawn) {
    say("VRRP child process(%d) died: Exiting", (int)child.pid);
    return end_with(STATUS_INTERNAL);
  }
  int64_t now = now_ms();
  int delay = respawn_delay(now);
  say("VRRP child process(%d) died: Respawning", (int)child.pid);
  say("Restart of VRRP process delayed %d seconds to limit respawn rate", delay);
  start_at = now + 1 + delay * 1000;
}

static void child_ended(int status) {
  (void)serve_control(control, &child, is_up);
  guard_child_died();
  bool exited = WIFEXITED(status);
  if (child.moves && exited && WEXITSTATUS(status) == 0) {
    /* The starter is outside. */
    kill(starter, SIGKILL);
    starter = 0;
    if (!open_starter_channel() || !start_starter() || !start_node()) end_with(STATUS_FATAL);
  } else if (is_stopping || (child.leaves && exited)) {
    end_with(exited ? WEXITSTATUS(status) : child.leaves ? 128 + WTERMSIG(status) : 0);
  } else if (!was_up && exited) {
    end_with(WEXITSTATUS(status));
  } else if (!child.takes_signals && !exited && is_asking_signal(WTERMSIG(status))) {
    /* Sent to it before it could take it. It has read nothing yet, so that a new one does what was asked. */
    start_at = now_ms() + 1;
  } else if (!was_up && !line->respawn) {
    end_with(128 + WTERMSIG(status));
  } else {
    respawn(status);
  }
}

/* Waits for all that have ended: our own, and as process 1 the orphans of all others. */
static void reap(void) {
  int status;
  pid_t ended;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended == starter) {
      say("The starter of scripts has died: starting another one");
      /* Of the runs that it had nobody tells any more. */
      (void)send(starter_ends[1], "D", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (!start_starter()) say("No scripts can be started: %s", strerror(errno));
    } else if (ended == child.pid && start_at == 0) {
      child_ended(status);
    }
  }
}

static void kill_child(void) {
  if (child.pid > 0 && start_at == 0) kill(child.pid, SIGKILL);
}

static int timeout_of(int64_t now) {
  if (start_at != 0) return start_at > now ? (int)(start_at - now) : 0;
  return guard_patience(now);
}

static void wait_for_something(int signals) {
  struct pollfd watched[2 + GUARD_CHANNELS] = {{.fd = signals, .events = POLLIN}, {.fd = control, .events = POLLIN}};
  nfds_t count = 2 + guard_watch(watched + 2);
  int timeout = timeout_of(now_ms());
  if (poll(watched, count, timeout) < 0) return;
  /* The end of the control channel is told by SIGCHLD, which comes later: not to be asked for all the time until then. */
  if ((watched[1].revents & POLLHUP) != 0 && (watched[1].revents & POLLIN) == 0) {
    close(control);
    control = -1;
  }
}

static void serve(int signals) {
  take_signals(signals);
  bool sane = control < 0 || serve_control(control, &child, is_up);
  if (!guard_serve()) sane = false;
  if (!sane) {
    say("VRRP child process(%d) speaks nonsense: killed", (int)child.pid);
    kill_child();
  }
  int64_t now = now_ms();
  int64_t silence = guard_silence(now);
  if (silence > 0 && start_at == 0) {
    say("VRRP child process(%d) stands still for %lld ms: killed", (int)child.pid, (long long)silence);
    kill_child();
  }
  reap();
  hand_on_signals();
  if (!is_over && start_at != 0 && now_ms() >= start_at && !start_node()) end_with(STATUS_FATAL);
}

int supervise(const struct command_line *wanted, struct call call, int first) {
  line = wanted;
  node = call;
  first_process = first;
  sigset_t all;
  sigfillset(&all);
  int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  uint8_t stage;
  /* When it fails the child asks again, and says why. */
  if (line->network_namespace != NULL) (void)enter_network_namespace(line->network_namespace, &stage);
  struct confinement reached;
  confine_parent(&reached);
  if (reached.filter != 0) say("The parent process has no system call filter (%s)", strerror(reached.filter));
  if (signals < 0 || !open_starter_channel() || !start_starter() || !start_node()) {
    fprintf(stderr, "vigil: cannot start: %s\n", strerror(errno));
    return STATUS_FATAL;
  }
  become_real_time();
  while (!is_over) {
    wait_for_something(signals);
    serve(signals);
  }
  remove_pid_files();
  if (first_process >= 0) tell_first_process(first_process, (unsigned char)status_at_end);
  return status_at_end;
}
