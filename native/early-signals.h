/* The signals that the daemon is asked by: kept while it starts. The parent blocks them; early-signals.c unblocks them. */
#ifndef VIGIL_EARLY_SIGNALS_H
#define VIGIL_EARLY_SIGNALS_H

#include <signal.h>

/* Reload, data, statistics, JSON, statistics with clearing: the signals of keepalived(8). */
static inline void early_signal_set(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGHUP);
  sigaddset(set, SIGUSR1);
  sigaddset(set, SIGUSR2);
  sigaddset(set, SIGRTMIN + 2);
  sigaddset(set, SIGRTMAX - 1);
}

#endif
