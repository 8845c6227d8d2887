/*
 * Preloaded into Node.js (LD_PRELOAD): takes signals from before its first instruction on.
 *
 * Node.js resets every signal that is ignored to its default, and opens its debugger on SIGUSR1. It leaves alone what already has
 * a handler, and a constructor of a preloaded object runs before Node's main(). So a signal that arrives while Node.js starts
 * neither ends the daemon nor is lost: the daemon asks for it when its own handlers are in place.
 */
#include <signal.h>
#include <stddef.h>

#include "early-signals.h"

#define EXPORTED __attribute__((visibility("default")))

static volatile sig_atomic_t arrived[_NSIG];

static void note(int number) { arrived[number] = 1; }

__attribute__((constructor)) static void take_signals(void) {
  sigset_t ours;
  early_signal_set(&ours);
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  for (int number = 1; number < _NSIG; number++) {
    if (sigismember(&ours, number) == 1) sigaction(number, &action, NULL);
  }
  /* The program that started us has blocked them, so that none came before this handler. */
  sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

/* 1 when this signal has arrived since the start or the last call for it, else 0. */
EXPORTED int vigil_early_signal(int number) {
  if (number < 1 || number >= _NSIG || !arrived[number]) return 0;
  arrived[number] = 0;
  return 1;
}
