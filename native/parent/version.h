/* What is told without Node.js: exporters ask several times before each scrape. */
#ifndef VIGIL_VERSION_H
#define VIGIL_VERSION_H

/* --version, on standard error as keepalived's. Returns the exit status. */
int tell_version(void);

/* --signum: the number of STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON. Returns the exit status. */
int tell_signal(const char *name);

#endif
